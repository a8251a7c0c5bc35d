package timeline

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/coverage"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/store"
)

// Hosts gives every host of the case: those with a bundle, those that records
// speak of, and those that only case.toml names. They are made once for a state
// of the store.
func (c *Case) Hosts(ctx context.Context) ([]HostInfo, error) {
	s, done, err := c.use()
	if err != nil {
		return nil, err
	}
	defer done()
	s.hostsMu.Lock()
	defer s.hostsMu.Unlock()
	if n := c.hostNames(); s.hosts == nil || s.hostsFor != n {
		if s.hosts, err = c.makeHosts(ctx, s); err != nil {
			s.hosts = nil
			return nil, err
		}
		s.hostsFor = n
	}
	return slices.Clone(s.hosts), nil
}

func (c *Case) makeHosts(ctx context.Context, s *snapshot) ([]HostInfo, error) {
	cl, err := s.load()
	if err != nil {
		return nil, err
	}
	facets, err := s.hostFacets(ctx)
	if err != nil {
		return nil, err
	}
	s.spokenAll() // many names are read in one pass; asked one by one they would cost a page each
	hosts := map[event.HostKey]*HostInfo{}
	get := func(k event.HostKey) *HostInfo {
		k = c.canonical(k)
		h := hosts[k]
		if h == nil {
			h = &HostInfo{Key: k, Name: c.HostName(k), First: event.MinTime, Last: event.MinTime, Findings: map[claim.Level]int{}, BlindDays: -1}
			hosts[k] = h
		}
		return h
	}
	for _, v := range facets {
		if k, ok := parseHostKey(v.Value); ok && !k.IsZero() {
			get(k).see(v)
		}
	}
	bs, err := c.judged(s)
	if err != nil {
		return nil, err
	}
	for _, b := range bs {
		get(b.Host).bundle(b)
	}
	c.mu.RLock()
	joined := make([]event.HostKey, 0, len(c.joins))
	for k := range c.joins {
		joined = append(joined, k)
	}
	c.mu.RUnlock()
	for _, k := range joined {
		get(k)
	}
	for _, f := range cl.Findings {
		get(f.Host).Findings[f.Level]++
	}
	for _, x := range cl.Infections {
		h := get(x.Host)
		h.Infections = append(h.Infections, x)
	}
	out := make([]HostInfo, 0, len(hosts))
	cov := map[event.HostKey][]claim.Coverage{}
	for _, r := range cl.Coverage {
		cov[r.Host] = append(cov[r.Host], r)
	}
	for k, h := range hosts {
		h.finish(k, cov[k])
		out = append(out, *h)
	}
	slices.SortFunc(out, func(a, b HostInfo) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), slices.Compare(a.Key[:], b.Key[:]))
	})
	return out, nil
}

func (h *HostInfo) see(v FacetValue) {
	h.Events += v.Count
	if v.First != event.MinTime && (h.First == event.MinTime || v.First < h.First) {
		h.First = v.First
	}
	h.Last = max(h.Last, v.Last)
}

func (h *HostInfo) bundle(b BundleInfo) {
	h.Bundles = append(h.Bundles, b.Run)
	h.Trust = worseTrust(h.Trust, b.Trust)
	h.Integrity = worseIntegrity(h.Integrity, b.Integrity)
	for _, x := range b.Exhibits {
		h.Exhibits++
		switch {
		case x.Failed != "":
			h.Failed++
		case x.Parser == "":
			h.Unparsed++
		}
	}
}

// worseTrust gives the state that says less: whatever is neither "ok" nor
// sealed here is worse than both, and the first such word stays.
func worseTrust(a, b string) string {
	good := func(s string) int {
		switch s {
		case "":
			return 3
		case "sealed at this desk":
			return 2
		case "ok":
			return 1
		}
		return 0
	}
	if good(b) < good(a) {
		return b
	}
	return a
}

func worseIntegrity(a, b string) string {
	order := []string{"", "ok", "cut", "damaged"}
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}

