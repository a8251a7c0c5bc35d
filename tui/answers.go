package tui

import (
	"context"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/tui/clean"
	"github.com/saksi-dfir/saksi/tui/view"
)

// The kinds of toast.
const (
	toastNote = iota
	toastGood
	toastBad
)

// answer is what a command gives back.
type answer struct{ msg any }

// Messages of the model itself.
type (
	statRead struct {
		stat timeline.Stat
		err  error
	}
	findingsRead struct {
		fs  []claim.Finding
		ins []claim.Infection
		ss  []claim.Sighting
		err error
	}
	said struct { // a finished act, in words
		text string
		kind int
		then func(m *model) []view.Cmd
	}
)

// readCase asks for the numbers and findings of the case.
func (m *model) readCase() []view.Cmd {
	c := m.o.Case
	return []view.Cmd{
		func(ctx context.Context) any {
			s, err := c.Stat(ctx)
			return statRead{s, err}
		},
		func(ctx context.Context) any {
			fs, err := c.Findings(ctx)
			if err != nil {
				return findingsRead{err: err}
			}
			for _, f := range fs {
				c.HostName(f.Host) // looked up here, so that drawing never waits
			}
			ins, err := c.Infections(ctx)
			if err != nil {
				return findingsRead{err: err}
			}
			for _, in := range ins {
				c.HostName(in.Host)
			}
			ss, err := c.Sightings(ctx)
			return findingsRead{fs, ins, ss, err}
		},
		func(ctx context.Context) any {
			bs, err := c.Bookmarks(ctx)
			return bookmarksRead{bs, err}
		},
	}
}

// receive hands an answer to whom it belongs.
func (m *model) receive(msg any) []view.Cmd {
	switch x := msg.(type) {
	case nil:
		return nil
	case statRead:
		return m.takeStat(x)
	case findingsRead:
		if x.err == nil {
			m.sh.SetFindings(x.fs)
			m.sh.SetClaims(x.ins, x.ss)
			m.ov.Changed()
		}
		return nil
	case valuesRead:
		m.takeValues(x)
		return nil
	case pathsRead:
		m.takePaths(x)
		return nil
	case bookmarksRead:
		if x.err == nil {
			m.marks = x.marks
		}
		return nil
	case said:
		if x.text != "" {
			m.say(x.kind, x.text)
		}
		if x.then != nil {
			return x.then(m)
		}
		return nil
	}
	if m.over != nil {
		if cmds, ok := m.over.receive(m, msg); ok {
			return cmds
		}
	}
	if cmds, ok := m.tl.Receive(msg); ok {
		m.tlStatus()
		return cmds
	}
	cmds, _ := m.ov.Receive(msg)
	return cmds
}

func (m *model) takeStat(x statRead) []view.Cmd {
	if x.err != nil {
		m.say(toastBad, "cannot read the case: "+clean.Line(x.err.Error()))
		return nil
	}
	m.sh.Stat, m.sh.StatOK = x.stat, true
	return append(m.tl.Strip(), m.ov.Strip()...)
}
