package tui

import (
	"context"
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/tui/clean"
	"github.com/saksi-dfir/saksi/tui/keys"
	"github.com/saksi-dfir/saksi/tui/view"
	"github.com/saksi-dfir/saksi/tui/widget"
)

// card is the overlay about one host.
type card struct {
	scroll
	host    timeline.HostInfo
	bundles []timeline.BundleInfo
	err     error
	read    bool
}

type bundlesRead struct {
	bundles []timeline.BundleInfo
	err     error
}

func newCard(m *model, h timeline.HostInfo) *card {
	c := &card{host: h}
	c.head = "Host " + clean.Line(h.Name)
	c.scroll.keys = "enter events of this host   "
	c.fill(m)
	return c
}

func (c *card) open(m *model) []view.Cmd {
	cs := m.o.Case
	return []view.Cmd{func(ctx context.Context) any {
		bs, err := cs.Bundles(ctx)
		return bundlesRead{bs, err}
	}}
}

func (c *card) receive(m *model, msg any) ([]view.Cmd, bool) {
	b, ok := msg.(bundlesRead)
	if !ok {
		return nil, false
	}
	c.read, c.err = true, b.err
	for _, x := range b.bundles {
		if x.Host == c.host.Key {
			c.bundles = append(c.bundles, x)
		}
	}
	c.fill(m)
	return nil, true
}

func (c *card) key(m *model, k tea.KeyMsg, name string, a keys.Action) tea.Cmd {
	if a == keys.Open {
		m.over = nil
		return m.run(m.onlyHost(c.host))
	}
	return c.scroll.key(m, k, name, a)
}

// onlyHost filters the timeline for one host.
func (m *model) onlyHost(h timeline.HostInfo) []view.Cmd {
	m.show(tlScreen)
	return m.tryFilter(m.sh.Filter.With(view.Term("host", h.Name)))
}

func (c *card) add(style func(*widget.Theme) string, format string, a ...any) {
	c.body = append(c.body, textLine{style, clean.Line(fmt.Sprintf(format, a...))})
}

// fill writes the card: state and its bounds, findings, bundles with trust,
// what could not be had.
func (c *card) fill(m *model) {
	h, zone := c.host, m.o.Case.Zone()
	c.body = nil
	c.add(strong, "%s", m.sh.Theme.State(h.State))
	if h.State == "no sign" {
		c.add(dim, "no sign is not clean: it says that nothing was found in what was collected")
	}
	for _, in := range h.Infections {
		c.infection(m, in)
	}
	c.add(plain, "")
	c.add(plain, "host key   %s", h.Key)
	if h.First != event.MinTime && h.Events > 0 {
		c.add(plain, "events     %s, %s .. %s", widget.Number(h.Events), view.Stamp(h.First, zone, 19), view.Stamp(h.Last, zone, 19))
	} else {
		c.add(plain, "events     %s", widget.Number(h.Events))
	}
	switch {
	case h.BlindDays < 0:
		c.add(plain, "blind      not known")
	default:
		c.add(plain, "blind      %d days without any present source", h.BlindDays)
	}
	c.add(plain, "exhibits   %d, %d claimed by no parser, %d could not be parsed", h.Exhibits, h.Unparsed, h.Failed)
	c.add(plain, "")
	c.add(strong, "Findings")
	items := findingItems(m, func(f claim.Finding) bool { return f.Host == h.Key })
	for _, it := range items {
		c.add(plain, "%s  %s  (%s)", it.Note, it.Label, it.Hint)
	}
	if len(items) == 0 {
		c.add(dim, "none")
	}
	c.add(plain, "")
	c.add(strong, "Bundles")
	c.bundleLines(m)
}

func (c *card) infection(m *model, in claim.Infection) {
	zone := m.o.Case.Zone()
	bound := func(b claim.Bound) string {
		if !b.Known {
			return "unknown (" + b.Reason + ")"
		}
		return view.Stamp(b.Time, zone, 19) + "  " + b.Reason + "  (event " + b.Event.String()[:8] + ")"
	}
	c.add(strong, "%s, %s", in.Implant, in.State)
	c.add(plain, "  started    not before  %s", bound(in.NotBefore))
	c.add(plain, "             not after   %s", bound(in.NotAfter))
	if in.PresentAtCollect {
		c.add(plain, "  ended      present at collection")
	} else {
		c.add(plain, "  ended      not before  %s", bound(in.EndNotBefore))
		c.add(plain, "             not after   %s", bound(in.EndNotAfter))
	}
	for _, b := range in.Blind {
		c.add(warning, "  blind      %s .. %s  %s says nothing", view.Stamp(b.From, zone, 19), view.Stamp(b.To, zone, 19), b.Source)
	}
}

func (c *card) bundleLines(m *model) {
	switch {
	case c.err != nil:
		c.add(bad, "cannot read: %s", c.err)
		return
	case !c.read:
		c.add(dim, "reading")
		return
	case len(c.bundles) == 0:
		c.add(bad, "missing: nothing was collected from this host")
		return
	}
	zone := m.o.Case.Zone()
	for _, b := range c.bundles {
		synthetic := ""
		if b.Synthetic {
			synthetic = ", SYNTHETIC"
		}
		c.add(plain, "%s  collected %s%s", b.Run, view.Stamp(b.Collected, zone, 19), synthetic)
		c.add(plain, "  integrity %s, signer %s", b.Integrity, b.Trust)
		c.add(dim, "  seal %s", b.Seal)
		c.add(dim, "  %s", b.Path)
		n := map[string]int{}
		for _, o := range b.Outcomes {
			n[o.Outcome]++
		}
		var parts []string
		for _, k := range sortedKeys(n) {
			parts = append(parts, fmt.Sprintf("%d %s", n[k], k))
		}
		c.add(plain, "  plan: %s", strings.Join(parts, ", "))
		for _, o := range b.Outcomes {
			if o.Outcome != "collected" && !o.Benign {
				c.add(warning, "    %s %s: %s %s %s", o.Source, o.Target, o.Outcome, o.Reason, o.Errno)
			}
		}
	}
}
