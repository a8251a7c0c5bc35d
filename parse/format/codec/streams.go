package codec

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// BehindError says that bytes follow a whole compressed stream which are no
// other of its kind. All of the stream was given before.
type BehindError struct {
	Codec  string
	Offset int64 // of the first of them, in the compressed input
	Err    error // what is wrong with them
}

func (e *BehindError) Error() string {
	return fmt.Sprintf("from byte %d of the compressed input on there is no %s stream: %v", e.Offset, e.Codec, e.Err)
}

func (e *BehindError) Unwrap() error { return e.Err }

// LostError says that a stream cannot be decoded from about a byte of the
// compressed input on, and that no other stream was found behind it.
type LostError struct {
	Offset int64
	Err    error
}

func (e *LostError) Error() string { return e.Err.Error() }
func (e *LostError) Unwrap() error { return e.Err }

// SkipError says that some of the compressed input could not be decoded, or was
// decoded to bytes that its checksum denies. The next Read goes on behind it.
type SkipError struct {
	Offset, Length int64 // in the compressed input
	Err            error
}

func (e *SkipError) Error() string {
	return fmt.Sprintf("bytes %d to %d of the compressed input: %v", e.Offset, e.Offset+e.Length, e.Err)
}

func (e *SkipError) Unwrap() error { return e.Err }

// Through reads a stream of New to its end: what was skipped is passed over in
// silence.
func Through(r io.Reader) io.Reader { return through{r} }

type through struct{ r io.Reader }

func (t through) Read(p []byte) (int, error) {
	for {
		n, err := t.r.Read(p)
		var skip *SkipError
		if n == 0 && errors.As(err, &skip) {
			continue
		}
		return n, err
	}
}

// maxSkips bounds how often one input is taken up again behind damage.
const maxSkips = 200

// form is what streams must know of a codec.
type form interface {
	// open reads the stream, or streams, that b begins with.
	open(b *bufio.Reader) (io.Reader, error)
	// starts says whether a stream may begin with the bytes; need of them are
	// enough to tell.
	starts(b []byte) bool
	need() int
	// single says that the reader ends with each stream.
	single() bool
	// behind says whether err is about bytes that follow a whole stream, and how
	// many of them were read.
	behind(err error) (back int64, ok bool)
}

// streams reads compressed streams that follow each other. Where one is
// damaged it looks for the next.
type streams struct {
	name  string
	form  form
	in    *tally
	b     *bufio.Reader
	r     io.Reader
	first int64 // where the stream that is being read begins
	fresh bool  // nothing came of it yet
	held  error // told when the bytes before it were taken
	next  bool  // another stream is to be opened
	ended bool  // none follows
	gap   bool  // a newline is to stand for bytes that were lost
	skips int
}

// tally counts what was read, and keeps the last of it.
type tally struct {
	r    io.Reader
	n    int64
	last []byte
}

// keptBytes is how far a decoder may run on over damage, into what follows, for
// that to be found still.
const keptBytes = 16 << 10

func (t *tally) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	t.n += int64(n)
	switch p = p[:n]; {
	case n >= keptBytes:
		t.last, p = t.last[:0], p[n-keptBytes:]
	case len(t.last)+n > 2*keptBytes:
		t.last = append(t.last[:0], t.last[len(t.last)-keptBytes:]...)
	}
	t.last = append(t.last, p...)
	return n, err
}

// back goes back in the input, so far as bytes are kept, but not before from.
func (s *streams) back(from int64) {
	kept := s.in.last[:]
	at := s.in.n - int64(len(kept))
	if from > at {
		kept, at = kept[min(from-at, int64(len(kept))):], min(from, s.in.n)
	}
	s.in = &tally{r: io.MultiReader(bytes.NewReader(kept), s.in.r), n: at}
	s.b.Reset(s.in)
}

