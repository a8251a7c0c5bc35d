package memory

import (
	"bytes"
	"context"
	"errors"
	"io"
	"syscall"
)

// Chunk is the unit of reading: large enough to be fast, small enough that a
// bad page costs little.
const Chunk = 1 << 20

// State labels what became of a stretch of memory.
type State string

// The states.
const (
	Read       State = "read"
	Zero       State = "zero"       // read, and every byte is zero
	Unreadable State = "unreadable" // the kernel refused; zeros stand in its place
)

// Label says what became of [Offset, Offset+Length) of a range.
type Label struct {
	Offset int64
	Length int64
	State  State
	Errno  string
}

// Reader reads one physical range through kcore as a stream of exactly
// Range.Len() bytes, and labels what it gave. Unreadable pages are zeros.
type Reader struct {
	ctx    context.Context
	src    io.ReaderAt
	core   *Kcore
	r      Range
	pos    uint64
	labels []Label
	err    error // why no more is tried
	Bad    int64 // pages that could not be read
}

// NewReader reads r from src, an open /proc/kcore.
func NewReader(ctx context.Context, src io.ReaderAt, core *Kcore, r Range) *Reader {
	return &Reader{ctx: ctx, src: src, core: core, r: r}
}

// Labels gives the labels so far; neighbours of one state are joined.
func (m *Reader) Labels() []Label { return m.labels }

// Since gives the labels that reach beyond an offset.
func (m *Reader) Since(off int64) []Label {
	i := len(m.labels)
	for i > 0 && m.labels[i-1].Offset+m.labels[i-1].Length > off {
		i--
	}
	return m.labels[i:]
}

// Read fills p. It fails only when the context ends or src gives up for good
// (ErrGivenUp); memory that cannot be read is zeros with a label.
func (m *Reader) Read(p []byte) (int, error) {
	if err := m.ctx.Err(); err != nil {
		return 0, err
	}
	if m.err != nil {
		return 0, m.err
	}
	left := m.r.Len() - m.pos
	if left == 0 {
		return 0, io.EOF
	}
	// a read ends where a chunk does, so that chunks are aligned stretches
	n := min(uint64(len(p)), left, Chunk-(m.r.Start+m.pos)%Chunk)
	if n > PageSize && n < left {
		n &^= PageSize - 1
	}
	m.fill(p[:n])
	m.pos += n
	return int(n), nil
}

func (m *Reader) fill(p []byte) {
	for done := uint64(0); done < uint64(len(p)); {
		at := m.pos + done
		off, run, ok := m.core.find(m.r.Start + at)
		n := min(run, uint64(len(p))-done)
		part := p[done : done+n]
		if !ok {
			clear(part)
			m.label(int64(at), int64(n), Unreadable, "not mapped by kcore")
		} else {
			m.piece(part, int64(off), int64(at))
		}
		done += n
	}
}

// piece reads one stretch, page by page when the whole does not come back.
func (m *Reader) piece(p []byte, off, at int64) {
	n, err := m.src.ReadAt(p, off)
	if n == len(p) && (err == nil || errors.Is(err, io.EOF)) {
		m.state(p, at)
		return
	}
	if m.hung(p, at, err) {
		return
	}
	for i := 0; i < len(p); {
		// stay aligned to pages of physical memory
		step := PageSize - int((m.r.Start+uint64(at)+uint64(i))&(PageSize-1))
		page := p[i:min(i+step, len(p))]
		n, err := m.src.ReadAt(page, off+int64(i))
		switch {
		case n == len(page):
			m.state(page, at+int64(i))
		case m.hung(p[i:], at+int64(i), err):
			return
		default:
			clear(page)
			m.Bad++
			m.label(at+int64(i), int64(len(page)), Unreadable, errnoOf(err))
		}
		i += len(page)
	}
}

// hung labels a stretch whose read gave no answer in time. Page by page it
// would only cost that time for each.
func (m *Reader) hung(p []byte, at int64, err error) bool {
	if !errors.Is(err, ErrStalled) && !errors.Is(err, ErrGivenUp) {
		return false
	}
	if errors.Is(err, ErrGivenUp) {
		m.err = err
	}
	clear(p)
	m.Bad += int64((len(p) + PageSize - 1) / PageSize)
	m.label(at, int64(len(p)), Unreadable, err.Error())
	return true
}

func (m *Reader) state(p []byte, at int64) {
	if allZero(p) {
		m.label(at, int64(len(p)), Zero, "")
		return
	}
	m.label(at, int64(len(p)), Read, "")
}

func (m *Reader) label(off, n int64, s State, errno string) {
	if k := len(m.labels); k > 0 {
		if l := &m.labels[k-1]; l.State == s && l.Errno == errno && l.Offset+l.Length == off {
			l.Length += n
			return
		}
	}
	m.labels = append(m.labels, Label{off, n, s, errno})
}

func allZero(p []byte) bool {
	const w = 4096
	zero := make([]byte, w)
	for len(p) >= w {
		if !bytes.Equal(p[:w], zero) {
			return false
		}
		p = p[w:]
	}
	return bytes.Equal(p, zero[:len(p)])
}

func errnoOf(err error) string {
	var e syscall.Errno
	if errors.As(err, &e) {
		return e.Error()
	}
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "short read"
	}
	return err.Error()
}
