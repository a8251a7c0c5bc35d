package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/tui/widget"
)

// hostColumns are the cells per column, 0 leaves it out.
type hostColumns struct{ name, state, between, findings, events, blind, bundle, parsed int }

func columnsOf(w int) hostColumns {
	switch {
	case w >= 130:
		return hostColumns{18, 12, 42, 17, 7, 9, 26, 12}
	case w >= 100:
		return hostColumns{14, 12, 36, 9, 6, 7, 11, 0}
	case w >= 80:
		return hostColumns{12, 11, 24, 7, 6, 0, 11, 0}
	case w >= 60:
		return hostColumns{12, 11, 16, 7, 6, 0, 0, 0}
	case w >= 34:
		return hostColumns{12, 11, 0, 7, 0, 0, 0, 0}
	}
	return hostColumns{12, 4, 0, 0, 0, 0, 0, 0}
}

// chrome is the lines of summary and column heads.
func (o *Overview) chrome() int {
	if o.height < 8 {
		return 1
	}
	return 2
}

// Lines draws the screen: exactly height lines of width cells.
func (o *Overview) Lines() []string {
	w, h := o.width, o.height
	if w < 1 || h < 1 {
		return nil
	}
	th := o.sh.Theme
	out := make([]string, 0, h)
	out = append(out, o.strip.lines(o.sh, w, o.stripRows(), 0, false)...)
	if o.chrome() > 1 {
		out = append(out, widget.NewLine(w, th.Glyph.Cut).Add(th.Strong, " "+o.summary()).Fill(""))
	}
	out = append(out, o.head(w))
	rows := max(0, h-len(out))
	if len(o.hosts) == 0 {
		return append(out, o.empty(w, rows)...)
	}
	below := o.below(w, rows)
	rows -= len(below)
	o.scroll(rows)
	for i := o.top; i < o.top+rows; i++ {
		if i < len(o.hosts) {
			out = append(out, o.hostLine(i, w))
		} else {
			out = append(out, widget.Spaces(w))
		}
	}
	out = append(out, below...)
	return out[:min(len(out), h)]
}

// below is what the case claims about the host under the cursor, shown when
// the list leaves room for it.
func (o *Overview) below(w, rows int) []string {
	const least = 8
	room := rows - len(o.hosts) - 1
	if limit := rows / 2; room < limit && rows >= 4*least {
		room = limit
	}
	cur, ok := o.Current()
	if !ok || room < least {
		return nil
	}
	th := o.sh.Theme
	rule := th.Glyph.Rule + th.Glyph.Rule + " " + o.cardHint(w)
	out := []string{widget.NewLine(w, "").Add(th.Dim, rule+strings.Repeat(th.Glyph.Rule, max(0, w-widget.Width(rule)))).Fill("")}
	if o.card.lines == nil || o.card.key != cur.Key || o.card.w != w {
		o.card.key, o.card.lines, o.card.w = cur.Key, Wrap(HostLines(o.sh, cur), w-3), w
	}
	for _, n := range o.card.lines {
		if len(out) == room {
			break
		}
		out = append(out, widget.NewLine(w, th.Glyph.Cut).Add(n.Tone.Style(th), "  "+n.Text).Fill(""))
	}
	return out
}

// cardHint says how the claims below lead to their events.
func (o *Overview) cardHint(w int) string {
	switch {
	case w < 30:
		return ""
	case w < 80:
		return "H opens this card "
	}
	return "H opens this card: each bound, finding and sighting leads to its event "
}

func (o *Overview) scroll(rows int) {
	o.page = rows
	if o.at < o.top {
		o.top = o.at - rows/2
	}
	if rows > 0 && o.at >= o.top+rows {
		o.top = o.at - rows + 1 + rows/2
	}
	o.top = max(0, min(o.top, len(o.hosts)-rows))
	if rows > 0 && o.at >= o.top+rows {
		o.top = o.at - rows + 1
	}
}

// summary says in one line how the hosts stand.
func (o *Overview) summary() string {
	if !o.loaded {
		return "reading hosts"
	}
	n := o.states
	parts := []string{}
	for _, s := range hostStates() {
		if n[s] > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", o.sh.Theme.State(s), widget.Number(int64(n[s]))))
		}
	}
	if len(parts) == 0 {
		return "no hosts"
	}
	return strings.Join(parts, "   ") + "   sorted by " + o.order.String() + " (s)"
}

