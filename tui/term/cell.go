package term

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"github.com/saksi-dfir/saksi/tui/clean"
)

// cell is one column of the screen. A wide character takes two: the second
// has an empty text and wide set.
type cell struct {
	text  string // one grapheme cluster
	style string // SGR sequences since the last reset
	wide  bool   // second half of the character before it
}

// parse turns a line of text and SGR sequences into exactly w cells. It is the
// last gate before the terminal: a control byte that is not part of an SGR
// sequence, and any rune that could act on the terminal, becomes "?".
func parse(line string, w int, into []cell) []cell {
	into = into[:0]
	style := ""
	for i := 0; i < len(line) && len(into) < w; {
		c := line[i]
		if c >= 0x20 && c < 0x7f && (i+1 >= len(line) || line[i+1] < utf8.RuneSelf) {
			into = append(into, cell{text: line[i : i+1], style: style})
			i++
			continue
		}
		if c == 0x1b {
			if n := sgr(line[i:]); n > 0 {
				style = join(style, line[i:i+n])
				i += n
				continue
			}
		}
		if c < 0x20 || c == 0x7f {
			into = append(into, cell{text: "?", style: style})
			i++
			continue
		}
		text, width, n := cluster(line[i:])
		i += n
		if width == 0 {
			continue
		}
		if len(into)+width > w {
			break
		}
		into = append(into, cell{text: text, style: style})
		for k := 1; k < width; k++ {
			into = append(into, cell{style: style, wide: true})
		}
	}
	for len(into) < w {
		into = append(into, cell{text: " "})
	}
	return into
}

// cluster gives the first grapheme cluster, its width and length in bytes.
func cluster(s string) (text string, width, n int) {
	const longest = 48 // bytes of one cluster; marks piled higher are dropped
	part := s
	if len(part) > 256 {
		part = part[:256]
	}
	seq, width, n, _ := ansi.DecodeSequence(part, ansi.NormalState, nil)
	if n <= 0 {
		return "?", 1, 1
	}
	for i, r := range seq {
		if r == utf8.RuneError || clean.Visible(r) == utf8.RuneError {
			return "?", 1, n
		}
		if i >= longest {
			return seq[:i], min(width, 2), n
		}
	}
	return seq, min(width, 2), n
}

// sgr gives the length of a CSI ... m sequence at the start of s, 0 for none.
func sgr(s string) int {
	if len(s) < 3 || s[1] != '[' {
		return 0
	}
	for i := 2; i < len(s) && i < 40; i++ {
		switch {
		case s[i] == 'm':
			return i + 1
		case s[i] >= '0' && s[i] <= '9', s[i] == ';', s[i] == ':':
		default:
			return 0
		}
	}
	return 0
}

func join(style, seq string) string {
	if seq == "\x1b[m" || seq == "\x1b[0m" {
		return ""
	}
	if style == "" {
		return seq
	}
	return style + seq
}

// diff writes what turns the old line into the new one. row is 1-based. With
// old nil the whole line is written.
func diff(b *strings.Builder, row int, old, line []cell) {
	const gap = 6 // unchanged cells that are cheaper to write than to jump
	style := ""
	at := -1 // column the terminal's cursor is known to be in; -1 when not
	for i := 0; i < len(line); {
		if old != nil && same(old, line, i) {
			i++
			continue
		}
		for i > 0 && (line[i].wide || old != nil && old[i].wide) {
			i-- // start at the first half
		}
		end := runEnd(old, line, i, gap)
		if at != i {
			position(b, row, i+1)
		}
		sure := true
		for k := i; k < end; k++ {
			if line[k].wide {
				continue
			}
			if !sure { // a character of doubtful width: never trust the cursor after it
				position(b, row, k+1)
			}
			if line[k].style != style {
				if style != "" {
					b.WriteString("\x1b[m")
				}
				b.WriteString(line[k].style)
				style = line[k].style
			}
			b.WriteString(line[k].text)
			sure = certain(line[k].text)
		}
		at = end
		if !sure {
			at = -1
		}
		i = end
	}
	if style != "" {
		b.WriteString("\x1b[m")
	}
}

// runEnd finds where the changed cells from i on end, short unchanged gaps included.
func runEnd(old, line []cell, i, gap int) int {
	end := i + 1
	for k := i + 1; k < len(line); k++ {
		if old == nil || !same(old, line, k) {
			end = k + 1
			continue
		}
		if k-end >= gap {
			break
		}
	}
	for end < len(line) && (line[end].wide || old != nil && old[end].wide) {
		end++
	}
	return end
}

func same(old, line []cell, i int) bool { return i < len(old) && old[i] == line[i] }

// certain says whether every terminal agrees on the width of a cluster: ASCII,
// composed Hangul and the characters of our own frames.
func certain(s string) bool {
	r, n := utf8.DecodeRuneInString(s)
	if n != len(s) {
		return false
	}
	return r < 0x7f || r >= 0xac00 && r <= 0xd7a3 || r >= 0x2581 && r <= 0x2588
}

func position(b *strings.Builder, row, col int) {
	b.WriteString("\x1b[")
	writeInt(b, row)
	b.WriteByte(';')
	writeInt(b, col)
	b.WriteByte('H')
}

func writeInt(b *strings.Builder, n int) {
	var buf [12]byte
	i := len(buf)
	for {
		i--
		buf[i] = byte('0' + n%10)
		n /= 10
		if n == 0 {
			break
		}
	}
	b.Write(buf[i:])
}
