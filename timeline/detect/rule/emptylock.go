package rule

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/detect"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// EmptyLock finds empty pid and lock files in /run that everybody may read. A
// real pid file holds digits. Such a file alone is common; one that was born
// within a minute of the start of a process without a file is not.
type EmptyLock struct{}

// Describe tells what the detector is.
func (EmptyLock) Describe() detect.Description {
	return detect.Description{
		Name: "empty-lock", Version: 1,
		Doc:         "an empty pid or lock file in /run, readable by all",
		Technique:   "T1480.002",
		References:  []string{"https://refspecs.linuxfoundation.org/FHS_3.0/fhs/ch03s15.html"},
		Alternative: "a program that uses the file as a lock only, or has not yet written its number",
		Sources:     []string{"file", "process"},
	}
}

// around is how long after a process start its lock file is looked for, ns.
const around = int64(60e9)

// Detect looks at the births of files in /run.
func (d EmptyLock) Detect(ctx context.Context, ev detect.Events, _ detect.Coverage, emit func(claim.Finding) error) error {
	procs, err := processes(ctx, ev)
	if err != nil {
		return err
	}
	var suspects []*process
	for _, p := range procs {
		if !p.self && p.exe != "" && (p.gone() || transient(p.exe)) && p.started.Dated() {
			suspects = append(suspects, p)
		}
	}
	slices.SortFunc(suspects, byPID)
	seen := map[pathOn]bool{}
	for e, err := range ev.Events(ctx, both(source("file"), either(below("/run/"), below("/var/run/")))) {
		if err != nil {
			return fmt.Errorf("read file events: %w", err)
		}
		if !emptyLock(e) {
			continue
		}
		if k := (pathOn{e.Origin.Run, e.Object}); seen[k] {
			continue
		} else {
			seen[k] = true
		}
		if err := emit(d.finding(e, suspects)); err != nil {
			return err
		}
	}
	return nil
}

// emptyLock says whether an event is the birth (or, where the file system has
// none, the change) of an empty, world-readable pid file directly in /run.
func emptyLock(e *event.Event) bool {
	dir, base := path.Split(e.Object)
	if e.Source != "file" || dir != "/run/" && dir != "/var/run/" || !strings.HasSuffix(base, ".pid") && !strings.HasSuffix(base, ".lock") {
		return false
	}
	if field(e, "size") != "0" || !strings.ContainsAny(e.Meaning, "bc") {
		return false
	}
	if k := field(e, "kind"); k != "" && k != "file" {
		return false
	}
	return strings.HasSuffix(field(e, "mode"), "644")
}

func (EmptyLock) finding(e *event.Event, suspects []*process) claim.Finding {
	f := claim.Finding{Host: e.Host, Path: e.Object, Events: []event.ID{e.ID()}, Time: e.Time, Level: claim.Info, Confidence: "low",
		Title: "empty file " + short(e.Object) + " where programs keep the number of their process"}
	if strings.HasSuffix(e.Object, ".pid") {
		f.Level = claim.Low
	}
	for _, p := range suspects {
		if p.key.host != e.Host || p.key.run != e.Origin.Run || e.Time.Latest < p.started.Earliest || e.Time.Earliest-p.started.Latest > around {
			continue
		}
		f.Level, f.Confidence, f.Implant, f.PID = claim.Medium, "medium", p.implant(), p.pid()
		f.Events = append(f.Events, p.events...)
		f.Detail = fmt.Sprintf("born within a minute of the start of process %d, which runs %s", p.pid(), exePath(p.exe))
		break
	}
	return f
}
