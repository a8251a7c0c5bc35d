package tui

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/saksi-dfir/saksi/tui/clean"
	"github.com/saksi-dfir/saksi/tui/keys"
	"github.com/saksi-dfir/saksi/tui/view"
	"github.com/saksi-dfir/saksi/tui/widget"
)

// ingestState is an ingest that was started on the screen.
type ingestState struct {
	cancel func()
	on     bool
	warned bool // leaving was asked for once
	rows   map[string]Progress
	order  []string
	notes  []string // what was told, oldest first
	err    error
	ended  bool
}

// ingestTick tells how far it is, or that it has ended.
type ingestTick struct {
	rows  map[string]Progress
	notes []string
	done  bool
	err   error
}

func (s *ingestState) running() bool { return s != nil && s.on }

// words is the status line of a running ingest.
func (s *ingestState) words() string {
	if !s.running() {
		return ""
	}
	var events int64
	last := ""
	for _, k := range s.order {
		events += s.rows[k].Events
		last = k
	}
	p := s.rows[last]
	words := "ingest is running, what is shown is not all: " + plural(events, "event") + " so far"
	if last != "" {
		words += ", " + clean.Line(p.Input) + " " + clean.Line(p.Stage) + percent(p)
	}
	return words
}

// inputName is what a progress speaks of: an input, or the case as a whole.
func inputName(p Progress) string {
	if p.Input == "" {
		return "the case"
	}
	return p.Input
}

func percent(p Progress) string {
	if p.Total <= 0 {
		return ""
	}
	return fmt.Sprintf(" %d%%", min(100, 100*p.Done/p.Total))
}

// startIngest starts reading inputs into the case beside the screen.
func (m *model) startIngest(line string) []view.Cmd {
	if m.ingest.running() {
		m.say(toastNote, "one ingest is running already")
		return nil
	}
	args := splitArgs(line)
	if len(args) == 0 {
		return nil
	}
	ctx, cancel := context.WithCancel(m.base)
	m.ingest = &ingestState{cancel: cancel, on: true, rows: map[string]Progress{}}
	m.over = &ingestView{m.ingest}
	run, send := m.o.Ingest, m.send
	return []view.Cmd{func(context.Context) any {
		p := &relay{send: send, rows: map[string]Progress{}}
		go func() {
			err := run(ctx, args, p.take)
			cancel()
			send(p.tick(true, err))
		}()
		return nil
	}}
}

// relay passes progress on at most four times a second.
type relay struct {
	mu    sync.Mutex
	send  func(tea.Msg)
	rows  map[string]Progress
	notes []string
	last  time.Time
}

// maxNotes is how many notes of an ingest are kept for the screen.
const maxNotes = 500

func (r *relay) take(p Progress) {
	r.mu.Lock()
	if p.Note == "" {
		p.Input = inputName(p)
		p.Host = cmp.Or(p.Host, r.rows[p.Input].Host)
		r.rows[p.Input] = p
	} else if len(r.notes) < maxNotes {
		r.notes = append(r.notes, p.Note)
	}
	due := time.Since(r.last) > 250*time.Millisecond
	if due {
		r.last = time.Now()
	}
	r.mu.Unlock()
	if due {
		r.send(r.tick(false, nil))
	}
}

func (r *relay) tick(done bool, err error) ingestTick {
	r.mu.Lock()
	defer r.mu.Unlock()
	return ingestTick{rows: maps.Clone(r.rows), notes: slices.Clone(r.notes), done: done, err: err}
}

func (m *model) takeIngest(t ingestTick) tea.Cmd {
	s := m.ingest
	if s == nil {
		return nil
	}
	s.rows, s.notes = t.rows, t.notes
	s.order = sortedKeys(t.rows)
	sort.SliceStable(s.order, func(i, j int) bool { return s.rows[s.order[i]].Done < s.rows[s.order[j]].Done })
	if !t.done {
		return nil
	}
	s.on, s.ended, s.err = false, true, t.err
	switch {
	case errors.Is(t.err, context.Canceled):
		m.say(toastNote, "ingest stopped; what was finished is kept")
	case t.err != nil:
		m.say(toastBad, "ingest: "+t.err.Error())
	default:
		m.say(toastGood, "ingest is done")
	}
	return m.refresh()
}

// splitArgs splits at blanks outside double quotes. There is no shell.
func splitArgs(s string) []string {
	var out []string
	var b strings.Builder
	quoted, any := false, false
	for _, r := range s {
		switch {
		case r == '"':
			quoted, any = !quoted, true
		case r == ' ' && !quoted:
			if any {
				out = append(out, b.String())
			}
			b.Reset()
			any = false
		default:
			b.WriteRune(r)
			any = true
		}
	}
	if any {
		out = append(out, b.String())
	}
	return out
}

// ingestView shows the inputs and how far each is.
type ingestView struct{ s *ingestState }

func (*ingestView) title() string                          { return "Ingest" }
func (*ingestView) open(*model) []view.Cmd                 { return nil }
func (*ingestView) typing() bool                           { return false }
func (*ingestView) receive(*model, any) ([]view.Cmd, bool) { return nil, false }
func (v *ingestView) hint() string {
	if v.s.running() {
		return "esc close (it goes on)   ctrl-c stop it"
	}
	return "esc close"
}

func (*ingestView) key(*model, tea.KeyMsg, string, keys.Action) tea.Cmd { return nil }

func (*ingestView) lines(m *model, w, h int) []string {
	th, s := m.sh.Theme, m.ingest
	var out []string
	add := func(style, text string) {
		out = append(out, widget.NewLine(w, th.Glyph.Cut).Add(style, " "+text).Fill(""))
	}
	if s == nil {
		add("", "nothing is being ingested")
		return out
	}
	for _, k := range s.order {
		p := s.rows[k]
		bar := ""
		if p.Total > 0 && !p.Ended {
			n := int(min(20, 20*p.Done/p.Total))
			bar = "[" + strings.Repeat("=", n) + strings.Repeat("-", 20-n) + "]" + percent(p)
		}
		host := ""
		if p.Host != "" {
			host = " (" + clean.Line(p.Host) + ")"
		}
		add("", fmt.Sprintf("%s%s  %s  %s  %s", clean.Line(p.Input), host, clean.Line(p.Stage), bar, plural(p.Events, "event")))
	}
	switch {
	case s.on:
		add(th.Warn, "running; the screens show the last complete state until it ends")
	case s.err != nil:
		add(th.Bad, clean.Line(s.err.Error()))
	default:
		add(th.Good, "done")
	}
	if room := h - len(out) - 1; len(s.notes) > 0 && room > 0 { // the newest that fit
		add("", "")
		for _, n := range s.notes[max(0, len(s.notes)-room):] {
			add(th.Dim, clean.Line(n))
		}
	}
	return out[:min(len(out), max(0, h))]
}
