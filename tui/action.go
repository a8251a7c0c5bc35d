package tui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/saksi-dfir/saksi/tui/keys"
	"github.com/saksi-dfir/saksi/tui/view"
)

// key handles one key: prompt, overlay, screen, in this order. ctrl-c and esc
// work everywhere, also while an input method is on.
func (m *model) key(k tea.KeyMsg, name string) tea.Cmd {
	if name == "ctrl+c" {
		return m.interrupt()
	}
	m.toast = ""
	if m.prompt != nil {
		return m.promptKey(k, name)
	}
	a, bound := m.keys.Find(name)
	if m.over != nil {
		if bound && a == keys.Escape || bound && a == keys.Back && !m.over.typing() {
			m.close()
			return nil
		}
		if bound && a == keys.Suspend {
			return m.suspend()
		}
		if bound && a == keys.Quit && !m.over.typing() {
			return m.quit()
		}
		return m.over.key(m, k, name, a)
	}
	if !bound {
		return nil
	}
	return m.do(a)
}

// do carries out an action, wherever it comes from: a key or the palette.
func (m *model) do(a keys.Action) tea.Cmd {
	if b, ok := m.keys.Binding(a); ok && b.Screen != "" && b.Screen != m.where {
		m.show(b.Screen)
	}
	switch a {
	case keys.Quit:
		return m.quit()
	case keys.Cancel:
		return m.interrupt()
	case keys.Back:
		return m.goBack()
	case keys.Escape:
		return m.escape()
	case keys.Suspend:
		return m.suspend()
	case keys.Mouse:
		return m.toggleMouse()
	case keys.Refresh:
		return m.refresh()
	case keys.BackHistory:
		return m.travel(&m.back, &m.fwd, "no earlier place")
	case keys.FwdHistory:
		return m.travel(&m.fwd, &m.back, "no later place")
	}
	if m.opens(a) {
		return m.run(m.takeCmds())
	}
	if cmds, ok := m.filters(a); ok {
		return m.run(cmds)
	}
	if cmds, ok := m.works(a); ok {
		return m.run(cmds)
	}
	var cmds []view.Cmd
	if m.where == overview {
		if a == keys.Open {
			return m.run(m.openHost())
		}
		cmds, _ = m.ov.Do(a)
	} else {
		cmds, _ = m.tl.Do(a)
		m.tlStatus()
	}
	return m.run(cmds)
}

// opens handles actions that open a screen, a prompt or an overlay.
func (m *model) opens(a keys.Action) bool {
	switch a {
	case keys.Overview:
		m.show(overview)
	case keys.Timeline:
		m.show(tlScreen)
	case keys.Help:
		m.over = newHelp(m)
	case keys.Palette:
		m.over = newPalette(m)
	case keys.Filter:
		m.ask(promptFilter, m.sh.Filter.Text)
	case keys.Search:
		m.ask(promptSearch, "")
	case keys.GoTime:
		m.ask(promptTime, "")
	case keys.Ingest:
		if m.o.Ingest == nil {
			m.say(toastBad, "ingest is not available here; use: saksi ingest --case "+m.o.Dir+" INPUT...")
			return true
		}
		m.ask(promptIngest, "")
	case keys.HostCard:
		m.openCard()
	case keys.Witnesses:
		m.openWitnesses()
	case keys.FindingsList:
		m.over = newFindings(m, findingsHead, anyFinding)
	case keys.Bookmarks:
		m.over = newBookmarks(m)
	case keys.Facets:
		m.over = newFacets(m)
	case keys.Lanes:
		m.over = newLanes(m)
	case keys.Compare:
		m.openCompare()
	default:
		return false
	}
	return true
}

// close goes back to what the overlay was opened from.
func (m *model) close() {
	if x, ok := m.over.(interface{ parent() overlay }); ok {
		m.over = x.parent()
		return
	}
	m.over = nil
}

// takeCmds gives what a fresh overlay asks for.
func (m *model) takeCmds() []view.Cmd {
	if m.over != nil {
		return m.over.open(m)
	}
	return nil
}

func (m *model) show(screen string) {
	if m.where != screen {
		m.where = screen
		m.dirty = true
	}
}

