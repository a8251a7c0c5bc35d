package widget

import (
	"strings"
	"unicode"
)

// Input edits one line of text. The zero Input is empty.
type Input struct {
	text    []rune
	at      int
	history []string
	pos     int    // in history; len(history) is the line being typed
	draft   string // that line while history is shown
}

// Text gives the line.
func (i *Input) Text() string { return string(i.text) }

// Split gives the text before and after the cursor.
func (i *Input) Split() (before, after string) { return string(i.text[:i.at]), string(i.text[i.at:]) }

// Move puts the cursor before rune n.
func (i *Input) Move(n int) { i.at = max(0, min(n, len(i.text))) }

// Set replaces the line and puts the cursor at its end.
func (i *Input) Set(s string) {
	i.text = []rune(s)
	i.at = len(i.text)
}

// Open starts a new line with a history of earlier ones, the newest last.
func (i *Input) Open(s string, history []string) {
	i.Set(s)
	i.history, i.pos = history, len(history)
}

// Insert puts text in at the cursor; control characters are left out and a
// line break becomes a blank.
func (i *Input) Insert(rs []rune) {
	const limit = 8192
	add := make([]rune, 0, len(rs))
	for _, r := range rs {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			add = append(add, ' ')
		case unicode.IsControl(r):
		default:
			add = append(add, r)
		}
	}
	if len(i.text)+len(add) > limit {
		return
	}
	out := make([]rune, 0, len(i.text)+len(add))
	out = append(out, i.text[:i.at]...)
	out = append(out, add...)
	i.text = append(out, i.text[i.at:]...)
	i.at += len(add)
}

// Key handles an editing key by its name and says whether it was one.
func (i *Input) Key(k string) bool {
	switch k {
	case "left", "ctrl+b":
		i.at = max(0, i.at-1)
	case "right", "ctrl+f":
		i.at = min(len(i.text), i.at+1)
	case "home", "ctrl+a":
		i.at = 0
	case "end", "ctrl+e":
		i.at = len(i.text)
	case "backspace", "ctrl+h":
		i.drop(i.at-1, i.at)
	case "delete":
		i.drop(i.at, i.at+1)
	case "ctrl+u":
		i.drop(0, i.at)
	case "ctrl+k":
		i.drop(i.at, len(i.text))
	case "ctrl+w", "alt+backspace":
		i.drop(i.wordStart(), i.at)
	case "alt+left", "ctrl+left", "alt+b":
		i.at = i.wordStart()
	case "alt+right", "ctrl+right", "alt+f":
		i.at = i.wordEnd()
	case "up":
		i.travel(-1)
	case "down":
		i.travel(1)
	default:
		return false
	}
	return true
}

func (i *Input) drop(from, to int) {
	from, to = max(0, from), min(len(i.text), to)
	if from >= to {
		return
	}
	i.text = append(i.text[:from:from], i.text[to:]...)
	i.at = from
}

func (i *Input) wordStart() int {
	p := i.at
	for p > 0 && i.text[p-1] == ' ' {
		p--
	}
	for p > 0 && i.text[p-1] != ' ' {
		p--
	}
	return p
}

func (i *Input) wordEnd() int {
	p := i.at
	for p < len(i.text) && i.text[p] == ' ' {
		p++
	}
	for p < len(i.text) && i.text[p] != ' ' {
		p++
	}
	return p
}

func (i *Input) travel(d int) {
	n := i.pos + d
	if n < 0 || n > len(i.history) {
		return
	}
	if i.pos == len(i.history) {
		i.draft = i.Text()
	}
	i.pos = n
	if n == len(i.history) {
		i.Set(i.draft)
		return
	}
	i.Set(i.history[n])
}

// View shows the part of the line around the cursor in w cells and gives the
// cell in which the cursor stands. clean makes the text safe to show.
func (i *Input) View(w int, clean func(string) string) (text string, cursor int) {
	if w <= 1 {
		return Spaces(w), 0
	}
	before, after := clean(string(i.text[:i.at])), clean(string(i.text[i.at:]))
	for rs := []rune(before); Width(before) > w-1 && len(rs) > 0; {
		rs = rs[max(1, len(rs)/8):]
		before = string(rs)
	}
	cursor = Width(before)
	return Fit(before+after, w, ""), cursor
}

// ClipHistory keeps the last n different entries of a history after adding s.
func ClipHistory(h []string, s string, n int) []string {
	if strings.TrimSpace(s) == "" {
		return h
	}
	out := make([]string, 0, len(h)+1)
	for _, x := range h {
		if x != s {
			out = append(out, x)
		}
	}
	out = append(out, s)
	if len(out) > n {
		out = out[len(out)-n:]
	}
	return out
}
