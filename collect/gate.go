package collect

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
)

// gate stands between one item's source and the bundle. It counts what the
// item wrote, notes progress for the watchdog, gives up hung reads, and shuts
// when the item was given up: a source that wakes up later can write no more.
type gate struct {
	out   Output
	item  int
	stall time.Duration
	beat  func(n int64) // called on progress with bytes written

	// busy counts calls into the bundle that are under way. They may wait for
	// whoever takes the bundle away, for as long as that takes: no fault of the
	// source. Reads inside them are given up by File itself.
	busy atomic.Int32

	mu       sync.Mutex
	shut     bool
	exhibits int
	bytes    int64
}

var errGivenUp = errors.New("the item was given up")

func (g *gate) enter() error {
	g.busy.Add(1)
	g.mu.Lock()
	if g.shut {
		g.mu.Unlock()
		g.busy.Add(-1)
		return errGivenUp
	}
	return nil
}

// written marks an error of the bundle, which ends the run.
func written(err error) error {
	if err == nil {
		return nil
	}
	return &WriteError{Err: err}
}

// leave counts and unlocks. Writes of one item are one at a time anyway.
func (g *gate) leave(exhibits int, n int64) {
	g.exhibits += exhibits
	g.bytes += n
	g.mu.Unlock()
	g.busy.Add(-1)
	g.beat(n)
}

// close shuts the gate. It waits for a write that is under way; reads inside
// a write cannot hang, for File gives them up.
func (g *gate) close() (exhibits int, bytes int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = true
	return g.exhibits, g.bytes
}

// File implements Output. A reader that makes no progress for the stall time
// is abandoned; the error is then host.ErrTimeout.
func (g *gate) File(x bundle.Exhibit, size int64, r Reader) (bundle.Exhibit, error) {
	if err := g.enter(); err != nil {
		return x, err
	}
	x.Item = g.item
	p := newPatient(r, size, g.stall, g.beat)
	y, err := g.out.File(x, size, p)
	late := p.stop()
	n := 1
	if err != nil {
		n = 0
	}
	g.leave(n, y.Size)
	if err == nil && late {
		return y, host.ErrTimeout
	}
	return y, written(err)
}

// Bytes implements Output.
func (g *gate) Bytes(x bundle.Exhibit, data []byte) (bundle.Exhibit, error) {
	if err := g.enter(); err != nil {
		return x, err
	}
	x.Item = g.item
	y, err := g.out.Bytes(x, data)
	n := 1
	if err != nil {
		n = 0
	}
	g.leave(n, int64(len(data)))
	return y, written(err)
}

// Records implements Output.
func (g *gate) Records(x bundle.Exhibit) (RecordStream, error) {
	if err := g.enter(); err != nil {
		return nil, err
	}
	defer g.leave(0, 0)
	x.Item = g.item
	s, err := g.out.Records(x)
	if err != nil {
		return nil, written(err)
	}
	return &gatedStream{g: g, s: s}, nil
}

type gatedStream struct {
	g *gate
	s RecordStream
}

// Record implements RecordStream.
func (s *gatedStream) Record(v any) error {
	if err := s.g.enter(); err != nil {
		return err
	}
	defer s.g.leave(0, 0)
	return written(s.s.Record(v))
}

// Line implements RecordStream.
func (s *gatedStream) Line(b []byte) error {
	if err := s.g.enter(); err != nil {
		return err
	}
	defer s.g.leave(0, int64(len(b))+1)
	return written(s.s.Line(b))
}

// Lines takes a batch of lines.
func (s *gatedStream) Lines(b []byte) error {
	if err := s.g.enter(); err != nil {
		return err
	}
	defer s.g.leave(0, int64(len(b)))
	return written(Lines(s.s, b))
}

// Close implements RecordStream.
func (s *gatedStream) Close() (int, int64, error) {
	if err := s.g.enter(); err != nil {
		return 0, 0, err
	}
	parts, n, err := s.s.Close()
	s.g.leave(parts, 0)
	return parts, n, written(err)
}
