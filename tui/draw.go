package tui

import (
	"strings"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/tui/clean"
	"github.com/saksi-dfir/saksi/tui/keys"
	"github.com/saksi-dfir/saksi/tui/term"
	"github.com/saksi-dfir/saksi/tui/view"
	"github.com/saksi-dfir/saksi/tui/widget"
)

// heads is how many lines of header a height allows: case and chips.
func (m *model) heads() int {
	switch {
	case m.h >= 12:
		return 2
	case m.h >= 7:
		return 1
	}
	return 0
}

// feet is footer and status line; only the status line on a tiny screen.
func (m *model) feet() int {
	if m.h >= 7 {
		return 2
	}
	return 1
}

func (m *model) bodyHeight() int { return max(0, m.h-m.heads()-m.feet()) }

// resize gives both screens their space.
func (m *model) resize() []view.Cmd {
	h := m.bodyHeight()
	return append(m.tl.Resize(m.w, h), m.ov.Resize(m.w, h)...)
}

// frame draws everything: exactly h lines of w cells.
func (m *model) frame() term.Frame {
	f := term.Frame{Width: m.w, Lines: make([]string, 0, m.h)}
	if n := m.heads(); n > 0 {
		f.Lines = append(f.Lines, m.header())
		if n > 1 {
			f.Lines = append(f.Lines, m.chips())
		}
	}
	h := m.bodyHeight()
	f.Lines = append(f.Lines, m.body(h)...)
	hint, last := m.footer(), m.statusLine()
	if m.prompt != nil {
		hint, last, f.X = m.promptLines(m.w)
		f.Cursor, f.Y = true, m.h-1
	} else if m.typing() && m.heads()+1 < m.h {
		f.Cursor, f.Y, f.X = true, m.heads()+1, m.overCursor()
	}
	switch {
	case m.feet() > 1:
		f.Lines = append(f.Lines, hint)
	case m.prompt != nil && h > 0: // no room of its own: the mistake goes over the last row
		f.Lines[len(f.Lines)-1] = hint
	}
	f.Lines = append(f.Lines, last)
	return f
}

func (m *model) body(h int) []string {
	var lines []string
	switch {
	case m.over != nil:
		l := widget.NewLine(m.w, m.sh.Theme.Glyph.Cut).Add(m.sh.Theme.Strong, " "+m.over.title())
		lines = append(lines, l.Fill(""))
		lines = append(lines, m.over.lines(m, m.w, max(0, h-1))...)
	case m.where == overview:
		lines = m.ov.Lines()
	default:
		lines = m.tl.Lines()
	}
	for len(lines) < h {
		lines = append(lines, widget.Spaces(m.w))
	}
	return lines[:h]
}

// overCursor is the cell of the text cursor in an overlay that is typed into.
func (m *model) overCursor() int {
	if o, ok := m.over.(*palette); ok {
		_, x := o.menu.Filter.View(max(1, m.w-4), clean.Line)
		return min(m.w-1, 3+x)
	}
	return 0
}

// header says what is looked at: case, hosts, events, trust, zone.
func (m *model) header() string {
	th, dot := m.sh.Theme, m.sh.Theme.Glyph.Dot
	l := widget.NewLine(m.w, th.Glyph.Cut)
	s := m.sh.Stat
	words := " saksi"
	if m.sh.StatOK {
		words += "  " + clean.Line(s.Name)
		if s.Partial {
			words += dot + "PARTIAL"
			if m.w >= 120 {
				words += ": an ingest or detection is not finished"
			}
		}
		if s.Damaged > 0 {
			words += dot + widget.Number(int64(s.Damaged)) + " cut or DAMAGED"
		}
		words += dot + plural(int64(s.Hosts), "host") + dot + plural(s.Events, "event") + dot + m.trustWords()
	} else {
		words += "  reading the case"
	}
	right := m.sh.ZoneWords() + " "
	if m.line != "" {
		right = "slow line, " + right
	}
	if n := widget.Width(right); n+20 < m.w {
		l.AddFit(th.Title, words, m.w-n)
		l.Add(th.Title, right)
	} else {
		l.Add(th.Title, words)
	}
	return l.Fill(th.Title)
}

func plural(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return widget.Number(n) + " " + what + "s"
}

