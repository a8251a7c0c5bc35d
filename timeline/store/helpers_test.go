package store

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

const testBase = int64(1710814447) * 1e9

// randomEvents makes events of a small world, so that queries hit.
func randomEvents(rng *rand.Rand, run string, n int) []*event.Event {
	words := []string{"Accepted", "publickey", "magic packet", "세션 열림", "ΣΟΦΟΣ", "cluster_4242", "error", "\xff\x00raw"}
	out := make([]*event.Event, n)
	ends := map[uint32]int64{}
	for i := range out {
		x := uint32(rng.IntN(5) + 1)
		length := int64(rng.IntN(200) + 1)
		e := &event.Event{
			Time: randomTime(rng), Meaning: pick(rng, "logged", "started", "m.c."), Host: event.HostKey{byte(rng.IntN(4) + 1)},
			Source: pick(rng, "syslog", "audit", "wtmp"), Parser: pick(rng, "sshd", "audit"),
			Actor: pick(rng, "root", "deploy", "", "김철수"), Action: pick(rng, "login", "exec"),
			Object:  pick(rng, "", "/dev/shm/x", "/usr/bin/sshd", "ls -l"),
			Message: words[rng.IntN(len(words))] + " " + fmt.Sprint(rng.IntN(500)) + " " + words[rng.IntN(len(words))],
			Ordinal: uint32(rng.IntN(2)),
			Origin: event.Origin{Run: run, Exhibit: x, Path: fmt.Sprintf("data/files/var/log/%d.log", x), Offset: ends[x], Length: length,
				SHA256: [32]byte{byte(x)}},
		}
		ends[x] += length
		if rng.IntN(2) == 0 {
			e.Fields = append(e.Fields, event.Field{Name: "ip", Value: pick(rng, "203.0.113.9", "10.1.2.3", "fe80::1", "no address")})
		}
		if rng.IntN(2) == 0 {
			e.Fields = append(e.Fields, event.Field{Name: "path", Value: pick(rng, "/dev/shm/y", "/etc/passwd", "/", "relative/a", "x")})
		}
		if rng.IntN(2) == 0 {
			e.Fields = append(e.Fields, event.Field{Name: "pid", Value: fmt.Sprint(rng.IntN(2000))})
		}
		if rng.IntN(10) == 0 {
			e.Tags = append(e.Tags, pick(rng, "remote", "odd"))
		}
		if rng.IntN(20) == 0 {
			e.HeldBy = event.HostKey{9}
		}
		if rng.IntN(30) == 0 {
			e.Origin.Spans = []event.Span{{Offset: 1, Length: 2}, {Offset: 9, Length: 3}}
		}
		out[i] = e
	}
	return out
}

func pick(rng *rand.Rand, list ...string) string { return list[rng.IntN(len(list))] }

func randomTime(rng *rand.Rand) event.Time {
	t := testBase + rng.Int64N(7200)*1e9 + rng.Int64N(3)*500e6
	switch rng.IntN(12) {
	case 0:
		return event.Undated(event.StampNone)
	case 1:
		return event.Between(t, event.MaxTime, event.BoundBirth)
	case 2:
		return event.Between(event.MinTime, t, event.BoundMtime)
	case 3:
		return event.Time{Instant: t, Earliest: t - 14*3600e9, Latest: t + 12*3600e9, Precision: event.Second, Reasons: event.Reasons(0).With(event.ZoneUnknown)}
	case 4:
		return event.Time{Instant: t, Earliest: t + 5e9, Latest: t - 5e9, Precision: event.Second} // hostile
	}
	return event.At(t, event.Second, event.ResolutionSecond)
}

// sorted gives events in the order of the timeline.
func sorted(list []*event.Event) []*event.Event {
	out := slices.Clone(list)
	slices.SortFunc(out, func(a, b *event.Event) int {
		ka, oka := a.Time.Key()
		kb, okb := b.Time.Key()
		if oka != okb {
			if oka {
				return -1
			}
			return 1
		}
		ia, ib := a.ID(), b.ID()
		return cmp.Or(cmp.Compare(ka, kb), slices.Compare(a.Host[:], b.Host[:]), slices.Compare(ia[:], ib[:]))
	})
	return out
}

func fill(t testing.TB, dir, run string, list []*event.Event, o WriterOptions) {
	t.Helper()
	w, err := OpenWriter(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}()
	info := BundleInfo{Run: run, Seal: "seal-" + run, Parsers: map[string]int{"sshd": 1, "audit": 1}}
	b, err := w.Ingest(info)
	if err != nil {
		t.Fatal(err)
	}
	for n := range uint32(5) {
		b.Exhibit(ExhibitInfo{Number: n + 1})
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

func open(t testing.TB, dir string) *Reader {
	t.Helper()
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func parse(t testing.TB, q string) *query.Node {
	t.Helper()
	n, err := query.Parse(q, query.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func ids(rows []Row) []event.ID {
	out := make([]event.ID, len(rows))
	for i := range rows {
		out[i] = rows[i].ID
	}
	return out
}

func naive(list []*event.Event, q *query.Node, res query.Resolver) []event.ID {
	return naiveIn(sorted(list), q, res)
}

// naiveIn is naive for events that are in order.
func naiveIn(list []*event.Event, q *query.Node, res query.Resolver) []event.ID {
	out := []event.ID{}
	for _, e := range list {
		if id := e.ID(); query.Match(q, query.Row{ID: id, Event: e}, res) {
			out = append(out, id)
		}
	}
	return out
}

func ctx() context.Context { return context.Background() }
