package store

import (
	"bytes"
	"context"
	"hash/maphash"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// twins walks the rows in order and compares those of one host and instant.
type twins struct {
	r       *Reader
	windows map[voice]exhibitSpan
	found   map[*segment]*witnessed
	seed    maphash.Seed
	group   []twin
	key     int64
	host    uint64
	undated bool
	buf     []byte
}

// twin is one row that may have a copy; rows come in order of event id.
type twin struct {
	s       *segment
	b       *block
	ord     uint32
	i       int // in its block
	exhibit *exhibitRef
	offset  int64
	length  int64
	content uint64
}

func (t *twins) run(ctx context.Context) error {
	p, err := t.r.newPlan(ctx, t.query(), nil)
	if err != nil {
		return err
	}
	w := t.r.newWalk(p, false, nil, true, false)
	for {
		c, err := w.next(ctx)
		if err != nil {
			return err
		}
		if c == nil {
			return t.settle()
		}
		if c.at.key != t.key || c.at.host != t.host || c.at.undated != t.undated {
			if err := t.settle(); err != nil {
				return err
			}
			t.key, t.host, t.undated = c.at.key, c.at.host, c.at.undated
		}
		if err := t.add(c); err != nil {
			return err
		}
	}
}

// query asks for the rows of the windows only.
func (t *twins) query() *query.Node {
	q := &query.Node{Op: query.Or}
	byParser := map[string]exhibitSpan{}
	for v, x := range t.windows {
		if old, ok := byParser[v.parser]; ok {
			x = exhibitSpan{min(x.first, old.first), max(x.last, old.last)}
		}
		byParser[v.parser] = x
	}
	for p, x := range byParser {
		q.Kids = append(q.Kids, query.MakeAnd(query.Equal("parser", p), query.Interval(x.first, x.last, false)))
	}
	return q
}

// add keeps a row that lies where two files speak.
func (t *twins) add(c *scanner) error {
	i := c.ord - c.s.man.starts[c.blkNo]
	sm, err := c.blk.small()
	if err != nil {
		return err
	}
	tab := c.blk.tab
	x := &tab.exhibits[sm.exhibit.at(i)]
	win, ok := t.windows[voice{t.r.bundles[x.Run].Host, tab.parsers[sm.parser.at(i)]}]
	if !ok || !c.at.undated && (c.at.key < win.first || c.at.key > win.last) || !strings.HasPrefix(x.Path, fileBag) {
		return nil
	}
	if len(t.group) > maxTwins {
		return nil
	}
	return t.take(c)
}

// take keeps a row.
func (t *twins) take(c *scanner) error {
	i := c.ord - c.s.man.starts[c.blkNo]
	sm, err := c.blk.small()
	if err != nil {
		return err
	}
	x := &c.blk.tab.exhibits[sm.exhibit.at(i)]
	t.group = append(t.group, twin{s: c.s, b: c.blk, ord: uint32(c.ord), i: i, exhibit: x, offset: sm.offset[i], length: sm.length[i]})
	return nil
}

// read hashes what a row says, without what depends on its file.
func (t *twins) read(x *twin) error {
	e, err := x.b.event(x.i)
	if err != nil {
		return err
	}
	e.Origin.Offset, e.Origin.Spans, e.HeldBy = 0, nil, event.HostKey{}
	e.Time.Earliest, e.Time.Latest, e.Time.Reasons = 0, 0, 0 // bounds depend on the file, not on the record
	t.buf = packRow(t.buf[:0], &e, 0)
	x.content = maphash.Bytes(t.seed, t.buf)
	return nil
}

// worth says whether two rows of one length come from different files.
func worth(g []twin) bool {
	first := map[int64]*exhibitRef{}
	for i := range g {
		x, ok := first[g[i].length]
		if ok && (x.Number != g[i].exhibit.Number || x.Run != g[i].exhibit.Run || x.Layer != g[i].exhibit.Layer) {
			return true
		}
		if !ok {
			first[g[i].length] = g[i].exhibit
		}
	}
	return false
}

// settle judges the rows of one host and instant.
func (t *twins) settle() error {
	g := t.group
	defer func() { t.group = g[:0] }()
	if len(g) < 2 || len(g) > maxTwins || !worth(g) {
		return nil
	}
	sets, err := t.sets()
	if err != nil {
		return err
	}
	for _, list := range sets {
		if len(list) < 2 {
			continue
		}
		shown := slices.Min(list) // rows of one instant come in order of event id
		t.of(g[shown].s).more[g[shown].ord] = len(list) - 1
		for _, i := range list {
			if i != shown {
				o := t.of(g[i].s)
				o.hidden = append(o.hidden, g[i].ord)
			}
		}
	}
	return nil
}

func (t *twins) of(s *segment) *witnessed {
	if t.found[s] == nil {
		t.found[s] = &witnessed{more: map[uint32]int{}}
	}
	return t.found[s]
}

// nth is the n-th record of one content in its file.
type nth struct {
	content uint64
	n       int
}

// sets puts the rows of the group together that say the same, the n-th of one
// file with the n-th of the other.
func (t *twins) sets() (map[nth][]int, error) {
	g := t.group
	for i := range g {
		if err := t.read(&g[i]); err != nil {
			return nil, err
		}
	}
	counts := map[string]int{}
	sets := map[nth][]int{}
	order := make([]int, len(g))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp64(g[a].offset, g[b].offset) })
	var key []byte
	for _, i := range order {
		x := &g[i]
		key = putUv(append(append(key[:0], x.exhibit.Run...), 0), uint64(x.exhibit.Number))
		key = append(append(key, x.exhibit.Layer...), be32(uint32(x.content>>32))...)
		key = append(key, be32(uint32(x.content))...)
		k := nth{x.content, counts[string(key)]}
		counts[string(bytes.Clone(key))]++
		sets[k] = append(sets[k], i)
	}
	return sets, nil
}