// trustWords sums up what verify said of the bundles.
func (m *model) trustWords() string {
	s := m.sh.Stat
	if s.Bundles == 0 {
		return "no bundle"
	}
	var parts []string
	for _, k := range sortedKeys(s.Trust) {
		parts = append(parts, widget.Number(int64(s.Trust[k]))+" "+clean.Line(k))
	}
	words := "signer: " + strings.Join(parts, ", ")
	if m.w >= 100 {
		words = plural(int64(s.Bundles), "bundle") + ", " + words
	}
	return words
}

// chips is the line of the screen's name, filter and counts.
func (m *model) chips() string {
	th := m.sh.Theme
	l := widget.NewLine(m.w, th.Glyph.Cut)
	name := " 1 OVERVIEW"
	right := m.findingWords()
	if m.where == tlScreen {
		name = " 2 TIMELINE"
		right = m.tl.Counts()
	}
	rng := m.sh.RangeWords()
	if m.where != tlScreen && len(m.sh.Filter.Chips) > 0 && widget.Width(name)+widget.Width(right)+widget.Width(rng)+24 > m.w {
		right = "" // findings of the case, not of the filter: the chips are worth more
	}
	right += "  " + rng + " "
	if m.fresh != "" {
		right = m.fresh + " ^r  " + right
	}
	if m.w < 60 {
		right = ""
	}
	room := m.w - widget.Width(right)
	l.Add(th.Strong, name+" ")
	for i, c := range m.sh.Filter.Chips {
		chip := "[" + clean.Line(c) + "]"
		if rest := len(m.sh.Filter.Chips) - i; l.Left()-widget.Width(right) < widget.Width(chip)+6 && room > 30 {
			l.Add(th.Key, " +"+widget.Number(int64(rest)))
			break
		}
		l.Add("", " ").Add(th.Key, chip)
	}
	if s := m.sh.Search.Text; s != "" && l.Left()-widget.Width(right) > widget.Width(s)+6 {
		l.Add("", " ").Add(th.Match, "/"+clean.Line(s))
	}
	if pad := l.Left() - widget.Width(right); pad > 0 {
		l.Add("", widget.Spaces(pad))
	}
	return l.Add("", right).Fill("")
}

func (m *model) findingWords() string {
	if !m.sh.StatOK {
		return ""
	}
	var parts []string
	for _, l := range []claim.Level{claim.High, claim.Medium, claim.Low, claim.Info} {
		if n := m.sh.Stat.Findings[l]; n > 0 {
			parts = append(parts, widget.Number(int64(n))+" "+string(l))
		}
	}
	words := "no findings"
	if len(parts) > 0 {
		words = "findings: " + strings.Join(parts, ", ")
	}
	if n := m.sh.Stat.Warnings; n > 0 {
		words += ", " + plural(n, "warning")
	}
	return words
}

// footer shows the keys, how to leave and where help is always first.
func (m *model) footer() string {
	th := m.sh.Theme
	l := widget.NewLine(m.w, th.Glyph.Cut)
	if m.over != nil {
		l.Add(th.Dim, " "+m.over.hint())
		return l.Fill("")
	}
	leave := "back"
	if m.where == overview {
		leave = "leave"
	}
	put := func(key, what string) {
		piece := widget.Width(key) + widget.Width(what) + 3
		if l.Left() >= piece {
			l.Add("", " ").Add(th.Key, key).Add("", " "+what+" ")
		}
	}
	for _, a := range []keys.Action{keys.Back, keys.Help, keys.Palette} {
		b, _ := m.keys.Binding(a)
		what := b.Short
		if a == keys.Back {
			what = leave
		}
		put(keyNames(b), what)
	}
	for _, b := range m.keys.Footer(m.where) {
		switch b.Action {
		case keys.Back, keys.Help, keys.Palette, keys.Quit:
			continue
		}
		put(keyNames(b), b.Short)
	}
	return l.Fill("")
}

// statusLine is the last line: what happened, else what is going on.
func (m *model) statusLine() string {
	th := m.sh.Theme
	l := widget.NewLine(m.w, th.Glyph.Cut)
	if m.toast != "" {
		style := [...]string{"", th.Good, th.Bad}[m.toastK]
		return l.Add(style, " "+m.toast).Fill("")
	}
	if words := m.ingest.words(); words != "" {
		return l.Add(th.Warn, " "+words).Fill("")
	}
	if m.feet() == 1 {
		words := " q back  ? help"
		if m.over != nil {
			words = " esc close"
		}
		return l.Add(th.Dim, words).Fill("")
	}
	if m.where == tlScreen && m.over == nil {
		l.Add(th.Dim, " "+m.tl.Line())
	}
	return l.Fill("")
}
