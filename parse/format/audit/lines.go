package audit

import (
	"bytes"
	"errors"
	"io"
)

// Line is one line of input without its newline.
type Line struct {
	Offset int64
	Data   []byte // valid until the next call; cut to nothing when TooLong
	Length int64  // of the line without its newline
	End    int64  // length of the newline: 0 at the end of the input, else 1
	Long   bool   // the line is over MaxLine
}

// Lines reads lines of any length in bounded memory.
type Lines struct {
	r    io.Reader
	mem  []byte
	buf  []byte
	base int64
	eof  bool
}

// NewLines reads from r, which holds so many bytes at most; -1: unknown.
func NewLines(r io.Reader, size int64) *Lines {
	n := int64(256 << 10)
	if size >= 0 {
		n = min(n, 2*size+2) // fill wants half of it free
	}
	return &Lines{r: r, mem: make([]byte, n)}
}

// Next returns the next line, or io.EOF.
func (l *Lines) Next() (Line, error) {
	seen := 0
	for {
		if i := bytes.IndexByte(l.buf[seen:], '\n'); i >= 0 {
			return l.take(seen+i, 1), nil
		}
		seen = len(l.buf)
		switch {
		case l.eof && len(l.buf) == 0:
			return Line{}, io.EOF
		case l.eof:
			return l.take(len(l.buf), 0), nil
		case len(l.buf) > MaxLine:
			return l.skip()
		}
		if err := l.fill(); err != nil {
			return Line{}, err
		}
	}
}

func (l *Lines) take(n int, end int64) Line {
	x := Line{Offset: l.base, Data: l.buf[:n], Length: int64(n), End: end}
	l.buf = l.buf[n+int(end):]
	l.base += int64(n) + end
	if n > MaxLine {
		x.Data, x.Long = nil, true
	}
	return x
}

// skip passes over a line that is too long to hold.
func (l *Lines) skip() (Line, error) {
	x := Line{Offset: l.base, Long: true}
	for {
		if i := bytes.IndexByte(l.buf, '\n'); i >= 0 {
			x.Length += int64(i)
			x.End = 1
			l.buf = l.buf[i+1:]
			l.base += x.Length + 1
			return x, nil
		}
		x.Length += int64(len(l.buf))
		l.buf = nil
		if l.eof {
			l.base += x.Length
			return x, nil
		}
		if err := l.fill(); err != nil {
			return x, err
		}
	}
}

func (l *Lines) fill() error {
	if len(l.buf) >= len(l.mem)/2 && len(l.buf) > 0 {
		l.mem = append(l.mem, make([]byte, len(l.mem))...) // until it holds MaxLine
	}
	n := len(l.buf)
	if n > 0 && &l.buf[0] != &l.mem[0] {
		copy(l.mem, l.buf)
	}
	m, err := l.r.Read(l.mem[n:])
	l.buf = l.mem[:n+m]
	if errors.Is(err, io.EOF) {
		l.eof = true
		return nil
	}
	return err
}
