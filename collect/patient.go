package collect

import (
	"errors"
	"io"
	"time"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
)

// patient reads ahead in a goroutine of its own, so that a file whose server
// died cannot hold the run: after the stall time the reader is abandoned.
type patient struct {
	r     Reader
	full  chan block
	free  chan []byte
	quit  chan struct{}
	ended chan struct{}
	cur   block
	rest  []byte
	stall time.Duration
	beat  func(int64)
	late  bool
}

// block is what one read gave.
type block struct {
	b   []byte
	err error
}

const patientBlock = 256 << 10

func newPatient(r Reader, size int64, stall time.Duration, beat func(int64)) *patient {
	p := &patient{
		r: r, full: make(chan block, 2), free: make(chan []byte, 2), quit: make(chan struct{}), ended: make(chan struct{}),
		stall: stall, beat: beat,
	}
	n := int(min(max(size, 1), patientBlock))
	p.free <- make([]byte, n)
	if size > patientBlock {
		p.free <- make([]byte, n)
	}
	go p.pump(r, size)
	return p
}

// pump fills buffers until size bytes were read, the end or an error came.
// Behind an unreadable range it reads on.
func (p *patient) pump(r Reader, size int64) {
	defer close(p.ended)
	for size > 0 {
		var buf []byte
		select {
		case buf = <-p.free:
		case <-p.quit:
			return
		}
		buf = buf[:min(int64(cap(buf)), size)]
		n, err := r.Read(buf)
		size -= int64(n)
		var bad *bundle.UnreadableError
		unreadable := errors.As(err, &bad)
		if unreadable {
			size -= bad.Length
		}
		if err == nil && size <= 0 {
			err = io.EOF
		}
		select {
		case p.full <- block{buf[:n], err}:
		case <-p.quit:
			return
		}
		if err != nil && !unreadable {
			return
		}
	}
}

// States gives the labels that the reader itself has for its bytes, once it
// has ended.
func (p *patient) States() []bundle.StateRange {
	s, ok := p.r.(interface{ States() []bundle.StateRange })
	if !ok || p.late {
		return nil
	}
	late, stop := p.patience()
	defer stop()
	select {
	case <-p.ended:
		return s.States()
	case <-late:
		return nil
	}
}

// Read hands on what the pump read.
func (p *patient) Read(b []byte) (int, error) {
	if len(p.rest) == 0 && p.cur.err == nil {
		p.next()
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	if len(p.rest) > 0 {
		return n, nil
	}
	err := p.cur.err
	var bad *bundle.UnreadableError
	if errors.As(err, &bad) {
		p.cur.err = nil
	}
	return n, err
}

func (p *patient) next() {
	if p.cur.b != nil {
		p.free <- p.cur.b[:cap(p.cur.b)]
		p.cur.b = nil
	}
	late, stop := p.patience()
	defer stop()
	select {
	case p.cur = <-p.full:
		p.rest = p.cur.b
		p.beat(0)
	case <-late:
		p.late, p.cur.err = true, host.ErrTimeout
	}
}

// patience gives a channel that is closed when the stall time is over.
func (p *patient) patience() (late <-chan struct{}, stop func()) {
	c := make(chan struct{})
	return c, host.Awake(p.stall, func() { close(c) })
}

// stop ends the pump and says whether it had to be abandoned inside a read.
func (p *patient) stop() (late bool) {
	close(p.quit)
	if p.late {
		return true
	}
	over, stop := p.patience()
	defer stop()
	select {
	case <-p.ended:
		return false
	case <-over:
		return true
	}
}
