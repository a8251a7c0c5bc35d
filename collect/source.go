package collect

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// Group orders sources by volatility: lower groups run first.
type Group int

// The groups, in order of volatility.
const (
	GroupClock    Group = 10
	GroupVolatile Group = 20 // sockets, filters, processes, eBPF
	GroupKernel   Group = 30
	GroupMemory   Group = 40
	GroupAgain    Group = 45 // the second volatile pass, behind a RAM image
	GroupExe      Group = 50 // executables of running code
	GroupLogs     Group = 60
	GroupConfig   Group = 70 // cron, units, histories
	GroupWalk     Group = 80
)

// Description is the one description of a source: `saksi-collect sources`,
// README tables and plans are made from it.
type Description struct {
	Name       string // short, lower case
	Doc        string // what it reads and why
	Effects    string // known effects on the host: page cache, audit records, memory
	References []string
	Group      Group
	Turn       int    // place within the group, lower first; those of one turn keep the order of the list
	MinKernel  string // "3.10"; what happens below it is in Fallback
	Fallback   string
	Root       bool     // needs root to see everything
	LiveOnly   bool     // has nothing to read in a mounted tree
	Profiles   []string // sweep, triage, full
	// Again says that the source runs once more right behind a RAM image,
	// which takes minutes: its items then bracket what the image shows.
	Again bool
}

// Source acquires one artifact from a host.
type Source interface {
	Describe() Description
	// Plan lists what it will take, without reading content. Each item ends
	// in exactly one outcome. Item numbers are given by the runner.
	Plan(ctx context.Context, env *Env) ([]bundle.PlanItem, error)
	// Collect takes one planned item into the bundle and says how it ended.
	// An error return becomes the outcome Failed.
	Collect(ctx context.Context, env *Env, item bundle.PlanItem) (bundle.Outcome, error)
}

// Env is what a source works with.
type Env struct {
	Host    host.Host
	Out     Output
	Since   time.Time // zero: no bound
	Profile string
	Paths   []string          // what the user asked for besides (--paths)
	NTP     []string          // time servers to ask (--ntp)
	Hashes  map[string]string // SHA-256 in lower-case hex -> name, to look for (--hashes)
	RAM     RAM               // bounds of the source "memory"
	// Again says that this is the second volatile pass (Description.Again).
	Again bool
	Stall time.Duration // an item without any progress for so long is given up
	// Written tells how the bundle leaves the host: it decides whether a RAM
	// image overwrites what it has yet to read. Nil when nobody knows.
	Written func() string
	// Throttle is called with the number of bytes just read and waits as the
	// budgets of rate and CPU share demand.
	Throttle func(ctx context.Context, n int) error
	// Seen joins sources of one run: process facts that a later source needs.
	Seen *Seen
}

// RAM bounds the image of the RAM.
type RAM struct {
	Max     int64    // bytes of memory at most; 0: no bound
	Ranges  []Extent // only these stretches; empty: all
	Resumes string   // run id of the bundle that this one goes on from
	Boot    string   // boot id that the stretches belong to; "": any
}

// Extent is a stretch of physical memory, [Start, End).
type Extent struct{ Start, End uint64 }

// Mounts is the mount table of the host, read once; empty where it cannot be read.
func (e *Env) Mounts() []host.Mount {
	if e.Seen.mounts == nil {
		e.Seen.mounts, _ = e.Host.Mounts()
		if e.Seen.mounts == nil {
			e.Seen.mounts = []host.Mount{}
		}
		e.Seen.remote, e.Seen.pseudo = map[string]bool{}, map[uint64]bool{}
		for _, m := range e.Seen.mounts {
			if s := m.Storage(); m.Point != "/" && (s == host.StorageRemote || s == host.StorageAutofs) {
				e.Seen.remote[m.Point] = true
			}
			if m.Storage() == host.StoragePseudo && m.FSType != "pstore" {
				e.Seen.pseudo[m.Dev] = true
			}
		}
	}
	return e.Seen.mounts
}

// RemotePoint says whether a path is the mount point of a file system that a
// daemon or another host answers for: even stat(2) of it may hang.
func (e *Env) RemotePoint(path string) bool {
	e.Mounts()
	return e.Seen.remote[path]
}

// AnyRemote says whether any mount is answered for by a daemon or another host.
func (e *Env) AnyRemote() bool {
	e.Mounts()
	return len(e.Seen.remote) > 0
}

