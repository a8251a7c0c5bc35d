package memory

import (
	"errors"
	"io"
	"time"

	"github.com/saksi-dfir/saksi/collect/host"
)

// Errors of Patient.
var (
	// ErrStalled says that one read gave no answer in time. It was abandoned;
	// others go on.
	ErrStalled = errors.New("no answer in time")
	// ErrGivenUp says that too many reads were abandoned: no further one is tried.
	ErrGivenUp = errors.New("too many reads gave no answer")
)

// maxStuck is how many reads may hang in the kernel before Patient gives up:
// each holds a thread and its buffer until the kernel lets go of it.
const maxStuck = 4

// Patient reads from src on a goroutine of its own and waits a bounded time
// for each answer. A page whose read hangs (poisoned memory, a balloon that is
// being deflated) then costs that time, not the image. The bytes pass through
// a buffer that belongs to the goroutine, so that an answer that comes late
// writes into nothing of the caller's. Not safe for concurrent use.
type Patient struct {
	src   io.ReaderAt
	wait  time.Duration
	w     *patientWorker
	stuck int
}

type patientWorker struct {
	ask    chan patientAsk
	answer chan patientAnswer
}

type patientAsk struct {
	n   int
	off int64
}

type patientAnswer struct {
	b   []byte
	err error
}

// NewPatient gives each read of src at most wait.
func NewPatient(src io.ReaderAt, wait time.Duration) *Patient { return &Patient{src: src, wait: wait} }

// Stuck says whether a read still hangs, or did so when it was abandoned: src
// must then stay open.
func (p *Patient) Stuck() bool { return p.stuck > 0 }

// Close lets the goroutine end. One that hangs in the kernel ends when the kernel answers.
func (p *Patient) Close() {
	if p.w != nil {
		close(p.w.ask)
		p.w = nil
	}
}

// ReadAt implements io.ReaderAt.
func (p *Patient) ReadAt(b []byte, off int64) (int, error) {
	if p.stuck >= maxStuck {
		return 0, ErrGivenUp
	}
	if p.w == nil {
		p.w = &patientWorker{ask: make(chan patientAsk, 1), answer: make(chan patientAnswer, 1)}
		go p.w.run(p.src)
	}
	p.w.ask <- patientAsk{len(b), off}
	late := make(chan struct{})
	stop := host.Awake(p.wait, func() { close(late) })
	defer stop()
	select {
	case a := <-p.w.answer:
		return copy(b, a.b), a.err
	case <-late:
		p.stuck++
		close(p.w.ask)
		p.w = nil
		return 0, ErrStalled
	}
}

// run answers until it is no longer asked. One answer fits into the channel,
// so that a late one does not keep the goroutine.
func (w *patientWorker) run(src io.ReaderAt) {
	var buf []byte
	for a := range w.ask {
		if cap(buf) < a.n {
			buf = make([]byte, a.n)
		}
		n, err := src.ReadAt(buf[:a.n], a.off)
		w.answer <- patientAnswer{buf[:max(0, min(n, a.n))], err}
	}
}