// openHost goes to the events of the host under the cursor.
func (m *model) openHost() []view.Cmd {
	h, ok := m.ov.Current()
	if !ok {
		return nil
	}
	f, err := view.NewFilter(m.o.Case, m.sh.Filter.Replacing(view.Term("host", h.Name)))
	if err != nil {
		m.say(toastBad, err.Error())
		return nil
	}
	m.push()
	m.sh.Filter = f
	m.show(tlScreen)
	return append(m.tl.Reload(), m.ov.Strip()...)
}

// interrupt is ctrl-c: the first ends what is running, the second within a
// second leaves. Nothing unsaved can exist.
func (m *model) interrupt() tea.Cmd {
	now := m.o.Now()
	if !m.stopped.IsZero() && now.Sub(m.stopped) < time.Second {
		return m.quit()
	}
	m.stopped = now
	switch {
	case m.prompt != nil:
		m.prompt = nil
		m.say(toastNote, "ctrl-c again leaves")
	case m.pending > 0:
		m.cancel()
		m.renew()
		m.say(toastNote, "stopped; what is shown is what was read so far (ctrl-r reads again, ctrl-c again leaves)")
	case m.ingest.running():
		m.ingest.cancel()
		m.say(toastNote, "ingest is being stopped; what is finished is kept (ctrl-c again leaves)")
	default:
		m.say(toastNote, "nothing is running; ctrl-c again leaves")
	}
	return nil
}

// escape closes the innermost thing: overlay, pane, marks, highlight, screen.
// It never takes a filter away and never leaves the program.
func (m *model) escape() tea.Cmd {
	if m.where == tlScreen {
		if m.tl.StopSeek() {
			m.say(toastNote, "search stopped")
			return nil
		}
		if cmds, ok := m.tl.Leave(); ok {
			return m.run(cmds)
		}
		if m.tl.Unmark() {
			return nil
		}
		if m.sh.Search.Text != "" {
			m.sh.Search = view.Search{}
			return nil
		}
		m.show(overview)
		return nil
	}
	m.ov.Unmark()
	return nil
}

// goBack is q: one step back, at the first screen it leaves.
func (m *model) goBack() tea.Cmd {
	if m.where == tlScreen {
		if cmds, ok := m.tl.Leave(); ok {
			return m.run(cmds)
		}
		m.show(overview)
		return nil
	}
	return m.quit()
}

func (m *model) quit() tea.Cmd {
	if m.ingest.running() && !m.ingest.warned {
		m.ingest.warned = true
		m.say(toastBad, "an ingest is running: Q again stops it and leaves; what is finished is kept")
		return nil
	}
	m.stop()
	return tea.Quit
}

func (m *model) suspend() tea.Cmd {
	if m.screen == nil {
		return nil
	}
	return m.suspendCmd()
}

func (m *model) toggleMouse() tea.Cmd {
	m.mouse = !m.mouse
	words := "mouse off: the terminal selects text again"
	if m.mouse {
		words = "mouse on: wheel scrolls, click selects (F2 turns it off)"
	}
	m.say(toastNote, words)
	s, on := m.screen, m.mouse
	if s == nil {
		return nil
	}
	return func() tea.Msg {
		s.SetMouse(on)
		return nil
	}
}

// click puts the cursor on the row that was clicked; y counts from the body.
func (m *model) click(x, y int) []view.Cmd {
	if m.where == overview {
		m.ov.Click(y)
		return nil
	}
	return m.tl.Click(x, y)
}

func (m *model) mouseEvent(e tea.MouseMsg) tea.Cmd {
	if m.prompt != nil || m.over != nil {
		return nil
	}
	switch e.Button {
	case tea.MouseButtonWheelDown:
		return tea.Batch(m.do(keys.Down), m.do(keys.Down), m.do(keys.Down))
	case tea.MouseButtonWheelUp:
		return tea.Batch(m.do(keys.Up), m.do(keys.Up), m.do(keys.Up))
	case tea.MouseButtonLeft:
		if e.Action == tea.MouseActionPress {
			return m.run(m.click(e.X, e.Y-m.heads()))
		}
	}
	return nil
}
