package view

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// BundleLines says what is known of a host's bundles: trust, seal, and what of
// the plan could not be had.
func BundleLines(sh *Shared, bundles []timeline.BundleInfo) []Note {
	c := &Card{sh: sh}
	c.add(Plain, "")
	c.add(Head, "Bundles")
	if len(bundles) == 0 {
		c.add(Fault, "missing: nothing was collected from this host")
	}
	for _, b := range bundles {
		synthetic := ""
		if b.Synthetic {
			synthetic = ", SYNTHETIC"
		}
		c.add(Plain, "%s  collected %s%s", b.Run, Stamp(b.Collected, sh.Case.Zone(), 19), synthetic)
		c.add(Plain, "  integrity %s, signer %s", b.Integrity, b.Trust)
		c.add(Faint, "  seal %s", b.Seal)
		c.add(Faint, "  %s", b.Path)
		c.outcomes(b.Outcomes)
	}
	return c.Lines
}

func (c *Card) outcomes(list []timeline.OutcomeInfo) {
	n := map[string]int{}
	var names []string
	for _, o := range list {
		if n[o.Outcome] == 0 {
			names = append(names, o.Outcome)
		}
		n[o.Outcome]++
	}
	slices.Sort(names)
	for i, k := range names {
		names[i] = fmt.Sprintf("%d %s", n[k], k)
	}
	c.add(Plain, "  plan: %s", strings.Join(names, ", "))
	for _, o := range list {
		if o.Outcome != "collected" && !o.Benign {
			c.add(Doubt, "    %s %s: %s %s %s", o.Source, o.Target, o.Outcome, o.Reason, o.Errno)
		}
	}
}

// maxCoverage bounds the stretches listed per host.
const maxCoverage = 200

// CoverageLines says for which time each source of a host can speak: what is
// absent or unknown there is no proof of anything.
func CoverageLines(sh *Shared, host event.HostKey, all []claim.Coverage) []Note {
	c := &Card{sh: sh}
	var own []claim.Coverage
	for _, x := range all {
		if x.Host == host {
			own = append(own, x)
		}
	}
	c.add(Plain, "")
	c.add(Head, "Coverage: when each source can speak")
	if len(own) == 0 {
		c.add(Faint, "nothing was judged")
	}
	slices.SortStableFunc(own, func(a, b claim.Coverage) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), cmp.Compare(a.From, b.From))
	})
	side := func(t int64) string {
		if t == event.MinTime || t == event.MaxTime {
			return "open"
		}
		return Stamp(t, sh.Case.Zone(), 19)
	}
	for i, x := range own {
		if i == maxCoverage {
			c.add(Faint, "and %d more (saksi coverage lists them)", len(own)-i)
			break
		}
		tone := Plain
		if x.State != "present" {
			tone = Doubt
		}
		c.add(tone, "%-10s %-8s %s .. %s  by %s", x.Source, x.State, side(x.From), side(x.To), x.JudgedBy)
	}
	return c.Lines
}

// Wrapped is a line of a note as it fits the screen; Of is the note's index.
type Wrapped struct {
	Note
	Of int
}

// Wrap breaks notes into lines of at most w cells. What continues a line is
// indented a little more than it.
func Wrap(notes []Note, w int) []Wrapped {
	const most = 12 // lines of one note
	var out []Wrapped
	for i, n := range notes {
		indent := len(n.Text) - len(strings.TrimLeft(n.Text, " "))
		indent = min(indent+4, max(0, w/3))
		head, rest := headWords(n.Text, w)
		out = append(out, Wrapped{Note{n.Tone, head, n.Event}, i})
		for k := 1; rest != "" && k < most; k++ {
			head, rest = headWords(strings.TrimLeft(rest, " "), w-indent)
			out = append(out, Wrapped{Note{Tone: n.Tone, Text: strings.Repeat(" ", indent) + head}, i})
		}
	}
	return out
}

// headWords splits off what fits into w cells, at a blank when there is one in
// the second half.
func headWords(s string, w int) (head, rest string) {
	head, rest = headCells(s, max(1, w))
	if rest == "" || strings.HasPrefix(rest, " ") {
		return head, rest
	}
	if i := strings.LastIndexByte(head, ' '); i > len(head)/2 {
		return head[:i], s[i:]
	}
	return head, rest
}
