package store

import (
	"context"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// sets bound the rows of a segment that match a node: every row of must does,
// no row outside may does; rows between have to be looked at. Both are shared
// and must not be changed.
type sets struct{ must, may *roaring.Bitmap }

func exactly(b *roaring.Bitmap) sets { return sets{b, b} }

func perhaps(b *roaring.Bitmap) sets { return sets{roaring.New(), b} }

// pnode is a query node with what can be prepared once for all segments.
type pnode struct {
	*query.Node
	kids    []*pnode
	n       int             // its place in segPlan.sets
	hosts   []event.HostKey // ascending
	hostSum string          // names them when they are many
	folded  []byte          // needle of a text node
	bits    []uint32        // signature bits that a match needs
	ids     []event.ID
	tagged  bool                         // ids is all that analysts tagged
	at      map[*segment]*roaring.Bitmap // where the ids lie
}

// plan is a prepared query.
type plan struct {
	root  *pnode
	nodes int
	res   query.Resolver
}

func (r *Reader) newPlan(ctx context.Context, q *query.Node, res query.Resolver) (*plan, error) {
	p := &plan{res: res}
	if q == nil {
		q = &query.Node{Op: query.All}
	}
	p.root = p.prepare(q)
	return p, r.place(ctx, p.root)
}

// place finds the rows of the ids that a query names.
func (r *Reader) place(ctx context.Context, n *pnode) error {
	for _, k := range n.kids {
		if err := r.place(ctx, k); err != nil {
			return err
		}
	}
	if len(n.ids) == 0 {
		return nil
	}
	found, err := r.locate(ctx, n.ids)
	if err != nil {
		return err
	}
	n.at = map[*segment]*roaring.Bitmap{}
	for _, p := range found {
		if n.at[p.s] == nil {
			n.at[p.s] = roaring.New()
		}
		n.at[p.s].Add(p.ord)
	}
	return nil
}

// placed gives the rows of a segment that the node names by id.
func (n *pnode) placed(s *segment) *roaring.Bitmap {
	if b := n.at[s]; b != nil {
		return b
	}
	return roaring.New()
}

func (p *plan) prepare(q *query.Node) *pnode {
	n := &pnode{Node: q, n: p.nodes}
	p.nodes++
	for _, k := range q.Kids {
		n.kids = append(n.kids, p.prepare(k))
	}
	switch {
	case q.Op == query.Text:
		n.folded = query.AppendFold(nil, q.Value)
		n.bits = textBits(q.Value)
	case q.Op == query.Term && (q.Field == "host" || q.Field == "held_by"):
		n.setHosts(query.Hosts(q, p.res))
	case q.Op == query.Term && q.Field == "tag":
		if x, ok := p.res.(query.TagIndex); ok {
			n.ids, n.tagged = x.TagIDs(q.Value, q.Prefix), true
		}
	case q.Op == query.Term && q.Field == "id" && !q.Prefix:
		if id, err := event.ParseID(q.Value); err == nil {
			n.ids = []event.ID{id}
		}
	}
	return n
}

// segPlan is a plan bound to a segment.
type segPlan struct {
	p    *plan
	s    *segment
	all  *roaring.Bitmap
	sets []sets
	root sets // of the whole query, without rows that are hidden
}

// bind evaluates the plan over the indexes of a segment.
func (p *plan) bind(s *segment, copies bool) (*segPlan, error) {
	sp := &segPlan{p: p, s: s, all: s.everyRow(), sets: make([]sets, p.nodes)}
	root, err := sp.eval(p.root)
	if err != nil {
		return nil, err
	}
	for _, mask := range s.masks(copies) {
		exact := root.must == root.may
		root.may = roaring.AndNot(root.may, mask)
		if exact {
			root.must = root.may
		} else {
			root.must = roaring.AndNot(root.must, mask)
		}
	}
	sp.root = root
	return sp, nil
}

// everyRow gives all rows of the segment. The bitmap is shared and must not be changed.
func (s *segment) everyRow() *roaring.Bitmap {
	s.terms.mu.Lock()
	defer s.terms.mu.Unlock()
	if s.terms.all == nil {
		s.terms.all = roaring.New()
		s.terms.all.AddRange(0, uint64(s.man.rows))
	}
	return s.terms.all
}

// masks lists what hides rows of the segment.
func (s *segment) masks(copies bool) []*roaring.Bitmap {
	var out []*roaring.Bitmap
	if s.hidden != nil {
		out = append(out, s.hidden)
	}
	if s.copies != nil && !copies {
		out = append(out, s.copies)
	}
	return out
}

func (sp *segPlan) eval(n *pnode) (sets, error) {
	r, err := sp.evalNode(n)
	sp.sets[n.n] = r
	return r, err
}

func (sp *segPlan) evalNode(n *pnode) (sets, error) {
	switch n.Op {
	case query.All:
		return exactly(sp.all), nil
	case query.And:
		return sp.fold(n, roaring.And)
	case query.Or:
		return sp.fold(n, roaring.Or)
	case query.Not:
		k, err := sp.eval(n.kids[0])
		if err != nil {
			return sets{}, err
		}
		if k.must == k.may {
			return exactly(roaring.AndNot(sp.all, k.may)), nil
		}
		return sets{must: roaring.AndNot(sp.all, k.may), may: roaring.AndNot(sp.all, k.must)}, nil
	case query.Text:
		return sp.text(n)
	case query.Num:
		rows, err := sp.s.exact(kindField, cutTerm(n.Field))
		return perhaps(rows), err
	case query.CIDR:
		return sp.network(n)
	case query.Time:
		return sp.time(n)
	case query.Term:
		return sp.term(n)
	}
	return exactly(roaring.New()), nil
}

func (sp *segPlan) fold(n *pnode, op func(a, b *roaring.Bitmap) *roaring.Bitmap) (sets, error) {
	r, err := sp.eval(n.kids[0])
	for _, k := range n.kids[1:] {
		if err != nil {
			return r, err
		}
		var x sets
		if n.Op == query.And && r.may.IsEmpty() {
			sp.sets[k.n] = perhaps(sp.all) // not needed: the result is empty
			sp.skip(k)
			continue
		}
		if x, err = sp.eval(k); err != nil {
			return r, err
		}
		if r.must == r.may && x.must == x.may {
			r = exactly(op(r.may, x.may))
		} else {
			r = sets{must: op(r.must, x.must), may: op(r.may, x.may)}
		}
	}
	return r, err
}

// skip fills the sets below a node that was not evaluated.
func (sp *segPlan) skip(n *pnode) {
	for _, k := range n.kids {
		sp.sets[k.n] = perhaps(sp.all)
		sp.skip(k)
	}
}

func (sp *segPlan) blocksToRows(set blockSet) *roaring.Bitmap {
	bm := roaring.New()
	m := sp.s.man
	set.each(func(b int) {
		if b < len(m.blocks) {
			bm.AddRange(uint64(m.starts[b]), uint64(m.starts[b+1]))
		}
	})
	return bm
}

func (sp *segPlan) text(n *pnode) (sets, error) {
	if len(n.folded) == 0 {
		return exactly(sp.all), nil
	}
	if n.bits == nil || sp.s.man.sigs == 0 {
		return perhaps(sp.all), nil
	}
	set, err := sp.s.suspects(n.bits)
	if err != nil {
		return sets{}, err
	}
	return perhaps(sp.blocksToRows(set)), nil
}

func (sp *segPlan) network(n *pnode) (sets, error) {
	a := n.Net.Masked().Addr()
	first, bits := a.As16(), n.Net.Bits()
	if a.Is4() {
		bits += 96
	}
	rows, err := sp.s.terms.get(termName{kindIP, string(first[:]), bits + 1}, func() (*roaring.Bitmap, error) {
		return sp.s.within(kindIP, string(first[:]), func(t string) bool { return len(t) == 16 && sameBits(t, first, bits) })
	})
	if err == nil && !a.Is4() && bits < 96 {
		// ::/0 holds no IPv4 address, though IPv4 terms are kept mapped
		mapped, merr := sp.s.prefix(kindIP, "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff")
		if merr != nil {
			return sets{}, merr
		}
		if !mapped.IsEmpty() {
			return perhaps(rows), nil // rows with an address of either kind
		}
	}
	return exactly(rows), err
}

func sameBits(t string, a [16]byte, bits int) bool {
	whole := bits / 8
	if t[:whole] != string(a[:whole]) {
		return false
	}
	return bits%8 == 0 || (t[whole]^a[whole])>>(8-bits%8) == 0
}
