package coverage

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// maxHoles is how many holes of one source keep a row of their own; beyond
// it the shortest are told in the words of the row around them.
const maxHoles = 256

// run is a stretch of numbers without a hole, with the hole before it.
type run struct {
	first, last uint64
	from, to    int64
	missing     uint64 // numbers between the run before and this one
	restart     bool   // the numbering began anew: the count before is not known
	short       uint64 // holes folded into this run
	lost        uint64 // numbers missing in them
}

// fromCounters joins the readings of one source over all files of a host.
// Journal numbers never count backwards within their seqnum_id, so their runs
// are ordered by number, whatever the clock did; others (audit serials begin
// anew with every boot) are ordered by time, and a step back is a restart.
func fromCounters(k key, cs []event.Counter) []claim.Coverage {
	type group struct{ name, scope string }
	byScope := map[group][]event.Counter{}
	for _, c := range cs {
		if c.First > c.Last {
			continue
		}
		if c.From > c.To {
			c.From, c.To = c.To, c.From
		}
		g := group{c.Name, c.Scope}
		byScope[g] = append(byScope[g], c)
	}
	groups := make([]group, 0, len(byScope))
	for g := range byScope {
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b group) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.scope, b.scope)) })
	var out []claim.Coverage
	for _, g := range groups {
		runs := join(byScope[g], g.scope == "" || g.name != "seqnum")
		out = append(out, counterRows(k, g.name, thin(runs))...)
	}
	return out
}

func join(cs []event.Counter, byTime bool) []run {
	slices.SortFunc(cs, func(a, b event.Counter) int {
		if byTime {
			return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.First, b.First), cmp.Compare(a.Last, b.Last))
		}
		return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Last, b.Last), cmp.Compare(a.From, b.From))
	})
	var out []run
	for _, c := range cs {
		n := run{first: c.First, last: c.Last, from: c.From, to: c.To}
		if len(out) == 0 {
			out = append(out, n)
			continue
		}
		cur := &out[len(out)-1]
		switch {
		case byTime && c.From > cur.to && c.First <= cur.last:
			n.restart = true
			out = append(out, n)
		case c.First > cur.last && c.First-cur.last > 1:
			n.missing = c.First - cur.last - 1
			out = append(out, n)
		default:
			cur.last, cur.to = max(cur.last, c.Last), max(cur.to, c.To)
			cur.from = min(cur.from, c.From)
		}
	}
	return out
}

// thin folds the shortest holes into the runs around them until at most
// maxHoles are left.
func thin(runs []run) []run {
	if len(runs) <= maxHoles+1 {
		return runs
	}
	widths := make([]int64, 0, len(runs)-1)
	for i := 1; i < len(runs); i++ {
		widths = append(widths, runs[i].from-runs[i-1].to)
	}
	slices.Sort(widths)
	limit := widths[len(widths)-1-maxHoles]
	out := []run{runs[0]}
	for i := 1; i < len(runs); i++ {
		r, cur := runs[i], &out[len(out)-1]
		if r.restart || r.from-cur.to > limit {
			out = append(out, r)
			continue
		}
		cur.last, cur.from, cur.to = r.last, min(cur.from, r.from), max(cur.to, r.to)
		cur.short, cur.lost = cur.short+1, cur.lost+r.missing
	}
	return out
}

func counterRows(k key, name string, runs []run) []claim.Coverage {
	out := make([]claim.Coverage, 0, 2*len(runs))
	for i, r := range runs {
		if i > 0 {
			out = append(out, holeRow(k, name, runs[i-1], r))
		}
		by := fmt.Sprintf("counter: %s %d to %d without a hole", name, r.first, r.last)
		if r.short > 0 {
			by = fmt.Sprintf("counter: %s %d to %d, %s missing in %s", name, r.first, r.last,
				plural(r.lost, "number"), plural(r.short, "short hole"))
		}
		out = append(out, claim.Coverage{Host: k.host, Source: k.source, From: r.from, To: r.to, State: Present, JudgedBy: by})
	}
	return out
}

// excuse says what else than removal leaves a hole in a counter.
func excuse(name string) string {
	if name == "seqnum" { // all journals of a host share one, those of its users too
		return ": in a journal that was not taken, was vacuumed or lost, or taken out"
	}
	return ""
}

// holeRow is the stretch between two runs. Clocks can step back, so its ends
// are put in order.
func holeRow(k key, name string, a, b run) claim.Coverage {
	from, to := min(a.to, b.from), max(a.to, b.from)
	row := claim.Coverage{Host: k.host, Source: k.source, From: from, To: to, State: Absent,
		JudgedBy: fmt.Sprintf("counter: %s %d to %d missing (%s)%s", name, a.last+1, b.first-1, plural(b.missing, "record"), excuse(name))}
	if b.restart {
		row.State = Unknown
		row.JudgedBy = fmt.Sprintf("counter: %s began anew at %d after %d", name, b.first, a.last)
	}
	return row
}
