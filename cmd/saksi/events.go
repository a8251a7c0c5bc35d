package main

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/query"
	"github.com/saksi-dfir/saksi/tui/clean"
)

type eventsFlags struct {
	dir       string
	limit     int
	after     string
	csv, cite bool
	allCopies bool
	explain   bool
}

func (a *app) eventsCmd() *cobra.Command {
	var f eventsFlags
	c := &cobra.Command{
		Use:   "events --case DIR [QUERY]",
		Short: "List events in time order",
		Long: `List the events that match QUERY in time order, the undated last.

A query is made of words and terms: host:web01 source:wtmp actor:root
path:/dev/shm/* "magic packet" -host:lab after:2024-03-19 before:2024-07-31
at:2024-04-11T09:00±2h ip:10.0.0.0/8 pid>1000 tag:finding AND (x OR y).
Bare words match the message. Dates without a zone are in the case zone.` + exitStatus,
		Example: `  saksi events --case CASE 'host:web01 actor:deploy after:2024-03-19'
  saksi events --case CASE --json 'tag:finding' | head
  saksi events --case CASE --cite 'path:/dev/shm/*'`,
	}
	caseFlag(c, &f.dir)
	c.Flags().IntVar(&f.limit, "limit", 0, "stop after N events (0: all)")
	c.Flags().StringVar(&f.after, "after", "", "continue behind the cursor that an earlier call printed")
	c.Flags().BoolVar(&f.csv, "csv", false, "comma-separated values with a head line")
	c.Flags().BoolVar(&f.cite, "cite", false, "one citation a line: id, bundle, exhibit, offset, length, SHA-256")
	c.Flags().BoolVar(&f.allCopies, "all-copies", false, "show each copy of a record, not one row with witnesses")
	c.Flags().BoolVar(&f.explain, "explain", false, "show how the query would be answered; read no row")
	c.RunE = a.question(&f.dir, func(cmd *cobra.Command, cs *timeline.Case, args []string) error {
		q, err := a.parseQuery(cs, args)
		if err != nil {
			return err
		}
		if f.limit < 0 {
			return usagef("--limit %d: use 0 for all events, or a number of them", f.limit)
		}
		if f.explain {
			return a.explain(cmd.Context(), cs, q)
		}
		return a.listEvents(cmd.Context(), cs, q, f)
	})
	return c
}

// rowWriter takes rows in order; flush ends the listing.
type rowWriter interface {
	row(*timeline.Row) error
	flush() error
}

func (a *app) listEvents(ctx context.Context, c *timeline.Case, q *query.Node, f eventsFlags) error {
	w, err := a.rowWriter(c, f)
	if err != nil {
		return err
	}
	cur, err := parseCursor(f.after)
	if err != nil {
		return err
	}
	n := 0
	for f.limit == 0 || n < f.limit {
		want := 256
		if f.limit > 0 {
			want = min(want, f.limit-n)
		}
		p, err := c.Page(ctx, q, timeline.PageRequest{After: cur, Limit: want, AllCopies: f.allCopies})
		if err != nil {
			return err
		}
		for i := range p.Rows {
			if err := w.row(&p.Rows[i]); err != nil {
				return err
			}
		}
		n += len(p.Rows)
		cur = p.Last
		if p.More && len(p.Rows) > 0 {
			continue
		}
		if err := w.flush(); err != nil || n > 0 {
			return err
		}
		return a.noteEmpty(ctx, c, q)
	}
	if err := w.flush(); err != nil {
		return err
	}
	fmt.Fprintf(a.err, "more: --after %s\n", formatCursor(cur))
	return nil
}

func (a *app) rowWriter(c *timeline.Case, f eventsFlags) (rowWriter, error) {
	zone := a.zone(c)
	switch {
	case f.csv && f.cite || f.csv && a.json || f.cite && a.json:
		return nil, usagef("--json, --csv and --cite exclude each other")
	case a.json:
		return &jsonRows{c, zone, newJSONLines(a.out)}, nil
	case f.csv:
		w := csv.NewWriter(a.out)
		return &csvRows{c, zone, w}, w.Write(csvHead())
	case f.cite:
		return &tableRows{c, zone, newTable(citeHead()...), citeRow, a.out, 0}, nil
	}
	return &tableRows{c, zone, newTable("TIME", "HOST", "SOURCE", "ACTOR", "ACTION", "LEVEL", "ID", "MESSAGE"), plainRow, a.out, 0}, nil
}

