package tui

import (
	"context"
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/query"
	"github.com/saksi-dfir/saksi/tui/view"
	"github.com/saksi-dfir/saksi/tui/widget"
)

// travel goes to the last place of one list and keeps the present one in the other.
func (m *model) travel(from, to *[]place, none string) tea.Cmd {
	if len(*from) == 0 {
		m.say(toastNote, none)
		return nil
	}
	p := (*from)[len(*from)-1]
	*from = (*from)[:len(*from)-1]
	*to = append(*to, m.here())
	return m.run(m.restore(p))
}

// goTarget goes to what was typed at "go to".
func (m *model) goTarget(t view.Target) []view.Cmd {
	if t.Named == "" {
		m.push()
		m.sh.Range = m.sh.Around(t.Time)
		m.show(tlScreen)
		return append(m.tl.JumpTime(t.Time), m.tl.Strip()...)
	}
	c, name, q, filter := m.o.Case, t.Named, m.sh.Query(), m.sh.Filter.Node
	finding, err := c.Parse("tag:finding")
	if err != nil {
		m.say(toastBad, err.Error())
		return nil
	}
	return []view.Cmd{func(ctx context.Context) any { return findNamed(ctx, c, name, q, filter, finding) }}
}

// jumpTo is the answer of a command that looked for an event to go to. It asks
// whether the filter hides the event, so that the user lands on it and not
// beside it.
func jumpTo(ctx context.Context, c Case, filter *query.Node, r *timeline.Row) said {
	hidden := false
	if filter != nil {
		p, err := c.Page(ctx, filter, timeline.PageRequest{After: view.AnchorOf(r), Limit: 1})
		if err != nil {
			return said{text: err.Error(), kind: toastBad}
		}
		hidden = len(p.Rows) == 0 || p.Rows[0].ID != r.ID
	}
	return said{then: func(m *model) []view.Cmd { return m.landOn(r, hidden) }}
}

// landOn puts the cursor on an event. The range moves when it leaves the event
// out, the filter goes when it hides it; both are said and [ brings them back.
func (m *model) landOn(r *timeline.Row, hidden bool) []view.Cmd {
	m.push()
	m.show(tlScreen)
	if key, ok := r.Event.Time.Key(); ok {
		m.sh.Range = m.sh.Around(key)
	} else {
		m.sh.Range = view.Range{All: true}
	}
	if hidden {
		m.sh.Filter = view.Filter{}
		m.say(toastNote, "the filter hid this event and is off; [ brings it back")
	}
	return append(m.tl.Land(view.AnchorOf(r)), m.ov.Strip()...)
}

// polled says that it is time to look for newer data.
type polled struct{}

// pollCmd looks for newer data after a while. It is no command of a screen:
// ctrl-c does not end it.
func (m *model) pollCmd() tea.Cmd {
	if m.o.Poll < 0 {
		return nil
	}
	ctx, wait := m.base, m.o.Poll
	return func() tea.Msg {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
			return polled{}
		}
	}
}

// checkNew asks the case for a newer state, beside the screen.
func (m *model) checkNew() view.Cmd {
	c := m.o.Case
	return func(ctx context.Context) any {
		changed, err := c.Refresh()
		if err != nil || !changed {
			return nil
		}
		s, err := c.Stat(ctx)
		if err != nil {
			return nil
		}
		return said{then: func(m *model) []view.Cmd { return m.grown(s) }}
	}
}

func (m *model) takePoll(polled) tea.Cmd {
	if at := m.tl.Place(); at != m.saved {
		m.saved, m.dirty = at, true // the place is kept even if the program is killed
	}
	return tea.Batch(m.run([]view.Cmd{m.checkNew()}), m.pollCmd())
}

// grown notes that the case has more; rows under the cursor do not move.
func (m *model) grown(s timeline.Stat) []view.Cmd {
	n := s.Events - m.sh.Stat.Events
	switch {
	case n > 0:
		m.fresh = fmt.Sprintf("+%s new", widget.Number(n))
	default:
		m.fresh = "changed"
	}
	return nil
}

// refresh takes in what is new: all is asked again, the cursor stays.
func (m *model) refresh() tea.Cmd {
	m.fresh = ""
	c := m.o.Case
	first := func(context.Context) any {
		if _, err := c.Refresh(); err != nil {
			return said{text: "cannot look for newer data: " + err.Error(), kind: toastBad}
		}
		return said{then: func(m *model) []view.Cmd {
			cmds := append(m.readCase(), m.ov.Open()...)
			return append(cmds, m.tl.Reload()...)
		}}
	}
	return m.run([]view.Cmd{first})
}

// renew makes a context for the commands to come.
func (m *model) renew() {
	m.ctx, m.cancel = context.WithCancel(m.base)
}

// suspendCmd gives the terminal back and stops the program as a shell expects.
func (m *model) suspendCmd() tea.Cmd {
	s := m.screen
	return func() tea.Msg {
		s.Leave()
		stopProcess()
		if err := s.Enter(); err != nil {
			return tea.QuitMsg{}
		}
		return tea.ResumeMsg{}
	}
}

func (m *model) resumed() tea.Cmd {
	if m.screen == nil {
		return nil
	}
	m.w, m.h = m.screen.Size()
	return m.run(m.resize())
}

// openTimeline loads the list where the session left it.
func (m *model) openTimeline() []view.Cmd { return m.tl.ReloadAt(m.start) }
