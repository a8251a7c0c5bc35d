package widget

import (
	"math"
	"strings"
)

// Bars draws counts as one row of bars on a logarithmic scale, so that one
// event beside a million is still seen. A count above zero is never blank. The
// column mark (-1 for none) is drawn as the place of the cursor.
func (t *Theme) Bars(counts []int64, mark int) string {
	var peak int64
	for _, c := range counts {
		peak = max(peak, c)
	}
	var b strings.Builder
	b.Grow(3 * len(counts))
	for i, c := range counts {
		bar := t.Glyph.Bars[height(c, peak, len(t.Glyph.Bars)-1)]
		if i == mark {
			bar = t.Select + bar + Reset
		}
		b.WriteString(bar)
	}
	return b.String()
}

func height(c, peak int64, top int) int {
	if c <= 0 {
		return 0
	}
	if peak <= 1 {
		return top
	}
	h := 1 + int(math.Round(float64(top-1)*math.Log1p(float64(c))/math.Log1p(float64(peak))))
	return min(h, top)
}

// Cited draws the row of cited events: ranks holds the highest level per
// column, 0 (info) to 3 (high), -1 for none.
func (t *Theme) Cited(ranks []int) string {
	var b strings.Builder
	for i := 0; i < len(ranks); {
		r := ranks[i]
		j := i
		for j < len(ranks) && ranks[j] == r {
			j++
		}
		if r < 0 || r > 3 {
			b.WriteString(Spaces(j - i))
		} else {
			if t.Levels[r] != "" {
				b.WriteString(t.Levels[r])
			}
			b.WriteString(strings.Repeat(t.Glyph.Cited[r], j-i))
			if t.Levels[r] != "" {
				b.WriteString(Reset)
			}
		}
		i = j
	}
	return b.String()
}

// Hex dumps bytes as lines of per bytes (8 or 16), each with the offset it has
// in its exhibit.
func Hex(data []byte, base int64, per int) []string {
	const digits = "0123456789abcdef"
	if per < 1 {
		per = 16
	}
	out := make([]string, 0, len(data)/per+1)
	for i := 0; i < len(data); i += per {
		var b strings.Builder
		for s := 36; s >= 0; s -= 4 {
			b.WriteByte(digits[(base+int64(i))>>s&15])
		}
		b.WriteString("  ")
		for j := i; j < i+per; j++ {
			if j < len(data) {
				b.WriteByte(digits[data[j]>>4])
				b.WriteByte(digits[data[j]&15])
			} else {
				b.WriteString("  ")
			}
			b.WriteByte(' ')
		}
		b.WriteByte(' ')
		for j := i; j < i+per && j < len(data); j++ {
			if c := data[j]; c >= 0x20 && c < 0x7f {
				b.WriteByte(c)
			} else {
				b.WriteByte('.')
			}
		}
		out = append(out, b.String())
	}
	return out
}

// Lane draws counts as one row of bars in which a column with cited events
// takes the style of their highest level and, without colour, its letter.
func (t *Theme) Lane(counts []int64, ranks []int) string {
	var peak int64
	for _, c := range counts {
		peak = max(peak, c)
	}
	var b strings.Builder
	for i, c := range counts {
		bar := t.Glyph.Bars[height(c, peak, len(t.Glyph.Bars)-1)]
		if r := ranks[i]; r >= 0 && r < len(t.Levels) {
			bar = t.Levels[r] + string("iLMH"[r]) + Reset
			if t.Levels[r] == "" {
				bar = string("iLMH"[r])
			}
		}
		b.WriteString(bar)
	}
	return b.String()
}
