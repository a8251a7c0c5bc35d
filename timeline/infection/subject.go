package infection

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// proof is one event that shows the implant present or absent within
// [earliest, latest].
type proof struct {
	earliest, latest int64
	id               event.ID
	run              string
	reason           string
}

// subject is one implant on one host with all that was found about it.
type subject struct {
	host         event.HostKey
	implant      string
	findings     []claim.Finding
	paths        []string // where it ran from or lay
	cited        []*event.Event
	acquisitions []Acquisition

	fileGone  map[string]bool            // runs in which the process ran from a deleted file: a file at its path is another one
	ran       map[string]map[string]bool // run -> device and inode of the files that its processes run from
	walked    map[string]map[string]bool // run -> mount point -> read in full
	steps     []setBack                  // backward steps of the host's clock
	inMemory  bool                       // all its paths lie in memory, which a boot empties
	present   []proof
	atCollect map[string]proof // run -> presence at that acquisition
	absent    []proof          // acquisitions that could have seen it and did not
	boots     []proof          // boots of the host
	created   []proof          // creation of the file system of the path
	unserved  []proof          // answers of a web server that nothing is at the path
	removed   []proof          // removals of the file at the path that are on record as done
}

// subjectsOf groups findings by host and implant and reads what they cite.
func subjectsOf(ctx context.Context, ev Events, fs []claim.Finding) ([]*subject, error) {
	type key struct {
		host    event.HostKey
		implant string
	}
	byKey := map[key]*subject{}
	var out []*subject
	for _, f := range fs {
		if f.Implant == "" {
			continue
		}
		k := key{f.Host, f.Implant}
		s := byKey[k]
		if s == nil {
			s = &subject{host: f.Host, implant: f.Implant, fileGone: map[string]bool{}, ran: map[string]map[string]bool{}, atCollect: map[string]proof{}}
			byKey[k] = s
			out = append(out, s)
		}
		s.findings = append(s.findings, f)
		if p := f.ImplantPath(); p != "" && !slices.Contains(s.paths, p) {
			s.paths = append(s.paths, p)
		}
	}
	for _, s := range out {
		slices.Sort(s.paths)
		seen := map[event.ID]bool{}
		for _, f := range s.findings {
			for _, id := range f.Events {
				if seen[id] {
					continue
				}
				seen[id] = true
				e, ok, err := ev.Get(ctx, id)
				if err != nil {
					return nil, fmt.Errorf("read event %s cited by %s: %w", id, f.Rule, err)
				}
				if ok {
					s.cited = append(s.cited, e)
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b *subject) int {
		return cmp.Or(bytes.Compare(a.host[:], b.host[:]), strings.Compare(a.implant, b.implant))
	})
	return out, nil
}

// gather collects the proofs of presence and absence.
func (s *subject) gather(ctx context.Context, ev Events) error {
	for _, e := range s.cited {
		if e.Source == "process" {
			gone := get(e, "exe_state") == "deleted" || get(e, "exe_state") == "memfd"
			if gone {
				s.fileGone[e.Origin.Run] = true
			} else if ino := get(e, "exe_ino"); ino != "" && s.isPath(get(e, "exe")) && get(e, "exe_dev") != "" {
				if s.ran[e.Origin.Run] == nil {
					s.ran[e.Origin.Run] = map[string]bool{}
				}
				s.ran[e.Origin.Run][get(e, "exe_dev")+":"+ino] = true
			}
		}
	}
	if err := s.readClock(ctx, ev); err != nil {
		return err
	}
	volatile, mount, err := s.volatile(ctx, ev)
	if err != nil {
		return err
	}
	for _, e := range s.cited {
		s.cite(e)
	}
	if err := s.named(ctx, ev); err != nil {
		return err
	}
	s.inMemory = volatile
	if err := s.readBoots(ctx, ev); err != nil {
		return err
	}
	if !s.served() {
		if err := s.onDisk(ctx, ev, volatile, mount); err != nil {
			return err
		}
	}
	slices.SortFunc(s.present, compareProof)
	slices.SortFunc(s.absent, compareProof)
	return nil
}

// onDisk gathers what file systems and other acquisitions say of the paths.
func (s *subject) onDisk(ctx context.Context, ev Events, volatile bool, mount string) error {
	if !volatile {
		if err := s.fileSystem(ctx, ev, mount); err != nil {
			return err
		}
	}
	return s.earlierAndLater(ctx, ev)
}

// served says whether the implant is known as a path of a web server alone: no
// file of it is known, so that neither a boot nor a walk says anything of it.
func (s *subject) served() bool { return strings.HasPrefix(s.implant, "web:") }

func compareProof(a, b proof) int {
	return cmp.Or(cmp.Compare(a.latest, b.latest), cmp.Compare(a.earliest, b.earliest), bytes.Compare(a.id[:], b.id[:]))
}

func get(e *event.Event, name string) string {
	v, _ := e.Get(name)
	return v
}

// at makes a proof from the interval of an event; ok is false when the event
// has no upper bound, for then it proves nothing about when.
func at(e *event.Event, reason string) (proof, bool) {
	if e.Time.Latest == event.MaxTime {
		return proof{}, false
	}
	return proof{earliest: e.Time.Earliest, latest: e.Time.Latest, id: e.ID(), run: e.Origin.Run, reason: reason}, true
}

func (s *subject) seen(e *event.Event, reason string) {
	p, ok := at(e, reason)
	if !ok {
		return
	}
	if e.Source != "process" && e.Source != "socket" { // of these the collector's own clock tells the time
		p = s.stamped(p)
	}
	s.present = append(s.present, p)
}

// seenAtCollection takes a state that the collector read from the kernel.
func (s *subject) seenAtCollection(e *event.Event, reason string) {
	p, ok := at(e, reason)
	if !ok {
		return
	}
	s.present = append(s.present, p)
	if old, ok := s.atCollect[p.run]; !ok || p.latest > old.latest {
		s.atCollect[p.run] = p
	}
}

// cite turns an event that a finding cites into a proof of presence.
func (s *subject) cite(e *event.Event) {
	pid := get(e, "pid")
	if born, err := time.Parse(time.RFC3339Nano, get(e, "exe_born")); err == nil && e.Source == "process" && s.isPath(strings.TrimSuffix(get(e, "exe"), " (deleted)")) {
		s.present = append(s.present, s.stamped(proof{earliest: born.UnixNano(), latest: born.UnixNano(), id: e.ID(), run: e.Origin.Run,
			reason: "the file that process " + pid + " runs was born then, by its file system, read through the process"}))
	}
	switch {
	case e.Source == "process" && e.Action == "running":
		s.seen(e, "process "+pid+" had started by then (start time of the kernel)")
	case e.Source == "process" && e.Action == "observed":
		s.seenAtCollection(e, "process "+pid+" was running when the collector read it")
	case e.Source == "weblog" && (get(e, "status") == "404" || get(e, "status") == "410"):
		if p, ok := at(e, "the server answered "+get(e, "status")+" for this path then: it served nothing there; a file that was there and not reachable would have given the same"); ok {
			s.unserved = append(s.unserved, p)
		}
	case e.Source == "weblog":
		s.seen(e, "a request to it was answered")
	case e.Source == "socket":
		s.seenAtCollection(e, "the socket with its filter was open when the collector read it")
	}
}

// isPath says whether p is one of the implant's paths.
func (s *subject) isPath(p string) bool {
	return p != "" && slices.Contains(s.paths, path.Clean(p))
}

// filePaths gives the paths that a directory could hold.
func (s *subject) filePaths() []string {
	var out []string
	for _, p := range s.paths {
		if strings.HasPrefix(p, "/") && !strings.HasPrefix(p, "/memfd:") {
			out = append(out, p)
		}
	}
	return out
}

func (s *subject) lastCollected() int64 {
	if n := len(s.acquisitions); n > 0 {
		return s.acquisitions[n-1].Collected
	}
	return 0
}
