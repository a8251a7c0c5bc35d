package tui

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/query"
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
	rows []timeline.Row
	last timeline.Cursor
	more bool
}

// runPlain reads commands line by line until "quit" or the end of input.
func runPlain(ctx context.Context, o Options) error {
	sh := view.NewShared(o.Case, widget.NewTheme("mono", true), o.Now)
	l := &linear{ctx: ctx, sh: sh, out: o.Out}
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
	l.say("commands: overview, events, next, open N, raw N, filter QUERY, go TIME, findings, help, quit")
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
	return nil
}

// say writes one line, cleaned.
func (l *linear) say(format string, a ...any) {
	fmt.Fprintln(l.out, clean.Line(fmt.Sprintf(format, a...)))
}

// command carries out one line and says whether to go on.
func (l *linear) command(line string) bool {
	word, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	switch word {
	case "":
	case "quit", "q", "exit":
		return false
	case "overview", "1":
		l.overview()
	case "events", "2":
		l.page(timeline.Cursor{})
	case "next", "n":
		if l.more {
			l.page(l.last)
		} else {
			l.say("end of events")
		}
	case "open", "raw":
		l.open(word, rest)
	case "filter", "f":
		l.filter(rest)
	case "go", "t":
		l.goTo(rest)
	case "findings":
		l.findings()
	case "help", "?":
		l.say("overview        hosts and their state")
		l.say("events, next    events of the filter, %d at a time", plainPage)
		l.say("open N, raw N   all of event N of the last list, or its bytes read again from the bundle")
		l.say("filter QUERY    show only what matches; filter alone shows all again")
		l.say("go TIME         events from a time on: 2024-04-11 09:00, -2h, yesterday 9pm")
		l.say("findings        what detectors claim; quit leaves")
	default:
		l.say("no command %q; help lists them", word)
	}
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

func (l *linear) page(from timeline.Cursor) {
	p, err := l.sh.Case.Page(l.ctx, l.sh.Query(), timeline.PageRequest{After: from, Limit: plainPage})
	if err != nil {
		l.say("cannot read events: %v", err)
		return
	}
	l.rows, l.last, l.more = p.Rows, p.Last, p.More
	for i := range p.Rows {
		l.say("%d. %s", i+1, view.Sentence(l.sh, &p.Rows[i]))
	}
	switch {
	case len(p.Rows) == 0:
		l.say("no events match")
	case p.More:
		l.say("next shows more")
	default:
		l.say("end of events")
	}
}

func (l *linear) open(word, rest string) {
	n, err := strconv.Atoi(rest)
	if err != nil || n < 1 || n > len(l.rows) {
		l.say("%s wants the number of an event in the last list", word)
		return
	}
	r := &l.rows[n-1]
	if word == "open" {
		for _, line := range view.Details(l.sh, r) {
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

func (l *linear) filter(text string) {
	f, err := view.NewFilter(l.sh.Case, text)
	if err != nil {
		col, words := mistake(err)
		l.say("filter not taken: column %d: %s", col, words)
		return
	}
	l.sh.Filter = f
	c, err := l.sh.Case.Count(l.ctx, l.sh.Query())
	if err != nil {
		l.say("cannot count: %v", err)
		return
	}
	l.say("%s match; events lists them", plural(c.N, "event"))
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
		var finding *query.Node
		if finding, err = l.sh.Case.Parse("tag:finding"); err == nil && strings.HasSuffix(t.Named, "finding") {
			l.sh.Filter = view.Filter{Text: "tag:finding", Chips: []string{"tag:finding"}, Node: finding}
		}
		l.page(timeline.Cursor{})
	default:
		l.page(view.AtTime(t.Time))
	}
}

func (l *linear) findings() {
	for _, f := range l.sh.Findings {
		l.say("%s, confidence %s, host %s: %s. %s", f.Level, f.Confidence, l.sh.Case.HostName(f.Host), f.Title, f.Alternative)
	}
	if len(l.sh.Findings) == 0 {
		l.say("no findings")
	}
}
