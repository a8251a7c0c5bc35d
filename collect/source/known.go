package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

func known() collect.Source { return knownSource{} }

// knownSource looks for files whose hashes the user gave.
type knownSource struct{}

// Describe implements collect.Source.
func (knownSource) Describe() collect.Description {
	return collect.Description{
		Name: "known",
		Doc: "running programs, and files where anybody may write, whose SHA-256 is in the list of --hashes: every match is a record and is printed. " +
			"With the profile full also the directories of programs; a sweep hashes 256 MiB of each place, executables first. Without --hashes nothing is read.",
		Effects:    "reads every running program once, mostly from the page cache where it already is",
		References: []string{"proc(5) exe", "sha256sum(1) for the form of the list"},
		Group:      collect.GroupExe,
		MinKernel:  "3.10",
		Root:       true,
		Profiles:   []string{collect.ProfileSweep, collect.ProfileTriage, collect.ProfileFull},
	}
}

const (
	runningTarget = "running programs"
	knownFile     = 256 << 20 // bytes of a file that is hashed
	// knownSweep is the most that a sweep hashes of one item: it must end within
	// seconds on a host whose /tmp holds gigabytes. Executables come first.
	knownSweep = 256 << 20
)

// Plan implements collect.Source.
func (knownSource) Plan(_ context.Context, env *collect.Env) (items []bundle.PlanItem, err error) {
	if len(env.Hashes) == 0 {
		return nil, nil
	}
	if env.Host.Proc() != nil {
		items = append(items, bundle.PlanItem{Target: runningTarget, Bytes: -1})
	}
	dirs := []string{"/dev/shm", "/tmp", "/var/tmp", "/run"}
	if env.Profile == collect.ProfileFull {
		dirs = append(dirs, "/usr/bin", "/usr/sbin", "/usr/local", "/bin", "/sbin", "/opt", "/root", "/home", "/var/www", "/usr/libexec", "/lib/udev")
	}
	seen := map[[2]uint64]bool{}
	for _, d := range dirs {
		f, err := env.Host.Stat(d)
		if err != nil || kind(f) != modeDir || seen[[2]uint64{f.Dev, f.Ino}] {
			continue
		}
		seen[[2]uint64{f.Dev, f.Ino}] = true
		items = append(items, bundle.PlanItem{Target: d + "/", Bytes: -1})
	}
	return items, nil
}

// knownMatch is the record of one match.
type knownMatch struct {
	Type   string       `json:"t"` // "known"
	At     int64        `json:"at"`
	PID    int          `json:"pid,omitempty"`
	File   *record.File `json:"file"`
	SHA256 string       `json:"sha256"`
	Name   string       `json:"name"` // what the list calls it
}

// Collect implements collect.Source.
func (knownSource) Collect(ctx context.Context, env *collect.Env, item bundle.PlanItem) (bundle.Outcome, error) {
	k := &knower{ctx: ctx, env: env, seen: map[[2]uint64]bool{}}
	var err error
	if item.Target == runningTarget {
		err = k.running()
	} else {
		err = k.files(strings.TrimSuffix(string(collect.Unescape(item.Target)), "/"))
	}
	if k.stream != nil {
		if _, _, cerr := k.stream.Close(); cerr != nil && err == nil {
			err = fmt.Errorf("match records: %w", cerr)
		}
	}
	return k.outcome(), err
}

// knower compares files with the list.
type knower struct {
	ctx     context.Context
	env     *collect.Env
	seen    map[[2]uint64]bool // inodes already looked at
	stream  collect.RecordStream
	matches []string
	done    int
	bytes   int64  // hashed
	over    int    // left out beyond knownSweep
	left    int    // too large, or gone
	refused int    // could not be read
	errno   string // the first reason
}

func (k *knower) running() error {
	proc := k.env.Host.Proc()
	pids, err := proc.PIDs()
	if err != nil {
		return fmt.Errorf("running programs: %w", err)
	}
	for _, pid := range pids {
		name := bodyOf(proc, pid).dir + "/exe"
		target, err := proc.Readlink(name)
		if err != nil {
			k.miss(err) // kernel threads have none
			continue
		}
		f, err := proc.Stat(name)
		if err != nil {
			k.miss(err)
			continue
		}
		f.Path = record.Bytes(target)
		if err := k.look(pid, f, func() (host.File, error) { return proc.Open(name) }); err != nil {
			return err
		}
	}
	return nil
}