func (o *Overview) head(w int) string {
	c := columnsOf(w)
	th := o.sh.Theme
	l := widget.NewLine(w, th.Glyph.Cut)
	l.Add(th.Dim, "   ")
	put := func(s string, n int, right bool) {
		if n == 0 {
			return
		}
		if right {
			l.AddFitLeft(th.Dim, s, n)
		} else {
			l.AddFit(th.Dim, s, n)
		}
		l.Add("", " ")
	}
	put("HOST", c.name, false)
	put("STATE", c.state, false)
	put(map[bool]string{true: "INFECTED BETWEEN (earliest .. latest)", false: "INFECTED"}[c.between >= 37], c.between, false)
	put(map[bool]string{true: "FINDINGS", false: "FOUND"}[c.findings >= 8], c.findings, false)
	put("EVENTS", c.events, true)
	put("BLIND", c.blind, true)
	put("BUNDLE", c.bundle, false)
	put("PARSED", c.parsed, false)
	return l.Fill("")
}

func (o *Overview) hostLine(i, w int) string {
	th := o.sh.Theme
	h := &o.hosts[i]
	c := columnsOf(w)
	base := ""
	if i == o.at {
		base = th.Select
	}
	l := widget.NewLine(w, th.Glyph.Cut)
	l.Add(base, map[bool]string{true: ">", false: " "}[i == o.at])
	l.Add(base, map[bool]string{true: "+ ", false: "  "}[o.marked[h.Key]])
	put := func(style, s string, n int, right bool) {
		if n == 0 {
			return
		}
		if base != "" {
			style = base
		}
		if right {
			l.AddFitLeft(style, s, n)
		} else {
			l.AddFit(style, s, n)
		}
		l.Add(base, " ")
	}
	put(th.Strong, text(h.Name), c.name, false)
	put(stateStyle(th, h.State), th.State(text(h.State)), c.state, false)
	put("", Between(h.Infections, o.sh.Case.Zone(), c.between), c.between, false)
	put("", findingWords(h.Findings, c.findings), c.findings, false)
	events := widget.Short(h.Events)
	if len(h.Bundles) == 0 && h.Events == 0 {
		events = "-"
	}
	put("", events, c.events, true)
	put("", blindWords(h), c.blind, true)
	bundle := bundleWords(h)
	if c.bundle < 15 {
		bundle = strings.Replace(bundle, "signer ", "key ", 1)
	}
	put(bundleStyle(th, h), bundle, c.bundle, false)
	put("", parsedWords(h), c.parsed, false)
	return l.Fill(base)
}

func stateStyle(th *widget.Theme, s string) string {
	switch s {
	case "confirmed":
		return th.Bad
	case "probable", "possible":
		return th.Warn
	}
	return th.Dim
}

// empty says what to do with a case that has nothing yet.
func (o *Overview) empty(w, rows int) []string {
	th := o.sh.Theme
	words := []string{"", "reading hosts"}
	if o.err != nil {
		words = []string{"", "cannot read the hosts: " + text(o.err.Error())}
	} else if o.loaded {
		words = []string{"", "This case is empty.", "",
			"1  on the suspect host:   sudo saksi-collect run --out host.tar.zst",
			"2  here, press I:         ingest host.tar.zst (or a directory of logs)",
			"3  then enter on a host:  its events, and the bytes behind each",
			"", "No evidence at hand?  saksi demo  builds a sample case.  ? helps, q leaves."}
	}
	out := make([]string, 0, rows)
	for i := 0; i < rows; i++ {
		l := widget.NewLine(w, th.Glyph.Cut)
		if i < len(words) {
			l.Add("", "  "+words[i])
		}
		out = append(out, l.Fill(""))
	}
	return out
}

// RangeWords writes the range for the header.
func (s *Shared) RangeWords() string {
	from, to, ok := s.Bounds()
	if !ok {
		return "nothing dated"
	}
	zone := s.Case.Zone()
	n := 16
	if spread(from, to) > uint64(72*time.Hour) {
		n = 10
	} else if spread(from, to) < uint64(10*time.Minute) {
		n = 19
	}
	words := at(from, zone).Format("2006-01-02 15:04:05")[:n] + " .. " + at(to-1, zone).Format("2006-01-02 15:04:05")[:n]
	if s.Range.All {
		return words + " (all)"
	}
	return words
}

// ZoneWords writes the case zone with its offset at the end of the range.
func (s *Shared) ZoneWords() string {
	t := s.Now()
	if _, to, ok := s.Bounds(); ok && to != event.MaxTime {
		t = time.Unix(0, to)
	}
	return zoneLabel(s.Case, t)
}