func (h *HostInfo) finish(k event.HostKey, cov []claim.Coverage) {
	slices.Sort(h.Bundles)
	switch {
	case len(h.Infections) > 0:
		h.State = "possible"
		for _, x := range h.Infections {
			if x.State == "confirmed" || x.State == "probable" && h.State == "possible" {
				h.State = x.State
			}
		}
	case len(h.Bundles) == 0 && h.Events == 0:
		h.State = "no data"
	default:
		h.State = "no sign"
	}
	h.BlindDays = blindDays(k, cov)
}

// blindDays counts the days, from the first to the last record of a source
// that records continuously, which no such source covers; -1 when there is no
// such record.
func blindDays(k event.HostKey, cov []claim.Coverage) int {
	const day = int64(24 * 3600e9)
	first, last := event.MaxTime, event.MinTime
	var present []claim.Coverage
	for _, c := range cov {
		if c.Host != k || c.From == event.MinTime || !slices.Contains(coverage.Continuous(), c.Source) {
			continue
		}
		first, last = min(first, c.From), max(last, c.To)
		if c.State == coverage.Present && c.From < c.To {
			present = append(present, c)
		}
	}
	if first > last || last-first < 0 || (last-first)/day > 36_500 {
		return -1
	}
	blind := 0
	for at := first - mod(first, day); at <= last && at <= event.MaxTime-day; at += day {
		if !slices.ContainsFunc(present, func(c claim.Coverage) bool { return c.From < at+day && c.To >= at }) {
			blind++
		}
	}
	return blind
}

// Stat gives the case in numbers.
func (c *Case) Stat(ctx context.Context) (Stat, error) {
	s, done, err := c.use()
	if err != nil {
		return Stat{}, err
	}
	defer done()
	cl, err := s.load()
	if err != nil {
		return Stat{}, err
	}
	hosts, err := c.Hosts(ctx)
	if err != nil {
		return Stat{}, err
	}
	first, last, dated, undated := s.r.Span()
	st := Stat{Name: c.conf.Name, Dir: c.dir, Hosts: len(hosts), Events: dated + undated, Undated: undated, Findings: map[claim.Level]int{},
		First: first, Last: last, Trust: map[string]int{}}
	if st.Name == "" {
		st.Name = filepath.Base(c.dir)
		if abs, err := filepath.Abs(c.dir); err == nil {
			st.Name = filepath.Base(abs)
		}
	}
	if dated == 0 {
		st.First, st.Last = event.MinTime, event.MinTime
	}
	if st.Warnings, err = s.countWarnings(ctx); err != nil {
		return st, err
	}
	for _, f := range cl.Findings {
		st.Findings[f.Level]++
	}
	bs, err := c.judged(s)
	if err != nil {
		return st, err
	}
	st.Bundles = len(bs)
	for _, b := range bs {
		st.Trust[b.Trust]++
		if b.Integrity != "ok" {
			st.Damaged++
		}
	}
	st.Partial, err = c.unfinished(bs)
	return st, err
}

// unfinished says whether bundles of the ledger are not in the store: an
// ingest is under way, or was interrupted.
func (c *Case) unfinished(bs []store.BundleInfo) (bool, error) {
	lines, err := c.belonging()
	if err != nil {
		return false, err
	}
	for _, l := range lines {
		if !slices.ContainsFunc(bs, func(b store.BundleInfo) bool { return b.Run == l.Run }) {
			return true, nil
		}
	}
	return false, nil
}

// countWarnings counts once per snapshot.
func (s *snapshot) countWarnings(ctx context.Context) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.counted {
		return s.warnings, nil
	}
	n := int64(0)
	for _, err := range s.r.Warnings(ctx) {
		if err != nil {
			return 0, err
		}
		n++
	}
	s.warnings, s.counted = n, true
	return n, nil
}

// Digest is a digest over the contents of all events, naming every input; it is
// equal on every machine that ingested the same inputs with the same version.
func (c *Case) Digest(ctx context.Context) (Digest, error) {
	s, done, err := c.use()
	if err != nil {
		return Digest{}, err
	}
	defer done()
	return s.r.Digest(ctx)
}

// Check holds the store of a case against its format and gives what does not
// agree. It works on a store that cannot be opened.
func Check(ctx context.Context, dir string) ([]Problem, error) {
	if _, err := readConfig(dir); err != nil {
		return nil, err
	}
	return store.Check(ctx, filepath.Join(dir, storeDir))
}
