package tui

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
	"github.com/saksi-dfir/saksi/tui/view"
)

// fakeCase is a case of n virtual events, made when they are asked for: five
// share each instant, the same n gives the same events everywhere.
type fakeCase struct {
	n        int
	hosts    int
	zone     *time.Location
	base     int64
	step     int64
	mu       sync.Mutex
	marks    map[event.ID]timeline.Mark
	books    []timeline.Bookmark
	undo     []timeline.Annotation
	redo     []timeline.Annotation
	names    map[event.HostKey]string
	raw      func(event.ID) (timeline.Raw, error)
	fail     error         // what every read answers
	gate     chan struct{} // when set, reads wait for it
	pages    int           // pages asked for
	piece    int           // rows looked at before the budget of a page is over; 0: all
	mutate   func(i int, e *event.Event)
	grown    int
	partial  bool // an ingest is not finished, a bundle is cut
	stray    bool // one event long before all others
	last     int  // the group made last
	lastRows []timeline.Row
}

func newFake(n int) *fakeCase {
	zone := time.FixedZone("KST", 9*3600)
	return &fakeCase{n: n, hosts: 3, zone: zone, base: time.Date(2024, 3, 18, 15, 0, 0, 0, time.UTC).UnixNano(),
		step: int64(10 * time.Second), marks: map[event.ID]timeline.Mark{}}
}

func hostKey(i int) event.HostKey { return event.MakeHostKey("m", fmt.Sprintf("host-%02d", i)) }

// group makes the five events of one instant, in store order.
func (f *fakeCase) group(g int) []timeline.Row {
	rows := make([]timeline.Row, 0, 5)
	for i := g * 5; i < min(f.n, g*5+5); i++ {
		rows = append(rows, f.make(i))
	}
	slices.SortFunc(rows, inOrder)
	return rows
}

func inOrder(a, b timeline.Row) int {
	ka, _ := a.Event.Time.Key()
	kb, _ := b.Event.Time.Key()
	return cmp.Or(cmp.Compare(ka, kb), slices.Compare(a.Event.Host[:], b.Event.Host[:]), slices.Compare(a.ID[:], b.ID[:]))
}

func (f *fakeCase) make(i int) timeline.Row {
	t := f.base + int64(i/5)*f.step
	user := []string{"root", "deploy", "kim", "lee"}[i%4]
	e := event.Event{Time: event.At(t, event.Second, event.ClockUnverified), Meaning: "logged", Host: hostKey(i % f.hosts), Source: []string{"syslog", "audit", "wtmp"}[i%3],
		Parser: "sshd", Actor: user, Action: "login", Object: "ssh", Message: fmt.Sprintf("Accepted publickey for %s from 203.0.113.%d port %d", user, i%200, 1024+i%60000),
		Fields: []event.Field{{Name: "ip", Value: fmt.Sprintf("203.0.113.%d", i%200)}, {Name: "pid", Value: fmt.Sprint(100 + i)}},
		Origin: event.Origin{Run: "run-1", Exhibit: uint32(1 + i%3), Path: "data/files/var/log/auth.log", Offset: int64(i) * 100, Length: 99}}
	if f.mutate != nil {
		f.mutate(i, &e)
	}
	r := timeline.Row{ID: e.ID(), Event: e}
	if i%97 == 13 {
		r.Level, r.Tags = claim.High, []string{"finding"}
	}
	if i == 7 {
		r.Witnesses = 2
	}
	return r
}

// at gives row i in store order.
func (f *fakeCase) at(i int) timeline.Row {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lastRows == nil || f.last != i/5 {
		f.last, f.lastRows = i/5, f.group(i/5)
	}
	return f.lastRows[i%5]
}

// index is the number of rows before a cursor's place.
func (f *fakeCase) index(c timeline.Cursor) int {
	switch {
	case !c.Set:
		return 0
	case c.End, c.Undated:
		return f.n
	case c.Time < f.base:
		return 0
	}
	g := int((uint64(c.Time) - uint64(f.base)) / uint64(f.step)) // may be more than 63 bits
	if g*5 >= f.n {
		return f.n
	}
	rows := f.group(g)
	for k := range rows {
		key, _ := rows[k].Event.Time.Key()
		d := cmp.Or(cmp.Compare(key, c.Time), slices.Compare(rows[k].Event.Host[:], c.Host[:]), slices.Compare(rows[k].ID[:], c.ID[:]))
		if d > 0 {
			return g*5 + k
		}
	}
	return g*5 + len(rows)
}

func (f *fakeCase) enter(ctx context.Context) error {
	if f.gate != nil {
		select {
		case <-f.gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return f.fail
}

func (f *fakeCase) match(q *query.Node, r *timeline.Row) bool {
	return q == nil || query.Match(q, query.Row{ID: r.ID, Event: &r.Event, Level: string(r.Level), Tags: r.Tags}, f)
}

// HostKeys, Tags and Level make the fake a query.Resolver.
func (f *fakeCase) HostKeys(name string, prefix bool) []event.HostKey {
	var out []event.HostKey
	for i := range f.hosts {
		n := fmt.Sprintf("host-%02d", i)
		if n == name || prefix && len(n) >= len(name) && n[:len(name)] == name {
			out = append(out, hostKey(i))
		}
	}
	return out
}
func (f *fakeCase) Tags(id event.ID) []string { return f.marks[id].Tags }
func (f *fakeCase) Level(id event.ID) string  { return "" }
func (f *fakeCase) Zone() *time.Location      { return f.zone }
func (f *fakeCase) ZoneName() string          { return "Asia/Seoul" }
func (f *fakeCase) HostName(k event.HostKey) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.names == nil {
		f.names = map[event.HostKey]string{}
		for i := range f.hosts {
			f.names[hostKey(i)] = fmt.Sprintf("host-%02d", i)
		}
	}
	if n, ok := f.names[k]; ok {
		return n
	}
	return k.String()
}

func (f *fakeCase) Parse(text string) (*query.Node, error) {
	return query.Parse(text, query.ParseOptions{Zone: f.zone, Now: time.Date(2024, 8, 1, 0, 0, 0, 0, f.zone)})
}

func (f *fakeCase) Page(ctx context.Context, q *query.Node, r timeline.PageRequest) (timeline.Page, error) {
	if err := f.enter(ctx); err != nil {
		return timeline.Page{}, err
	}
	f.mu.Lock()
	f.pages++
	f.mu.Unlock()
	var p timeline.Page
	var short *timeline.Row // not looked at any more: the budget was over
	if r.Undated {
		return p, nil
	}
	i := f.index(r.After)
	step := 1
	if r.Direction == timeline.Backward {
		step, i = -1, i-1
	}
	for scanned := 0; i >= 0 && i < f.n; i += step {
		if scanned++; scanned > 4000 && q != nil {
			return p, errors.New("the fake case scans no further")
		}
		row := f.at(i)
		if f.piece > 0 && r.Budget > 0 && scanned > f.piece {
			p.More = true
			short = &row
			break
		}
		if !f.match(q, &row) {
			continue
		}
		if len(p.Rows) == r.Limit {
			p.More = true
			break
		}
		p.Rows = append(p.Rows, row)
	}
	if step < 0 {
		slices.Reverse(p.Rows)
	}
	if n := len(p.Rows); n > 0 {
		p.First, p.Last = view.AnchorOf(&p.Rows[0]), view.AfterRow(&p.Rows[n-1])
	}
	if short != nil && step > 0 {
		p.Last = view.AnchorOf(short)
	} else if short != nil {
		p.First = view.AfterRow(short)
	}
	return p, nil
}
