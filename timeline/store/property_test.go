package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// caseWorld resolves names and analysts' tags for the property tests.
type caseWorld struct{ tags map[event.ID][]string }

func (c caseWorld) HostKeys(name string, prefix bool) []event.HostKey {
	var out []event.HostKey
	for i := range byte(4) {
		n := fmt.Sprintf("web%d", i+1)
		if n == name || prefix && len(name) <= len(n) && n[:len(name)] == name {
			out = append(out, event.HostKey{i + 1})
		}
	}
	return out
}
func (c caseWorld) Tags(id event.ID) []string { return c.tags[id] }
func (caseWorld) Level(event.ID) string       { return "" }

// indexedWorld knows the ids of a tag, too.
type indexedWorld struct{ caseWorld }

func (c indexedWorld) TagIDs(tag string, prefix bool) []event.ID {
	var out []event.ID
	for id, tags := range c.tags {
		if slices.ContainsFunc(tags, func(t string) bool { return query.MatchValue(&query.Node{Value: tag, Prefix: prefix}, t) }) {
			out = append(out, id)
		}
	}
	return out
}

// queries draws a query of the whole language.
func queries() *rapid.Generator[*query.Node] {
	leaf := rapid.Custom(func(t *rapid.T) *query.Node {
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0:
			word := rapid.SampledFrom([]string{"accepted", "MAGIC", "세션", "4242", "7", "rr", "cluster_4242", "σοφος", "absent words", "\xff\x00raw", "c packet 1"}).Draw(t, "word")
			return &query.Node{Op: query.Text, Value: word}
		case 1:
			from := testBase + rapid.Int64Range(-3600, 10800).Draw(t, "from")*1e9
			n := query.Interval(from, from+rapid.Int64Range(0, 7200).Draw(t, "width")*1e9, rapid.Bool().Draw(t, "sure"))
			switch rapid.IntRange(0, 3).Draw(t, "open") {
			case 0:
				n.From = event.MinTime
			case 1:
				n.To = event.MaxTime
			}
			return n
		case 2:
			return &query.Node{Op: query.Num, Field: rapid.SampledFrom([]string{"pid", "none"}).Draw(t, "field"), Cmp: rapid.SampledFrom([]query.Cmp{query.Lt, query.Le, query.Eq, query.Ge, query.Gt}).Draw(t, "cmp"),
				Number: float64(rapid.IntRange(0, 2000).Draw(t, "number"))}
		case 3:
			text := rapid.SampledFrom([]string{"ip:10.0.0.0/8", "ip:203.0.113.9", "ip:fe80::/10", "ip:::/0", "ip:0.0.0.0/0", "ip:no*", "*"}).Draw(t, "net")
			n, err := query.Parse(text, query.ParseOptions{})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		f := rapid.SampledFrom([]string{"host", "held_by", "source", "parser", "actor", "action", "meaning", "object", "path", "tag", "level", "bundle", "exhibit", "pid", "id", "nothing"}).Draw(t, "field")
		v := rapid.SampledFrom([]string{"web1", "web", "", "syslog", "s", "sshd", "root", "김철수", "login", "logged", "/dev/shm/x", "/dev/shm/", "/dev", "/", "rel", "x", "remote", "starred", "finding", "high",
			"run-1", "run", "3", "data/files/var/log/3.log", "data/", "812", "81", "a", "0900000000000000"}).Draw(t, "value")
		return &query.Node{Op: query.Term, Field: f, Value: v, Prefix: rapid.Bool().Draw(t, "prefix")}
	})
	var node func(depth int) *rapid.Generator[*query.Node]
	node = func(depth int) *rapid.Generator[*query.Node] {
		if depth == 0 {
			return leaf
		}
		return rapid.Custom(func(t *rapid.T) *query.Node {
			switch rapid.IntRange(0, 5).Draw(t, "op") {
			case 0:
				return &query.Node{Op: query.Not, Kids: []*query.Node{node(depth-1).Draw(t, "not")}}
			case 1, 2:
				return &query.Node{Op: query.And, Kids: rapid.SliceOfN(node(depth-1), 2, 3).Draw(t, "and")}
			case 3:
				return &query.Node{Op: query.Or, Kids: rapid.SliceOfN(node(depth-1), 2, 3).Draw(t, "or")}
			}
			return leaf.Draw(t, "leaf")
		})
	}
	return node(3)
}

