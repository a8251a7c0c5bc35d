package storetest

import (
	"context"
	"math"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
	"github.com/saksi-dfir/saksi/timeline/store"
)

func rows(t *testing.T, e Engine) {
	list := Sample("run-a", 700)
	put(t, e, "run-a", list)
	r := read(t, e)
	want := Ordered(list)
	i := 0
	for row, err := range r.Iterate(t.Context(), nil, nil) {
		if err != nil {
			t.Fatal(err)
		}
		if i == len(want) {
			t.Fatal("more rows than were put in")
		}
		if d := gocmp.Diff(*want[i], row.Event); d != "" || row.ID != want[i].ID() {
			t.Fatalf("row %d: %s", i, d)
		}
		got, ok, err := r.Get(t.Context(), row.ID)
		if err != nil || !ok || got.ID != row.ID {
			t.Fatalf("Get(%s): %v %v", row.ID, ok, err)
		}
		i++
	}
	if i != len(want) {
		t.Fatalf("%d rows, want %d", i, len(want))
	}
	if _, ok, err := r.Get(t.Context(), event.ID{1, 2, 3}); ok || err != nil {
		t.Fatalf("an id that is not there: %v %v", ok, err)
	}
	if _, err := e.Ingest(store.BundleInfo{Run: "run-a", Seal: "seal", Parsers: map[string]int{"sshd": 1}}); err == nil {
		t.Fatal("the same bundle twice must be refused")
	}
}

