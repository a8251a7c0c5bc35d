package knowledge

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/command"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// twin is how far apart, in ns, two records of one act may be stamped (sudo,
// audit and the journal each write their own line).
const twin = int64(2e9)

// alternatives of a touch.
const (
	altTouch = "an intruder using this account; a script, a schedule or a tool that ran under it; the words of the command do not show what was understood"
	altName  = "the command gives only the name, which may mean something else; " + altTouch
)

// touch is one act, as one or more records tell it.
type touch struct {
	account  string
	line     string
	how      string // path, name, pid
	time     event.Time
	channels []string
	events   []event.ID
}

// touches finds the commands and audited operations of accounts that name the
// implant.
func touches(ctx context.Context, ev Events, t target) ([]claim.Sighting, error) {
	var acts []touch
	seen := map[event.ID]bool{}
	take := func(e *event.Event, how string) {
		id := e.ID()
		account := Account(e)
		if seen[id] || account == "" {
			return
		}
		seen[id] = true
		acts = add(acts, touch{account: account, line: line(e), how: how, time: e.Time, channels: []string{channel(e)}, events: []event.ID{id}})
	}
	ambiguous := map[string]bool{}
	var byName []*event.Event
	if words := slices.Concat(t.paths, t.names); len(words) > 0 {
		for e, err := range ev.Naming(ctx, t.inf.Host, words) {
			if err != nil {
				return nil, fmt.Errorf("read events that name %q: %w", words, err)
			}
			if e.Host != t.inf.Host {
				continue
			}
			t.otherBearers(e, ambiguous)
			switch {
			case t.namesPath(e):
				take(e, "path")
			case e.Action == "exec" && t.namesName(e) != "":
				byName = append(byName, e)
			}
		}
	}
	for _, e := range byName {
		if !ambiguous[t.namesName(e)] {
			take(e, "name")
		}
	}
	if err := t.byPID(ctx, ev, take); err != nil {
		return nil, err
	}
	if err := t.remotely(ctx, ev, take); err != nil {
		return nil, err
	}
	return sightings(t, acts), nil
}

// byPID takes commands that name the process, while it was there.
func (t target) byPID(ctx context.Context, ev Events, take func(*event.Event, string)) error {
	if len(t.pids) == 0 {
		return nil
	}
	words := make([]string, 0, len(t.pids))
	for _, p := range t.pids {
		words = append(words, strconv.Itoa(p))
	}
	from, to := t.inf.NotAfter.Time, t.inf.EndNotBefore.Time
	if t.inf.EndNotAfter.Known {
		to = t.inf.EndNotAfter.Time
	}
	for e, err := range ev.Commands(ctx, t.inf.Host, words) {
		if err != nil {
			return fmt.Errorf("read commands that name process %q: %w", words, err)
		}
		if e.Host != t.inf.Host || e.Action != "exec" || !e.Time.Dated() || e.Time.Latest < from || e.Time.Earliest > to {
			continue
		}
		for _, p := range t.pids {
			if command.NamesPID(line(e), p) {
				take(e, "pid")
				break
			}
		}
	}
	return nil
}

// line is the command line of an event, or what stands for it.
func line(e *event.Event) string {
	for _, f := range []string{"command", "cmdline"} {
		if v := get(e, f); v != "" {
			return v
		}
	}
	return e.Object
}

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

// channel is where the act is told.
func channel(e *event.Event) string {
	switch {
	case e.Source == "audit", e.Source == "history":
		return e.Source
	case e.Parser == "sudo", get(e, "runas") != "":
		return "sudo"
	case e.Parser != "" && e.Parser != "syslog":
		return e.Parser
	}
	return e.Source
}

// add joins records of one act: same account and words, stamped within two
// seconds of each other.
func add(acts []touch, n touch) []touch {
	for i := range acts {
		a := &acts[i]
		if a.account != n.account || command.Core(a.line) != command.Core(n.line) || !a.time.Dated() || !n.time.Dated() {
			continue
		}
		if n.time.Earliest-a.time.Latest > twin || a.time.Earliest-n.time.Latest > twin || a.time.Width() > 10*twin || n.time.Width() > 10*twin {
			continue
		}
		if n.time.Width() < a.time.Width() {
			a.time = n.time
		}
		a.events = append(a.events, n.events...)
		if !slices.Contains(a.channels, n.channels[0]) {
			a.channels = append(a.channels, n.channels[0])
		}
		if n.how == "path" {
			a.how = "path"
		}
		return acts
	}
	return append(acts, n)
}

func sightings(t target, acts []touch) []claim.Sighting {
	out := make([]claim.Sighting, 0, len(acts))
	for _, a := range acts {
		slices.Sort(a.channels)
		alt := altTouch
		if a.how == "name" {
			alt = altName
		}
		slices.SortFunc(a.events, func(x, y event.ID) int { return slices.Compare(x[:], y[:]) })
		out = append(out, claim.Sighting{
			Kind: "account", Account: a.account, Infection: t.inf.ID, Host: t.inf.Host, Rung: "odd-event", Grade: Touched,
			Earliest: a.time.Earliest, Latest: a.time.Latest, EventDate: a.time.Instant, StatementDate: event.NoInstant,
			Channel: strings.Join(a.channels, ", "), Events: a.events, Alternative: alt,
		})
	}
	return out
}
