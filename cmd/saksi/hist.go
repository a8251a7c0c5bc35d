package main

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
	"github.com/saksi-dfir/saksi/tui/clean"
)

type bucketJSON struct {
	From  *string          `json:"from"`
	To    *string          `json:"to"`
	Count int64            `json:"count"`
	Cited map[string]int64 `json:"cited"`
}

func (a *app) histCmd() *cobra.Command {
	var dir string
	var n int
	c := &cobra.Command{
		Use:     "hist --case DIR [QUERY]",
		Short:   "Count events over time, and those cited by findings, by level",
		Long:    "Count the events that match QUERY in equal buckets from the first to the last of them." + exitStatus,
		Example: "  saksi hist --case CASE\n  saksi hist --case CASE --buckets 24 'host:web01 after:2024-04-11 before:2024-04-12'",
	}
	caseFlag(c, &dir)
	c.Flags().IntVar(&n, "buckets", 40, "number of buckets (1 to 10000)")
	c.RunE = a.question(&dir, func(cmd *cobra.Command, cs *timeline.Case, args []string) error {
		if n < 1 || n > 10000 {
			return usagef("--buckets %d: use 1 to 10000", n)
		}
		q, err := a.parseQuery(cs, args)
		if err != nil {
			return err
		}
		bs, err := histogram(cmd.Context(), cs, q, n)
		if err != nil {
			return err
		}
		if len(bs) == 0 {
			if err := a.noteEmpty(cmd.Context(), cs, q); err != nil {
				return err
			}
		}
		if !a.json {
			return a.histTable(bs, a.zone(cs))
		}
		j := newJSONLines(a.out)
		for _, b := range bs {
			if err := j.write(bucketJSON{bound(b.From, a.zone(cs)), bound(b.To, a.zone(cs)), b.Count, cited(b.Cited)}); err != nil {
				return err
			}
		}
		return j.flush()
	})
	return c
}

func cited(m map[claim.Level]int64) map[string]int64 {
	out := map[string]int64{}
	for l, n := range m {
		out[string(l)] = n
	}
	return out
}

// histogram spans the dated events that match: from the first to one past the last.
func histogram(ctx context.Context, c *timeline.Case, q *query.Node, n int) ([]timeline.Bucket, error) {
	first, ok, err := edge(ctx, c, q, timeline.Forward)
	if err != nil || !ok {
		return nil, err
	}
	last, _, err := edge(ctx, c, q, timeline.Backward)
	if err != nil {
		return nil, err
	}
	return c.Histogram(ctx, q, first, last+1, n)
}

// edge gives the key of the first or last dated event that matches.
func edge(ctx context.Context, c *timeline.Case, q *query.Node, d timeline.Direction) (int64, bool, error) {
	req := timeline.PageRequest{Direction: d, Limit: 1}
	if d == timeline.Backward {
		req.After = timeline.Cursor{Set: true, Undated: true}
	}
	p, err := c.Page(ctx, q, req)
	if err != nil || len(p.Rows) == 0 {
		return 0, false, err
	}
	key, ok := p.Rows[0].Event.Time.Key()
	return key, ok, nil
}

func (a *app) histTable(bs []timeline.Bucket, zone *time.Location) error {
	top := int64(1)
	for _, b := range bs {
		top = max(top, b.Count)
	}
	t := newTable("FROM", "COUNT", "CITED", "")
	for _, b := range bs {
		var parts []string
		for l, n := range b.Cited {
			if n > 0 {
				parts = append(parts, fmt.Sprintf("%s %d", l, n))
			}
		}
		sort.Strings(parts)
		t.row(shortStamp(b.From, zone), fmt.Sprint(b.Count), strings.Join(parts, ", "), strings.Repeat("#", int(b.Count*40/top)))
	}
	return t.write(a.out)
}

type facetJSON struct {
	Field string  `json:"field"`
	Value string  `json:"value"`
	Count int64   `json:"count"`
	Exact bool    `json:"exact"`
	First *string `json:"first"`
	Last  *string `json:"last"`
}

func (a *app) facetsCmd() *cobra.Command {
	var dir, fields string
	var n int
	c := &cobra.Command{
		Use:     "facets --case DIR [QUERY]",
		Short:   "Count the values of fields among the events that match",
		Long:    "Count the values of each named field among the events that match QUERY, with first and last." + exitStatus,
		Example: "  saksi facets --case CASE --field actor,action 'host:web01'",
	}
	caseFlag(c, &dir)
	c.Flags().StringVar(&fields, "field", "host,source,actor,action", "fields, separated by commas")
	c.Flags().IntVar(&n, "limit", 20, "values per field (0: all)")
	c.RunE = a.question(&dir, func(cmd *cobra.Command, cs *timeline.Case, args []string) error {
		q, err := a.parseQuery(cs, args)
		if err != nil {
			return err
		}
		if n < 0 {
			return usagef("--limit %d: use 0 for all values, or a number of them", n)
		}
		zone, some := a.zone(cs), false
		j, t := newJSONLines(a.out), newTable("FIELD", "COUNT", "FIRST .. LAST", "VALUE")
		for _, f := range strings.Split(fields, ",") {
			f = strings.TrimSpace(f)
			if f == "" {
				return usagef("--field %q: name fields, separated by commas, such as host,actor,pid", fields)
			}
			vs, err := cs.Facets(cmd.Context(), q, f, n)
			if err != nil {
				return err
			}
			if some = some || len(vs) > 0; len(vs) == 0 {
				fmt.Fprintf(a.err, "note: no event that matches has a value of %q\n", clean.Line(f))
			}
			for _, v := range vs {
				count := fmt.Sprint(v.Count)
				if !v.Exact {
					count = ">=" + count
				}
				t.row(f, count, facetSpan(v, zone), v.Value)
				if !a.json {
					continue
				}
				if err := j.write(facetJSON{f, clean.JSON(v.Value), v.Count, v.Exact, facetTime(v.First, zone), facetTime(v.Last, zone)}); err != nil {
					return err
				}
			}
		}
		if !some {
			if err := a.noteEmpty(cmd.Context(), cs, q); err != nil {
				return err
			}
		}
		if a.json {
			return j.flush()
		}
		return t.write(a.out)
	})
	return c
}

func facetTime(ns int64, zone *time.Location) *string {
	if ns == event.NoInstant {
		return nil
	}
	return bound(ns, zone)
}

func facetSpan(v timeline.FacetValue, zone *time.Location) string {
	if v.First == event.NoInstant || v.First == event.MaxTime {
		return "undated"
	}
	return span(v.First, v.Last, zone)
}
