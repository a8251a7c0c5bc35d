package infection

import (
	"context"
	"fmt"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// earlierAndLater looks at the acquisitions that do not show the implant. One
// that read all processes, and all file systems where the implant had a file,
// proves absence.
func (s *subject) earlierAndLater(ctx context.Context, ev Events) error {
	if len(s.acquisitions) < 2 {
		return nil
	}
	dark, err := s.unreadable(ctx, ev)
	if err != nil {
		return err
	}
	shown := map[string]bool{}
	for _, p := range s.present {
		shown[p.run] = shown[p.run] || s.shownBy(p)
	}
	for _, a := range s.acquisitions {
		if shown[a.Run] || a.Processes != "present" && a.Unread == 0 {
			continue
		}
		if !s.sawFiles(a) || !s.knownElsewhere(a, dark, shown) {
			continue
		}
		p, ok, err := s.reading(ctx, ev, a)
		if err != nil {
			return err
		}
		if ok {
			s.absent = append(s.absent, p)
		}
	}
	return nil
}

// unreadable gives, per acquisition, the processes whose executable could not
// be read, by number and start.
func (s *subject) unreadable(ctx context.Context, ev Events) (map[string]map[string]bool, error) {
	out := map[string]map[string]bool{}
	for e, err := range ev.Having(ctx, s.host, "exe_state", []string{"unreadable"}) {
		if err != nil {
			return nil, fmt.Errorf("read processes: %w", err)
		}
		if e.Host != s.host || e.Source != "process" || get(e, "exe_state") != "unreadable" {
			continue
		}
		if out[e.Origin.Run] == nil {
			out[e.Origin.Run] = map[string]bool{}
		}
		out[e.Origin.Run][get(e, "pid")+" "+get(e, "start_ticks")] = true
	}
	return out, nil
}

// knownElsewhere says whether every process that an acquisition could not read
// is accounted for: it ran, and could not be read, in each acquisition that
// shows the implant as well, so it is not what came or went.
func (s *subject) knownElsewhere(a Acquisition, dark map[string]map[string]bool, shown map[string]bool) bool {
	if a.Processes == "present" {
		return true
	}
	if len(dark[a.Run]) != a.Unread {
		return false
	}
	for _, b := range s.acquisitions {
		if !shown[b.Run] {
			continue
		}
		for p := range dark[a.Run] {
			if !dark[b.Run][p] {
				return false
			}
		}
	}
	return true
}

// reading gives the stretch in which an acquisition read the processes, and
// the last event of it as citation.
func (s *subject) reading(ctx context.Context, ev Events, a Acquisition) (proof, bool, error) {
	p := proof{earliest: a.Collected, latest: a.Collected, run: a.Run,
		reason: "the acquisition of this time read all processes and files and shows no sign of it; what a changed kernel hides it cannot tell"}
	if a.Unread > 0 {
		p.reason = fmt.Sprintf("the acquisition of this time read the file systems of its paths and all processes but %d, which could not be read and ran while the implant was shown elsewhere too; there is no sign of it; what a changed kernel hides it cannot tell", a.Unread)
	}
	found := false
	for e, err := range ev.Having(ctx, s.host, "source", []string{"process"}) {
		if err != nil {
			return p, false, fmt.Errorf("read acquisition %q: %w", a.Run, err)
		}
		if e.Origin.Run != a.Run || e.Source != "process" || e.Action != "observed" || e.Time.Latest == event.MaxTime || e.Time.Latest < a.Collected {
			continue
		}
		if !found || e.Time.Latest > p.latest {
			p.latest, p.id = e.Time.Latest, e.ID()
		}
		found = true
	}
	return p, found, nil
}
