package view

import (
	"fmt"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/tui/widget"
)

// draw gives h lines of w cells about a row.
func (d *detail) draw(sh *Shared, r *row, w, h int, focus bool) []string {
	th := sh.Theme
	out := make([]string, 0, h)
	if r == nil {
		for len(out) < h {
			out = append(out, widget.Spaces(w))
		}
		return out
	}
	title := widget.NewLine(w, th.Glyph.Cut)
	title.Add(th.Strong, r.host).Add(th.Dim, th.Glyph.Dot+r.source+th.Glyph.Dot+d.mode.String())
	out = append(out, title.Fill(""))
	d.height = h - 1
	var body []pair
	if d.mode == modeFields {
		body = fieldLines(sh, r, w)
	} else {
		body = d.cachedRaw(sh, w)
	}
	d.fields, d.lines = body, len(body)
	d.at = max(0, min(d.at, d.lines-1))
	d.top = max(0, min(d.top, d.lines-d.height))
	for i := d.top; i < len(body) && len(out) < h; i++ {
		out = append(out, pairLine(th, body[i], w, focus && i == d.at))
	}
	for len(out) < h {
		out = append(out, widget.Spaces(w))
	}
	return out
}

func pairLine(th *widget.Theme, p pair, w int, cursor bool) string {
	l := widget.NewLine(w, th.Glyph.Cut)
	style := [...]string{"", th.Dim, th.Strong, th.Bad, th.Good}[p.style]
	name := th.Dim
	if cursor {
		style, name = th.Select, th.Select
	}
	if p.name != "" || p.style == plainLine && p.field != "" {
		l.AddFit(name, p.name, nameWidth(w)-1).Add(name, " ")
	}
	l.Add(style, p.value)
	if cursor {
		return l.Fill(th.Select)
	}
	return l.Fill("")
}

// nameWidth is the cells of a label, the blank after it included.
func nameWidth(w int) int { return max(6, min(13, w/4)) }

// list collects lines of the fields form.
type list struct {
	out []pair
	w   int
}

// add appends a value, wrapped over as many lines as it needs up to most.
func (l *list) add(name, field, value string, most int) {
	cut := value
	if len(cut) > 64*1024 {
		cut = cut[:64*1024]
	}
	parts := wrap(text(cut), l.w-nameWidth(l.w), most)
	for i, p := range parts {
		n := name
		if i > 0 {
			n = " "
		}
		l.out = append(l.out, pair{name: n, value: p, field: field, raw: value})
	}
	if shownLen := joined(parts); shownLen < len(text(cut)) || len(cut) < len(value) {
		l.out = append(l.out, pair{name: " ", value: fmt.Sprintf("(%s bytes in all; v shows them)", widget.Number(int64(len(value)))), style: dimLine})
	}
}

func joined(parts []string) int {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	return n
}

func (l *list) remark(style int, format string, a ...any) {
	for _, p := range wrap(text(fmt.Sprintf(format, a...)), l.w, 6) {
		l.out = append(l.out, pair{value: p, style: style})
	}
}

func fieldLines(sh *Shared, r *row, w int) []pair {
	l := &list{w: w}
	e := &r.Event
	timeLines(l, sh, e)
	l.add("host", "host", r.hostName, 2)
	if r.heldName != "" {
		l.add("held by", "", r.heldName, 2)
	}
	l.add("source", "source", e.Source, 2)
	if e.Actor != "" {
		l.add("actor", "actor", e.Actor, 2)
	}
	if e.Action != "" {
		l.add("action", "action", e.Action, 2)
	}
	if e.Object != "" {
		l.add("object", "object", e.Object, 6)
	}
	l.add("message", "", e.Message, 16)
	citedLines(l, sh, r)
	claimLines(l, sh, r)
	markLines(l, sh, r)
	for _, f := range e.Fields {
		l.add(text(f.Name), f.Name, f.Value, 8)
	}
	if len(r.Tags) > 0 {
		for _, t := range r.Tags {
			l.add("tag", "tag", t, 2)
		}
	}
	originLines(l, r)
	return l.out
}