// world is a store with several generations, hidden rows, claims and tags, and
// the same as plain lists.
type world struct {
	r     *Reader
	list  []*event.Event // in order
	ids   []event.ID
	level map[event.ID]string
	tags  map[event.ID][]string
	res   []query.Resolver
}

func makeWorld(t *testing.T) *world {
	rng := rand.New(rand.NewPCG(21, 22))
	dir := t.TempDir()
	w := writer(t, dir)
	w.limits.segment, w.limits.copy = 400, 350 // many segments
	all := map[string][]*event.Event{}
	for i, n := range []int{2500, 700, 900} {
		run := fmt.Sprintf("run-%d", i+1)
		all[run] = randomEvents(rng, run, n)
		ingest(t, w, info(run, 1), all[run])
	}
	if err := w.Drop("run-2"); err != nil {
		t.Fatal(err)
	}
	ingest(t, w, info("run-2", 1), all["run-2"])
	x := &world{level: map[event.ID]string{}, tags: map[event.ID][]string{}}
	x.list = sorted(slices.Concat(all["run-1"], all["run-2"], all["run-3"]))
	own := map[event.ID][]string{}
	var findings []claim.Finding
	for i, e := range x.list {
		id := e.ID()
		x.ids = append(x.ids, id)
		if i%97 == 0 {
			findings = append(findings, claim.Finding{Rule: "rule-a", Level: claim.High, Events: []event.ID{id}}, claim.Finding{Rule: "rule-b", Level: claim.Low, Events: []event.ID{id}})
			x.level[id], x.tags[id] = "high", []string{"finding", "rule-a", "rule-b"}
		}
		if i%53 == 0 {
			own[id] = []string{"starred"}
		}
	}
	if err := w.PutClaims(Claims{Findings: findings}); err != nil {
		t.Fatal(err)
	}
	x.r = open(t, dir)
	x.res = []query.Resolver{caseWorld{own}, indexedWorld{caseWorld{own}}}
	return x
}

func (x *world) matches(q *query.Node, res query.Resolver) []int {
	var out []int
	for i, e := range x.list {
		id := x.ids[i]
		if query.Match(q, query.Row{ID: id, Event: e, Level: x.level[id], Tags: x.tags[id]}, res) {
			out = append(out, i)
		}
	}
	return out
}

// TestEngineMeansWhatTheEvaluatorMeans draws queries and cursors and compares
// pages both ways, counts, histograms and facets with the naive evaluator.
func TestEngineMeansWhatTheEvaluatorMeans(t *testing.T) {
	x := makeWorld(t)
	rapid.Check(t, func(t *rapid.T) {
		q := queries().Draw(t, "query")
		res := x.res[rapid.IntRange(0, 1).Draw(t, "resolver")]
		want := x.matches(q, res)
		x.checkPage(t, q, res, want)
		n, err := x.r.Count(ctx(), q, res)
		if err != nil || int(n.N) != len(want) || !n.Exact {
			t.Fatalf("%s: count %+v %v, want %d", q, n, err, len(want))
		}
		x.checkHistogram(t, q, res, want)
		x.checkFacets(t, q, res, want)
	})
}

