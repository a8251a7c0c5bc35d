package infection

import (
	"slices"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// episode is one stay of the implant: proofs of presence with no proven
// absence between them.
type episode struct {
	number  int
	present []proof
	before  *proof // the last acquisition without it before
	after   *proof // the first acquisition without it afterwards
}

// episodes cuts the proofs of presence where an acquisition proves absence.
func (s *subject) episodes() []episode {
	if len(s.present) == 0 {
		return nil
	}
	out := []episode{{number: 1}}
	rest := s.present
	for i := range s.absent {
		a := s.absent[i]
		n := 0
		for n < len(rest) && rest[n].latest <= a.earliest {
			n++
		}
		cur := &out[len(out)-1]
		cur.present = append(cur.present, rest[:n]...)
		rest = rest[n:]
		switch {
		case len(cur.present) == 0:
			cur.before = &a
		case len(rest) == 0:
			if cur.after == nil {
				cur.after = &a
			}
		default:
			cur.after = &a
			out = append(out, episode{number: cur.number + 1, before: &a})
		}
	}
	cur := &out[len(out)-1]
	cur.present = append(cur.present, rest...)
	return slices.DeleteFunc(out, func(e episode) bool { return len(e.present) == 0 })
}

func known(t int64, p proof) claim.Bound {
	return claim.Bound{Known: true, Time: t, Event: p.id, Reason: p.reason}
}

// row puts the bounds of an episode together.
func (s *subject) row(ep episode) claim.Infection {
	first := slices.MinFunc(ep.present, compareProof)
	last := slices.MaxFunc(ep.present, func(a, b proof) int {
		if a.earliest != b.earliest {
			if a.earliest < b.earliest {
				return -1
			}
			return 1
		}
		return -compareProof(a, b)
	})
	row := claim.Infection{ID: rowID(s.host, s.implant, ep.number), Host: s.host, Implant: s.implant, State: state(s.findings)}
	for _, f := range s.findings {
		row.Findings = append(row.Findings, f.ID)
	}
	slices.Sort(row.Findings)
	row.NotAfter = known(first.latest, first)
	row.NotBefore = s.notBefore(ep, first)
	row.EndNotBefore = known(last.earliest, last)
	if last.earliest == event.MinTime {
		row.EndNotBefore = known(first.latest, first)
	}
	s.end(&row, ep, last)
	return row
}

// notBefore picks the latest evidence of absence that lies before the first
// proven presence.
func (s *subject) notBefore(ep episode, first proof) claim.Bound {
	var best *proof
	take := func(p *proof) {
		if p != nil && p.earliest != event.MinTime && p.earliest <= first.latest && (best == nil || p.earliest > best.earliest) {
			best = p
		}
	}
	take(ep.before)
	for i := range s.boots {
		if s.inMemory {
			take(&s.boots[i])
		}
	}
	for i := range s.created {
		take(&s.created[i])
	}
	for i := range s.unserved {
		take(&s.unserved[i])
	}
	if best != nil {
		return known(best.earliest, *best)
	}
	return claim.Bound{Reason: "nothing in the evidence shows the host without it (no earlier acquisition, no boot or creation of its file system on record)"}
}

// end fills the end of the row.
func (s *subject) end(row *claim.Infection, ep episode, last proof) {
	if n := len(s.acquisitions); n > 0 {
		if p, ok := s.atCollect[s.acquisitions[n-1].Run]; ok && containsRun(ep.present, p) {
			row.PresentAtCollect = true
			row.EndNotBefore = known(p.earliest, p)
			row.EndNotAfter = claim.Bound{Reason: "present at collection"}
			return
		}
	}
	var best *proof
	take := func(p *proof) {
		if p != nil && p.earliest >= last.earliest && (best == nil || p.latest < best.latest) {
			best = p
		}
	}
	take(ep.after)
	for i := range s.removed {
		take(&s.removed[i])
	}
	for i := range s.boots {
		if p := s.boots[i]; p.earliest > last.latest && (s.inMemory || len(s.fileGone) > 0) {
			p.reason = "the host booted then, which ended the process; no file of it was left to start again from this path"
			take(&p)
		}
	}
	if best != nil {
		row.EndNotAfter = known(best.latest, *best)
		return
	}
	row.EndNotAfter = claim.Bound{Reason: "nothing in the evidence shows the host without it afterwards"}
}

func containsRun(ps []proof, p proof) bool {
	return slices.ContainsFunc(ps, func(q proof) bool { return q.run == p.run && q.id == p.id })
}
