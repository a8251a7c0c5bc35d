package store

import (
	"crypto/sha256"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// term answers field:value from the indexes.
func (sp *segPlan) term(n *pnode) (sets, error) {
	switch n.Field {
	case "source":
		return sp.indexed(n, kindSource)
	case "parser":
		return sp.indexed(n, kindParser)
	case "actor":
		return sp.indexed(n, kindActor)
	case "action":
		return sp.indexed(n, kindAction)
	case "meaning":
		return sp.indexed(n, kindMeaning)
	case "bundle":
		return sp.indexed(n, kindBundle)
	case "host":
		return sp.host(n)
	case "held_by":
		return perhaps(sp.all), nil
	case "exhibit":
		return sp.exhibit(n)
	case "path":
		return sp.path(n)
	case "tag":
		return sp.tag(n)
	case "level":
		return sp.level(n), nil
	case "id":
		return sp.id(n)
	case "ip":
		rows, err := sp.fieldRows(query.IPName)
		return perhaps(rows), err
	case "object":
		if n.Prefix || n.Value == "" {
			return perhaps(sp.all), nil
		}
		rows, err := sp.fieldBlocks(sp.all, []string{"object"}, n.Value)
		return perhaps(rows), err
	case "message":
		return perhaps(sp.all), nil
	}
	rows, err := sp.s.exact(kindField, cutTerm(n.Field))
	if err != nil || n.Prefix {
		return perhaps(rows), err
	}
	rows, err = sp.fieldBlocks(rows, []string{n.Field}, n.Value)
	return perhaps(rows), err
}

// setHosts keeps the hosts that a term stands for.
func (n *pnode) setHosts(keys []event.HostKey) {
	if !slices.IsSortedFunc(keys, compareHosts) {
		keys = slices.SortedFunc(slices.Values(keys), compareHosts)
	}
	n.hosts = keys
	if len(keys) > manyHosts {
		h := sha256.New()
		for i := range keys {
			h.Write(keys[i][:])
		}
		n.hostSum = string(h.Sum(nil))
	}
}

func compareHosts(a, b event.HostKey) int { return cmp64(hostNumber(a), hostNumber(b)) }

// isHost says whether a term stands for a host.
func (n *pnode) isHost(k event.HostKey) bool {
	_, ok := slices.BinarySearchFunc(n.hosts, k, compareHosts)
	return ok
}

// hostRows gives the rows of many hosts, which are ascending, as terms are.
func (s *segment) hostRows(hosts []event.HostKey) (*roaring.Bitmap, error) {
	g := gatherer{postings: postings{s: s}, whole: roaring.New()}
	err := s.eachTerm(kindHost, string(hosts[0][:]), func(e *termEntry) (bool, error) {
		if len(e.term) != 8 {
			return true, nil
		}
		at, ok := slices.BinarySearchFunc(hosts, event.HostKey([]byte(e.term)), compareHosts)
		if hosts = hosts[at:]; !ok {
			return len(hosts) > 0, nil
		}
		return true, g.add(e)
	})
	return g.all(), err
}

// manyHosts is from how many hosts of a term on the index is read through.
const manyHosts = 256

func (sp *segPlan) host(n *pnode) (sets, error) {
	if len(n.hosts) > manyHosts {
		rows, err := sp.s.terms.get(termName{kindHost, n.hostSum, 1}, func() (*roaring.Bitmap, error) { return sp.s.hostRows(n.hosts) })
		return exactly(rows), err
	}
	bm := roaring.New()
	for _, k := range n.hosts {
		rows, err := sp.s.exact(kindHost, string(k[:]))
		if err != nil {
			return sets{}, err
		}
		bm.Or(rows)
	}
	return exactly(bm), nil
}

func (sp *segPlan) exhibit(n *pnode) (sets, error) {
	bm := roaring.New()
	for i := range sp.s.man.tab.exhibits {
		if !matchExhibit(n.Node, &sp.s.man.tab.exhibits[i]) {
			continue
		}
		rows, err := sp.s.exact(kindExhibit, be32(uint32(i)))
		if err != nil {
			return sets{}, err
		}
		bm.Or(rows)
	}
	return exactly(bm), nil
}

func (sp *segPlan) level(n *pnode) sets {
	bm := roaring.New()
	for l, rows := range sp.s.levels {
		if query.MatchValue(n.Node, string(l)) {
			bm.Or(rows)
		}
	}
	return exactly(bm)
}

func (sp *segPlan) id(n *pnode) (sets, error) {
	if n.Prefix {
		return perhaps(sp.all), nil
	}
	return exactly(n.placed(sp.s)), nil
}

func (sp *segPlan) tag(n *pnode) (sets, error) {
	r, err := sp.indexed(n, kindTag)
	if err != nil {
		return r, err
	}
	known := roaring.New()
	for t, rows := range sp.s.tags {
		if query.MatchValue(n.Node, t) {
			known.Or(rows)
		}
	}
	if sp.p.res != nil && !n.tagged {
		return sets{must: roaring.Or(r.must, known), may: sp.all}, nil
	}
	known.Or(n.placed(sp.s))
	if r.must == r.may {
		return exactly(roaring.Or(r.may, known)), nil
	}
	return sets{must: roaring.Or(r.must, known), may: roaring.Or(r.may, known)}, nil
}

// resolveBlocks is how many blocks of a segment a time filter reads at once to
// become exact.
const resolveBlocks = 16

// time answers an interval from what the manifest says of each block, and
// reads the times of the few blocks at its edges.
func (sp *segPlan) time(n *pnode) (sets, error) {
	s := sp.s
	must, may := roaring.New(), roaring.New()
	var edges []int
	for i := range s.man.blocks {
		yes, no := s.judge(n.Node, i)
		if no {
			continue
		}
		from, to := uint64(s.man.starts[i]), uint64(s.man.starts[i+1])
		may.AddRange(from, to)
		if yes {
			must.AddRange(from, to)
		} else {
			edges = append(edges, i)
		}
	}
	if len(edges) == 0 {
		return exactly(may), nil
	}
	if len(edges) > resolveBlocks {
		return sets{must: must, may: may}, nil
	}
	for _, i := range edges {
		b, err := s.block(i, true)
		if err != nil {
			return sets{}, err
		}
		t, err := b.time()
		if err != nil {
			return sets{}, err
		}
		for j := range t.keys {
			if query.MatchTime(n.Node, event.Time{Earliest: t.earliest(j), Latest: t.latest(j)}) {
				must.Add(uint32(s.man.starts[i] + j))
			}
		}
	}
	return exactly(must), nil
}

// judge says whether all rows of a block match a time node, or none.
func (s *segment) judge(n *query.Node, block int) (all, none bool) {
	if s.man.drawer == undated {
		yes := query.MatchTime(n, event.Time{Earliest: event.MinTime, Latest: event.MaxTime})
		return yes, !yes
	}
	b := &s.man.blocks[block]
	first, last := b.first, s.man.lastKey(block)
	if b.before > unboundedSide || b.after > unboundedSide {
		return false, false // an interval that does not hold its instant
	}
	low, high := subSat(first, b.before), addSat(last, b.after)
	if n.Sure {
		return low >= n.From && high <= n.To, last < n.From || first > n.To
	}
	return first >= n.From && last <= n.To, high < n.From || low > n.To
}

func subSat(t int64, d uint64) int64 {
	if d > uint64(t)+1<<63 { // t - MinTime
		return event.MinTime
	}
	return int64(uint64(t) - d)
}

func addSat(t int64, d uint64) int64 {
	if d > uint64(event.MaxTime)-uint64(t) {
		return event.MaxTime
	}
	return int64(uint64(t) + d)
}
