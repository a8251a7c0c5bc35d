package bundle

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"math"
	"strings"

	"golang.org/x/crypto/ssh"
)

// Problem is one thing that does not hold, and where.
type Problem struct {
	What  string `json:"what"`
	Where string `json:"where"` // exhibit, tag file or byte range
}

// maxProblems bounds a report; what comes after is counted by the last one.
const maxProblems = 1000

// errTail says that the walk has reached frames.txt: everything before it has
// been seen.
var errTail = errors.New("bundle: reached the tail")

// errWalk says that the tar inside the frames cannot be followed further.
var errWalk = errors.New("bundle: the archive cannot be followed further")

// walker follows the tar of a bundle from its first byte, makes the ledger
// again from what it sees, and at each checkpoint compares. It trusts nothing
// but signatures.
type walker struct {
	led  *ledger
	run  string
	acq  Acquisition
	plan []PlanItem
	pub  ssh.PublicKey // key of the run record; all signatures must be by it
	own  int64         // tar mtime of the bundle's own files

	step       func(p []byte) (int, error)
	head       []byte
	plain      int64 // tar bytes seen
	frameMark  mark  // before the current frame
	framePlain int64

	cur     entry
	pending []payload // since the last part
	first   uint32
	parts   []partRef
	text    []byte // checkpoint whose signature comes next
	textAt  mark
	outs    []byte // outcome lines of accepted checkpoints
	names   nameSet[uint64]

	proven   proof
	broken   bool // something did not hold: nothing after it is proven
	problems []Problem
	named    map[string]bool
}

// entry is the tar entry being read.
type entry struct {
	name  string // below the run directory
	size  int64
	mtime int64
	at    int64
	pos   int64
	tag   bool
	data  []byte // content of a tag file that is kept
	keep  bool
	sum   hash.Hash
	atCut bool // the header began at the start of a frame
}

// payload is an exhibit as the tar has it, before its record is known.
type payload struct {
	name  string
	size  int64
	at    int64
	mtime int64
	sum   [32]byte
}

// proof is what the accepted checkpoints cover.
type proof struct {
	checkpoint int
	exhibits   uint32
	bytes      int64
	frames     int   // frames that a reader of a cut bundle may use
	tags       int   // tag files
	parts      int   // exhibits parts
	outs       int   // bytes of outcome lines
	stored     int64 // bytes of the file
	sum        [32]byte
	inside     *exhibitLine
}

func newWalker() *walker {
	w := &walker{led: newLedger("", ""), first: 1, named: map[string]bool{}}
	w.step = w.header
	return w
}

// problem notes one finding; each place is named once. Nothing after it is
// proven.
func (w *walker) problem(where, format string, a ...any) {
	w.broken = true
	w.note(where, format, a...)
}

// note notes a finding that does not touch what checkpoints prove.
func (w *walker) note(where, format string, a ...any) {
	if where != "" {
		if w.named[where] {
			return
		}
		w.named[where] = true
	}
	if len(w.problems) < maxProblems {
		w.problems = append(w.problems, Problem{What: fmt.Sprintf(format, a...), Where: where})
	}
}

// frame takes one verified or scanned frame.
func (w *walker) frame(p *piece) error {
	if len(w.led.frames) >= maxFrames {
		return w.lost("more than %d frames", maxFrames)
	}
	w.frameMark, w.framePlain = w.led.mark(), w.plain
	w.led.frame(p.ref)
	if p.skip {
		return w.inside(p.stored[8:], p.stored)
	}
	for data := p.data; len(data) > 0; {
		n, err := w.step(data)
		if err != nil {
			return err
		}
		data = data[n:]
		w.plain += int64(n)
	}
	return nil
}

// header gathers the blocks of one header.
func (w *walker) header(p []byte) (int, error) {
	if len(w.head) == 0 {
		w.cur = entry{atCut: w.plain == w.framePlain}
	}
	want := tarBlock
	if len(w.head) >= tarBlock {
		h, _, _, _ := parseUstar(w.head[:tarBlock]) // it was read before
		want = 2*tarBlock + int(h.size+padding(h.size))
	}
	n := min(len(p), want-len(w.head))
	w.head = append(w.head, p[:n]...)
	if len(w.head) < want {
		return n, nil
	}
	if want == tarBlock {
		h, typ, zero, err := parseUstar(w.head)
		switch {
		case err != nil:
			return 0, w.lost("tar header at %d: %v", w.plain, err)
		case zero:
			return 0, w.lost("the archive ends before its seal")
		case typ == 'x' && h.size > 2*maxNameBytes:
			return 0, w.lost("pax header of %d bytes", h.size)
		case typ == 'x':
			return n, nil
		}
	}
	return n, w.begin(w.plain + int64(n))
}

