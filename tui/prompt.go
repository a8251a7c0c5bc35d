package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/saksi-dfir/saksi/timeline/query"
	"github.com/saksi-dfir/saksi/tui/clean"
	"github.com/saksi-dfir/saksi/tui/view"
	"github.com/saksi-dfir/saksi/tui/widget"
)

// prompt is the line being typed at the bottom.
type prompt struct {
	kind promptKind
	in   widget.Input
	err  string
	note string // what tab had to say, or a word that joins nothing
	col  int    // column of the mistake, 1-based; 0 for none
	comp *completion
}

type promptKind string

// The prompts.
const (
	promptFilter   promptKind = "filter"
	promptSearch   promptKind = "search"
	promptTime     promptKind = "go to"
	promptTag      promptKind = "tag"
	promptNote     promptKind = "note"
	promptBookmark promptKind = "bookmark"
	promptIngest   promptKind = "ingest"
	promptMerge    promptKind = "merge from"
	promptExport   promptKind = "export to"
)

// ask opens a prompt with a text to start from.
func (m *model) ask(k promptKind, text string) {
	m.prompt = &prompt{kind: k}
	m.prompt.in.Open(text, m.past[string(k)])
	m.check()
}

// promptKey edits the line; enter takes it, esc leaves it.
func (m *model) promptKey(k tea.KeyMsg, name string) tea.Cmd {
	p := m.prompt
	switch {
	case name == "esc":
		m.prompt = nil
		return nil
	case name == "enter":
		return m.run(m.accept())
	case name == "tab" && (p.kind == promptFilter || p.kind == promptSearch):
		return m.run(m.complete())
	case name == "tab" && (p.kind == promptIngest || p.kind == promptMerge || p.kind == promptExport):
		return m.run(m.completePath())
	case (k.Type == tea.KeyRunes || k.Type == tea.KeySpace) && !k.Alt:
		p.in.Insert(k.Runes)
	case !p.in.Key(name):
		return nil
	}
	m.check()
	return nil
}

// check judges what is typed so far, without asking the case for anything.
func (m *model) check() {
	p := m.prompt
	p.err, p.note, p.col = "", "", 0
	switch p.kind {
	case promptFilter, promptSearch:
		if text := p.in.Text(); text != "" {
			if _, err := m.o.Case.Parse(text); err != nil {
				p.col, p.err = mistake(err)
			} else if l := query.Loosen(text); len(l) > 0 {
				p.note = l[0].String()
			}
		}
	case promptTime:
		if words, ok := m.previewTarget(p.in.Text()); !ok {
			p.err = words
		}
	}
}

// accept takes the line. A line with a mistake stays open.
func (m *model) accept() []view.Cmd {
	p := m.prompt
	text := p.in.Text()
	if p.err != "" && (text != "" || p.kind != promptTime) {
		return nil
	}
	m.past[string(p.kind)] = widget.ClipHistory(m.past[string(p.kind)], text, 100)
	m.dirty = true
	m.prompt = nil
	switch p.kind {
	case promptFilter:
		return m.tryFilter(text)
	case promptSearch:
		return m.search(text)
	case promptTime:
		t, err := view.ParseTarget(text, m.o.Now(), m.tl.Here(), m.o.Case.Zone())
		if err != nil {
			return nil
		}
		return m.goTarget(t)
	}
	return m.acceptWork(p.kind, text)
}

// search highlights and goes to the next hit; nothing is hidden.
func (m *model) search(text string) []view.Cmd {
	if text == "" {
		m.sh.Search = view.Search{}
		return nil
	}
	s, err := view.NewSearch(m.o.Case, text)
	if err != nil {
		m.say(toastBad, err.Error())
		return nil
	}
	m.sh.Search = s
	m.show(tlScreen)
	cmds := m.tl.FirstHit()
	m.tlStatus()
	return cmds
}

// promptLines draws the line above the prompt (a mistake below its column, a
// preview) and the prompt itself, and gives the cell of the cursor. Two blanks
// stay free at the left: some terminals draw unfinished syllables there.
func (m *model) promptLines(w int) (hint, line string, x int) {
	p, th := m.prompt, m.sh.Theme
	label := "  " + string(p.kind) + ": "
	if w < 30 {
		label = "  "
	}
	inner := max(1, w-widget.Width(label))
	text, cur := p.in.View(inner, clean.Line)
	l := widget.NewLine(w, "")
	l.Add(th.Key, label).Add("", text)
	return m.promptHint(p, w, widget.Width(label)), l.Fill(""), min(w-1, widget.Width(label)+cur)
}

// cells is the width of the text before the mistake: a syllable takes two.
func (p *prompt) cells() int {
	rs := []rune(p.in.Text())
	return widget.Width(clean.Line(string(rs[:max(0, min(p.col-1, len(rs)))])))
}

func (m *model) promptHint(p *prompt, w, left int) string {
	th := m.sh.Theme
	l := widget.NewLine(w, th.Glyph.Cut)
	switch {
	case p.comp != nil && p.comp.shown == p.in.Text() && len(p.comp.list) > 1:
		p.comp.words(th, l)
	case p.err != "" && p.col > 0 && left+p.cells() < w-12:
		at := left + p.cells()
		l.Add("", widget.Spaces(at)).Add(th.Bad, "v ")
		if need := widget.Width(p.err); l.Left() < need && at > need {
			l = widget.NewLine(w, th.Glyph.Cut) // the words fit left of the mark
			l.Add(th.Bad, widget.FitLeft(p.err+" ", at, "")).Add(th.Bad, "v")
			return l.Fill("")
		}
		l.Add(th.Bad, p.err)
	case p.err != "":
		l.Add(th.Bad, "  "+p.err)
	case p.note != "":
		l.Add(th.Warn, "  "+p.note)
	case p.kind == promptTime:
		words, _ := m.previewTarget(p.in.Text())
		l.Add(th.Good, "  "+words)
	default:
		l.Add(th.Dim, "  "+promptHelp(p.kind))
	}
	return l.Fill("")
}

func promptHelp(k promptKind) string {
	switch k {
	case promptFilter:
		return `tab completes, enter takes it, esc leaves it: host:web01 source:wtmp "words" -actor:backup after:2024-03-19 (x OR y)`
	case promptSearch:
		return "highlights and goes to the next hit; n and N go on; nothing is hidden"
	case promptTag:
		return "a word; it can be filtered for as tag:WORD; -WORD takes it off"
	case promptNote:
		return "kept with your name and the time; U takes it back"
	case promptBookmark:
		return "a name; go to it with t @NAME"
	case promptMerge:
		return "another copy of this case: its directory; what its analysts wrote is added, nothing is taken away"
	case promptIngest:
		return "bundles, files or directories (tab completes, quotes around blanks); for plain files --host NAME --zone ZONE"
	case promptExport:
		return "a file that does not exist yet"
	}
	return "enter takes it, esc leaves it"
}