func timeLines(l *list, sh *Shared, e *event.Event) {
	zone := sh.Case.Zone()
	t := e.Time
	meaning := e.Meaning
	if meaning == "" {
		meaning = "time"
	}
	if t.Dated() {
		l.add("time", "", Exact(t.Instant, zone), 2)
	} else {
		l.add("time", "", "the record states none", 2)
	}
	l.add("means", "", meaningWords(meaning), 2)
	if unsure(t) {
		l.add("earliest", "", Exact(t.Earliest, zone), 2)
		l.add("latest", "", Exact(t.Latest, zone), 2)
	}
	why := "precision " + t.Precision.String()
	if rs := t.Reasons.String(); rs != "" {
		why += ", " + strings.ReplaceAll(rs, ",", ", ")
	}
	l.add("because", "", why, 4)
}

// meaningWords spells out which times of a file an instant is: "m.c." and its
// like (mactime's MACB) are letters at fixed places.
func meaningWords(m string) string {
	if len(m) != 4 {
		return m
	}
	var out []string
	for i, w := range [...]string{"modified", "accessed", "changed (inode)", "born"} {
		switch m[i] {
		case "macb"[i]:
			out = append(out, w)
		case '.':
		default:
			return m
		}
	}
	return m + "  " + strings.Join(out, ", ")
}

func citedLines(l *list, sh *Shared, r *row) {
	for _, i := range sh.Cited[r.ID] {
		f := sh.Findings[i]
		l.remark(headLine, "cited by finding %s: %s", f.Level, f.Title)
		l.remark(plainLine, "confidence %s, rule %s v%d", f.Confidence, f.Rule, f.Version)
		if f.Verdict != "" {
			l.remark(headLine, "%s", f.Verdict)
		}
		if f.Alternative != "" {
			l.remark(dimLine, "innocent explanation: %s", f.Alternative)
		}
		if len(f.Coverage) > 0 {
			l.remark(dimLine, "rests on: %s", strings.Join(f.Coverage, ", "))
		}
	}
}

// claimLines says which bound of an infection and which sighting rest on the event.
func claimLines(l *list, sh *Shared, r *row) {
	for _, s := range sh.Resting[r.ID] {
		l.remark(headLine, "%s", s)
	}
}

func markLines(l *list, sh *Shared, r *row) {
	if r.mark.Star {
		l.remark(headLine, "* starred")
	}
	for _, t := range r.mark.Tags {
		l.add("your tag", "tag", t, 2)
	}
	for _, n := range r.mark.Notes {
		l.remark(headLine, "note by %s, %s", n.Author, Stamp(n.Time, sh.Case.Zone(), 19))
		l.remark(plainLine, "%s", n.Text)
	}
}

func originLines(l *list, r *row) {
	o := r.Event.Origin
	l.add("exhibit", "", fmt.Sprintf("%d  %s", o.Exhibit, o.Path), 4)
	where := fmt.Sprintf("offset %d, %d bytes", o.Offset, o.Length)
	if len(o.Spans) > 1 {
		where += fmt.Sprintf(", in %d pieces", len(o.Spans))
	}
	if o.Layer != "" {
		where += ", inside " + o.Layer
	}
	l.add("bytes", "", where, 3)
	l.add("sha256", "", fmt.Sprintf("%x", o.SHA256), 3)
	l.add("bundle", "bundle", o.Run, 2)
	l.add("parser", "parser", r.Event.Parser, 2)
	l.add("event", "", r.ID.String(), 2)
	if r.Witnesses > 0 {
		l.remark(dimLine, "the same record stands in %s (W lists them)", exhibits(r.Witnesses))
	}
}

func exhibits(n int) string {
	if n == 1 {
		return "1 more exhibit"
	}
	return widget.Number(int64(n)) + " more exhibits"
}
