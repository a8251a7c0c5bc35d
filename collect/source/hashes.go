package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

func hashes() collect.Source { return hashSource{} }

// hashSource takes the SHA-256 of every executable file.
type hashSource struct{}

// Describe implements collect.Source.
func (hashSource) Describe() collect.Description {
	return collect.Description{
		Name: "hashes",
		Doc: "SHA-256 of every regular file with an execute bit, and of every kernel module and shared library by name, on local file systems: " +
			"to compare servers of one fleet with each other and with package manifests kept elsewhere.",
		Effects:    "reads all programs: 1 to 10 GB through the page cache; use --max-rate on a busy host",
		References: []string{"NIST FIPS 180-4"},
		Group:      collect.GroupWalk,
		MinKernel:  "3.10",
		Root:       true,
		Profiles:   []string{collect.ProfileFull},
	}
}

// Plan implements collect.Source: one item a mount that is walked.
func (hashSource) Plan(_ context.Context, env *collect.Env) (items []bundle.PlanItem, err error) {
	for _, m := range env.Mounts() {
		if m.Storage() != host.StoragePseudo && unwalked(m, env.Mounts()) == "" {
			items = append(items, bundle.PlanItem{Target: mountTarget(m), Bytes: -1})
		}
	}
	return items, nil
}

// fileHash is the record of one file.
type fileHash struct {
	Type   string       `json:"t"` // "hash"
	At     int64        `json:"at"`
	Path   record.Bytes `json:"path"`
	Dev    uint64       `json:"dev"`
	Ino    uint64       `json:"ino"`
	Size   int64        `json:"size"`
	Mtime  int64        `json:"mtime"`
	Ctime  int64        `json:"ctime"`
	SHA256 string       `json:"sha256,omitempty"`
	Errno  string       `json:"errno,omitempty"`
}

// Collect implements collect.Source.
func (hashSource) Collect(ctx context.Context, env *collect.Env, item bundle.PlanItem) (bundle.Outcome, error) {
	w, ok := env.Host.(host.Walker)
	if !ok {
		return bundle.Outcome{Outcome: bundle.Failed, Reason: "this host cannot be walked"}, nil
	}
	for _, m := range env.Mounts() {
		if mountTarget(m) != item.Target {
			continue
		}
		stream, err := env.Out.Records(bundle.Exhibit{Source: "hashes", Method: "open, read, SHA-256"})
		if err != nil {
			return bundle.Outcome{}, fmt.Errorf("hash records: %w", err)
		}
		h := &hasher{ctx: ctx, env: env, stream: stream}
		_, err = w.Walk(ctx, m, host.WalkOptions{Workers: 2, Visit: h.visit, Covered: coveredBelow(m, env.Mounts())})
		if _, _, cerr := stream.Close(); cerr != nil {
			return bundle.Outcome{}, fmt.Errorf("hash records: %w", cerr)
		}
		return h.outcome(), err
	}
	return bundle.Outcome{Outcome: bundle.Absent, Reason: "unmounted since the plan was made"}, nil
}

// hasher hashes what a walk visits.
type hasher struct {
	ctx    context.Context
	env    *collect.Env
	mu     sync.Mutex
	stream collect.RecordStream
	done   atomic.Int64
	left   atomic.Int64 // covered, replaced or gone
	failed atomic.Int64
	bytes  atomic.Int64
}

// maxHashed bounds one file: a sparse file may claim any size.
const maxHashed = 16 << 30

func (h *hasher) visit(_ int, f *record.File) error {
	if kind(*f) != modeReg || f.Size == 0 || (f.Mode&0o111 == 0 && !hasSuffix(string(f.Path), ".so", ".ko", ".ko.xz", ".ko.zst", ".ko.gz")) {
		return nil
	}
	line := fileHash{Type: "hash", At: time.Now().UnixNano(), Path: f.Path, Dev: f.Dev, Ino: f.Ino, Size: f.Size, Mtime: f.Mtime, Ctime: f.Ctime}
	if f.Covered {
		line.Errno = "covered"
	} else {
		line.SHA256, line.Errno = h.hash(string(f.Path), f)
	}
	switch line.Errno {
	case "":
		h.done.Add(1)
	case "covered", "replaced", "ENOENT":
		h.left.Add(1)
	default:
		h.failed.Add(1)
	}
	if err := h.ctx.Err(); err != nil {
		return context.Cause(h.ctx)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.stream.Record(line)
}

// hash reads one file; it must still be the inode that the walk saw.
func (h *hasher) hash(path string, want *record.File) (sum, errno string) {
	f, err := h.env.Host.Open(path)
	if err != nil {
		return "", host.ErrnoName(err)
	}
	defer f.Close()
	st, err := f.Stat()
	switch {
	case err != nil:
		return "", host.ErrnoName(err)
	case st.Ino != want.Ino || st.Dev != want.Dev:
		return "", "replaced"
	case st.Size > maxHashed:
		return "", "too large"
	}
	s := sha256.New()
	n, err := io.Copy(s, throttled{ctx: h.ctx, env: h.env, r: f})
	h.bytes.Add(n)
	if err != nil {
		return "", host.ErrnoName(err)
	}
	return hex.EncodeToString(s.Sum(nil)), ""
}

func (h *hasher) outcome() bundle.Outcome {
	o := bundle.Outcome{Outcome: bundle.Collected, Reason: fmt.Sprintf("%d files, %d bytes", h.done.Load(), h.bytes.Load())}
	if n := h.left.Load(); n > 0 {
		o.Flags = append(o.Flags, fmt.Sprintf("%d covered, replaced or gone meanwhile", n))
	}
	if n := h.failed.Load(); n > 0 {
		o.Outcome = bundle.Partial
		o.Reason += fmt.Sprintf("; %d could not be read, each with its reason in the records", n)
	}
	return o
}
