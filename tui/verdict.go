package tui

import (
	"context"
	"fmt"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/tui/clean"
	"github.com/saksi-dfir/saksi/tui/keys"
	"github.com/saksi-dfir/saksi/tui/view"
	"github.com/saksi-dfir/saksi/tui/widget"
)

// newFindings lists the findings that keep holds, the highest level first.
func newFindings(m *model, head string, keep func(*claim.Finding) bool) overlay {
	p := &picker{head: head, none: "no findings (that is not proof of absence: see coverage in the host card, H)",
		items: func(m *model) []widget.Item { return findingItems(m, keep) },
		take:  func(m *model, id string) []view.Cmd { return m.gotoFinding(id) },
		more: func(m *model, it widget.Item, name string, a keys.Action) []view.Cmd {
			switch {
			case name == "+" || a == keys.Confirm:
				return m.verdict(keys.Confirm, it.ID)
			case name == "-" || a == keys.Reject:
				return m.verdict(keys.Reject, it.ID)
			}
			return nil
		}, keys: "its events   + confirm   - reject   U undo   "}
	p.menu = widget.NewMenu(p.items(m))
	return p
}

func anyFinding(*claim.Finding) bool { return true }

const findingsHead = "Findings: what detectors claim, with the events they cite"

// judge takes the analyst's word on the finding at hand: in the Timeline the
// one that cites the event under the cursor, in the Overview one of the host's.
// Where there are several, a list asks which.
func (m *model) judge(a keys.Action) []view.Cmd {
	head := "Which finding? + confirms, - rejects"
	if m.where == overview {
		h, ok := m.ov.Current()
		if !ok {
			m.say(toastNote, "no host here yet")
			return nil
		}
		m.over = newFindings(m, head, func(f *claim.Finding) bool { return f.Host == h.Key })
		return nil
	}
	r, ok := m.tl.Current()
	cited := m.sh.Cited[r.ID]
	switch {
	case !ok || len(cited) == 0:
		m.say(toastNote, "no finding cites this event (e goes to the next one that is cited, ! lists the findings)")
		return nil
	case len(cited) == 1:
		return m.verdict(a, m.sh.Findings[cited[0]].ID)
	}
	ids := map[string]bool{}
	for _, i := range cited {
		ids[m.sh.Findings[i].ID] = true
	}
	m.over = newFindings(m, head, func(f *claim.Finding) bool { return ids[f.ID] })
	return nil
}

// verdict writes what the analyst says of a finding to the journal.
func (m *model) verdict(a keys.Action, id string) []view.Cmd {
	op, words := "confirm", "finding confirmed"
	if a == keys.Reject {
		op, words = "reject", "finding rejected"
	}
	for _, f := range m.sh.Findings {
		if f.ID == id {
			words += ": " + f.Title
		}
	}
	return m.annotate(timeline.Annotation{Op: op, Text: id}, words)
}

// rereadFindings reads the findings again and shows them in the list that is open.
func (m *model) rereadFindings() []view.Cmd {
	c := m.o.Case
	return []view.Cmd{func(ctx context.Context) any {
		fs, err := c.Findings(ctx)
		if err != nil {
			return said{text: err.Error(), kind: toastBad}
		}
		return said{then: func(m *model) []view.Cmd {
			m.sh.SetFindings(fs)
			m.ov.Changed()
			m.relist()
			return nil
		}}
	}}
}

// relist makes the list that is open anew from what is known now.
func (m *model) relist() {
	if p, ok := m.over.(*picker); ok && p.items != nil {
		p.menu.SetItems(p.items(m))
	}
}

func findingItems(m *model, keep func(*claim.Finding) bool) []widget.Item {
	var items []widget.Item
	for rank := 3; rank >= -1; rank-- {
		for i := range m.sh.Findings {
			f := &m.sh.Findings[i]
			if f.Level.Rank() != rank || !keep(f) {
				continue
			}
			when := "undated"
			if key, ok := f.Time.Key(); ok {
				when = view.Stamp(key, m.o.Case.Zone(), 19)
			}
			said := ""
			if f.Verdict != "" {
				said = "[" + clean.Line(f.Verdict) + "] "
			}
			items = append(items, widget.Item{ID: f.ID, Label: fmt.Sprintf("%-6s %s%s  %s", f.Level, said, clean.Line(m.o.Case.HostName(f.Host)), clean.Line(f.Title)),
				Note: when, Hint: clean.Line(f.Rule)})
		}
	}
	return items
}

// mergeNotes takes in the journals of another copy of the case: a case
// directory, or its directory "journal".
func (m *model) mergeNotes(dir string) []view.Cmd {
	c := m.o.Case
	m.say(toastNote, "reading "+dir)
	return []view.Cmd{func(ctx context.Context) any {
		n, err := c.MergeJournals(dir)
		switch {
		case err != nil:
			return said{text: "not merged: " + err.Error(), kind: toastBad}
		case n == 0:
			return said{text: "nothing new in " + dir + ": its annotations are here already", kind: toastNote}
		}
		return m.remarked(ctx, c, plural(int64(n), "annotation")+" taken in; merging adds and takes nothing away")
	}}
}
