package view

import (
	"github.com/charmbracelet/x/ansi"

	"github.com/saksi-dfir/saksi/tui/widget"
)

// headCells splits off the part of s that fills at most w cells, at least one
// character.
func headCells(s string, w int) (head, rest string) {
	ascii := true
	for i := 0; i < len(s) && i <= w; i++ {
		if s[i] >= 0x80 {
			ascii = false
			break
		}
	}
	if ascii {
		if len(s) <= w {
			return s, ""
		}
		return s[:w], s[w:]
	}
	part := s
	if len(part) > 64*w {
		part = part[:64*w]
	}
	head = ansi.Truncate(part, w, "")
	if head == "" || widget.Width(head) == 0 {
		_, _, n, _ := ansi.DecodeSequence(s, ansi.NormalState, nil)
		return s[:max(1, n)], s[max(1, n):]
	}
	return head, s[len(head):]
}
