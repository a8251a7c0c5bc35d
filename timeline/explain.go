package timeline

import (
	"context"

	"github.com/saksi-dfir/saksi/timeline/query"
	"github.com/saksi-dfir/saksi/timeline/store"
)

type (
	// Explanation is how a query would be answered.
	Explanation = store.Explanation
	// Step is one node of an explained query.
	Step = store.Step
)

// Explain plans a query without reading rows.
func (c *Case) Explain(ctx context.Context, q *query.Node) (Explanation, error) {
	s, done, err := c.use()
	if err != nil {
		return Explanation{}, err
	}
	defer done()
	res, err := c.resolver(ctx, s)
	if err != nil {
		return Explanation{}, err
	}
	return s.r.Explain(ctx, q, res)
}
