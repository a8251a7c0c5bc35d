package timeline

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// Alike is a group of keys that may stand for one host. Nothing is joined by
// it: that is a decision, which case.toml records.
type Alike struct {
	Name  string // the hostname they share, or the last one that a bundle states
	Keys  []event.HostKey
	Shown []string // what each key is called, in the order of Keys
	Why   string   // what speaks for one host, and what else it may be
}

const (
	whySameMachine = "the same machine-id under several hostnames: a host that was renamed, or copies of one image"
	whyOtherOne    = "the same hostname with other machine-ids: a host that was installed anew or replaced, or several machines of that name"
	whyPlain       = "the same hostname: logs that came as plain files, or that another host holds, stand apart from the bundle of the host"
)

// maxAlike is up to how many hosts are compared: beyond it most are names that
// a loghost's lines give.
const maxAlike = 100_000

// Alike gives the keys that may stand for one host and that case.toml does not
// join: infections and sightings look at each of them alone.
func (c *Case) Alike(ctx context.Context) ([]Alike, error) {
	hosts, err := c.Hosts(ctx)
	if err != nil || len(hosts) > maxAlike {
		return nil, err
	}
	bs, err := c.Bundles(ctx)
	if err != nil {
		return nil, err
	}
	lines, err := c.belonging()
	if err != nil {
		return nil, err
	}
	machine := map[string]string{}
	for _, l := range lines {
		machine[l.Run] = l.Machine
	}
	byMachine, byName := map[string][]event.HostKey{}, map[string][]event.HostKey{}
	type mark struct {
		of string
		k  event.HostKey
	}
	seen := map[mark]bool{}
	add := func(m map[string][]event.HostKey, kind, by string, k event.HostKey) {
		if x := (mark{kind + by, k}); by != "" && !seen[x] {
			seen[x] = true
			m[by] = append(m[by], k)
		}
	}
	stated, called := map[event.HostKey]bool{}, map[string]string{} // keys with a machine-id; the last hostname of a machine-id
	for _, b := range bs {
		k := c.canonical(b.Host)
		if id := machine[b.Run]; id != "" {
			add(byMachine, "id ", id, k)
			stated[k], called[id] = true, b.Hostname
		}
		add(byName, "name ", plainName(b.Hostname), k)
	}
	for _, h := range hosts {
		if len(h.Bundles) == 0 { // only lines name it
			add(byName, "name ", plainName(unmarked(h.Name, h.Key)), h.Key)
		}
	}
	delete(byName, "localhost")
	var out []Alike
	for id, keys := range byMachine {
		if len(keys) > 1 {
			out = append(out, c.alike(called[id], keys, whySameMachine))
		}
	}
	for name, keys := range byName {
		if len(keys) < 2 || slices.ContainsFunc(out, func(a Alike) bool {
			return !slices.ContainsFunc(keys, func(k event.HostKey) bool { return !slices.Contains(a.Keys, k) })
		}) {
			continue
		}
		why := whyPlain
		if !slices.ContainsFunc(keys, func(k event.HostKey) bool { return !stated[k] }) {
			why = whyOtherOne
		}
		out = append(out, c.alike(name, keys, why))
	}
	slices.SortFunc(out, func(a, b Alike) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Why, b.Why)) })
	return out, nil
}

func (c *Case) alike(name string, keys []event.HostKey, why string) Alike {
	slices.SortFunc(keys, func(a, b event.HostKey) int { return slices.Compare(a[:], b[:]) })
	a := Alike{Name: name, Keys: keys, Why: why}
	for _, k := range keys {
		a.Shown = append(a.Shown, c.HostName(k))
	}
	return a
}

// plainName is a hostname without its domain, in small letters: lines bear the
// short form, and bundles either. Addresses stay whole.
func plainName(name string) string {
	name = strings.ToLower(name)
	if short, _, ok := strings.Cut(name, "."); ok && strings.Trim(short, "0123456789") != "" {
		return short
	}
	return name
}

// unmarked takes off what is added to a name that two keys share.
func unmarked(name string, k event.HostKey) string {
	return strings.TrimSuffix(name, "~"+k.String()[:4])
}
