package timeline

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/journal"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// names holds what the hosts of bundles and of case.toml are called: case.toml
// first, else the hostname that the bundle states, with "~" and 4 hex digits
// where two keys share it. Hosts without a bundle are named by spoken.
type names struct {
	byKey  map[event.HostKey]string
	byName map[string][]event.HostKey // shown name and plain hostname -> keys
}

func (c *Case) hostNames() *names {
	c.mu.RLock()
	n := c.names
	c.mu.RUnlock()
	if n != nil {
		return n
	}
	s, done, err := c.use()
	if err != nil {
		return makeNames(nil, config{}, nil)
	}
	defer done()
	plain := map[event.HostKey]string{}
	for _, b := range s.r.Bundles() {
		if b.Hostname != "" {
			plain[b.Host] = b.Hostname
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n = makeNames(plain, c.conf, c.joins)
	if c.snap == s {
		c.names = n
	}
	return n
}

func makeNames(plain map[event.HostKey]string, conf config, joins map[event.HostKey]int) *names {
	n := &names{byKey: map[event.HostKey]string{}, byName: map[string][]event.HostKey{}}
	shared := map[string]int{}
	for k, name := range plain {
		if _, ok := joins[k]; !ok {
			shared[name]++
		}
	}
	for _, h := range conf.Hosts {
		shared[h.Name]++
	}
	add := func(name string, k event.HostKey) {
		if !slices.Contains(n.byName[name], k) {
			n.byName[name] = append(n.byName[name], k)
		}
	}
	for k, i := range joins {
		n.byKey[k] = conf.Hosts[i].Name
		add(conf.Hosts[i].Name, k)
	}
	for k, name := range plain {
		add(name, k)
		if _, ok := joins[k]; ok {
			continue
		}
		shown := name
		if shared[name] > 1 {
			shown += "~" + k.String()[:4]
		}
		n.byKey[k] = shown
		add(shown, k)
	}
	for _, ks := range n.byName {
		slices.SortFunc(ks, func(a, b event.HostKey) int { return slices.Compare(a[:], b[:]) })
	}
	return n
}

// HostName is what a host is called: case.toml, else its hostname, else its
// key in hex. "" for the zero key.
func (c *Case) HostName(k event.HostKey) string {
	if k.IsZero() {
		return ""
	}
	n := c.hostNames()
	if name, ok := n.byKey[k]; ok {
		return name
	}
	s, done, err := c.use()
	if err != nil {
		return k.String()
	}
	defer done()
	return n.shown(k, s.spokenName(k))
}

// shown is what a host is called that lines give a name; "" when none does.
func (n *names) shown(k event.HostKey, spoken string) string {
	if name, ok := n.byKey[k]; ok {
		return name
	}
	switch {
	case spoken == "":
		return k.String()
	case n.byName[spoken] != nil:
		return spoken + "~" + k.String()[:4]
	}
	return spoken
}

// allNames gives every name of the hosts of infections: the one of case.toml,
// and the hostnames that bundles state.
func (c *Case) allNames(ins []claim.Infection) map[event.HostKey][]string {
	n := c.hostNames()
	out := map[event.HostKey][]string{}
	for _, x := range ins {
		if out[x.Host] != nil {
			continue
		}
		keys := c.group(x.Host)
		for name, ks := range n.byName {
			if slices.ContainsFunc(ks, func(k event.HostKey) bool { return slices.Contains(keys, k) }) {
				out[x.Host] = append(out[x.Host], name)
			}
		}
		slices.Sort(out[x.Host])
	}
	return out
}

// group gives all keys that stand for the same host as k, sorted.
func (c *Case) group(k event.HostKey) []event.HostKey {
	c.mu.RLock()
	defer c.mu.RUnlock()
	i, ok := c.joins[k]
	if !ok {
		return []event.HostKey{k}
	}
	var out []event.HostKey
	for other, j := range c.joins {
		if i == j {
			out = append(out, other)
		}
	}
	slices.SortFunc(out, func(a, b event.HostKey) int { return slices.Compare(a[:], b[:]) })
	return out
}

// canonical is the key under which the claims of a host stand: the smallest
// of its group.
func (c *Case) canonical(k event.HostKey) event.HostKey { return c.group(k)[0] }

// keysOf gives the keys that a name, or the beginning of one, stands for, with
// those of hosts that only a loghost speaks of. A listing asks for the same
// ones with every page: they are kept.
func (c *Case) keysOf(s *snapshot, name string, prefix bool) []event.HostKey {
	names := c.hostNames()
	ask := asked{names, name, prefix}
	if out, ok := s.spoken.kept(ask); ok {
		return out
	}
	out := c.findKeys(s, names, name, prefix)
	s.spoken.keep(ask, out)
	return out
}

func (c *Case) findKeys(s *snapshot, names *names, name string, prefix bool) []event.HostKey {
	found := map[event.HostKey]bool{}
	match := func(n string) bool { return n == name || prefix && strings.HasPrefix(n, name) }
	for n, ks := range names.byName {
		if match(n) {
			for _, k := range ks {
				found[k] = true
			}
		}
	}
	if hosts, err := s.hostKeys(context.Background()); err == nil && len(hosts) > manyNames && !prefix {
		for _, k := range s.spokenAs(name) {
			found[k] = true
		}
	} else {
		for k, n := range s.spokenAll() {
			if match(n) || match(names.shown(k, n)) {
				found[k] = true
			}
		}
	}
	if k, ok := parseHostKey(name); ok && len(found) == 0 && !prefix {
		found[k] = true
	}
	out := slices.Collect(maps.Keys(found))
	slices.SortFunc(out, func(a, b event.HostKey) int { return slices.Compare(a[:], b[:]) })
	return out
}

// resolver answers what a query needs from the case. It satisfies
// query.Resolver and query.TagIndex.
type resolver struct {
	keys   func(name string, prefix bool) []event.HostKey
	notes  *journal.State
	levels func() map[event.ID]string
}

func (c *Case) resolver(ctx context.Context, s *snapshot) (*resolver, error) {
	st, err := c.journals()
	if err != nil {
		return nil, err
	}
	return &resolver{keys: func(name string, prefix bool) []event.HostKey { return c.keysOf(s, name, prefix) }, notes: st,
		levels: func() map[event.ID]string { return c.levelNames(ctx) }}, nil
}

// HostKeys gives the keys a name, the beginning of one, or 16 hex digits stand for.
func (r *resolver) HostKeys(name string, prefix bool) []event.HostKey { return r.keys(name, prefix) }

// Tags gives what analysts put on an event; "starred" and "noted" among them.
func (r *resolver) Tags(id event.ID) []string { return markTags(r.notes.Marks[id]) }

func markTags(m journal.Mark) []string {
	if !m.Star && len(m.Notes) == 0 {
		return m.Tags
	}
	out := slices.Clone(m.Tags)
	if m.Star {
		out = append(out, "starred")
	}
	if len(m.Notes) > 0 {
		out = append(out, "noted")
	}
	return out
}

// TagIDs gives the events that analysts gave a tag.
func (r *resolver) TagIDs(tag string, prefix bool) []event.ID {
	match := func(t string) bool { return t == tag || prefix && strings.HasPrefix(t, tag) }
	var out []event.ID
	for id, m := range r.notes.Marks {
		if slices.ContainsFunc(markTags(m), match) {
			out = append(out, id)
		}
	}
	slices.SortFunc(out, func(a, b event.ID) int { return slices.Compare(a[:], b[:]) })
	return out
}

// Level gives the highest level of a finding that cites the event.
func (r *resolver) Level(id event.ID) string { return r.levels()[id] }

var _ interface {
	query.Resolver
	query.TagIndex
} = (*resolver)(nil)
