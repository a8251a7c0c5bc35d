// Package widget holds the parts screens are built of: text that fits a
// width, themes, prompts, menus, the histogram strip and the hex dump. It
// knows nothing of events or cases, and expects text that has been cleaned.
package widget

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Width is the number of terminal cells of a text without escapes. Grapheme
// clusters count once, so Korean in composed and decomposed form is equally wide.
func Width(s string) int {
	if isASCII(s) {
		return len(s)
	}
	return ansi.StringWidth(s)
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Cut shortens a text to at most w cells and ends it with tail when something
// was lost. A wide character is never split.
func Cut(s string, w int, tail string) string {
	if w <= 0 {
		return ""
	}
	if isASCII(s) {
		if len(s) <= w {
			return s
		}
		t := Width(tail)
		if t >= w {
			return s[:w]
		}
		return s[:w-t] + tail
	}
	if len(s) > 16*w+64 { // no need to measure megabytes
		s = cutBytes(s, 16*w+64)
	}
	if Width(s) <= w {
		return s
	}
	if Width(tail) >= w {
		tail = ""
	}
	return ansi.Truncate(s, w, tail)
}

// cutBytes cuts at a rune border at or before n bytes.
func cutBytes(s string, n int) string {
	if n >= len(s) {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Fit shortens or pads a text to exactly w cells.
func Fit(s string, w int, tail string) string {
	if w <= 0 {
		return ""
	}
	s = Cut(s, w, tail)
	if n := Width(s); n < w {
		return s + Spaces(w-n)
	}
	return s
}

// FitLeft is Fit with the text at the right end.
func FitLeft(s string, w int, tail string) string {
	if w <= 0 {
		return ""
	}
	s = Cut(s, w, tail)
	if n := Width(s); n < w {
		return Spaces(w-n) + s
	}
	return s
}

// Spaces gives n blanks.
func Spaces(n int) string {
	const blank = "                                                                                                                                "
	if n <= 0 {
		return ""
	}
	if n <= len(blank) {
		return blank[:n]
	}
	return strings.Repeat(" ", n)
}

// Reset ends a style.
const Reset = "\x1b[m"

// Line builds one screen line of exactly Max cells out of styled pieces.
type Line struct {
	b    strings.Builder
	used int
	max  int
	tail string
}

// NewLine starts a line of w cells; tail marks what was cut.
func NewLine(w int, tail string) *Line {
	l := &Line{max: w, tail: tail}
	l.b.Grow(w + 48)
	return l
}

// Left is the number of cells still free.
func (l *Line) Left() int { return l.max - l.used }

// Add appends text in a style ("" for none) and cuts it at the end of the line.
func (l *Line) Add(style, text string) *Line {
	left := l.max - l.used
	if left <= 0 || text == "" {
		return l
	}
	text = Cut(text, left, l.tail)
	l.put(style, text, Width(text))
	return l
}

// AddFit appends text in exactly w cells.
func (l *Line) AddFit(style, text string, w int) *Line {
	if left := l.max - l.used; w > left {
		w = left
	}
	if w <= 0 {
		return l
	}
	l.put(style, Fit(text, w, l.tail), w)
	return l
}

// AddFitLeft appends text at the right end of w cells.
func (l *Line) AddFitLeft(style, text string, w int) *Line {
	if left := l.max - l.used; w > left {
		w = left
	}
	if w <= 0 {
		return l
	}
	l.put(style, FitLeft(text, w, l.tail), w)
	return l
}

// Join appends a piece that is already styled and is w cells wide.
func (l *Line) Join(piece string, w int) *Line {
	if w <= l.max-l.used {
		l.b.WriteString(piece)
		l.used += w
	}
	return l
}

func (l *Line) put(style, text string, w int) {
	if style == "" {
		l.b.WriteString(text)
	} else {
		l.b.WriteString(style)
		l.b.WriteString(text)
		l.b.WriteString(Reset)
	}
	l.used += w
}

// Fill pads the line with blanks in a style and gives it.
func (l *Line) Fill(style string) string {
	if n := l.max - l.used; n > 0 {
		l.put(style, Spaces(n), n)
	}
	return l.b.String()
}

// Number writes n with commas.
func Number(n int64) string {
	neg := n < 0
	var buf [32]byte
	i := len(buf)
	for d := 0; ; d++ {
		if d > 0 && d%3 == 0 {
			i--
			buf[i] = ','
		}
		i--
		r := n % 10
		if r < 0 {
			r = -r
		}
		buf[i] = byte('0' + r)
		n /= 10
		if n == 0 {
			break
		}
	}
	if neg {
		i--
		buf[i] = '-'
	}
	return string(buf[i:])
}

// Short writes n in at most five cells: 999, 12.3k, 4.5M, 1.2G.
func Short(n int64) string {
	units := []struct {
		d int64
		s string
	}{{1e9, "G"}, {1e6, "M"}, {1e3, "k"}}
	for _, u := range units {
		if n >= u.d {
			w, f := n/u.d, n%u.d*10/u.d
			if w >= 100 || f == 0 {
				return Number(w) + u.s
			}
			return Number(w) + "." + Number(f) + u.s
		}
	}
	return Number(n)
}
