package knowledge

import (
	"context"
	"fmt"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/command"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// remotely takes commands on other hosts that name the infected host and the
// implant's path in one line: ssh, scp, ansible and the like. A line that does
// not name the host says nothing about this infection.
func (t target) remotely(ctx context.Context, ev Events, take func(*event.Event, string)) error {
	if len(t.paths) == 0 || len(t.hostNames) == 0 {
		return nil
	}
	for e, err := range ev.Commands(ctx, event.HostKey{}, t.paths) {
		if err != nil {
			return fmt.Errorf("read commands of other hosts: %w", err)
		}
		if e.Host == t.inf.Host || e.Action != "exec" || e.Source == "process" || e.Source == "socket" || e.Source == "file" {
			continue
		}
		l := line(e)
		if t.namesHost(l) && t.inLine(l) {
			take(e, "path")
		}
	}
	return nil
}

// inLine says whether a path of the implant stands in a line as a whole path.
func (t target) inLine(l string) bool {
	for _, p := range t.paths {
		if command.Of(l, "", p) != command.NoWord || strings.Contains(l, p) && bounded(l, p) {
			return true
		}
	}
	return false
}

// namesHost says whether a word of the line is a name of the infected host:
// alone, with a domain, with "account@" before or ":path" behind it.
func (t target) namesHost(l string) bool {
	for _, w := range command.Words(l) {
		if _, after, ok := strings.Cut(w, "@"); ok {
			w = after
		}
		w, _, _ = strings.Cut(w, ":")
		w = strings.TrimSuffix(w, ",") // ansible -i web01,
		for _, n := range t.hostNames {
			if strings.EqualFold(w, n) || len(w) > len(n) && strings.EqualFold(w[:len(n)], n) && w[len(n)] == '.' {
				return true
			}
		}
	}
	return false
}
