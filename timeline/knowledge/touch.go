package knowledge

import (
	"context"
	"fmt"
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
	core     string // of the command line
	how      string // path, name, pid
	times    int    // how often, when repeated acts were put together
	time     event.Time
	channels []string
	events   []event.ID
}

// maxNamed is how many commands may name the implant by its bare name: a name
// that is used more often is a word of the host and does not point.
const maxNamed = 10_000

// finder gathers the acts that name one target.
type finder struct {
	t         target
	acts      []touch
	reports   []touch // of tools
	seen      map[event.ID]bool
	ambiguous map[string]bool
	byName    map[string][]touch
}

// touches finds the commands and audited operations of accounts that name the
// implant.
func touches(ctx context.Context, ev Events, t target) ([]claim.Sighting, error) {
	f := &finder{t: t, seen: map[event.ID]bool{}, ambiguous: map[string]bool{}, byName: map[string][]touch{}}
	if words := slices.Concat(t.paths, t.names); len(words) > 0 {
		for e, err := range ev.Naming(ctx, t.inf.Host, words) {
			if err != nil {
				return nil, fmt.Errorf("read events that name %q: %w", words, err)
			}
			if e.Host == t.inf.Host {
				f.naming(e)
			}
		}
	}
	for _, n := range t.names {
		if !f.ambiguous[n] {
			for _, a := range f.byName[n] {
				f.acts = add(f.acts, a)
			}
		}
	}
	if err := t.byPID(ctx, ev, f.take); err != nil {
		return nil, err
	}
	if err := t.remotely(ctx, ev, f.take); err != nil {
		return nil, err
	}
	return append(sightings(t, repeated(f.acts)), reportRows(t, f.reports)...), nil
}

// naming looks at one event that may name the implant.
func (f *finder) naming(e *event.Event) {
	if tool, rung := f.t.report(e); tool != "" {
		f.reported(e, tool, rung)
		return
	}
	f.t.otherBearers(e, f.ambiguous)
	if f.t.namesPath(e) {
		f.take(e, "path")
		return
	}
	if e.Action != "exec" {
		return
	}
	n := f.t.namesName(e)
	if n == "" || f.ambiguous[n] {
		return
	}
	if a, ok := f.touch(e, "name"); ok {
		f.byName[n] = append(f.byName[n], a)
	}
	if len(f.byName[n]) > maxNamed {
		f.ambiguous[n] = true
		delete(f.byName, n)
	}
}

// touch makes an act of an event; ok is false when it was met before or names
// no account.
func (f *finder) touch(e *event.Event, how string) (touch, bool) {
	id := e.ID()
	account := Account(e)
	if f.seen[id] || account == "" {
		return touch{}, false
	}
	f.seen[id] = true
	return touch{account: account, core: command.Core(line(e)), how: how, time: e.Time, channels: []string{channel(e)}, events: []event.ID{id}}, true
}

func (f *finder) take(e *event.Event, how string) {
	if a, ok := f.touch(e, how); ok {
		f.acts = add(f.acts, a)
	}
}

// byPID takes commands that name the process, while it was there.
func (t target) byPID(ctx context.Context, ev Events, take func(*event.Event, string)) error {
	if len(t.pids) == 0 {
		return nil
	}
	words := make([]string, 0, 4*len(t.pids))
	for _, p := range t.pids { // as command.NamesPID reads them; four bytes and more are found by index
		n := strconv.Itoa(p)
		words = append(words, " "+n, "/proc/"+n, "-p"+n, "pid="+n)
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
	for i := len(acts) - 1; i >= 0 && i >= len(acts)-256; i-- { // they come in time order
		a := &acts[i]
		if a.account != n.account || a.core != n.core || !a.time.Dated() || !n.time.Dated() {
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

// maxRepeats is how many acts of one account with the same words keep a row of
// their own; more are told as one row: schedules repeat themselves.
const maxRepeats = 16

// repeated puts acts of one account with the same words together where there
// are many of them.
func repeated(acts []touch) []touch {
	type key struct{ account, core string }
	n := map[key]int{}
	for _, a := range acts {
		n[key{a.account, a.core}]++
	}
	at := map[key]int{}
	var out []touch
	for _, a := range acts {
		k := key{a.account, a.core}
		i, have := at[k]
		switch {
		case n[k] <= maxRepeats:
			out = append(out, a)
		case !have:
			a.times = 1
			at[k] = len(out)
			out = append(out, a)
		default:
			out[i].join(a)
		}
	}
	return out
}

// join widens an act by a further one of the same words.
func (a *touch) join(b touch) {
	a.times++
	if a.time.Dated() && b.time.Dated() {
		a.time.Instant = min(a.time.Instant, b.time.Instant)
	} else if b.time.Dated() {
		a.time.Instant = b.time.Instant
	}
	a.time.Earliest, a.time.Latest = min(a.time.Earliest, b.time.Earliest), max(a.time.Latest, b.time.Latest)
	if len(a.events) < maxCited {
		a.events = append(a.events, b.events...)
	}
	for _, c := range b.channels {
		if !slices.Contains(a.channels, c) {
			a.channels = append(a.channels, c)
		}
	}
}

func sightings(t target, acts []touch) []claim.Sighting {
	out := make([]claim.Sighting, 0, len(acts))
	for _, a := range acts {
		slices.Sort(a.channels)
		alt := altTouch
		if a.how == "name" {
			alt = altName
		}
		if a.times > 1 {
			alt = fmt.Sprintf("the same words stand on record %d times, as those of a schedule would; %s", a.times, alt)
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