// KernelObject says whether a file is one of procfs, sysfs and the like, which
// have no size or an absurd one; the crash store is meant to be read.
func (e *Env) KernelObject(f record.File) bool {
	e.Mounts()
	return e.Seen.pseudo[f.Dev]
}

// Output is the part of bundle.Writer that sources use.
type Output interface {
	// File writes one exhibit of a known size from r. Fewer bytes than size
	// are padded with zeros and labelled short; more are not read. The
	// returned exhibit has its number, hash and states filled.
	File(x bundle.Exhibit, size int64, r Reader) (bundle.Exhibit, error)
	// Bytes writes one small exhibit.
	Bytes(x bundle.Exhibit, data []byte) (bundle.Exhibit, error)
	// Records opens a stream of JSON lines that is cut into numbered parts
	// ("data/records/process.00001.jsonl"); each Write must be whole lines.
	Records(x bundle.Exhibit) (RecordStream, error)
}

// Reader reads and may report unreadable ranges through a *bundle.UnreadableError.
type Reader = interface{ Read(p []byte) (int, error) }

// RecordStream takes JSON lines.
type RecordStream interface {
	Record(v any) error  // marshals v as one line
	Line(b []byte) error // an already encoded line without its newline
	Close() (parts int, bytes int64, err error)
}

// Lines gives a stream a batch of encoded lines, each ended by its newline, at
// once where the stream can take them so.
func Lines(s RecordStream, batch []byte) error {
	if b, ok := s.(interface{ Lines([]byte) error }); ok {
		return b.Lines(batch)
	}
	for len(batch) > 0 {
		line, rest, _ := bytes.Cut(batch, []byte("\n"))
		if err := s.Line(line); err != nil {
			return fmt.Errorf("record line: %w", err)
		}
		batch = rest
	}
	return nil
}

// Seen is what earlier sources of a run leave for later ones.
type Seen struct {
	Suspect map[int]string        // pid -> why its executable should be copied
	Exes    map[int]ExeCopy       // pid -> the copy that source "exe" took of its executable
	Copies  map[[4]uint64]ExeCopy // device, inode, change time and size -> copy of an executable
	Starts  map[int]uint64        // pid -> start ticks, as source "process" saw them
	Sockets map[uint64]uint64     // inode -> digest of the filter's state, as source "socket" saw them
	Views   map[string]View       // what each view showed when the run was planned, or at the look before
	Foreign []host.Mount          // mounts of other mount namespaces that the walk takes along
	Symbols map[string]bool       // "kallsyms", "btf-vmlinux": lies in the bundle already, whole
	Walks   map[int]Walked        // mount id -> what became of it; filled by source "filestat"
	Shared  map[string]any        // what sources of one run find out once, by name
	files   map[fileKey]bool
	mounts  []host.Mount
	remote  map[string]bool // mount points that a daemon or another host answers for
	pseudo  map[uint64]bool // devices of file systems that show kernel objects
}

// fileKey tells inodes apart; the birth time guards against a file system
// that numbers them anew.
type fileKey struct {
	dev, ino uint64
	btime    int64
}

// Claimed says whether a file was claimed.
func (s *Seen) Claimed(f record.File) bool { return s.files[fileKey{f.Dev, f.Ino, f.Btime}] }

// Claim notes that a file will be taken and says whether it is the first time:
// sources overlap, and an inode is taken once however many names lead to it.
func (s *Seen) Claim(f record.File) bool {
	k := fileKey{f.Dev, f.Ino, f.Btime}
	if s.files[k] {
		return false
	}
	if s.files == nil {
		s.files = map[fileKey]bool{}
	}
	s.files[k] = true
	return true
}

// HaveSymbols notes that a file that explains the kernel's memory lies in the bundle.
func (s *Seen) HaveSymbols(name string) {
	if s.Symbols == nil {
		s.Symbols = map[string]bool{}
	}
	s.Symbols[name] = true
}

// Share keeps what one source found out for others.
func (s *Seen) Share(name string, v any) {
	if s.Shared == nil {
		s.Shared = map[string]any{}
	}
	s.Shared[name] = v
}

// View is a set of names that one way of looking shows, such as the loaded modules.
type View struct {
	At    int64 // CLOCK_REALTIME ns
	Names map[string]bool
	Errno string // why there is none
}

// Walked tells what became of one mount.
type Walked struct {
	Why string // why it was not walked to its end; "" when it was
	host.WalkResult
}

// ExeCopy is a copied executable of a running process.
type ExeCopy struct {
	Bag    string // path in the bag
	SHA256 string // hex
	Start  uint64 // start ticks of the process: a pid may be used again
}
