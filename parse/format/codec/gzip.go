package codec

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

// BehindError says that bytes follow a whole compressed stream which are no
// other of its kind. All of the stream was given before.
type BehindError struct {
	Offset int64 // of the first of them, in the compressed input
	Err    error // what is wrong with them
}

func (e *BehindError) Error() string {
	return fmt.Sprintf("from byte %d of the compressed input on there is no gzip member: %v", e.Offset, e.Err)
}

func (e *BehindError) Unwrap() error { return e.Err }

// gzipMembers reads member after member (RFC 1952, section 2.2), and knows
// where each ends.
type gzipMembers struct {
	in *tally
	b  *bufio.Reader
	z  *gzip.Reader
}

// tally counts what was read.
type tally struct {
	r io.Reader
	n int64
}

func (t *tally) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	t.n += int64(n)
	return n, err
}

func newGzip(r io.Reader) (io.ReadCloser, error) {
	m := &gzipMembers{in: &tally{r: r}}
	m.b = bufio.NewReader(m.in)
	z, err := gzip.NewReader(m.b)
	if err != nil {
		return nil, fmt.Errorf("gzip: %w", err)
	}
	z.Multistream(false)
	m.z = z
	return m, nil
}

// Read gives the bytes of all members.
func (m *gzipMembers) Read(p []byte) (int, error) {
	for {
		n, err := m.z.Read(p)
		if !errors.Is(err, io.EOF) {
			return n, err
		}
		if n > 0 {
			return n, nil
		}
		at := m.in.n - int64(m.b.Buffered())
		if _, err := m.b.Peek(1); err != nil {
			return 0, err
		}
		if err := m.z.Reset(m.b); err != nil {
			return 0, &BehindError{at, err}
		}
		m.z.Multistream(false)
	}
}

// Close ends the reading.
func (m *gzipMembers) Close() error { return m.z.Close() }
