package tui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/saksi-dfir/saksi/tui/keys"
	"github.com/saksi-dfir/saksi/tui/view"
	"github.com/saksi-dfir/saksi/tui/widget"
)

// scroll is an overlay of text that scrolls.
type scroll struct {
	head string
	body []textLine
	top  int
	page int
	rows int                                                // lines drawn last, wrapped
	on   func(m *model, name string, a keys.Action) tea.Cmd // further keys; may be nil
	keys string
}

// textLine is a line of a scroll: a style and text. What is too long goes on
// below, indented by the cells given.
type textLine struct {
	style  func(*widget.Theme) string
	text   string
	indent int
}

// wrapped gives the lines that fit w cells, broken at blanks where it can be.
func (t textLine) wrapped(w int) []string {
	var out []string
	rest, pad := t.text, ""
	for widget.Width(pad)+widget.Width(rest) > w {
		head := widget.Cut(rest, max(1, w-len(pad)), "")
		if i := strings.LastIndexByte(head, ' '); i > len(head)/2 && len(head) < len(rest) && rest[len(head)] != ' ' {
			head = head[:i]
		}
		if head == "" {
			break
		}
		out = append(out, pad+strings.TrimRight(head, " "))
		rest = strings.TrimLeft(rest[len(head):], " ")
		if pad = ""; t.indent < w/2 {
			pad = widget.Spaces(t.indent)
		}
	}
	return append(out, pad+rest)
}

func plain(*widget.Theme) string    { return "" }
func strong(t *widget.Theme) string { return t.Strong }
func dim(t *widget.Theme) string    { return t.Dim }
func bad(t *widget.Theme) string    { return t.Bad }

func (s *scroll) title() string                          { return s.head }
func (s *scroll) open(*model) []view.Cmd                 { return nil }
func (s *scroll) typing() bool                           { return false }
func (s *scroll) receive(*model, any) ([]view.Cmd, bool) { return nil, false }
func (s *scroll) hint() string                           { return s.keys + "j k scroll   esc close" }

func (s *scroll) key(m *model, _ tea.KeyMsg, name string, a keys.Action) tea.Cmd {
	step := map[keys.Action]int{keys.Down: 1, keys.Up: -1, keys.HalfDown: s.page / 2, keys.HalfUp: -s.page / 2,
		keys.PageDown: s.page, keys.PageUp: -s.page, keys.Top: -s.rows, keys.End: s.rows}
	if n, ok := step[a]; ok {
		s.top += n
		return nil
	}
	if s.on != nil {
		return s.on(m, name, a)
	}
	return nil
}

func (s *scroll) lines(m *model, w, h int) []string {
	var all []string
	for _, t := range s.body {
		for _, part := range t.wrapped(max(1, w-1)) {
			all = append(all, widget.NewLine(w, m.sh.Theme.Glyph.Cut).Add(t.style(m.sh.Theme), " "+part).Fill(""))
		}
	}
	s.page, s.rows = max(1, h), len(all)
	s.top = max(0, min(s.top, len(all)-h))
	out := all[s.top:min(len(all), s.top+h)]
	for len(out) < h {
		out = append(out, widget.Spaces(w))
	}
	return out
}

// newHelp makes the help from the key table.
func newHelp(m *model) *scroll {
	s := &scroll{head: "Help"}
	add := func(style func(*widget.Theme) string, t string) {
		s.body = append(s.body, textLine{style: style, text: t})
	}
	add(plain, "q goes back, esc closes, ctrl-c stops what is running, Q leaves. Evidence is never changed here.")
	add(plain, "Every action is in the palette (:), with the command line that does the same.")
	for _, g := range keys.Groups() {
		add(plain, "")
		add(strong, string(g))
		for _, b := range m.keys.Bindings() {
			if b.Group == g {
				var ks []string
				for _, k := range b.Keys {
					ks = append(ks, keys.Label(k))
				}
				where := ""
				if b.Screen != "" {
					where = "  (" + b.Screen + ")"
				}
				s.body = append(s.body, textLine{plain, widget.Fit(strings.Join(ks, " "), 18, "") + b.Name + where, 18})
			}
		}
	}
	add(plain, "")
	add(strong, "Signs in front of a row")
	for _, t := range []string{
		">  the cursor", "+  marked", "~  its order after the row above is not proven: their intervals overlap",
		"^  its log has it before the row above: both are of one instant",
		"H M L i  cited by a finding of level high, medium, low, info", "*  starred   n  has a note   t  has a tag of yours"} {
		add(plain, t)
	}
	add(plain, "Host card: K3 a command of the account names the implant; K1 a log of a tool names it; K0 it was logged in meanwhile, no more is known.")
	add(plain, "Strip: row 1 all events (logarithmic), row 2 those cited by findings, "+cited(m.sh.Theme)+".")
	return s
}

func cited(t *widget.Theme) string {
	g := t.Glyph.Cited
	return g[0] + " info " + g[1] + " low " + g[2] + " medium " + g[3] + " high"
}
