package bundle

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
)

// Bytes writes one small exhibit.
func (w *Writer) Bytes(x Exhibit, data []byte) (Exhibit, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.bytes(x, data, nil)
}

// Hashed is Bytes for a caller that has made the SHA-256 of these very bytes.
// It is made again of more than CheckpointBytes, since checkpoints inside of an
// exhibit sign that of the bytes before them.
func (w *Writer) Hashed(x Exhibit, data []byte, sum [32]byte) (Exhibit, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.bytes(x, data, sum[:])
}

// bytes writes one exhibit; sum is nil when its SHA-256 is still to be made.
func (w *Writer) bytes(x Exhibit, data, sum []byte) (Exhibit, error) {
	x.Size = int64(len(data))
	if x.Size > w.o.CheckpointBytes {
		return w.stream(x, x.Size, &sliceReader{data})
	}
	if err := w.open(&x); err != nil {
		return x, err
	}
	if err := w.header(x.Name, x.Size, w.mtimeOf(&x)); err != nil {
		return x, err
	}
	at := w.fr.plain
	if err := w.content(data); err != nil {
		return x, err
	}
	if sum == nil {
		made := sha256.Sum256(data)
		sum = made[:]
	}
	return x, w.shut(&x, at, sum)
}

type sliceReader struct{ b []byte }

func (r *sliceReader) Read(p []byte) (int, error) {
	if len(r.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.b)
	r.b = r.b[n:]
	return n, nil
}

// File writes one exhibit of a known size from r. Bytes that do not come are
// zeros: labelled short when r ends early, unreadable when it fails. Such
// failures of the source are in the States of the exhibit, not in the error,
// which speaks of the bundle. More bytes than size are not read.
func (w *Writer) File(x Exhibit, size int64, r interface{ Read([]byte) (int, error) }) (Exhibit, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stream(x, size, r)
}

func (w *Writer) stream(x Exhibit, size int64, r interface{ Read([]byte) (int, error) }) (Exhibit, error) {
	if size < 0 {
		return x, fmt.Errorf("bundle: exhibit %.200q of %d bytes", x.Name, size)
	}
	x.Size = size
	if err := w.open(&x); err != nil {
		return x, err
	}
	large := size > w.o.CheckpointBytes
	if large && (w.partCount > 0 || len(w.pending) > 0) {
		if err := w.checkpoint(); err != nil {
			return x, err
		}
	}
	whole := false
	defer func() {
		if !whole { // also when a source panics: the entry is torn, nothing may follow it
			w.fr.fail(fmt.Errorf("bundle: exhibit %.200q was torn while it was written", x.Name))
		}
	}()
	if err := w.header(x.Name, size, w.mtimeOf(&x)); err != nil {
		return x, err
	}
	s := &streaming{w: w, x: &x, at: w.fr.plain, sum: sha256.New(), large: large}
	if large {
		if err := w.fr.sync(); err != nil {
			return x, err
		}
		s.next = w.o.CheckpointBytes
	}
	if err := s.run(r); err != nil {
		return x, err
	}
	x.States = mergeStates(x.States, r, size)
	if _, err := w.fr.Write(make([]byte, padding(size))); err != nil {
		return x, err
	}
	whole = true
	return x, w.shut(&x, s.at, s.sum.Sum(nil))
}

// streaming is one exhibit on its way from a reader into frames.
type streaming struct {
	w     *Writer
	x     *Exhibit
	at    int64
	pos   int64 // content bytes so far
	next  int64 // position of the next checkpoint inside; 0 none
	sum   hash.Hash
	large bool
	idle  int // reads in a row that gave nothing
}

// maxIdle is how many empty reads a source may give before it counts as stuck.
const maxIdle = 100

func (s *streaming) run(r interface{ Read([]byte) (int, error) }) error {
	for s.pos < s.x.Size {
		room := s.room()
		n, err := r.Read(room)
		if n < 0 || n > len(room) {
			return fmt.Errorf("bundle: reader of %.200q gave %d bytes for a buffer of %d", s.x.Name, n, len(room))
		}
		if n > 0 {
			s.idle = 0
			if err := s.take(room[:n]); err != nil {
				return err
			}
		}
		var bad *UnreadableError
		switch {
		case errors.As(err, &bad) && bad.Length > 0:
			s.label(bad.Length, BytesUnreadable, bad.Err)
			if err := s.zero(min(bad.Length, s.x.Size-s.pos)); err != nil {
				return err
			}
		case err == io.EOF && s.pos < s.x.Size:
			s.label(s.x.Size-s.pos, BytesShort, nil)
			return s.zero(s.x.Size - s.pos)
		case err != nil && err != io.EOF:
			s.label(s.x.Size-s.pos, BytesUnreadable, err)
			return s.zero(s.x.Size - s.pos)
		case n == 0:
			if s.idle++; s.idle >= maxIdle {
				s.label(s.x.Size-s.pos, BytesUnreadable, io.ErrNoProgress)
				return s.zero(s.x.Size - s.pos)
			}
		}
	}
	return nil
}

// room is where the next bytes go: inside the frame being filled, not past
// the exhibit or the next checkpoint inside it.
func (s *streaming) room() []byte {
	n := s.x.Size - s.pos
	if s.next > 0 {
		n = min(n, s.next-s.pos)
	}
	room := s.w.fr.space()
	return room[:min(int64(len(room)), n)]
}

// take accounts for bytes that were put into room.
func (s *streaming) take(p []byte) error {
	s.sum.Write(p)
	s.pos += int64(len(p))
	if err := s.w.fr.fill(len(p)); err != nil {
		return err
	}
	if s.next == 0 || s.pos < s.next || s.pos == s.x.Size {
		return nil
	}
	s.next += s.w.o.CheckpointBytes
	return s.w.checkpointInside(s)
}

func (s *streaming) zero(n int64) error {
	for n > 0 {
		room := s.room()
		room = room[:min(int64(len(room)), n)]
		clear(room)
		n -= int64(len(room))
		if err := s.take(room); err != nil {
			return err
		}
	}
	return nil
}

// label notes the state of the next n bytes, joined with a like range before.
func (s *streaming) label(n int64, state ByteState, err error) {
	n = min(n, s.x.Size-s.pos)
	text := ""
	if err != nil {
		text = err.Error()
		if len(text) > 200 {
			text = text[:200]
		}
	}
	if k := len(s.x.States); k > 0 {
		last := &s.x.States[k-1]
		if last.State == state && last.Errno == text && last.Offset+last.Length == s.pos {
			last.Length += n
			return
		}
		if k >= maxStates { // a disk that fails everywhere must not fill memory
			last.Length = s.pos + n - last.Offset
			last.State = BytesUnreadable
			return
		}
	}
	s.x.States = append(s.x.States, StateRange{Offset: s.pos, Length: n, State: state, Errno: text})
}

const maxStates = 4096

// mergeStates adds the ranges that a reader knows by itself (a method
// States() []StateRange), sorted by offset; what lies outside the exhibit is
// dropped.
func mergeStates(own []StateRange, r any, size int64) []StateRange {
	k, ok := r.(interface{ States() []StateRange })
	if !ok {
		return own
	}
	for _, s := range k.States() {
		if s.Offset >= 0 && s.Length > 0 && s.Offset < size {
			s.Length = min(s.Length, size-s.Offset)
			own = append(own, s)
		}
	}
	slices.SortStableFunc(own, func(a, b StateRange) int { return cmp.Compare(a.Offset, b.Offset) })
	return own
}
