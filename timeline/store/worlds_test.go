package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// decorate gives events what logs really hold: signs of the query language,
// other letters, bytes that are no text, long values, fields twice, addresses
// in every writing, numbers that are none.
func decorate(rng *rand.Rand, list []*event.Event) {
	odd := []string{`a "quoted" word`, `back\slash\x41`, "x*y*", "(paren) thesis)", "host:web1", "AND", "-minus", "ÄÖÜ straße ΣΑΣ", "tab\there", "line\nbreak",
		"\x00nul\xff", "//x", "::ffff", "http://a/b?c=d", strings.Repeat("long/", 60) + "end", strings.Repeat("long/", 60) + "END"}
	field := func(e *event.Event, name string, values ...string) {
		e.Fields = append(e.Fields, event.Field{Name: name, Value: pick(rng, values...)})
	}
	for _, e := range list {
		switch rng.IntN(8) {
		case 0:
			e.Actor = pick(rng, odd...)
		case 1:
			e.Object = pick(rng, append(odd, "/"+strings.Repeat("d", 260)+"/e", "/", "//", "/etc/", "/var/log/a b")...)
		case 2:
			e.Message += " " + pick(rng, odd...)
		case 3:
			e.Message = pick(rng, "", "a", "Å", odd[rng.IntN(len(odd))])
		}
		switch rng.IntN(6) {
		case 0:
			field(e, "src_ip", "10.9.8.7", "::ffff:10.1.2.3", "fe80::1%eth0", "2001:db8::7", "0.0.0.0", "::", "::1", "10.1.2", "010.1.2.3")
		case 1:
			field(e, "saddr", "192.0.2.7", "::ffff:192.0.2.7")
		case 2:
			field(e, "uid", "0", "-1", "1e3", "0x10", "+5", "4294967295", "NaN", "inf", "1_000", ".5", "007")
		case 3:
			field(e, "exe", append(odd, "/usr/bin/sshd", "/usr/bin", "/usr", "/")...)
		case 4:
			field(e, "pid", "7", "1999")
			field(e, "pid", "x", "1000")
		case 5:
			field(e, pick(rng, "unit.name", "_PID", "actor", "host", "a-b", "query"), odd...)
		}
		if rng.IntN(25) == 0 {
			e.Tags = append(e.Tags, pick(rng, "finding", "분석", "two words", strings.Repeat("t", 255)+pick(rng, "a", "b")))
		}
	}
}

// layered makes a store of random bundles of which some are replaced by a newer
// parser, whole or in part, some dropped, some held twice in other files, with
// findings and analysts' tags, merged in between or not. The world it gives has
// the rows that are shown; all rows, copies too, come beside it, in order.
func layered(t testing.TB, seed uint64) (x *world, every []*event.Event) {
	rng := rand.New(rand.NewPCG(seed, 99))
	dir := t.TempDir()
	w := writer(t, dir)
	w.limits.segment, w.limits.generation, w.limits.copy = 150+rng.IntN(600), 900+rng.IntN(4000), 100+rng.IntN(500)
	w.limits.link = rng.Int64N(300_000)
	var list []*event.Event
	for n := range 5 + rng.IntN(3) {
		run := fmt.Sprintf("run-%d", n)
		own := overlapping(rng, run, 100+rng.IntN(900))
		decorate(rng, own)
		ingestExhibits(t, w, info(run, 1), own, 1, 2, 3, 4, 5)
		switch rng.IntN(6) {
		case 0: // of a whole bundle a newer parser knows nothing but a half
			own = own[:len(own)/2]
			ingestExhibits(t, w, info(run, 2), own, 1, 2, 3, 4, 5)
		case 1:
			if err := w.Drop(run); err != nil {
				t.Fatal(err)
			}
			own = nil
		case 2, 3:
			copies := again(own, run+"-copy")
			ingestExhibits(t, w, info(run+"-copy", 1), copies, 1, 2, 3, 4, 5)
			own = append(own, copies...)
		case 4:
			if err := w.Merge(ctx()); err != nil {
				t.Fatal(err)
			}
		}
		list = append(list, own...)
	}
	own := overlapping(rng, "run-z", 600) // a newer parser knows other things of two exhibits: masks stay
	ingestExhibits(t, w, info("run-z", 1), own, 1, 2, 3, 4, 5)
	newer := superseding(own, 2, 4)
	ingestExhibits(t, w, info("run-z", 2), newer, 2, 4)
	list = append(append(list, without(own, 2, 4)...), newer...)
	return claimed(t, rng, w, dir, list), sorted(list)
}

