package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// Options say how plain inputs are sealed.
type Options struct {
	Host     string // whose files they are; "" = what a root tree says of itself
	Zone     string // IANA zone of the host; "" = what a root tree says
	Out      string // directory in which the bundle goes as RUN-ID.tar.zst
	CaseID   string
	Operator string
	Tool     bundle.Tool
	Signer   bundle.Signer    // nil: a fresh key, forgotten after the seal
	Now      func() time.Time // nil: the system clock
	Workers  int
	Rand     io.Reader               // for the fresh key; nil: crypto/rand
	Progress func(done, total int64) // bytes; first pass and second pass count as one total
	Skip     func(path string) bool  // inputs below a directory to leave out; nil: none
	Max      int                     // most files; 0: 4,000,000
	Keep     *Keeper                 // nil: every file is read twice, for its hash and into the bundle
}

// errors of a survey.
var (
	ErrNothing = errors.New("desk: nothing to seal")
	ErrMany    = errors.New("desk: too many files")
)

// Survey is a first reading of the inputs: what is there, its hashes, and the
// run id that follows from them.
type Survey struct {
	RunID string
	Host  string
	Zone  string
	Files int
	Bytes int64

	o     Options
	files []found
	plan  []bundle.PlanItem
	outs  []bundle.Outcome
	os    string
	tz    []byte
	total int64

	mu   sync.Mutex // of done: files are hashed side by side
	done int64
}

// found is one regular file of the inputs.
type found struct {
	dir  string // directory that was opened as root
	rel  string // path below it, slashes
	path string // original path as the bundle records it
	item int
	size int64
	sum  [32]byte
	stat *bundle.Stat
	err  error
	data []byte // all its bytes, while they are kept; nil: they are read again
	grew bool   // it had another size after it was read into data
}

const maxFiles = 4_000_000

// Look reads the inputs once and derives the run id from contents, paths,
// host and zone: the same inputs give the same run id.
func Look(ctx context.Context, paths []string, o Options) (*Survey, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Max == 0 {
		o.Max = maxFiles
	}
	if len(paths) == 0 {
		return nil, ErrNothing
	}
	s := &Survey{o: o, Host: o.Host, Zone: o.Zone}
	for _, p := range paths {
		if err := s.input(ctx, p); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(s.files, func(a, b found) int { return strings.Compare(a.path, b.path) })
	for i := range s.files {
		s.total += 2 * s.files[i].size
	}
	if err := s.hashAll(ctx); err != nil {
		return nil, err
	}
	if len(s.files) == 0 {
		return nil, fmt.Errorf("%w: no regular file in %q", ErrNothing, paths)
	}
	s.RunID = s.id()
	return s, nil
}

// input takes one given path: a file, or a directory with all below it.
func (s *Survey) input(ctx context.Context, p string) error {
	st, err := os.Stat(p) // a given path may be a link; what lies below a directory may not
	if err != nil {
		return fmt.Errorf("desk: %w", err)
	}
	item := s.item(p)
	switch {
	case st.Mode().IsRegular():
		real, err := filepath.EvalSymlinks(p)
		if err != nil {
			return fmt.Errorf("desk: %w", err)
		}
		return s.add(filepath.Dir(real), filepath.Base(real), filepath.Base(p), item, st.Size())
	case st.IsDir():
		return s.directory(ctx, p, item)
	}
	return fmt.Errorf("desk: %q is neither a regular file nor a directory", p)
}

func (s *Survey) item(target string) int {
	s.plan = append(s.plan, bundle.PlanItem{Item: len(s.plan) + 1, Source: "plain", Target: shown(target), Bytes: -1})
	return len(s.plan)
}

// shown is a path as text: bytes that are not UTF-8 and controls as Go escapes.
func shown(p string) string {
	q := strconv.Quote(p)
	return q[1 : len(q)-1]
}

// leave notes something that is not taken, as a plan item of its own.
func (s *Survey) leave(target string, code bundle.OutcomeCode, reason string) {
	n := s.item(target)
	now := s.o.Now().UnixNano()
	s.outs = append(s.outs, bundle.Outcome{Item: n, Outcome: code, Reason: reason, Started: now, Ended: now})
}

func (s *Survey) directory(ctx context.Context, dir string, item int) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("desk: %w", err)
	}
	defer root.Close()
	w := &walk{s: s, root: root, dir: dir, tree: s.tree(root), item: item}
	return w.below(ctx, ".", 0)
}

// add notes a regular file; its size is for the progress until it is read.
func (s *Survey) add(dir, rel, original string, item int, size int64) error {
	if len(s.files) >= s.o.Max {
		return fmt.Errorf("%w: more than %d", ErrMany, s.o.Max)
	}
	s.files = append(s.files, found{dir: dir, rel: rel, path: original, item: item, size: size})
	return nil
}

// id derives the run id: the host's name and 24 hex digits of SHA-256 over
// host, zone, and path, size and hash of each file.
func (s *Survey) id() string {
	h := sha256.New()
	fmt.Fprintf(h, "saksi-desk 1\nhost %q\nzone %q\n", s.Host, s.Zone)
	for i := range s.files {
		f := &s.files[i]
		fmt.Fprintf(h, "%q %d %x\n", f.path, f.size, f.sum)
	}
	name := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '-' || r == '.' || r == '_' {
			return r
		}
		return -1
	}, s.Host)
	name = strings.TrimLeft(name, ".-")
	if len(name) > 60 {
		name = name[:60]
	}
	if name != "" {
		name += "-"
	}
	return name + "desk-" + hex.EncodeToString(h.Sum(nil)[:12])
}
