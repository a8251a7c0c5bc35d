package rule

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/detect"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// WebShell ranks scripts that hardly anybody asks for: few clients, one kind
// of program, no referring page, mostly POST, a file that was born shortly
// before the first answer. Such a list always has entries; it is an order in
// which to look, and only the best supported make more than an "info".
type WebShell struct{}

// Describe tells what the detector is.
func (WebShell) Describe() detect.Description {
	return detect.Description{
		Name: "web-shell", Version: 1,
		Doc:       "a script that very few clients ask for, ranked by rarity and by the birth of its file",
		Technique: "T1505.003",
		References: []string{
			"https://attack.mitre.org/techniques/T1505/003/",
			"https://httpd.apache.org/docs/2.4/mod/mod_log_config.html",
		},
		Alternative: "a new or seldom used page, a health check, a callback of a partner, or a test by its developer",
		Sources:     []string{"weblog", "file"},
	}
}

// Bounds of the ranking.
const (
	maxPaths      = 100_000 // scripts watched at the same time
	maxPath       = 512     // bytes; longer ones are no files
	maxClients    = 8       // clients told apart per path
	rareClients   = 2       // a rare path has at most so many
	minPaths      = 10      // below so many answered paths rarity means nothing
	maxCandidates = 20      // told per host
	allOfLogs     = 6       // the score of a script of which the logs alone say all that speaks for a web shell
	freshBirth    = int64(3600e9)
)

// page is what the access logs say of one script of one host.
type page struct {
	host         event.HostKey
	path         string
	ok, posts    int
	bare         int          // answered requests without a referring page
	missed       bool         // 4xx before the first answer
	miss         event.Slim   // the last of them
	absent       bool         // 404 or 410 among them: the server found nothing at the path
	gone         event.Slim   // the last of those
	reported     *event.Event // a virus scanner's report of a file that lies at this path
	ips, agents  []string
	first, last  event.Slim // answered requests
	born         *event.Event
	score        int
	why          []string
	clientsOver  bool
	agentsBeyond bool
}

type pageKey struct {
	host event.HostKey
	path string
}

// Detect reads all requests once, and those of the rare scripts again.
func (d WebShell) Detect(ctx context.Context, ev detect.Events, _ detect.Coverage, emit func(claim.Finding) error) error {
	s := &sites{pages: map[pageKey]*page{}, answered: map[event.HostKey]map[string]bool{}, limit: maxPaths, above: ^uint32(0)}
	err := detect.EachSlim(ctx, ev, requests(), requestFields(), func(e *event.Slim) error {
		if e.Source == "weblog" && e.Action == "request" && strings.HasPrefix(e.Values[reqStatus], "2") {
			s.answer(e)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read requests: %w", err)
	}
	return d.rank(ctx, ev, s, emit)
}

// script says whether a path ends in what servers run, not merely send.
func script(p string) bool {
	switch strings.ToLower(path.Ext(p)) {
	case ".php", ".phtml", ".php3", ".php5", ".php7", ".phar", ".jsp", ".jspx", ".jspf", ".do", ".asp", ".aspx", ".ashx", ".asmx", ".cgi", ".pl", ".py", ".cfm", ".sh":
		return true
	}
	return false
}

// static says whether a directory of the path is one where servers keep what
// they send and users what they upload.
func static(p string) bool {
	for _, part := range strings.Split(strings.ToLower(path.Dir(p)), "/") {
		switch part {
		case "upload", "uploads", "files", "images", "img", "static", "css", "js", "cache", "tmp", "temp", "attach", "attachments", "media", "fonts":
			return true
		}
	}
	return false
}

func (d WebShell) rank(ctx context.Context, ev detect.Events, s *sites, emit func(claim.Finding) error) error {
	byHost := map[event.HostKey][]*page{}
	for _, p := range s.pages {
		rare := !p.clientsOver && len(p.ips) <= rareClients
		if rare && len(s.answered[p.host]) >= minPaths {
			slices.Sort(p.ips)
			byHost[p.host] = append(byHost[p.host], p)
		}
	}
	hosts := make([]event.HostKey, 0, len(byHost))
	for h := range byHost {
		hosts = append(hosts, h)
	}
	slices.SortFunc(hosts, func(a, b event.HostKey) int { return slices.Compare(a[:], b[:]) })
	for _, h := range hosts {
		ps := byHost[h]
		for _, p := range ps {
			p.weigh()
		}
		ps = best(ps, 4*maxCandidates)
		if err := s.misses(ctx, ev, ps); err != nil {
			return fmt.Errorf("read requests: %w", err)
		}
		for _, p := range ps {
			switch {
			case p.absent:
				p.add(1, "not found before it was, until "+stamp(p.gone.Time))
			case p.missed:
				p.add(1, "refused before it was answered, until "+stamp(p.miss.Time))
			}
		}
		if err := d.births(ctx, ev, ps); err != nil {
			return err
		}
		if err := reports(ctx, ev, ps); err != nil {
			return err
		}
		for _, p := range best(ps, maxCandidates) {
			if p.score < 4 {
				break
			}
			if err := emit(d.finding(p)); err != nil {
				return err
			}
		}
	}
	return nil
}

func best(ps []*page, n int) []*page {
	slices.SortFunc(ps, func(a, b *page) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.path, b.path)) })
	return ps[:min(n, len(ps))]
}