func without(list []*event.Event, exhibits ...uint32) []*event.Event {
	return slices.DeleteFunc(slices.Clone(list), func(e *event.Event) bool { return slices.Contains(exhibits, e.Origin.Exhibit) })
}

// superseding is what a newer parser makes of two exhibits: the same records
// with other actors, every third one not at all.
func superseding(list []*event.Event, exhibits ...uint32) (out []*event.Event) {
	for i, e := range list {
		if i%3 == 0 || !slices.Contains(exhibits, e.Origin.Exhibit) {
			continue
		}
		c := *e
		c.Actor += "+"
		out = append(out, &c)
	}
	return out
}

// again is a bundle of the first records of another one: further witnesses.
// Those whose interval does not hold their instant have none.
func again(list []*event.Event, run string) (out []*event.Event) {
	for _, e := range list[:len(list)/2] {
		if e.Time.Earliest > e.Time.Latest {
			continue
		}
		c := *e
		c.Origin.Run = run
		out = append(out, &c)
	}
	return out
}

func ingestExhibits(t testing.TB, w *Writer, info BundleInfo, list []*event.Event, exhibits ...uint32) {
	t.Helper()
	b, err := w.Ingest(info)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range exhibits {
		b.Exhibit(ExhibitInfo{Number: n})
	}
	for _, e := range list {
		if err := b.Event(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Commit(info); err != nil {
		t.Fatal(err)
	}
}

// claimed lays findings and tags over the shown rows of a list, merges one
// store of three, and opens it.
func claimed(t testing.TB, rng *rand.Rand, w *Writer, dir string, list []*event.Event) *world {
	t.Helper()
	x := &world{level: map[event.ID]string{}, tags: map[event.ID][]string{}}
	x.list = shownOf(sorted(list))
	own := map[event.ID][]string{}
	var findings []claim.Finding
	for i, e := range x.list {
		id := e.ID()
		x.ids = append(x.ids, id)
		switch rng.IntN(40) {
		case 0:
			findings = append(findings, claim.Finding{Rule: "rule-a", Level: claim.High, Events: []event.ID{id}}, claim.Finding{Rule: "rule-b", Level: claim.Low, Events: []event.ID{id}})
			x.level[id], x.tags[id] = "high", []string{"finding", "rule-a", "rule-b"}
		case 1:
			findings = append(findings, claim.Finding{Rule: "rule-b", Level: claim.Medium, Events: []event.ID{id}})
			x.level[id], x.tags[id] = "medium", []string{"finding", "rule-b"}
		}
		if i%53 == 0 {
			own[id] = []string{"starred", "two words"}
		}
	}
	if err := w.PutClaims(Claims{Findings: findings}); err != nil {
		t.Fatal(err)
	}
	if rng.IntN(3) == 0 {
		if err := w.Merge(ctx()); err != nil {
			t.Fatal(err)
		}
	}
	x.r = open(t, dir)
	x.res = []query.Resolver{caseWorld{own}, indexedWorld{caseWorld{own}}}
	return x
}

// shownOf leaves out the witnesses: of records that are equal but for the
// bundle, the one with the smallest id stays.
func shownOf(list []*event.Event) (out []*event.Event) {
	type place struct {
		run     string
		exhibit uint32
		offset  int64
		parser  string
		ordinal uint32
	}
	of := func(e *event.Event) place {
		return place{strings.TrimSuffix(e.Origin.Run, "-copy"), e.Origin.Exhibit, e.Origin.Offset, e.Parser, e.Ordinal}
	}
	first := map[place]event.ID{}
	for _, e := range list {
		id, p := e.ID(), of(e)
		if old, ok := first[p]; !ok || string(id[:]) < string(old[:]) {
			first[p] = id
		}
	}
	for _, e := range list {
		if first[of(e)] == e.ID() {
			out = append(out, e)
		}
	}
	return out
}
