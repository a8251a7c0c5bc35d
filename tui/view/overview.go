package view

import (
	"context"
	"slices"
	"sort"
	"strings"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/tui/keys"
)

// Overview is the screen of hosts.
type Overview struct {
	sh     *Shared
	hosts  []timeline.HostInfo
	loaded bool
	err    error
	gen    int
	at     int
	top    int
	order  order
	marked map[event.HostKey]bool
	strip  strip
	states map[string]int // hosts per state
	card   struct {
		key   event.HostKey
		w     int
		lines []Wrapped
	}
	page   int // rows of the last drawing
	width  int
	height int
}

// order is what hosts are sorted by.
type order int

const (
	byState order = iota
	byName
	byFindings
	byEvents
	byBlind
	byBundle
	orders
)

func (o order) String() string {
	return [...]string{"state", "name", "findings", "events", "blind days", "bundle"}[o]
}

// hostsLoaded answers with the hosts.
type hostsLoaded struct {
	gen   int
	hosts []timeline.HostInfo
	err   error
}

// NewOverview makes the screen.
func NewOverview(sh *Shared) *Overview {
	return &Overview{sh: sh, marked: map[event.HostKey]bool{}}
}

// Open reads the hosts.
func (o *Overview) Open() []Cmd {
	o.gen++
	gen, c := o.gen, o.sh.Case
	out := []Cmd{func(ctx context.Context) any {
		hs, err := c.Hosts(ctx)
		return hostsLoaded{gen: gen, hosts: hs, err: err}
	}}
	return append(out, o.reloadStrip()...)
}

func (o *Overview) reloadStrip() []Cmd {
	from, to, ok := o.sh.Bounds()
	if !ok || o.stripRows() == 0 {
		o.strip.clear()
		return nil
	}
	return o.strip.load(o.sh.Case, o.sh.Filter.Node, from, to, max(10, o.width-2))
}

func (o *Overview) stripRows() int {
	switch {
	case o.height < 12 || o.width < 60:
		return 0
	case o.width < 80:
		return 2
	}
	return 3
}

// Resize sets the space.
func (o *Overview) Resize(w, h int) []Cmd {
	if w == o.width && h == o.height {
		return nil
	}
	o.width, o.height = w, h
	return o.reloadStrip()
}

// Receive takes in an answer.
func (o *Overview) Receive(msg any) ([]Cmd, bool) {
	switch m := msg.(type) {
	case hostsLoaded:
		if m.gen != o.gen {
			return nil, true
		}
		key, had := o.key()
		o.loaded, o.err = true, m.err
		if m.err == nil {
			o.take(m.hosts)
			o.sort()
			if had {
				o.seek(key)
			}
		}
		return nil, true
	case stripLoaded:
		o.strip.receive(m)
		return nil, m.of == &o.strip
	}
	return nil, false
}

// take keeps the hosts and counts their states once, not per frame.
func (o *Overview) take(hosts []timeline.HostInfo) {
	o.hosts = append([]timeline.HostInfo(nil), hosts...)
	o.states = map[string]int{}
	for i := range o.hosts {
		o.states[o.hosts[i].State]++
	}
	o.Changed()
}

// Changed says that findings or sightings are others than before.
func (o *Overview) Changed() { o.card.lines = nil }

func (o *Overview) key() (event.HostKey, bool) {
	if h, ok := o.Current(); ok {
		return h.Key, true
	}
	return event.HostKey{}, false
}

func (o *Overview) seek(k event.HostKey) {
	for i := range o.hosts {
		if o.hosts[i].Key == k {
			o.at = i
		}
	}
}

// Current is the host under the cursor.
func (o *Overview) Current() (timeline.HostInfo, bool) {
	if o.at < 0 || o.at >= len(o.hosts) {
		return timeline.HostInfo{}, false
	}
	return o.hosts[o.at], true
}

// Hosts gives all hosts in the order shown.
func (o *Overview) Hosts() []timeline.HostInfo { return o.hosts }

// Marked gives the marked hosts in the order shown.
func (o *Overview) Marked() []timeline.HostInfo {
	var out []timeline.HostInfo
	for _, h := range o.hosts {
		if o.marked[h.Key] {
			out = append(out, h)
		}
	}
	return out
}

// Unmark takes all marks away and says whether there were any.
func (o *Overview) Unmark() bool {
	n := len(o.marked)
	o.marked = map[event.HostKey]bool{}
	return n > 0
}

// Do carries out an action of this screen.
func (o *Overview) Do(a keys.Action) ([]Cmd, bool) {
	page := max(1, o.page)
	switch a {
	case keys.Down:
		o.at++
	case keys.Up:
		o.at--
	case keys.Top:
		o.at = 0
	case keys.End:
		o.at = len(o.hosts) - 1
	case keys.HalfDown:
		o.at += page / 2
	case keys.HalfUp:
		o.at -= page / 2
	case keys.PageDown:
		o.at += page
	case keys.PageUp:
		o.at -= page
	case keys.Left, keys.Right:
	case keys.Sort:
		key, had := o.key()
		o.order = (o.order + 1) % orders
		o.sort()
		if had {
			o.seek(key)
		}
	case keys.MarkRow:
		if h, ok := o.Current(); ok {
			if o.marked[h.Key] {
				delete(o.marked, h.Key)
			} else {
				o.marked[h.Key] = true
			}
			o.at++
		}
	default:
		return nil, false
	}
	o.at = max(0, min(o.at, len(o.hosts)-1))
	return nil, true
}

// sort orders hosts; ties fall back to the name.
func (o *Overview) sort() {
	rank := func(h *timeline.HostInfo) int64 {
		switch o.order {
		case byState:
			return int64(stateRank(h.State))
		case byFindings:
			return -weight(h.Findings)
		case byEvents:
			return -h.Events
		case byBlind:
			return -int64(h.BlindDays)
		case byBundle:
			return int64(bundleRank(h))
		}
		return 0
	}
	sort.SliceStable(o.hosts, func(i, j int) bool {
		a, b := &o.hosts[i], &o.hosts[j]
		if ra, rb := rank(a), rank(b); ra != rb {
			return ra < rb
		}
		if ea, eb := onset(a), onset(b); o.order == byState && ea != eb {
			return ea < eb
		}
		return a.Name < b.Name
	})
}

// onset is the earliest proven presence of an infection, for sorting.
func onset(h *timeline.HostInfo) int64 {
	first := event.MaxTime
	for _, in := range h.Infections {
		if in.NotAfter.Known {
			first = min(first, in.NotAfter.Time)
		}
	}
	return first
}

// hostStates are the states of hosts, the most urgent first.
func hostStates() []string {
	return []string{"confirmed", "probable", "possible", "no sign", "no data"}
}

// stateRank orders hosts by their state; what is none of these comes last.
func stateRank(s string) int {
	if i := slices.Index(hostStates(), s); i >= 0 {
		return i
	}
	return len(hostStates())
}

// weight orders findings: a higher level outweighs any number of lower ones.
func weight(f map[claim.Level]int) int64 {
	var n int64
	for l, c := range f {
		n += int64(c) << (16 * max(0, l.Rank()) % 63)
	}
	return n
}

// bundleRank puts missing and damaged bundles first.
func bundleRank(h *timeline.HostInfo) int {
	switch {
	case len(h.Bundles) == 0:
		return 0
	case h.Integrity != "ok" && h.Integrity != "":
		return 1
	case !strings.Contains(h.Trust, "ok"):
		return 2
	}
	return 3
}