func csvHead() []string {
	return []string{"id", "time", "earliest", "latest", "precision", "meaning", "host", "source", "parser", "actor", "action", "object", "message", "bundle", "exhibit", "offset", "length"}
}

func citeHead() []string { return []string{"EVENT", "BUNDLE", "EXHIBIT", "OFFSET", "LENGTH", "SHA256"} }

type jsonRows struct {
	c    *timeline.Case
	zone *time.Location
	j    *jsonLines
}

func (w *jsonRows) row(r *timeline.Row) error { return w.j.write(makeEvent(w.c, r, w.zone)) }
func (w *jsonRows) flush() error              { return w.j.flush() }

type csvRows struct {
	c    *timeline.Case
	zone *time.Location
	w    *csv.Writer
}

func (w *csvRows) row(r *timeline.Row) error {
	e := makeEvent(w.c, r, w.zone)
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	cells := []string{e.ID, text(e.Time), text(e.Earliest), text(e.Latest), e.Precision, e.Meaning, e.Host, e.Source, e.Parser, e.Actor, e.Action, e.Object, e.Message,
		e.Origin.Bundle, e.Origin.Exhibit, strconv.FormatInt(e.Origin.Offset, 10), strconv.FormatInt(e.Origin.Length, 10)}
	for i, s := range cells {
		cells[i] = sheetSafe(clean.Line(s))
	}
	return w.w.Write(cells)
}

func (w *csvRows) flush() error { w.w.Flush(); return w.w.Error() }

// sheetSafe keeps a spreadsheet from taking evidence for a formula.
func sheetSafe(s string) string {
	if s != "" && (s[0] == '=' || s[0] == '+' || s[0] == '-' || s[0] == '@') {
		return "'" + s
	}
	return s
}

// tableRows prints a table in slices of some hundred rows, so that a long
// listing begins at once.
type tableRows struct {
	c    *timeline.Case
	zone *time.Location
	t    *table
	cell func(*timeline.Case, *timeline.Row, *time.Location) []string
	out  io.Writer
	done int
}

func (w *tableRows) row(r *timeline.Row) error {
	w.t.row(w.cell(w.c, r, w.zone)...)
	if len(w.t.rows) < 512 {
		return nil
	}
	return w.flush()
}

func (w *tableRows) flush() error {
	if w.done > 0 && len(w.t.rows) == 0 {
		return nil
	}
	if w.done > 0 {
		w.t.bare = true
	}
	w.done += len(w.t.rows)
	err := w.t.write(w.out)
	w.t.rows = w.t.rows[:0]
	return err
}

func plainRow(c *timeline.Case, r *timeline.Row, zone *time.Location) []string {
	e := &r.Event
	return []string{rowTime(e.Time, zone), c.HostName(e.Host), e.Source, e.Actor, e.Action, string(r.Level), r.ID.String(), clip(e.Message, 300)}
}

func citeRow(_ *timeline.Case, r *timeline.Row, _ *time.Location) []string {
	o := makeOrigin(&r.Event.Origin)
	return []string{r.ID.String(), o.Bundle, o.Exhibit, strconv.FormatInt(o.Offset, 10), strconv.FormatInt(o.Length, 10), o.SHA256}
}

// clip shortens a long text for a table cell, never within a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for k := n; k > n-utf8.UTFMax; k-- {
		if utf8.RuneStart(s[k]) {
			n = k
			break
		}
	}
	return s[:n] + "..."
}

func formatCursor(c timeline.Cursor) string {
	b := make([]byte, 0, 33)
	flags := byte(0)
	if c.Undated {
		flags |= 1
	}
	if c.End {
		flags |= 2
	}
	b = append(b, flags)
	b = binary.BigEndian.AppendUint64(b, uint64(c.Time))
	b = append(b, c.Host[:]...)
	b = append(b, c.ID[:]...)
	return base64.RawURLEncoding.EncodeToString(b)
}

func parseCursor(s string) (timeline.Cursor, error) {
	var c timeline.Cursor
	if s == "" {
		return c, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) != 33 {
		return c, usagef("--after %q is not a cursor: use the one that an earlier call printed", s)
	}
	c.Set, c.Undated, c.End = true, b[0]&1 != 0, b[0]&2 != 0
	c.Time = int64(binary.BigEndian.Uint64(b[1:9]))
	copy(c.Host[:], b[9:17])
	copy(c.ID[:], b[17:33])
	return c, nil
}
