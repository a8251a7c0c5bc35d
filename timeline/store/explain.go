package store

import (
	"context"
	"sync"

	"github.com/saksi-dfir/saksi/timeline/query"
)

// Step is one node of an explained query: what the indexes of all segments
// know of it before any row is read.
type Step struct {
	Depth int    `json:"depth"`
	Query string `json:"query"` // normal form of the node
	How   string `json:"how"`   // all, bitmap, bitmap and rows, signature and rows, block times, rows
	Sure  int64  `json:"sure"`  // rows that match by the indexes alone
	Open  int64  `json:"open"`  // further rows that have to be read
}

// Explanation is how a query would be answered.
type Explanation struct {
	Segments int    `json:"segments"` // of the store
	Rows     int64  `json:"rows"`     // of the store, hidden ones too
	Sure     int64  `json:"sure"`     // rows that match by the indexes alone, without hidden ones
	Open     int64  `json:"open"`     // rows that have to be read
	Steps    []Step `json:"steps"`
}

// Explain plans a query over all segments without reading rows.
func (r *Reader) Explain(ctx context.Context, q *query.Node, res query.Resolver) (Explanation, error) {
	p, err := r.newPlan(ctx, q, res)
	if err != nil {
		return Explanation{}, err
	}
	x := Explanation{Segments: len(r.segs), Steps: make([]Step, p.nodes)}
	p.root.describe(x.Steps, 0)
	var mu sync.Mutex
	err = r.each(ctx, func(s *segment) error {
		sp, err := p.bind(s, false)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		x.Rows += int64(s.man.rows)
		sure, may := int64(sp.root.must.GetCardinality()), int64(sp.root.may.GetCardinality())
		x.Sure, x.Open = x.Sure+sure, x.Open+may-sure
		for i, set := range sp.sets {
			sure, may := int64(set.must.GetCardinality()), int64(set.may.GetCardinality())
			x.Steps[i].Sure += sure
			x.Steps[i].Open += may - sure
		}
		return nil
	})
	return x, err
}

// describe fills the steps of a node and its kids.
func (n *pnode) describe(steps []Step, depth int) {
	steps[n.n] = Step{Depth: depth, Query: n.String(), How: n.how()}
	for _, k := range n.kids {
		k.describe(steps, depth+1)
	}
}

func (n *pnode) how() string {
	switch n.Op {
	case query.All:
		return "all"
	case query.And, query.Or, query.Not:
		return "bitmaps joined"
	case query.Text:
		if n.bits == nil {
			return "rows"
		}
		return "signature and rows"
	case query.Time:
		return "block times"
	case query.CIDR:
		return "bitmap"
	case query.Num:
		return "bitmap and rows"
	}
	switch n.Field {
	case "host", "source", "parser", "actor", "action", "meaning", "bundle", "exhibit", "level":
		return "bitmap"
	case "tag":
		return "bitmap"
	case "id":
		return "id index"
	case "path", "ip":
		return "bitmap and rows"
	case "object", "message", "held_by":
		if n.Field == "object" && !n.Prefix {
			return "signature and rows"
		}
		return "rows"
	}
	if n.Prefix {
		return "bitmap and rows"
	}
	return "bitmap, signature and rows"
}