func (x *world) checkPage(t *rapid.T, q *query.Node, res query.Resolver, want []int) {
	at := rapid.IntRange(0, len(x.list)-1).Draw(t, "cursor")
	limit := rapid.IntRange(1, 200).Draw(t, "limit")
	key, dated := x.list[at].Time.Key()
	c := Cursor{Set: true, Time: key, Host: x.list[at].Host, ID: x.ids[at], Undated: !dated}
	if !dated {
		c.Time = 0
	}
	var after, before []event.ID
	for _, i := range want {
		if i > at && len(after) < limit {
			after = append(after, x.ids[i])
		}
		if i < at {
			before = append(before, x.ids[i])
		}
	}
	before = before[max(0, len(before)-limit):]
	for dir, ids0 := range map[Direction][]event.ID{Forward: after, Backward: before} {
		p, err := x.r.Page(ctx(), q, PageRequest{After: c, Direction: dir, Limit: limit}, res)
		if err != nil {
			t.Fatal(err)
		}
		if d := gocmp.Diff(append([]event.ID{}, ids0...), ids(p.Rows)); d != "" {
			t.Fatalf("%s: page from %d in direction %d: %d rows, want %d", q, at, dir, len(p.Rows), len(ids0))
		}
		for _, r := range p.Rows {
			if string(r.Level) != x.level[r.ID] {
				t.Fatalf("row %s of level %q, want %q", r.ID, r.Level, x.level[r.ID])
			}
		}
	}
}

func (x *world) checkHistogram(t *rapid.T, q *query.Node, res query.Resolver, want []int) {
	from := testBase + rapid.Int64Range(-100, 7200).Draw(t, "hist from")*1e9 + rapid.Int64Range(0, 999).Draw(t, "ms")*1e6
	to := from + rapid.Int64Range(1, 9000).Draw(t, "hist width")*1e9
	buckets, err := x.r.Histogram(ctx(), q, from, to, rapid.IntRange(1, 300).Draw(t, "buckets"), res)
	if err != nil {
		t.Fatal(err)
	}
	end := from
	for _, b := range buckets {
		n, high := int64(0), int64(0)
		for _, i := range want {
			if k, ok := x.list[i].Time.Key(); ok && k >= b.From && k < b.To {
				n++
				if x.level[x.ids[i]] == "high" {
					high++
				}
			}
		}
		if b.From != end || b.Count != n || b.Cited[claim.High] != high {
			t.Fatalf("%s: bucket %+v, want %d with %d cited from %d on", q, b, n, high, end)
		}
		end = b.To
	}
	if end != to {
		t.Fatalf("buckets end at %d, want %d", end, to)
	}
}

func (x *world) checkFacets(t *rapid.T, q *query.Node, res query.Resolver, want []int) {
	field := rapid.SampledFrom([]string{"source", "actor", "object", "pid", "tag"}).Draw(t, "facet")
	got, err := x.r.Facets(ctx(), q, field, 0, res)
	if err != nil {
		t.Fatal(err)
	}
	type count struct{ n, first, last int64 }
	counts := map[string]count{}
	for _, i := range want {
		e := x.list[i]
		for _, v := range x.facetOf(i, field) {
			c, ok := counts[v]
			if !ok {
				c.first, c.last = event.MinTime, event.MinTime
			}
			if k, ok := e.Time.Key(); ok {
				if c.first == event.MinTime || k < c.first {
					c.first = k
				}
				c.last = max(c.last, k)
			}
			c.n++
			counts[v] = c
		}
	}
	if len(got) != len(counts) {
		t.Fatalf("%s: %d values of %s, want %d", q, len(got), field, len(counts))
	}
	for _, f := range got {
		if c := counts[f.Value]; f.Count != c.n || f.First != c.first || f.Last != c.last || !f.Exact {
			t.Fatalf("%s: %s %+v, want %+v", q, field, f, c)
		}
	}
}

// facetOf lists the values of a field of a row, each once.
func (x *world) facetOf(i int, field string) (values []string) {
	e := x.list[i]
	if v, ok := query.Column(e, field); ok {
		values = append(values, v)
	} else if field == "tag" {
		values = append(append(values, e.Tags...), x.tags[x.ids[i]]...)
	} else {
		for _, f := range e.Fields {
			if f.Name == field {
				values = append(values, f.Value)
			}
		}
	}
	slices.Sort(values)
	return slices.DeleteFunc(slices.Compact(values), func(v string) bool { return v == "" })
}
