package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/saksi-dfir/saksi/tui/clean"
	"github.com/saksi-dfir/saksi/tui/keys"
	"github.com/saksi-dfir/saksi/tui/view"
	"github.com/saksi-dfir/saksi/tui/widget"
)

// overlay is what opens over a screen and closes with esc.
type overlay interface {
	title() string
	// open gives what must be asked for when it opens.
	open(m *model) []view.Cmd
	// typing says whether letters are text here, not keys.
	typing() bool
	// key handles a key; a is its action, "" when it has none.
	key(m *model, k tea.KeyMsg, name string, a keys.Action) tea.Cmd
	// receive takes in an answer and says whether it was its own.
	receive(m *model, msg any) ([]view.Cmd, bool)
	// lines draws exactly h lines of w cells.
	lines(m *model, w, h int) []string
	// hint is its line of keys.
	hint() string
}

// menuMove moves in a menu and says whether the key was one of moving.
func menuMove(menu *widget.Menu, name string, a keys.Action, typing bool, page int) bool {
	switch name {
	case "up":
		menu.Move(-1)
		return true
	case "down":
		menu.Move(1)
		return true
	case "pgdown":
		menu.Move(page)
		return true
	case "pgup":
		menu.Move(-page)
		return true
	}
	if typing {
		return false
	}
	switch a {
	case keys.Down:
		menu.Move(1)
	case keys.Up:
		menu.Move(-1)
	case keys.HalfDown:
		menu.Move(page / 2)
	case keys.HalfUp:
		menu.Move(-page / 2)
	case keys.PageDown:
		menu.Move(page)
	case keys.PageUp:
		menu.Move(-page)
	case keys.Top:
		menu.Move(-menu.Len())
	case keys.End:
		menu.Move(menu.Len())
	default:
		return false
	}
	return true
}

// typeInto edits the filter of a menu.
func typeInto(menu *widget.Menu, k tea.KeyMsg, name string) {
	if k.Type == tea.KeyRunes || k.Type == tea.KeySpace {
		menu.Filter.Insert(k.Runes)
	} else if name == "up" || name == "down" || !menu.Filter.Key(name) {
		return
	}
	menu.Typed()
}

// palette lists every action by name with its key and the command that does
// the same.
type palette struct {
	menu *widget.Menu
	page int
}

func newPalette(m *model) *palette {
	var items []widget.Item
	for _, b := range m.keys.Bindings() {
		if b.Action == keys.Palette || b.Action == keys.Ingest && m.o.Ingest == nil {
			continue
		}
		items = append(items, widget.Item{ID: string(b.Action), Label: b.Name, Note: keyNames(b), Hint: m.cli(b)})
	}
	return &palette{menu: widget.NewMenu(items)}
}

func keyNames(b keys.Binding) string {
	if len(b.Keys) == 0 {
		return ""
	}
	return keys.Label(b.Keys[0])
}

func (p *palette) title() string          { return "Palette" }
func (p *palette) open(*model) []view.Cmd { return nil }
func (p *palette) typing() bool           { return true }
func (p *palette) hint() string {
	return "type a few letters   enter run   ^y copy the command line   esc close"
}
func (p *palette) receive(*model, any) ([]view.Cmd, bool) { return nil, false }

func (p *palette) key(m *model, k tea.KeyMsg, name string, a keys.Action) tea.Cmd {
	switch {
	case name == "enter":
		if it, ok := p.menu.Current(); ok {
			m.over = nil
			return m.do(keys.Action(it.ID))
		}
	case name == "ctrl+y":
		if it, ok := p.menu.Current(); ok && it.Hint != "" {
			return m.run(m.copyText(it.Hint, "command line"))
		}
	case menuMove(p.menu, name, a, true, p.page):
	default:
		typeInto(p.menu, k, name)
	}
	return nil
}

func (p *palette) lines(m *model, w, h int) []string {
	text, _ := p.menu.Filter.View(max(1, w-4), clean.Line)
	out := []string{widget.NewLine(w, "").Add(m.sh.Theme.Key, " : ").Add("", text).Fill("")}
	p.page = max(1, h-1)
	return append(out, p.menu.View(m.sh.Theme, w, max(0, h-1))...)
}
