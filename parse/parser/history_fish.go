package parser

import (
	"strconv"
	"strings"
)

// fishStart begins an entry of fish's history file.
const fishStart = "- cmd: "

// fish reads the entry that begins at at: the command, "  when: seconds", and
// "  paths:" with one indented path a line. It gives the end of the entry.
func (h *history) fish(at, next int) int {
	data := h.c.Data
	from := at + len(fishStart)
	t, end, paths := h.undated, next, false
	for end < len(data) {
		n := lineEnd(data, end)
		line := trimEOL(data[end:n])
		if !strings.HasPrefix(line, "  ") {
			break
		}
		if s, ok := strings.CutPrefix(line, "  when: "); ok {
			if sec, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64); err == nil {
				t = h.stamped(sec)
			}
		}
		if s, ok := strings.CutPrefix(line, "    - "); ok && !paths {
			h.b.Field("path", s)
			paths = true
		}
		end = n
	}
	h.shell = "fish"
	h.command(at, end, fishText(trimEOL(data[from:next])), t)
	return end
}

// fishText undoes fish's escapes: \\ and \n.
func fishText(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n").Replace(s)
}
