package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// explain prints how a query would be answered: its normal form with dates
// resolved, and for each node what the indexes know before a row is read.
func (a *app) explain(ctx context.Context, c *timeline.Case, q *query.Node) error {
	x, err := c.Explain(ctx, q)
	if err != nil {
		return err
	}
	if a.json {
		j := newJSONLines(a.out)
		if err := j.write(x); err != nil {
			return err
		}
		return j.flush()
	}
	fmt.Fprintf(a.out, "%d rows in %d segments: %d match by the indexes alone, %d have to be read\n", x.Rows, x.Segments, x.Sure, x.Open)
	t := newTable("MATCH BY INDEX", "TO READ", "HOW", "QUERY")
	nodes := preorder(q)
	for i, s := range x.Steps {
		if i < len(nodes) {
			s.Query = nodes[i].In(a.zone(c)) // not in UTC, as the engine writes it
		}
		t.row(fmt.Sprint(s.Sure), fmt.Sprint(s.Open), s.How, strings.Repeat("  ", s.Depth)+s.Query)
	}
	if q != nil {
		fmt.Fprintf(a.out, "query: ")
		if err := a.line(q.In(a.zone(c))); err != nil {
			return err
		}
	}
	return t.write(a.out)
}

// preorder lists a node and all below it in the order of the steps of a plan.
func preorder(q *query.Node) (out []*query.Node) {
	if q == nil {
		return nil
	}
	out = append(out, q)
	for _, k := range q.Kids {
		out = append(out, preorder(k)...)
	}
	return out
}