func newStreams(name string, f form, r io.Reader) (io.ReadCloser, error) {
	s := &streams{name: name, form: f, in: &tally{r: r}}
	s.b = bufio.NewReader(s.in)
	var err error
	if s.r, err = f.open(s.b); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

// at is where the decoder stands in the compressed input.
func (s *streams) at() int64 { return s.in.n - int64(s.b.Buffered()) }

// Read gives the bytes of all streams. A newline stands where some were lost,
// so that what follows is not taken for the rest of what came before.
func (s *streams) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if s.gap {
		s.gap, p[0] = false, '\n'
		return 1, nil
	}
	err := s.held
	s.held = nil
	for {
		if errors.Is(err, io.EOF) && s.form.single() && !s.ended {
			s.next, err = true, nil
		}
		if err == nil && s.next {
			err = s.open()
			s.ended = errors.Is(err, io.EOF)
			continue
		}
		if err != nil {
			break
		}
		var n int
		if n, err = s.r.Read(p); n > 0 {
			s.held, s.fresh = err, false
			return n, nil
		}
	}
	if errors.Is(err, io.EOF) {
		return 0, io.EOF
	}
	return 0, s.damaged(err)
}

// open goes on with the stream that follows; io.EOF when none does.
func (s *streams) open() error {
	if _, err := s.b.Peek(1); err != nil {
		return err
	}
	s.first, s.fresh, s.next = s.at(), true, false
	r, err := s.form.open(s.b)
	if err != nil {
		r = failed{io.EOF}
		err = &headError{err}
	}
	s.take(r)
	return err
}

// take reads from another reader from now on.
func (s *streams) take(r io.Reader) {
	if c, ok := s.r.(io.Closer); ok {
		_ = c.Close() // frees memory; what it has to say was told by Read
	}
	s.r = r
}

// headError is of the start of a stream.
type headError struct{ err error }

func (e *headError) Error() string { return e.err.Error() }
func (e *headError) Unwrap() error { return e.err }

type failed struct{ err error }

func (f failed) Read([]byte) (int, error) { return 0, f.err }

// damaged looks for another stream behind what could not be decoded.
func (s *streams) damaged(err error) error {
	from := s.at()
	if errors.Is(err, gzip.ErrChecksum) { // all of it was decoded, but some wrongly
		s.next = true
		return s.skipped(s.first, from, err)
	}
	back, behind := s.form.behind(err)
	var head *headError
	if s.first > 0 && s.fresh && (errors.As(err, &head) || s.form.single() && errors.Is(err, io.ErrUnexpectedEOF)) {
		back, behind = from-s.first, true
	}
	if _, gz := s.form.(gzForm); gz && !behind {
		s.back(s.first + 1)
	}
	f, blocks := s.form.(*bz2Form)
	whole := blocks && f.block && strings.Contains(err.Error(), "file checksum") // of blocks that were not all read
	from -= back
	if s.skips < maxSkips && s.seek(blocks) {
		s.next, s.gap = true, !behind && !whole
		if whole {
			return s.skipped(s.at(), s.at(), errors.New("the checksum of a stream that was not read from its start is not held against it"))
		}
		return s.skipped(min(from, s.at()), s.at(), err) // it may begin in what was read over
	}
	s.take(failed{io.EOF})
	switch {
	case whole:
		return io.EOF
	case behind:
		return &BehindError{s.name, from, err}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return err
	}
	return &LostError{from, err}
}

func (s *streams) skipped(from, to int64, err error) error {
	s.skips++
	return &SkipError{from, to - from, err}
}

// seek moves to where the next stream may begin; false when there is none. A
// block of bits may begin in the byte that was read last.
func (s *streams) seek(bits bool) bool {
	need := s.form.need()
	if bits {
		if err := s.b.UnreadByte(); err != nil {
			return false
		}
	}
	for {
		w, err := s.b.Peek(max(need, s.b.Size()))
		for i := 0; i+need <= len(w); i++ {
			if s.form.starts(w[i:]) {
				s.drop(i)
				return true
			}
		}
		s.drop(max(0, len(w)-need+1))
		if err != nil && len(w) < s.b.Size() {
			s.drop(s.b.Buffered())
			return false
		}
	}
}

func (s *streams) drop(n int) {
	if _, err := s.b.Discard(n); err != nil { // no more than Peek gave
		s.held = err
	}
}

// Close frees what the decoder holds.
func (s *streams) Close() error {
	if c, ok := s.r.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
