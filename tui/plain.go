package tui

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/tui/clean"
	"github.com/saksi-dfir/saksi/tui/view"
	"github.com/saksi-dfir/saksi/tui/widget"
)

// plainPage is how many events one answer of the linear form has.
const plainPage = 20

// linear is the screen as lines: for screen readers, dumb terminals and pipes.
// It writes no escape sequence and never moves a cursor.
type linear struct {
	ctx  context.Context
	sh   *view.Shared
	out  io.Writer
	o    Options
	rows []timeline.Row  // of the last list
	here timeline.Page   // the page they are
	find string          // what search looks for
	past []view.Filter   // filters before this one
	bare bool            // only undated events
	said []claim.Finding // of the last list of findings
}

// runPlain reads commands line by line until "quit" or the end of input.
func runPlain(ctx context.Context, o Options) error {
	sh := view.NewShared(o.Case, widget.NewTheme("mono", true), o.Now)
	l := &linear{ctx: ctx, sh: sh, out: o.Out, o: o}
	if o.Query != "" {
		f, err := view.NewFilter(o.Case, o.Query)
		if err != nil {
			return fmt.Errorf("filter: %w", err)
		}
		sh.Filter = f
	}
	if err := l.read(); err != nil {
		return err
	}
	l.overview()
	l.say("commands: overview, host NAME, events, next, back, open N, raw N, filter QUERY, facets FIELD, go TIME, findings, star N, note N TEXT, ingest FILE, help, quit")
	in := bufio.NewScanner(o.In)
	in.Buffer(make([]byte, 4096), 1<<20)
	for ctx.Err() == nil && in.Scan() {
		if !l.command(strings.TrimSpace(in.Text())) {
			return nil
		}
	}
	if err := in.Err(); err != nil {
		return fmt.Errorf("read commands: %w", err)
	}
	return nil
}

func (l *linear) read() error {
	s, err := l.sh.Case.Stat(l.ctx)
	if err != nil {
		return fmt.Errorf("read the case: %w", err)
	}
	l.sh.Stat, l.sh.StatOK = s, true
	fs, err := l.sh.Case.Findings(l.ctx)
	if err != nil {
		return fmt.Errorf("read findings: %w", err)
	}
	l.sh.SetFindings(fs)
	ins, err := l.sh.Case.Infections(l.ctx)
	if err != nil {
		return fmt.Errorf("read infections: %w", err)
	}
	ss, err := l.sh.Case.Sightings(l.ctx)
	if err != nil {
		return fmt.Errorf("read sightings: %w", err)
	}
	l.sh.SetClaims(ins, ss)
	return nil
}

// say writes one line, cleaned.
func (l *linear) say(format string, a ...any) {
	fmt.Fprintln(l.out, clean.Line(fmt.Sprintf(format, a...)))
}

// order is one command of the linear form.
type order struct {
	names []string
	usage string
	help  string
	do    func(l *linear, rest string)
}

// orders is the table that the help is made from.
func orders() []order {
	return append([]order{
		{[]string{"overview", "1"}, "overview", "hosts and their state", func(l *linear, _ string) { l.overview() }},
		{[]string{"host", "H"}, "host NAME", "when it was infected, who saw it, findings, coverage", (*linear).host},
		{[]string{"events", "2"}, "events", "events of the filter, " + strconv.Itoa(plainPage) + " at a time; undated shows those without a time", func(l *linear, _ string) { l.bare = false; l.page(timeline.PageRequest{}) }},
		{[]string{"next", "n"}, "next, back", "the following events, or those before", func(l *linear, _ string) { l.step(timeline.Forward) }},
		{[]string{"back", "p"}, "", "", func(l *linear, _ string) { l.step(timeline.Backward) }},
		{[]string{"undated", "u"}, "", "", func(l *linear, _ string) { l.bare = true; l.page(timeline.PageRequest{}) }},
		{[]string{"open"}, "open N", "all of event N of the last list", func(l *linear, rest string) { l.open("open", rest) }},
		{[]string{"raw", "v"}, "raw N", "its bytes read again from the bundle", func(l *linear, rest string) { l.open("raw", rest) }},
		{[]string{"witnesses", "W"}, "witnesses N", "other exhibits that hold the same record", (*linear).witnesses},
		{[]string{"filter", "f"}, "filter QUERY", "show only what matches; filter alone shows all again, unfilter takes the last one back", (*linear).filter},
		{[]string{"unfilter", "["}, "", "", (*linear).unfilter},
		{[]string{"facets", "F"}, "facets FIELD", "values of a field (host, source, actor, action, ip, path, tag, level) with counts", (*linear).facets},
		{[]string{"search", "/"}, "search WORDS", "the next event with them; search alone goes on; nothing is hidden", (*linear).search},
		{[]string{"go", "t"}, "go TIME", "events from a time on: 2024-04-11 09:00, -2h, yesterday 9pm, first finding, @bookmark", (*linear).goTo},
		{[]string{"findings", "!"}, "findings", "what detectors claim", func(l *linear, _ string) { l.findings() }},
	}, workOrders()...)
}

