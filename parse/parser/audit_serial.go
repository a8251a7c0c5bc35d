package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// auditSerials turns serials, which come nearly in order, into runs without
// holes. A serial that falls back while time goes on is a new boot.
type auditSerials struct {
	runs []event.Counter
}

// auditOpenRuns is how many runs may still be joined by late serials.
const auditOpenRuns = 64

// auditReset is how much later, in ns, a lower serial must be to show a
// restart of the sequence and not a record out of order.
const auditReset = 2e9

func (a *auditSerials) add(g *auditGroup, s *parse.Batch) {
	if strings.HasPrefix(g.records[0].typ, "DAEMON_") || g.key.sec > lastSecond { // auditd's own numbers; no time
		return
	}
	n, t := g.key.serial, g.key.time()
	if i := len(a.runs) - 1; i >= 0 { // the usual case: the next number
		if r := &a.runs[i]; r.Scope == g.key.node && n == r.Last+1 && t >= r.From {
			r.Last, r.To = n, max(r.To, t)
			a.join(i)
			return
		}
	}
	if a.restarted(g.key.node, n, t) {
		a.flushScope(g.key.node, s)
	}
	for i := len(a.runs) - 1; i >= 0; i-- {
		r := &a.runs[i]
		if r.Scope != g.key.node || n+1 < r.First || n > r.Last+1 {
			continue
		}
		r.First, r.Last = min(r.First, n), max(r.Last, n)
		r.From, r.To = min(r.From, t), max(r.To, t)
		a.join(i)
		return
	}
	a.runs = append(a.runs, event.Counter{Source: "audit", Name: "serial", Scope: g.key.node, First: n, Last: n, From: t, To: t})
	if len(a.runs) > auditOpenRuns {
		s.Counter(a.runs[0])
		a.runs = append(a.runs[:0], a.runs[1:]...)
	}
}

// restarted says whether serial n at time t lies below one that was seen
// clearly earlier.
func (a *auditSerials) restarted(scope string, n uint64, t int64) bool {
	for i := range a.runs {
		if r := &a.runs[i]; r.Scope == scope && n <= r.Last && t > r.To+auditReset {
			return true
		}
	}
	return false
}

// join merges run i with one that it now touches.
func (a *auditSerials) join(i int) {
	r := &a.runs[i]
	for j := range a.runs {
		o := &a.runs[j]
		if j == i || o.Scope != r.Scope || (o.First != r.Last+1 && r.First != o.Last+1) {
			continue
		}
		o.First, o.Last = min(o.First, r.First), max(o.Last, r.Last)
		o.From, o.To = min(o.From, r.From), max(o.To, r.To)
		a.runs = append(a.runs[:i], a.runs[i+1:]...)
		return
	}
}

func (a *auditSerials) flush(s *parse.Batch) {
	for _, c := range a.runs {
		s.Counter(c)
	}
	a.runs = nil
}

func (a *auditSerials) flushScope(scope string, s *parse.Batch) {
	keep := a.runs[:0]
	for _, c := range a.runs {
		if c.Scope != scope {
			keep = append(keep, c)
			continue
		}
		s.Counter(c)
	}
	a.runs = keep
}
