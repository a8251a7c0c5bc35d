package tui

import (
	"strings"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/query"
	"github.com/saksi-dfir/saksi/tui/view"
	"github.com/saksi-dfir/saksi/tui/widget"
)

func (l *linear) filter(text string) {
	f, err := view.NewFilter(l.sh.Case, text)
	if err != nil {
		col, words := mistake(err)
		l.say("filter not taken: column %d: %s", col, words)
		return
	}
	if f.Text != l.sh.Filter.Text {
		l.past = append(l.past, l.sh.Filter)
	}
	l.use(f)
}

// unfilter takes the last filter back.
func (l *linear) unfilter(string) {
	if len(l.past) == 0 {
		l.say("no earlier filter")
		return
	}
	f := l.past[len(l.past)-1]
	l.past = l.past[:len(l.past)-1]
	l.use(f)
}

func (l *linear) use(f view.Filter) {
	l.sh.Filter, l.rows = f, nil
	c, err := l.sh.Case.Count(l.ctx, l.sh.Query())
	if err != nil {
		l.say("cannot count: %v", err)
		return
	}
	words := "no filter"
	if f.Text != "" {
		words = "filter " + f.Text
	}
	l.say("%s: %s match; events lists them", words, plural(c.N, "event"))
}

func (l *linear) facets(field string) {
	if field == "" {
		l.say("facets wants a field: %s", strings.Join(facetFields(), ", "))
		return
	}
	const most = 50
	vs, err := l.sh.Case.Facets(l.ctx, l.sh.Query(), field, most+1)
	if err != nil {
		l.say("cannot count: %v", err)
		return
	}
	for i, v := range vs {
		if i == most {
			l.say("and more values; filter narrows them")
			break
		}
		name, more := v.Value, ""
		if name == "" {
			name = "(none)"
		}
		if !v.Exact {
			more = " or more"
		}
		l.say("%s %s: %s%s", field, name, plural(v.Count, "event"), more)
	}
	if len(vs) == 0 {
		l.say("no values of %s", field)
	}
}

// search lists from the next event with the words on; without words it goes on.
func (l *linear) search(words string) {
	if words != "" {
		l.find = words
	}
	if l.find == "" {
		l.say("search wants words")
		return
	}
	s, err := view.NewSearch(l.sh.Case, l.find)
	if err != nil {
		col, why := mistake(err)
		l.say("search not taken: column %d: %s", col, why)
		return
	}
	req := timeline.PageRequest{Limit: 1}
	if len(l.rows) > 0 {
		req.After = view.AfterRow(&l.rows[0])
		if words != "" {
			req.After = view.AnchorOf(&l.rows[0])
		}
	}
	q := s.Node
	if own := l.sh.Query(); own != nil {
		q = query.MakeAnd(own, q)
	}
	p, err := l.sh.Case.Page(l.ctx, q, req)
	switch {
	case err != nil:
		l.say("search stopped: %v", err)
	case len(p.Rows) == 0:
		l.say("no further %s", l.find)
	default:
		l.page(timeline.PageRequest{After: view.AnchorOf(&p.Rows[0])})
	}
}

func (l *linear) goTo(text string) {
	here := l.sh.Now()
	if len(l.rows) > 0 {
		if key, ok := l.rows[0].Event.Time.Key(); ok {
			here = view.Instant(key, l.sh.Case.Zone())
		}
	}
	t, err := view.ParseTarget(text, l.sh.Now(), here, l.sh.Case.Zone())
	switch {
	case err != nil:
		l.say("%v", err)
	case t.Named != "":
		l.goNamed(t.Named)
	default:
		l.bare = false
		l.page(timeline.PageRequest{After: view.AtTime(t.Time)})
	}
}

// goNamed lists from the first or last event, the first or last cited by a
// finding, or a bookmark on.
func (l *linear) goNamed(name string) {
	q := l.sh.Query()
	if mark, ok := strings.CutPrefix(name, "@"); ok {
		l.goBookmark(mark)
		return
	}
	if strings.HasSuffix(name, "finding") {
		q = query.Equal("tag", "finding")
	}
	req := timeline.PageRequest{Limit: 1}
	if strings.HasPrefix(name, "last") {
		req.Direction, req.After = timeline.Backward, timeline.Cursor{Set: true, End: true}
	}
	p, err := l.sh.Case.Page(l.ctx, q, req)
	switch {
	case err != nil:
		l.say("cannot read events: %v", err)
	case len(p.Rows) == 0:
		l.say("there is no %s", name)
	default:
		l.page(timeline.PageRequest{After: view.AnchorOf(&p.Rows[0])})
	}
}

func (l *linear) goBookmark(name string) {
	marks, err := l.sh.Case.Bookmarks(l.ctx)
	if err != nil {
		l.say("cannot read bookmarks: %v", err)
		return
	}
	for _, b := range marks {
		if !strings.EqualFold(b.Name, name) {
			continue
		}
		r, ok, err := l.sh.Case.Get(l.ctx, b.Event)
		switch {
		case err != nil:
			l.say("%v", err)
		case !ok:
			l.say("the event of bookmark %s is not in the case now", b.Name)
		default:
			l.page(timeline.PageRequest{After: view.AnchorOf(&r)})
		}
		return
	}
	l.say("no bookmark %q; bookmarks lists them", name)
}

func (l *linear) findings() {
	l.said = l.sh.Findings
	for i, f := range l.said {
		when := "undated"
		if key, ok := f.Time.Key(); ok {
			when = view.Stamp(key, l.sh.Case.Zone(), 19)
		}
		verdict := ""
		if f.Verdict != "" {
			verdict = ", " + f.Verdict
		}
		l.say("%d. %s, confidence %s%s, %s, host %s: %s. Innocent explanation: %s", i+1, f.Level, f.Confidence, verdict, when, l.sh.Case.HostName(f.Host), f.Title, f.Alternative)
	}
	if len(l.said) == 0 {
		l.say("no findings; that is not proof of absence")
	}
}

// host says what the host card says.
func (l *linear) host(name string) {
	hosts, err := l.sh.Case.Hosts(l.ctx)
	if err != nil {
		l.say("cannot read the hosts: %v", err)
		return
	}
	for _, h := range hosts {
		if h.Name != name && !(name == "" && len(hosts) == 1) {
			continue
		}
		body := view.HostLines(l.sh, h)
		if cover, err := l.sh.Case.Coverage(l.ctx); err == nil {
			body = append(body, view.CoverageLines(l.sh, h.Key, cover)...)
		}
		for _, n := range body {
			words := n.Text
			if n.HasEvent() {
				words += "  (event " + n.Event.String() + ")"
			}
			if strings.TrimSpace(words) != "" {
				l.say("%s", words)
			}
		}
		return
	}
	l.say("no host %q; the case has %s, overview lists them", name, plural(int64(len(hosts)), "host"))
}

// witnesses lists the exhibits that hold the record of event N.
func (l *linear) witnesses(rest string) {
	r, ok := l.row("witnesses", rest)
	if !ok {
		return
	}
	rows, err := l.sh.Case.Witnesses(l.ctx, r.ID)
	if err != nil {
		l.say("the witnesses cannot be read: %v", err)
		return
	}
	bundles, err := l.sh.Case.Bundles(l.ctx)
	if err != nil {
		l.say("bundles cannot be read: %v", err)
	}
	l.say("%s hold this record", widget.Number(int64(len(rows)+1))+" exhibits")
	for i, x := range append([]timeline.Row{*r}, rows...) {
		l.say("%s", view.WitnessLine(&x, bundles, i == 0).Text)
	}
}
