package tui

import (
	"errors"

	"github.com/saksi-dfir/saksi/timeline/query"
	"github.com/saksi-dfir/saksi/tui/clean"
	"github.com/saksi-dfir/saksi/tui/keys"
	"github.com/saksi-dfir/saksi/tui/view"
)

// place is what going back restores: screen, filter, range and cursor.
type place struct {
	where  string
	filter view.Filter
	rng    view.Range
	search view.Search
	at     view.Anchor
}

// maxHistory is how many places are kept.
const maxHistory = 200

func (m *model) here() place {
	return place{where: m.where, filter: m.sh.Filter, rng: m.sh.Range, search: m.sh.Search, at: m.tl.Place()}
}

// push keeps the present place before a change of filter or range.
func (m *model) push() {
	m.back = append(m.back, m.here())
	if len(m.back) > maxHistory {
		m.back = m.back[1:]
	}
	m.fwd = nil
	m.dirty = true
}

// setFilter takes a new filter text; a mistake is told and changes nothing.
func (m *model) setFilter(text string) ([]view.Cmd, error) {
	f, err := view.NewFilter(m.o.Case, text)
	if err != nil {
		return nil, err
	}
	if f.Text == m.sh.Filter.Text {
		return nil, nil
	}
	m.push()
	m.sh.Filter = f
	return m.reload(), nil
}

func (m *model) reload() []view.Cmd { return append(m.tl.Reload(), m.ov.Strip()...) }

func (m *model) setRange(r view.Range) []view.Cmd {
	if r == m.sh.Range {
		return nil
	}
	m.push()
	m.sh.Range = r
	return m.reload()
}

// filters handles the actions on filter and range.
func (m *model) filters(a keys.Action) ([]view.Cmd, bool) {
	here := m.tl.Here().UnixNano()
	switch a {
	case keys.DropChip:
		return m.tryFilter(m.sh.Filter.Without()), true
	case keys.ClearFilter:
		return m.tryFilter(""), true
	case keys.Include, keys.Exclude, keys.Only:
		return m.pivot(a), true
	case keys.Follow:
		word, ok := view.Pivot(m.tl.Entity())
		if !ok {
			m.say(toastNote, "this event names no address, file or account to follow")
			return nil, true
		}
		m.say(toastNote, "following "+word+" on all hosts; L shows the hosts over time, [ goes back")
		return m.tryFilter(word), true
	case keys.Fit:
		return m.fit(), true
	case keys.ZoomIn, keys.ZoomOut:
		r, ok := m.sh.ZoomIn(here)
		if a == keys.ZoomOut {
			r, ok = m.sh.ZoomOut(here)
		}
		if !ok {
			m.say(toastNote, map[bool]string{true: "this is all time", false: "no closer than one second"}[a == keys.ZoomOut])
			return nil, true
		}
		return m.setRange(r), true
	case keys.PanLeft, keys.PanRight:
		r, ok := m.sh.Pan(map[bool]int{true: -1, false: 1}[a == keys.PanLeft])
		if !ok {
			m.say(toastNote, "the range cannot move further (z narrows it first)")
			return nil, true
		}
		return m.setRange(r), true
	}
	return nil, false
}

// fit shows all time; when it is shown already, the stretch where nearly all
// events lie.
func (m *model) fit() []view.Cmd {
	if !m.sh.Range.All {
		return m.setRange(view.Range{All: true})
	}
	r, ok := m.tl.Bulk()
	if !ok {
		m.say(toastNote, "this is all time")
		return nil
	}
	m.say(toastNote, "nearly all events; 0 again shows all time")
	return m.setRange(r)
}

func (m *model) pivot(a keys.Action) []view.Cmd {
	text, ok := m.pivoted(a)
	if !ok {
		m.say(toastNote, "no value here that the filter language can name: h and l choose another column")
		return nil
	}
	return m.tryFilter(text)
}

// pivoted is the filter that + - or = leads to; ok is false where nothing can
// be filtered for.
func (m *model) pivoted(a keys.Action) (text string, ok bool) {
	f, v := m.tl.Value()
	if f == "" || v == "" {
		return "", false
	}
	term, ok := view.Pivot(f, v)
	if !ok {
		return "", false
	}
	switch a {
	case keys.Exclude:
		return m.sh.Filter.With("-" + term), true
	case keys.Only:
		return term, true
	}
	return m.sh.Filter.With(term), true
}

func (m *model) tryFilter(text string) []view.Cmd {
	cmds, err := m.setFilter(text)
	if err != nil {
		m.say(toastBad, "filter not taken: "+err.Error())
	}
	return cmds
}

// mistake gives the column (1-based, 0 when not known) and words of a mistake
// in a query.
func mistake(err error) (column int, words string) {
	var se *query.SyntaxError
	if errors.As(err, &se) {
		words = clean.Line(se.Msg)
		if se.Suggest != "" {
			words += "; " + clean.Line(se.Suggest)
		}
		return se.Column, words
	}
	return 0, clean.Line(err.Error())
}

// restore goes to a place.
func (m *model) restore(p place) []view.Cmd {
	m.sh.Filter, m.sh.Range, m.sh.Search = p.filter, p.rng, p.search
	m.show(p.where)
	return append(m.tl.ReloadAt(p.at), m.ov.Strip()...)
}