// command carries out one line and says whether to go on.
func (l *linear) command(line string) bool {
	word, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	switch word {
	case "":
		return true
	case "quit", "q", "exit":
		return false
	case "help", "?":
		for _, o := range orders() {
			if o.usage != "" {
				l.say("%-26s %s", o.usage, o.help)
			}
		}
		l.say("%-26s %s", "quit", "leave; what you wrote is saved already")
		return true
	}
	for _, o := range orders() {
		for _, n := range o.names {
			if n == word {
				o.do(l, rest)
				return true
			}
		}
	}
	l.say("no command %q; help lists them", word)
	return true
}

func (l *linear) overview() {
	s := l.sh.Stat
	l.say("case %s: %s, %s, %s", s.Name, plural(int64(s.Hosts), "host"), plural(s.Events, "event"), plural(int64(s.Bundles), "bundle"))
	l.say("zone %s, %s", l.sh.ZoneWords(), l.sh.RangeWords())
	hosts, err := l.sh.Case.Hosts(l.ctx)
	if err != nil {
		l.say("cannot read the hosts: %v", err)
		return
	}
	if len(hosts) == 0 {
		l.say("this case is empty: saksi ingest --case DIR host.tar.zst")
	}
	for _, h := range hosts {
		l.say("host %s: %s, infected between %s, %s events, bundle %s", h.Name, h.State,
			view.Between(h.Infections, l.sh.Case.Zone(), 42), widget.Number(h.Events), view.BundleWords(&h))
	}
}

// page reads and lists a page of the filter's events.
func (l *linear) page(r timeline.PageRequest) {
	r.Limit, r.Undated = plainPage, l.bare
	p, err := l.sh.Case.Page(l.ctx, l.sh.Query(), r)
	if err != nil {
		l.say("cannot read events: %v", err)
		return
	}
	if len(p.Rows) == 0 {
		l.say("%s", map[bool]string{true: "no events match", false: "no further events"}[r.After == timeline.Cursor{}])
		return
	}
	l.here, l.rows = p, p.Rows
	for i := range p.Rows {
		l.say("%d. %s", i+1, view.Sentence(l.sh, &p.Rows[i]))
	}
	switch {
	case r.Direction == timeline.Backward:
		l.say("%s", map[bool]string{true: "back shows what is before, next what follows", false: "start of events; next shows what follows"}[p.More])
	case p.More:
		l.say("next shows more")
	default:
		l.say("end of events")
	}
}

func (l *linear) step(d timeline.Direction) {
	switch {
	case len(l.rows) == 0:
		l.page(timeline.PageRequest{})
	case d == timeline.Backward:
		l.page(timeline.PageRequest{After: l.here.First, Direction: d})
	default:
		l.page(timeline.PageRequest{After: l.here.Last})
	}
}

// row is event N of the last list.
func (l *linear) row(what, n string) (*timeline.Row, bool) {
	i, err := strconv.Atoi(n)
	if err != nil || i < 1 || i > len(l.rows) {
		l.say("%s wants the number of an event in the last list", what)
		return nil, false
	}
	return &l.rows[i-1], true
}

func (l *linear) open(word, rest string) {
	r, ok := l.row(word, rest)
	if !ok {
		return
	}
	if word == "open" {
		marks, err := l.sh.Case.Marks(l.ctx, []event.ID{r.ID})
		if err != nil {
			l.say("what analysts wrote cannot be read: %v", err)
		}
		for _, line := range view.Details(l.sh, r, marks[r.ID]) {
			l.say("%s", line)
		}
		return
	}
	raw, err := l.sh.Case.Raw(l.ctx, r.ID)
	if err != nil {
		l.say("the bytes cannot be read: %v", err)
		return
	}
	for _, line := range view.RawLines(l.sh, raw) {
		l.say("%s", line)
	}
}