func (k *knower) miss(err error) {
	switch e := host.ErrnoName(err); e {
	case "ENOENT", "ESRCH":
		k.left++
	default:
		if k.refused++; k.errno == "" {
			k.errno = e
		}
	}
}

func (k *knower) files(dir string) error {
	if k.env.Profile != collect.ProfileSweep {
		return k.walk(dir, func(record.File) bool { return true })
	}
	for _, executable := range []bool{true, false} {
		if err := k.walk(dir, func(f record.File) bool { return (f.Mode&0o111 != 0) == executable }); err != nil {
			return err
		}
	}
	return nil
}

// walk hashes the files below a directory that fn wants.
func (k *knower) walk(dir string, fn func(record.File) bool) error {
	var failed error
	w := treeWalk{env: k.env}
	w.visit = func(path string, f record.File, _ bool) bool {
		if !fn(f) {
			return true
		}
		f.Path = record.Bytes(path)
		failed = k.look(0, f, func() (host.File, error) { return k.env.Host.Open(path) })
		return failed == nil
	}
	w.denied = func(_ string, err error) { k.miss(err) }
	w.walk(dir)
	return failed
}

// look hashes one file and records a match.
func (k *knower) look(pid int, f record.File, open func() (host.File, error)) error {
	if err := k.env.Throttle(k.ctx, 0); err != nil {
		return err
	}
	key := [2]uint64{f.Dev, f.Ino}
	if k.seen[key] {
		return nil
	}
	k.seen[key] = true
	switch {
	case f.Size > knownFile:
		k.left++
		return nil
	case k.env.Profile == collect.ProfileSweep && k.bytes+f.Size > knownSweep:
		k.over++
		return nil
	}
	k.bytes += f.Size
	r, err := open()
	if err != nil {
		k.miss(err)
		return nil
	}
	defer r.Close()
	s := sha256.New()
	if _, err := io.Copy(s, io.LimitReader(throttled{ctx: k.ctx, env: k.env, r: r}, knownFile)); err != nil {
		k.miss(err)
		return context.Cause(k.ctx)
	}
	k.done++
	sum := hex.EncodeToString(s.Sum(nil))
	name, ok := k.env.Hashes[sum]
	if !ok {
		return nil
	}
	return k.match(knownMatch{Type: "known", At: time.Now().UnixNano(), PID: pid, File: &f, SHA256: sum, Name: name})
}

func (k *knower) match(m knownMatch) error {
	if k.stream == nil {
		var err error
		if k.stream, err = k.env.Out.Records(bundle.Exhibit{Source: "known", Method: "open, read, SHA-256"}); err != nil {
			return fmt.Errorf("match records: %w", err)
		}
	}
	if len(k.matches) < 1000 {
		text := collect.Escape(m.File.Path)
		if m.PID != 0 {
			text = fmt.Sprintf("%s of process %d", text, m.PID)
		}
		k.matches = append(k.matches, fmt.Sprintf("%s%s is %s", collect.FlagMatch, text, collect.Escape([]byte(m.Name))))
	}
	if err := k.stream.Record(m); err != nil {
		return fmt.Errorf("match records: %w", err)
	}
	return nil
}

func (k *knower) outcome() bundle.Outcome {
	o := bundle.Outcome{Outcome: bundle.Collected, Flags: k.matches, Reason: fmt.Sprintf("%d files hashed, %d match", k.done, len(k.matches))}
	if k.left > 0 {
		o.Reason += fmt.Sprintf(", %d too large or gone", k.left)
	}
	if k.over > 0 {
		o.Outcome, o.Cap = bundle.Partial, knownSweep
		o.Reason += fmt.Sprintf(", %d left out beyond the first %d bytes of a sweep", k.over, int64(knownSweep))
	}
	if k.refused > 0 {
		o.Outcome, o.Errno = bundle.Partial, k.errno
		o.Reason += fmt.Sprintf(", %d could not be read", k.refused)
	}
	return o
}
