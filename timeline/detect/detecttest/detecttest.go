// Package detecttest helps to test detectors: events in memory, a coverage
// that answers one word, and the contract that every detector passes.
package detecttest

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/detect"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// Memory is a timeline in memory. It gives every event whatever the query
// asks for: a detector must look at each event itself.
type Memory []*event.Event

// Events gives all events in time order, the undated last.
func (m Memory) Events(ctx context.Context, _ *query.Node) iter.Seq2[*event.Event, error] {
	all := slices.Clone(m)
	slices.SortStableFunc(all, func(a, b *event.Event) int {
		ka, oka := a.Time.Key()
		kb, okb := b.Time.Key()
		if oka != okb {
			if oka {
				return -1
			}
			return 1
		}
		return cmp.Compare(ka, kb)
	})
	return func(yield func(*event.Event, error) bool) {
		for _, e := range all {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			c := *e
			if !yield(&c, nil) {
				return
			}
		}
	}
}

// Covered is a coverage that answers the same word for everything.
type Covered string

// State gives the word.
func (c Covered) State(event.HostKey, string, int64) string { return string(c) }

// Around gives the word for each source.
func (c Covered) Around(_ event.HostKey, sources ...string) []string {
	out := make([]string, 0, len(sources))
	for _, s := range sources {
		out = append(out, s+": "+string(c))
	}
	return out
}

// Event makes an event. Fields are given as name=value, a later value of a
// name replacing the earlier; actor, object, message, meaning, run, tag and ordinal
// name the parts of the event itself. The origin is made from the number, so
// that ids differ.
func Event(n int, host, source, action string, at int64, fields ...string) *event.Event {
	e := &event.Event{Host: event.MakeHostKey("", host), Source: source, Parser: source, Action: action, Time: event.At(at, event.Second),
		Origin: event.Origin{Run: "run-" + host, Exhibit: 1, Path: "data/records/" + source + ".00001.jsonl", Offset: int64(n) * 100, Length: 100}}
	for _, f := range fields {
		name, value, _ := strings.Cut(f, "=")
		switch name {
		case "actor":
			e.Actor = value
		case "object":
			e.Object = value
		case "message":
			e.Message = value
		case "meaning":
			e.Meaning = value
		case "run":
			e.Origin.Run = value
		case "tag":
			e.Tags = append(e.Tags, value)
		case "ordinal":
			e.Ordinal = 1
		default:
			e.Fields = slices.DeleteFunc(e.Fields, func(old event.Field) bool { return old.Name == name })
			e.Fields = append(e.Fields, event.Field{Name: name, Value: value})
		}
	}
	slices.SortFunc(e.Fields, func(a, b event.Field) int { return cmp.Compare(a.Name, b.Name) })
	return e
}

// Find runs one detector and fails the test on an error.
func Find(t testing.TB, d detect.Detector, events ...*event.Event) []claim.Finding {
	t.Helper()
	fs, err := detect.Run(context.Background(), []detect.Detector{d}, Memory(events), Covered("present"))
	if err != nil {
		t.Fatal(err)
	}
	return fs
}

// Contract checks what holds for every detector: it describes itself, its
// findings are complete and word no accusation, it stops when told to, makes
// nothing of nothing, and gives the same findings for the same events.
func Contract(t *testing.T, d detect.Detector, firing []*event.Event) {
	t.Helper()
	desc := d.Describe()
	if !regexp.MustCompile(`^[a-z][a-z0-9-]+$`).MatchString(desc.Name) || desc.Version < 1 || desc.Doc == "" || desc.Alternative == "" || len(desc.Sources) == 0 {
		t.Errorf("description is not complete: %+v", desc)
	}
	if got := Find(t, d); len(got) != 0 {
		t.Errorf("findings without events: %v", got)
	}
	a, b := Find(t, d, firing...), Find(t, d, firing...)
	if len(a) == 0 {
		t.Errorf("detector %s does not fire on its own example", desc.Name)
	}
	if fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("two runs differ:\n%v\n%v", a, b)
	}
	known := map[event.ID]bool{}
	for _, e := range firing {
		known[e.ID()] = true
	}
	for _, f := range a {
		for _, id := range f.Events {
			if !known[id] {
				t.Errorf("%s cites %s, which does not exist", f.Rule, id)
			}
		}
		for _, word := range []string{"malicious", "violation", "attacker", "guilty", "clean", "hacker", "malware"} {
			if strings.Contains(strings.ToLower(f.Title+" "+f.Detail), word) {
				t.Errorf("%s says %q: %s", f.Rule, word, f.Title)
			}
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := detect.Run(ctx, []detect.Detector{d}, Memory(firing), Covered("present")); err == nil {
		t.Errorf("%s goes on after it was told to stop", desc.Name)
	}
}
