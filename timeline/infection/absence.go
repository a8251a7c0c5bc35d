package infection

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// volatile says whether all paths of the implant lie in memory, which every
// boot empties, and else gives the mount point that holds the first path.
func (s *subject) volatile(ctx context.Context, ev Events) (bool, string, error) {
	paths := s.filePaths()
	if s.served() {
		return false, "", nil
	}
	if len(paths) == 0 {
		return true, "", nil // memory files, or a process of which no file is known
	}
	types := map[string]string{"/dev/shm": "tmpfs", "/run": "tmpfs", "/dev": "devtmpfs"}
	s.walked = map[string]map[string]bool{}
	for e, err := range ev.Having(ctx, s.host, "source", []string{"mount"}) {
		if err != nil {
			return false, "", fmt.Errorf("read mounts: %w", err)
		}
		if t := get(e, "fstype"); e.Host == s.host && e.Source == "mount" && t != "" {
			types[e.Object] = t
			if s.walked[e.Origin.Run] == nil {
				s.walked[e.Origin.Run] = map[string]bool{}
			}
			if get(e, "walked") == "true" && get(e, "denied") == "0" {
				s.walked[e.Origin.Run][e.Object] = true // the mount that paths lead to; one below it cannot be walked
			} else if _, known := s.walked[e.Origin.Run][e.Object]; !known {
				s.walked[e.Origin.Run][e.Object] = false
			}
		}
	}
	mount := ""
	for _, p := range paths {
		m := mountOf(p, types)
		if !inMemory(types[m]) {
			return false, m, nil
		}
		mount = m
	}
	return true, mount, nil
}

// below says whether path p lies at or below dir.
func below(p, dir string) bool {
	return p == dir || strings.HasPrefix(p, strings.TrimSuffix(dir, "/")+"/")
}

// mountOf gives the mount point that holds p.
func mountOf(p string, types map[string]string) string {
	best := "/"
	for m := range types {
		if below(p, m) && len(m) > len(best) {
			best = m
		}
	}
	return best
}

func inMemory(fstype string) bool {
	return fstype == "tmpfs" || fstype == "devtmpfs" || fstype == "ramfs"
}

// readBoots takes the boots of the host: each began with empty memory.
func (s *subject) readBoots(ctx context.Context, ev Events) error {
	for e, err := range ev.Having(ctx, s.host, "action", []string{"boot"}) {
		if err != nil {
			return fmt.Errorf("read boots: %w", err)
		}
		margin, ok := bootMargin(e)
		if e.Host != s.host || e.Action != "boot" || !e.Time.Dated() || !ok {
			continue
		}
		if p, ok := at(e, "the host booted then ("+e.Source+"), and this boot began with empty memory; it says nothing of an earlier copy"); ok {
			if p.earliest > event.MinTime+margin {
				p.earliest -= margin
			}
			s.boots = append(s.boots, s.stamped(p))
		}
	}
	return s.clockBoots(ctx, ev)
}

// clockBoots takes the boots that the collector's clock readings give: wall
// clock minus time since boot, by the first reading of each acquisition.
func (s *subject) clockBoots(ctx context.Context, ev Events) error {
	for e, err := range ev.Having(ctx, s.host, "source", []string{"clock"}) {
		if err != nil {
			return fmt.Errorf("read clocks: %w", err)
		}
		if e.Host != s.host || e.Source != "clock" || get(e, "when") != "start" {
			continue
		}
		boot, err := strconv.ParseInt(get(e, "boot"), 10, 64)
		if err != nil || !e.Time.Dated() || boot > e.Time.Instant {
			continue
		}
		s.boots = append(s.boots, proof{earliest: boot, latest: boot, id: e.ID(), run: e.Origin.Run,
			reason: "by its clocks at the acquisition the host booted then, and this boot began with empty memory; it says nothing of an earlier copy"})
	}
	return nil
}

// bootMargin says how long before its stamp a boot record's boot may have
// begun, and whether it is one to rely on: login records state the start of
// the kernel; the journal and the kernel log begin a little later; "startup
// finished" and the like say too little.
func bootMargin(e *event.Event) (ns int64, ok bool) {
	switch {
	case e.Source == "wtmp" || e.Source == "utmp":
		return 0, true
	case e.Parser == "journal" || e.Parser == "kernel":
		return 60e9, true
	}
	return 0, false
}

// fileSystem takes the creation of the file system that holds the path: the
// birth of its root or of lost+found.
func (s *subject) fileSystem(ctx context.Context, ev Events, mount string) error {
	roots := []string{mount, strings.TrimSuffix(mount, "/") + "/lost+found"}
	for e, err := range ev.Having(ctx, s.host, "object", roots) {
		if err != nil {
			return fmt.Errorf("read file system creation: %w", err)
		}
		if e.Source != "file" || e.Host != s.host || (e.Object != roots[0] && e.Object != roots[1]) || !strings.Contains(e.Meaning, "b") || !e.Time.Dated() {
			continue
		}
		if p, ok := at(e, "the file system that holds the path was created then ("+e.Object+" was born); it says nothing of a copy elsewhere"); ok {
			s.created = append(s.created, p)
		}
	}
	return nil
}

// sawFiles says whether an acquisition read the file systems that hold the
// implant's paths in full: by its mount table where it has one, else by its
// outcomes.
func (s *subject) sawFiles(a Acquisition) bool {
	mounts := s.walked[a.Run]
	for _, p := range s.filePaths() {
		if mounts == nil {
			return a.Files == "present"
		}
		point := "/"
		for m := range mounts {
			if below(p, m) && len(m) > len(point) {
				point = m
			}
		}
		if !mounts[point] {
			return false
		}
	}
	return true
}

// shownBy says whether a proof is a state that its own acquisition read: a log
// line that was collected later says nothing about the day of the collection.
func (s *subject) shownBy(p proof) bool {
	_, ok := s.atCollect[p.run]
	return ok
}
