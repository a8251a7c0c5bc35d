package bundle

import (
	"bytes"
	"errors"
	"fmt"
	"hash"

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
	mark  mark // before the frame in which the header began
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
