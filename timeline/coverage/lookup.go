package coverage

import (
	"slices"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// Map answers questions about rows. It satisfies detect.Coverage.
type Map struct {
	rows map[key][]claim.Coverage
	last map[event.HostKey]int64
}

// NewMap takes rows as Build gives them.
func NewMap(rows []claim.Coverage) *Map {
	m := &Map{rows: map[key][]claim.Coverage{}, last: map[event.HostKey]int64{}}
	for _, r := range rows {
		k := key{r.Host, r.Source}
		m.rows[k] = append(m.rows[k], r)
		if r.To != event.MaxTime && r.To > m.last[r.Host] {
			m.last[r.Host] = r.To
		}
	}
	return m
}

// State judges one instant. event.MinTime asks for the last acquisition of
// the host. Where rows touch, the worse state is given.
func (m *Map) State(host event.HostKey, source string, at int64) string {
	rs := m.rows[key{host, source}]
	if at == event.MinTime {
		at = m.last[host]
		if isSnapshot(source) && len(rs) > 0 {
			return rs[len(rs)-1].State
		}
	}
	state := ""
	for _, r := range rs {
		if r.From <= at && at <= r.To && worse(r.State, state) {
			state = r.State
		}
	}
	if state == "" {
		return Unknown
	}
	return state
}

func worse(a, b string) bool {
	rank := []string{"", Present, Unknown, Absent}
	return slices.Index(rank, a) > slices.Index(rank, b)
}

// Around lists the named sources in words for a finding: "socket: present",
// "audit: absent", "journal: present with 2 gaps".
func (m *Map) Around(host event.HostKey, sources ...string) []string {
	out := make([]string, 0, len(sources))
	for _, s := range sources {
		out = append(out, s+": "+m.summary(host, s))
	}
	return out
}

func (m *Map) summary(host event.HostKey, source string) string {
	rs := m.rows[key{host, source}]
	if isSnapshot(source) {
		if len(rs) == 0 {
			return Unknown
		}
		return rs[len(rs)-1].State
	}
	gaps, present, best := uint64(0), false, ""
	for _, r := range rs {
		if r.State == Present {
			present = true
		}
		if r.State != Present && r.From != event.MinTime {
			gaps++
		}
		if best == "" || worse(best, r.State) {
			best = r.State
		}
	}
	switch {
	case best == "":
		return Unknown
	case present && gaps > 0:
		return Present + " with " + plural(gaps, "gap")
	case present:
		return Present
	case gaps > 0:
		return Unknown
	}
	return best
}
