package knowledge

import (
	"path"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/command"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// namesPath says whether an event of an account speaks of the path: a command
// that names it, or an audited operation on it by something else than the
// implant itself.
func (t target) namesPath(e *event.Event) bool {
	switch e.Source {
	case "process", "socket", "file":
		return false // states the collector read, not acts
	case "audit":
		own := slices.Contains(t.paths, get(e, "exe"))
		if e.Action == "exec" && own {
			return true
		}
		if own {
			return false
		}
		if p := get(e, "path"); slices.Contains(t.paths, p) {
			return true
		}
	}
	if e.Action != "exec" {
		return false
	}
	for _, p := range t.paths {
		if command.Of(line(e), get(e, "cwd"), p) != command.NoWord || strings.Contains(line(e), p) && bounded(line(e), p) {
			return true
		}
	}
	return false
}

// bounded says whether p stands in the line as a whole path, inside another
// word (of a quoted script, say).
func bounded(line, p string) bool {
	for i := strings.Index(line, p); i >= 0; {
		end := i + len(p)
		if end == len(line) || !nameByte(line[end]) {
			if i == 0 || !nameByte(line[i-1]) {
				return true
			}
		}
		next := strings.Index(line[i+1:], p)
		if next < 0 {
			return false
		}
		i += 1 + next
	}
	return false
}

func nameByte(c byte) bool {
	return c == '_' || c == '-' || c == '.' || c == '/' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= 0x80
}

// namesName gives the base name of the implant that a command names.
func (t target) namesName(e *event.Event) string {
	for _, n := range t.names {
		if command.NamesWord(line(e), n) {
			return n
		}
	}
	return ""
}

// otherBearers notes names that another program or file of the host bears
// too: such a name does not point at the implant.
func (t target) otherBearers(e *event.Event, ambiguous map[string]bool) {
	for _, p := range []string{get(e, "exe"), e.Object} {
		p = strings.TrimSuffix(p, " (deleted)")
		if !strings.HasPrefix(p, "/") || slices.Contains(t.paths, p) || e.Action == "exec" && e.Source != "audit" {
			continue
		}
		if b := path.Base(p); slices.Contains(t.names, b) {
			ambiguous[b] = true
		}
	}
}
