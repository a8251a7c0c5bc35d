package rule

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/detect"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// sites is what is known of all hosts while requests are read.
type sites struct {
	pages    map[pageKey]*page
	answered map[event.HostKey]map[string]bool // minPaths paths at most
	limit    int
	above    uint32 // paths whose hash lies above are not watched: a flood of names is thinned, whatever the order
}

// The fields of a request, in the order in which they are read.
const (
	reqPath = iota
	reqStatus
	reqMethod
	reqReferer
	reqIP
	reqAgent
)

func requestFields() []string { return []string{"path", "status", "method", "referer", "ip", "agent"} }

func requests(kids ...*query.Node) *query.Node {
	return both(append([]*query.Node{source("weblog"), term("action", "request")}, kids...)...)
}

// answer counts an answered request.
func (s *sites) answer(e *event.Slim) {
	p := e.Values[reqPath]
	if p == "" || len(p) > maxPath {
		return
	}
	if a := s.answered[e.Host]; len(a) < minPaths && !a[p] {
		if a == nil {
			a = map[string]bool{}
			s.answered[e.Host] = a
		}
		a[strings.Clone(p)] = true
	}
	if !script(p) {
		return
	}
	pg := s.pages[pageKey{e.Host, p}]
	if pg == nil {
		if pathHash(p) > s.above {
			return
		}
		pg = &page{host: e.Host, path: strings.Clone(p), first: e.Kept(), last: e.Kept()}
		s.pages[pageKey{e.Host, pg.path}] = pg
		if len(s.pages) > s.limit {
			s.thin()
		}
	}
	pg.see(e)
}

// thin forgets half of the paths, and does not watch them from now on.
func (s *sites) thin() {
	s.above /= 2
	for k := range s.pages {
		if pathHash(k.path) > s.above {
			delete(s.pages, k)
		}
	}
}

func pathHash(p string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(p))
	return h.Sum32()
}

// see counts an answered request.
func (p *page) see(e *event.Slim) {
	p.ok++
	if e.Before(&p.first) {
		p.first = e.Kept()
	}
	if p.last.Before(e) {
		p.last = e.Kept()
	}
	if e.Values[reqMethod] == "POST" {
		p.posts++
	}
	if r := e.Values[reqReferer]; r == "" || r == "-" {
		p.bare++
	}
	p.ips, p.clientsOver = distinct(p.ips, e.Values[reqIP], p.clientsOver)
	p.agents, p.agentsBeyond = distinct(p.agents, e.Values[reqAgent], p.agentsBeyond)
}

// distinct keeps the first few different values; which they are counts only
// while there are no more.
func distinct(set []string, v string, over bool) ([]string, bool) {
	if over || slices.Contains(set, v) {
		return set, over
	}
	if len(set) == maxClients {
		return set, true
	}
	return append(set, strings.Clone(v)), false
}

// misses finds out which of the scripts were asked for before they were there.
func (s *sites) misses(ctx context.Context, ev detect.Events, ps []*page) error {
	var kids []*query.Node
	for _, p := range ps {
		kids = append(kids, term("path", p.path))
	}
	return detect.EachSlim(ctx, ev, requests(either(kids...)), requestFields(), func(e *event.Slim) error {
		p := s.pages[pageKey{e.Host, e.Values[reqPath]}]
		if p != nil && e.Source == "weblog" && strings.HasPrefix(e.Values[reqStatus], "4") && e.Before(&p.first) {
			if !p.missed || p.miss.Before(e) {
				p.miss = e.Kept()
			}
			p.missed = true
			if st := e.Values[reqStatus]; (st == "404" || st == "410") && (!p.absent || p.gone.Before(e)) {
				p.gone, p.absent = e.Kept(), true
			}
		}
		return nil
	})
}

// reports looks for what virus scanners told of files that lie where a rare
// script does. Only of one that was not found before it was answered the
// requests speak of the file that was reported: another may have been changed
// long after its first answer.
func reports(ctx context.Context, ev detect.Events, ps []*page) error {
	for e, err := range ev.Events(ctx, term("action", "found")) {
		if err != nil {
			return fmt.Errorf("read reports of scanners: %w", err)
		}
		file := field(e, "path")
		if e.Action != "found" || e.Parser != "clamav" || !strings.HasPrefix(file, "/") || !runsHere(field(e, "signature")) {
			continue
		}
		for _, p := range ps {
			if p.host == e.Host && p.missed && p.reported == nil && strings.Count(p.path, "/") > 1 && strings.HasSuffix(file, p.path) {
				c := *e
				p.reported = &c
				p.add(3, "a virus scanner reported a file at this path")
			}
		}
	}
	return nil
}
