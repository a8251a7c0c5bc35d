package timeline

import (
	"slices"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// exhibitKey names an exhibit of the case.
type exhibitKey struct {
	run string
	n   uint32
}

// strays gives the exhibits that the named collect sources took. Files from
// directories where anybody may write can look like logs of the host, and are
// copies at best: a copied auth.log in /tmp neither proves that the host logged
// nor what an account did.
func (s *snapshot) strays(sources ...string) map[exhibitKey]string {
	out := map[exhibitKey]string{}
	for _, b := range s.r.Bundles() {
		for _, x := range b.Exhibits {
			if x.Events > 0 && slices.Contains(sources, x.Source) {
				out[exhibitKey{b.Run, x.Number}] = x.Name
			}
		}
	}
	return out
}

func strayed(strays map[exhibitKey]string, o event.Origin) bool {
	_, ok := strays[exhibitKey{o.Run, o.Exhibit}]
	return ok
}

// maxStrays bounds how many exhibits one question leaves out by name.
const maxStrays = 512

// without asks for the same events outside of the strays.
func without(q *query.Node, strays map[exhibitKey]string) *query.Node {
	if len(strays) == 0 || len(strays) > maxStrays {
		return q
	}
	var names []string
	for _, name := range strays {
		names = append(names, name)
	}
	slices.Sort(names)
	var kids []*query.Node
	for _, name := range slices.Compact(names) {
		kids = append(kids, equal("exhibit", name))
	}
	if q == nil {
		return except(kids)
	}
	return &query.Node{Op: query.And, Kids: []*query.Node{q, except(kids)}}
}