func (w *walker) lost(format string, a ...any) error {
	w.problem(w.near(), format, a...)
	return errWalk
}

// near names the place for a problem without a better name.
func (w *walker) near() string {
	return fmt.Sprintf("after exhibit %d", w.led.exhibits)
}

// begin starts the entry whose header is complete; content begins at at.
func (w *walker) begin(at int64) error {
	h, _, _, err := parseUstar(w.head[len(w.head)-tarBlock:])
	if err != nil {
		return w.lost("tar header: %v", err)
	}
	if len(w.head) > tarBlock {
		x, _, _, _ := parseUstar(w.head[:tarBlock]) // it was read before
		path, size, err := parsePax(w.head[tarBlock : tarBlock+x.size])
		if err != nil {
			return w.lost("%v", err)
		}
		if path != "" {
			h.name = path
		}
		if size >= 0 {
			h.size = size
		}
	}
	dir, name, ok := strings.Cut(h.name, "/")
	if w.run == "" {
		if name != "bagit.txt" || checkRunID(dir) != nil {
			return fmt.Errorf("%w: begins with the entry %.120q", ErrNotBundle, h.name)
		}
		w.run, w.led.run = dir, dir
	}
	if !ok || dir != w.run {
		return w.lost("entry %.200q is outside the bag %q", h.name, w.run)
	}
	if err := checkName(name); err != nil {
		return w.lost("%v", err)
	}
	if h.size > math.MaxInt64/4 || at > math.MaxInt64/4 {
		return w.lost("entry %.200q of %d bytes", name, h.size)
	}
	if name == "frames.txt" {
		return errTail
	}
	again := tarHeader(h.name, h.size, h.mtime)
	if !bytes.Equal(again, w.head) {
		w.problem(name, "tar header is not in its one canonical form")
	}
	w.head = w.head[:0]
	w.cur = entry{name: name, size: h.size, mtime: h.mtime, at: at, sum: sha256.New(), atCut: w.cur.atCut}
	if !w.names.add(name) {
		w.problem(name, "entry occurs twice")
	}
	w.step = w.body
	return w.kind()
}

// kind decides what an entry is and whether it is kept.
func (w *walker) kind() error {
	e := &w.cur
	if strings.HasPrefix(e.name, "data/") {
		if len(w.pending) >= maxPartExhibits {
			return w.lost("more than %d exhibits without a part", maxPartExhibits)
		}
		return w.finishEmpty()
	}
	e.tag = true
	limit := int64(maxPlanBytes)
	switch {
	case e.name == "bagit.txt", e.name == "bag-info.txt", e.name == "run.json":
		limit = maxRunRecord
	case e.name == "plan.jsonl", e.name == "outcomes.jsonl", e.name == manifestName:
	case strings.HasPrefix(e.name, "exhibits/"):
		limit = maxPartBytes
	case strings.HasPrefix(e.name, "checkpoints/"):
		limit = maxCheckpoint
	default:
		return w.lost("entry %.200q does not belong in a bundle", e.name)
	}
	if len(w.led.tags) >= maxTagFiles {
		return w.lost("more than %d files of the bundle's own", maxTagFiles)
	}
	e.keep = e.name != manifestName && e.name != "outcomes.jsonl"
	if e.keep && e.size > limit {
		return w.lost("%s is %d bytes, at most %d", e.name, e.size, limit)
	}
	return w.finishEmpty()
}

func (w *walker) finishEmpty() error {
	if w.cur.size > 0 {
		return nil
	}
	w.step = w.header
	return w.finish()
}

// body takes content.
func (w *walker) body(p []byte) (int, error) {
	e := &w.cur
	n := int(min(int64(len(p)), e.size-e.pos))
	e.sum.Write(p[:n])
	if e.keep {
		e.data = append(e.data, p[:n]...)
	}
	e.pos += int64(n)
	if e.pos == e.size {
		w.step = w.padding
		if padding(e.size) == 0 {
			w.step = w.header
			// finish looks at w.plain only through entries, which carry their own offsets
			return n, w.finish()
		}
	}
	return n, nil
}

// padding takes the zeros after content.
func (w *walker) padding(p []byte) (int, error) {
	e := &w.cur
	left := e.size + padding(e.size) - e.pos
	n := int(min(int64(len(p)), left))
	if len(bytes.Trim(p[:n], "\x00")) > 0 {
		w.problem(e.name, "padding after the entry is not zero")
	}
	e.pos += int64(n)
	if int64(n) < left {
		return n, nil
	}
	w.step = w.header
	return n, w.finish()
}
