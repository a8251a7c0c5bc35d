package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/query"
	"github.com/saksi-dfir/saksi/tui/clean"
)

// noteEmpty says on stderr why a listing has no row, where one term alone
// explains it: no event of the case has it, so its name or value may be
// mistyped. It reads indexes only; a word of the message is not judged.
func (a *app) noteEmpty(ctx context.Context, c *timeline.Case, q *query.Node) error {
	var none []string
	for _, n := range needed(q) {
		x, err := c.Explain(ctx, n)
		if err != nil {
			return err
		}
		if x.Sure+x.Open == 0 {
			none = append(none, clean.Line(n.In(a.zone(c))))
		}
	}
	if len(none) > 0 {
		fmt.Fprintf(a.err, "note: no event of this case has %s\n", strings.Join(none, " or "))
	}
	return nil
}

// needed lists the fields with their values without which nothing matches q.
func needed(q *query.Node) (out []*query.Node) {
	switch {
	case q == nil:
	case q.Op == query.Term:
		out = append(out, q)
	case q.Op == query.And:
		for _, k := range q.Kids {
			out = append(out, needed(k)...)
		}
	}
	return out
}