func queries(t *testing.T, e Engine) {
	list := append(Sample("run-a", 500), Sample("run-b", 300)...)
	put(t, e, "run-a", list[:500])
	put(t, e, "run-b", list[500:])
	if err := e.Merge(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := read(t, e)
	want := Ordered(list)
	for _, text := range []string{"*", "host:0100000000000000 -source:audit", "actor:root OR actor:deploy", "nr_17", "사용자 publickey", "FÜR",
		"ip:203.0.113.0/28", "path:/srv/1*", "path:/srv/3/x", "pid>250 pid<=260", "tag:odd", "exhibit:2", "bundle:run-b", "object:/usr/bin/id",
		"after:2024-03-19T02:30Z before:2024-03-19T02:31Z", "sure:at:2024-03-19", "-after:2024", "held_by:0900000000000000", "absent"} {
		q, err := query.Parse(text, query.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var ids []event.ID
		for _, x := range want {
			if query.Match(q, query.Row{ID: x.ID(), Event: x}, nil) {
				ids = append(ids, x.ID())
			}
		}
		pageThrough(t, r, q, ids)
		if n, err := r.Count(t.Context(), q, nil); err != nil || n.N != int64(len(ids)) || !n.Exact {
			t.Errorf("%s: count %+v %v, want %d", text, n, err, len(ids))
		}
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Count(cancelled, &query.Node{Op: query.Text, Value: "nr_1"}, nil); err == nil {
		t.Error("a cancelled count must fail")
	}
}

// pageThrough pages forward and backward and wants exactly these rows.
func pageThrough(t *testing.T, r Reader, q *query.Node, want []event.ID) {
	t.Helper()
	var got []event.ID
	for c := (store.Cursor{}); ; {
		p, err := r.Page(t.Context(), q, store.PageRequest{After: c, Limit: 37}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range p.Rows {
			got = append(got, p.Rows[i].ID)
		}
		if c = p.Last; !p.More {
			break
		}
	}
	if d := gocmp.Diff(want, got); d != "" {
		t.Errorf("%s: forward: %d rows, want %d", q, len(got), len(want))
	}
	got = nil
	for c := (store.Cursor{End: true}); ; {
		p, err := r.Page(t.Context(), q, store.PageRequest{After: c, Limit: 41, Direction: store.Backward}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := len(p.Rows) - 1; i >= 0; i-- {
			got = append(got, p.Rows[i].ID)
		}
		if c = p.First; !p.More {
			break
		}
	}
	for i := range got {
		if len(got) != len(want) || got[i] != want[len(want)-1-i] {
			t.Errorf("%s: backward: %d rows, want %d", q, len(got), len(want))
			return
		}
	}
}

func notes(t *testing.T, e Engine) {
	info := store.BundleInfo{Run: "run-a", Seal: "seal", Hostname: "web01", Parsers: map[string]int{"sshd": 2}}
	b, err := e.Ingest(info)
	if err != nil {
		t.Fatal(err)
	}
	b.Exhibit(store.ExhibitInfo{Number: 1, Path: "/var/log/auth.log", Parser: "sshd"})
	w := event.Warning{Run: "run-a", Exhibit: 1, Path: "p", Host: event.HostKey{1}, Offset: 5, Length: 7, Layer: "gz", Parser: "sshd", Code: "truncated", Message: "cut \xff"}
	c := event.Counter{Run: "run-a", Exhibit: 1, Host: event.HostKey{1}, Source: "journal", Name: "seqnum", Scope: "id", First: 1, Last: math.MaxUint64, From: -5, To: 9}
	if err := b.Warning(w); err != nil {
		t.Fatal(err)
	}
	if err := b.Counter(c); err != nil {
		t.Fatal(err)
	}
	if err := b.Commit(info); err != nil {
		t.Fatal(err)
	}
	r := read(t, e)
	n := 0
	for x, err := range r.Warnings(t.Context()) {
		if n++; err != nil || x != w {
			t.Fatalf("warning %+v %v", x, err)
		}
	}
	for x, err := range r.Counters(t.Context()) {
		if n++; err != nil || x != c {
			t.Fatalf("counter %+v %v", x, err)
		}
	}
	if n != 2 {
		t.Fatalf("%d notes, want 2", n)
	}
	list := r.Bundles()
	if len(list) != 1 || list[0].Hostname != "web01" || len(list[0].Exhibits) != 1 || list[0].Exhibits[0].Parser != "sshd" {
		t.Fatalf("bundles %+v", list)
	}
}

func claims(t *testing.T, e Engine) {
	list := Sample("run-a", 300)
	put(t, e, "run-a", list)
	first, second := list[10].ID(), list[20].ID()
	for _, f := range [][]claim.Finding{{claimOn(first, "old", claim.Low)}, {claimOn(second, "new", claim.Low), claimOn(second, "also", claim.High)}} {
		if err := e.PutClaims(store.Claims{Findings: f}); err != nil {
			t.Fatal(err)
		}
	}
	r := read(t, e)
	c, err := r.Claims()
	if err != nil || len(c.Findings) != 2 || c.Findings[0].Rule != "new" {
		t.Fatalf("claims %+v %v", c, err)
	}
	q := query.MakeAnd(query.Equal("tag", "finding"), query.Equal("level", "high"), query.Equal("tag", "new"))
	pageThrough(t, r, q, []event.ID{second})
	pageThrough(t, r, query.Equal("level", "low"), nil)
	row, ok, err := r.Get(t.Context(), second)
	if err != nil || !ok || row.Level != claim.High {
		t.Fatalf("row %+v %v %v", row, ok, err)
	}
	key, _ := list[20].Time.Key()
	buckets, err := r.Histogram(t.Context(), nil, key, key+1, 1, nil)
	if err != nil || len(buckets) != 1 || buckets[0].Count < 1 || buckets[0].Cited[claim.High] != 1 {
		t.Fatalf("histogram %+v %v", buckets, err)
	}
}

func abortAndDrop(t *testing.T, e Engine) {
	b, err := e.Ingest(store.BundleInfo{Run: "run-x"})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range Sample("run-x", 50) {
		if err := b.Event(x); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Abort(); err != nil {
		t.Fatal(err)
	}
	a, c := Sample("run-a", 60), Sample("run-c", 70)
	put(t, e, "run-a", a)
	put(t, e, "run-c", c)
	if err := e.Drop("run-a"); err != nil {
		t.Fatal(err)
	}
	if err := e.Drop("run-x"); err == nil {
		t.Error("dropping what is not there must fail")
	}
	r := read(t, e)
	var ids []event.ID
	for _, x := range Ordered(c) {
		ids = append(ids, x.ID())
	}
	pageThrough(t, r, nil, ids)
}

// extremes: the ends of time, bytes that are no text, a message of 16 MB.
func extremes(t *testing.T, e Engine) {
	list := Sample("run-a", 6)
	list[0].Time = event.At(math.MinInt64+1, event.Nanosecond)
	list[1].Time = event.At(math.MaxInt64, event.Nanosecond)
	list[2].Time = event.Between(math.MinInt64+1, math.MaxInt64-1)
	list[3].Message = strings.Repeat("x", 16<<20) + "needle_at_the_end"
	list[4].Message, list[4].Actor = "\x00\xff\x1b[31m", strings.Repeat("\xfe", 300)
	list[4].Object = "/" + strings.Repeat("d/", 400)
	list[5].Fields = nil
	put(t, e, "run-a", list)
	r := read(t, e)
	i := 0
	want := Ordered(list)
	for row, err := range r.Iterate(t.Context(), nil, nil) {
		if err != nil {
			t.Fatal(err)
		}
		if d := gocmp.Diff(*want[i], row.Event); d != "" {
			t.Fatalf("row %d differs (%d bytes of difference)", i, len(d))
		}
		i++
	}
	pageThrough(t, r, &query.Node{Op: query.Text, Value: "NEEDLE_AT_THE_END"}, []event.ID{list[3].ID()})
	pageThrough(t, r, query.Equal("actor", list[4].Actor), []event.ID{list[4].ID()})
	pageThrough(t, r, &query.Node{Op: query.Term, Field: "path", Value: list[4].Object[:600], Prefix: true}, []event.ID{list[4].ID()})
	if _, err := r.Histogram(t.Context(), nil, math.MinInt64, math.MaxInt64, 1000, nil); err != nil {
		t.Fatal(err)
	}
}

// copies: the same records in two bundles of a host are rows with witnesses
// after a merge; with one bundle dropped the other's rows are shown.
func copies(t *testing.T, e Engine) {
	a, b := Sample("run", 200), Sample("run", 200)
	for i := range a {
		a[i].Origin.Run, b[i].Origin.Run = "run-a", "run-b"
	}
	put(t, e, "run-a", a)
	put(t, e, "run-b", b)
	if err := e.Merge(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := read(t, e)
	shown := 0
	for row, err := range r.Iterate(t.Context(), nil, nil) {
		if err != nil || row.Witnesses != 1 {
			t.Fatalf("row %+v %v", row, err)
		}
		shown++
	}
	p, err := r.Page(t.Context(), nil, store.PageRequest{Limit: 1000, AllCopies: true}, nil)
	if err != nil || shown != 200 || len(p.Rows) != 400 {
		t.Fatalf("%d rows shown, %d with all copies, %v; want 200 and 400", shown, len(p.Rows), err)
	}
	if p, err = r.Page(t.Context(), nil, store.PageRequest{Limit: 1000}, nil); err != nil {
		t.Fatal(err)
	}
	groups(t, r, p.Rows)
	if err := e.Drop("run-a"); err != nil {
		t.Fatal(err)
	}
	var ids []event.ID
	for _, x := range Ordered(b) {
		ids = append(ids, x.ID())
	}
	pageThrough(t, read(t, e), nil, ids)
}
