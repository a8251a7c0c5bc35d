package view

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/tui/clean"
	"github.com/saksi-dfir/saksi/tui/widget"
)

// Tone is how a line of text is drawn.
type Tone int

// The tones.
const (
	Plain Tone = iota
	Faint
	Head
	Doubt
	Fault
)

// Style gives the style of a tone.
func (t Tone) Style(th *widget.Theme) string {
	return [...]string{"", th.Dim, th.Strong, th.Warn, th.Bad}[t]
}

// Note is a line of text; Event, when it is set, is the evidence behind it.
type Note struct {
	Tone  Tone
	Text  string
	Event event.ID
}

// HasEvent says whether evidence can be opened from the line.
func (n Note) HasEvent() bool { return n.Event != event.ID{} }

// Card collects the lines about a host.
type Card struct {
	sh    *Shared
	Lines []Note
}

func (c *Card) add(t Tone, format string, a ...any) {
	c.Lines = append(c.Lines, Note{Tone: t, Text: clean.Line(fmt.Sprintf(format, a...))})
}

func (c *Card) cite(id event.ID, format string, a ...any) {
	c.add(Plain, format, a...)
	c.Lines[len(c.Lines)-1].Event = id
}

// maxListed bounds findings and sightings listed per host.
const maxListed = 100

// HostLines says what the case claims about a host: its infections with both
// bounds and why, findings, and who could have seen it.
func HostLines(sh *Shared, h timeline.HostInfo) []Note {
	c := &Card{sh: sh}
	zone := sh.Case.Zone()
	c.add(Head, "%s  %s", h.Name, sh.Theme.State(h.State))
	if h.State == "no sign" {
		c.add(Faint, "no sign is not clean: it says that nothing was found in what was collected")
	}
	for _, in := range h.Infections {
		c.infection(in)
	}
	c.findings(h)
	c.sightings(h)
	c.add(Plain, "")
	c.add(Plain, "host key   %s", h.Key)
	if h.First != event.MinTime && h.Events > 0 {
		c.add(Plain, "events     %s, %s .. %s", widget.Number(h.Events), Stamp(h.First, zone, 19), Stamp(h.Last, zone, 19))
	} else {
		c.add(Plain, "events     %s", widget.Number(h.Events))
	}
	c.add(Plain, "blind      %s", blindWords(&h))
	c.add(Plain, "exhibits   %d, %d claimed by no parser, %d could not be parsed", h.Exhibits, h.Unparsed, h.Failed)
	return c.Lines
}

func (c *Card) bound(label string, b claim.Bound) {
	if !b.Known {
		c.add(Plain, "%s unknown: %s", label, b.Reason)
		return
	}
	c.cite(b.Event, "%s %s  %s", label, Stamp(b.Time, c.sh.Case.Zone(), 19), b.Reason)
}

func (c *Card) infection(in claim.Infection) {
	zone := c.sh.Case.Zone()
	c.add(Plain, "")
	c.add(Head, "%s, %s", in.Implant, in.State)
	c.bound("  started  not before", in.NotBefore)
	c.bound("           not after ", in.NotAfter)
	if in.PresentAtCollect {
		if in.EndNotBefore.Known {
			c.cite(in.EndNotBefore.Event, "  ended    present at collection, last shown %s", Stamp(in.EndNotBefore.Time, zone, 19))
		} else {
			c.add(Plain, "  ended    present at collection")
		}
	} else {
		c.bound("  ended    not before", in.EndNotBefore)
		c.bound("           not after ", in.EndNotAfter)
	}
	for _, b := range in.Blind {
		c.add(Doubt, "  blind    %s .. %s  %s says nothing", Stamp(b.From, zone, 19), Stamp(b.To, zone, 19), b.Source)
	}
}

func (c *Card) findings(h timeline.HostInfo) {
	c.add(Plain, "")
	c.add(Head, "Findings")
	n := 0
	for _, f := range c.sh.Findings {
		if f.Host != h.Key || len(f.Events) == 0 {
			continue
		}
		if n++; n > maxListed {
			continue
		}
		when := "undated"
		if key, ok := f.Time.Key(); ok {
			when = Stamp(key, c.sh.Case.Zone(), 19)
		}
		verdict := ""
		if f.Verdict != "" {
			verdict = ", " + f.Verdict
		}
		c.cite(f.Events[0], "%-6s  %s  %s (%s, confidence %s%s)", f.Level, when, f.Title, f.Rule, f.Confidence, verdict)
		c.add(Faint, "        innocent explanation: %s", f.Alternative)
	}
	switch {
	case n == 0:
		c.add(Faint, "none")
	case n > maxListed:
		c.add(Faint, "and %d more (! lists them)", n-maxListed)
	}
}

// sightings lists who saw it (K1 and up) apart from opportunity (K0, K1 by
// the rules of the grades): accounts, not persons.
func (c *Card) sightings(h timeline.HostInfo) {
	var saw, could []claim.Sighting
	for _, s := range c.sh.Sightings {
		switch {
		case s.Host != h.Key:
		case s.Grade == "K0" || s.Grade == "K1":
			could = append(could, s)
		default:
			saw = append(saw, s)
		}
	}
	c.people("Who saw it (accounts, not persons)", saw)
	c.people("Who had the opportunity (it does not show that anything was noticed)", could)
}

func (c *Card) people(head string, list []claim.Sighting) {
	if len(list) == 0 {
		return
	}
	slices.SortStableFunc(list, func(a, b claim.Sighting) int { return strings.Compare(b.Grade, a.Grade) })
	c.add(Plain, "")
	c.add(Head, "%s", head)
	for i, s := range list {
		if i == maxListed {
			c.add(Faint, "and %d more (saksi sightings lists them)", len(list)-i)
			break
		}
		when := Stamp(s.Earliest, c.sh.Case.Zone(), 19)
		if s.Latest-s.Earliest >= int64(time.Second) {
			when += " .. " + Stamp(s.Latest, c.sh.Case.Zone(), 19)
		}
		line := fmt.Sprintf("%s  %s  %s, by %s", s.Grade, when, s.Who(), s.Channel)
		if s.Rung != "" {
			line += ": " + strings.ReplaceAll(s.Rung, "-", " ")
		}
		if len(s.Events) > 0 {
			c.cite(s.Events[0], "%s", line)
		} else {
			c.add(Plain, "%s", line)
		}
		if s.Alternative != "" && (i+1 == len(list) || list[i+1].Alternative != s.Alternative) {
			c.add(Faint, "    or: %s", s.Alternative)
		}
	}
}