func (p *page) add(n int, why string) {
	p.score += n
	p.why = append(p.why, why)
}

// weigh counts what the logs alone say.
func (p *page) weigh() {
	if len(p.ips) == 1 {
		p.add(1, "one client")
	}
	if len(p.agents) == 1 && !p.agentsBeyond {
		p.add(1, "one kind of program")
	}
	if 2*p.posts > p.ok {
		p.add(1, fmt.Sprintf("%d of %d answers to POST", p.posts, p.ok))
	}
	if 10*p.bare >= 9*p.ok {
		p.add(1, "no referring page")
	}
	if static(p.path) {
		p.add(1, "a script where files are only sent")
	}
}

// births looks for the file behind each path in the walks of the same host.
func (WebShell) births(ctx context.Context, ev detect.Events, ps []*page) error {
	var kids []*query.Node
	for _, p := range ps {
		if len(p.path) > 4 {
			kids = append(kids, text(p.path))
		}
	}
	if len(kids) == 0 {
		return nil
	}
	for e, err := range ev.Events(ctx, both(source("file"), either(kids...))) {
		if err != nil {
			return fmt.Errorf("read file events: %w", err)
		}
		if e.Source != "file" || !strings.Contains(e.Meaning, "b") || !e.Time.Dated() {
			continue
		}
		for _, p := range ps {
			if p.host == e.Host && p.born == nil && len(p.path) > 4 && strings.HasSuffix(e.Object, p.path) {
				c := *e
				p.born = &c
				if d := p.first.Time.Earliest - e.Time.Instant; e.Time.Instant <= p.first.Time.Latest && d <= freshBirth {
					p.add(3, "the file was born within the hour before its first answer")
				}
			}
		}
	}
	return nil
}

func (WebShell) finding(p *page) claim.Finding {
	f := claim.Finding{Host: p.host, Events: []event.ID{p.first.ID(), p.last.ID()}, Time: p.first.Time, Level: claim.Info, Confidence: "low",
		Title: fmt.Sprintf("script %s is asked for by few clients", short(p.path)),
		Detail: fmt.Sprintf("%s\nanswers: %d, from %s to %s, clients: %s", strings.Join(p.why, ", "), p.ok,
			stamp(p.first.Time), stamp(p.last.Time), strings.Join(p.ips, ", "))}
	if p.score >= 5 {
		f.Level = claim.Low
	}
	if p.reported != nil {
		f.Path = field(p.reported, "path")
		f.Events = append(f.Events, p.reported.ID())
	}
	if p.born != nil {
		f.Path = p.born.Object
		f.Events = append(f.Events, p.born.ID())
	}
	switch {
	case p.score >= 7:
		f.Level, f.Confidence, f.Implant = claim.Medium, "medium", "file:"+f.Path
	case p.score == allOfLogs && f.Path == "":
		f.Implant = "web:" + p.path
		f.Detail += "\nknown from the access logs alone: no file at this path is among the evidence"
		if p.absent {
			f.Events = append(f.Events, p.gone.ID())
		}
	}
	return f
}

// stamp is the stated time of an event in UTC.
func stamp(t event.Time) string {
	if !t.Dated() {
		return "an unknown time"
	}
	return time.Unix(0, t.Instant).UTC().Format(time.RFC3339)
}
