package utmp

import (
	"errors"
	"io"
)

// Kind says what a Piece of a file is.
type Kind uint8

// The kinds of pieces.
const (
	Whole    Kind = iota // one record
	Zeroed               // one record of NULs only
	Damaged              // bytes that are no record
	Trailing             // fewer bytes than a record at the end of the file
)

// Piece is a stretch of a file. All pieces together are the file.
type Piece struct {
	Kind   Kind
	Offset int64
	Length int64
	Record Record // when Kind is Whole; valid during the call only
	Why    string // when Kind is Damaged
}

// window is how many bytes Scan holds at once; it begins with less, and grows
// before it looks at any, so that nothing depends on how it did.
const (
	window      = 64 << 10
	smallWindow = 4 << 10
)

type scanner struct {
	r     io.Reader
	l     Layout
	mem   []byte // the window
	buf   []byte // what is left of it
	base  int64  // offset of buf[0]
	eof   bool
	emit  func(*Piece) error
	bad   Piece // open damage
	isBad bool
	phase int // distance of buf[0] from the last step, while isBad
}

// Scan reads records of one layout from r to its end and hands every piece to
// emit, in order. Memory is bounded by one window. Errors are those of r and
// of emit.
func Scan(r io.Reader, l Layout, emit func(*Piece) error) error {
	s := &scanner{r: r, l: l, mem: make([]byte, smallWindow), emit: emit}
	for {
		if err := s.fill(); err != nil {
			return err
		}
		if len(s.buf) < l.Size {
			return s.end()
		}
		if err := s.step(); err != nil {
			return err
		}
	}
}

// fill reads until the window is full or the input ends. Two records are
// always at hand, so that nothing depends on where a window ends.
func (s *scanner) fill() error {
	if s.eof || len(s.buf) >= 2*s.l.Size {
		return nil
	}
	have := copy(s.mem, s.buf)
	s.buf = s.mem[:have]
	for {
		if len(s.buf) == len(s.mem) {
			if len(s.mem) >= window {
				return nil
			}
			s.mem = append(s.mem, make([]byte, min(3*len(s.mem), window-len(s.mem)))...)
			s.buf = s.mem[:len(s.buf)]
		}
		n, err := s.r.Read(s.mem[len(s.buf):])
		s.buf = s.mem[:len(s.buf)+n]
		if errors.Is(err, io.EOF) {
			s.eof = true
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (s *scanner) take(n int) {
	s.buf = s.buf[n:]
	s.base += int64(n)
}

func (s *scanner) step() error {
	if s.isBad {
		n, ok := s.l.next(s.buf, s.phase)
		if !ok {
			n = len(s.buf) - s.l.Size + 1
		}
		s.phase += n
		s.bad.Length += int64(n)
		s.take(n)
		if !ok {
			return nil
		}
		if err := s.flush(); err != nil {
			return err
		}
	}
	b := s.buf[:s.l.Size]
	p := Piece{Kind: Zeroed, Offset: s.base, Length: int64(s.l.Size)}
	if !zero(b) {
		p.Kind, p.Record = Whole, s.l.Decode(b)
		why := p.Record.Problem()
		if why == "" && s.slipped(&p.Record) {
			why = "bytes are missing from it"
		}
		if why != "" {
			s.isBad, s.phase = true, 1
			s.bad = Piece{Kind: Damaged, Offset: s.base, Length: 1, Why: why}
			s.take(1)
			return nil
		}
	}
	s.take(s.l.Size)
	return s.emit(&p)
}

// slipped says whether a doubtful record hides the start of a sound one inside
// its length: bytes of it were lost, and all that follows lies out of step.
func (s *scanner) slipped(r *Record) bool {
	n := s.l.Size
	if r.Strict() && !r.lettered {
		return false
	}
	if len(s.buf) >= 2*n {
		if next := s.l.Decode(s.buf[n:]); zero(s.buf[n:2*n]) || next.Strict() {
			return false
		}
	}
	at, ok := s.l.next(s.buf[1:min(len(s.buf), 2*n-1)], 1)
	return ok && at+1 < n
}

func (s *scanner) flush() error {
	if !s.isBad {
		return nil
	}
	s.isBad = false
	return s.emit(&s.bad)
}

// end hands over what is left: a part of a record, in step or not.
func (s *scanner) end() error {
	n := len(s.buf)
	if s.isBad {
		// Bytes of a damaged record that lie before the next step belong to it.
		own := min(n, (s.l.Size-s.phase%s.l.Size)%s.l.Size)
		s.bad.Length += int64(own)
		s.take(own)
		n -= own
	}
	if err := s.flush(); err != nil {
		return err
	}
	if n == 0 {
		return nil
	}
	return s.emit(&Piece{Kind: Trailing, Offset: s.base, Length: int64(n)})
}
