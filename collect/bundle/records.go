package bundle

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Records is a stream of JSON lines that is cut into numbered exhibits.
type Records struct {
	w     *Writer
	x     Exhibit
	buf   []byte
	parts int
	bytes int64
	start int64
	done  bool
}

// Records opens a stream of JSON lines. Its name is x.Parts, else what x.Name
// has below data/records/, else x.Source;
// its parts are "data/records/NAME.00001.jsonl" and on. Several streams may be
// open at once; each holds at most PartBytes and one line.
func (w *Writer) Records(x Exhibit) (*Records, error) {
	if name, ok := strings.CutPrefix(x.Name, "data/records/"); ok && x.Parts == "" {
		x.Parts = name
	}
	if x.Parts == "" {
		x.Parts = x.Source
	}
	if x.Parts == "" {
		return nil, errors.New("bundle: a record stream needs a name")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return &Records{w: w, x: x}, w.usable()
}

// Record marshals v as one line.
func (r *Records) Record(v any) error {
	line, err := jsonLine(v)
	if err != nil {
		return err
	}
	return r.add(line)
}

// Line takes an encoded line without its newline.
func (r *Records) Line(b []byte) error {
	for _, c := range b {
		if c == '\n' {
			return errors.New("bundle: a record line has a newline inside")
		}
	}
	if !json.Valid(b) {
		return fmt.Errorf("bundle: record line %.80q is not JSON", b)
	}
	return r.add(append(b[:len(b):len(b)], '\n'))
}

// Lines takes whole encoded lines, each with its newline. A part ends only
// between two calls. That the lines are JSON is the caller's promise.
func (r *Records) Lines(batch []byte) error {
	if len(batch) == 0 {
		return nil
	}
	if batch[len(batch)-1] != '\n' {
		return errors.New("bundle: record lines do not end in a newline")
	}
	return r.add(batch)
}

func (r *Records) add(line []byte) error {
	if r.done {
		return ErrClosed
	}
	if len(r.buf) > 0 && len(r.buf)+len(line) > r.w.o.PartBytes {
		if err := r.flush(); err != nil {
			return err
		}
	}
	if len(r.buf) == 0 {
		r.start = r.w.o.Now().UnixNano()
	}
	r.buf = append(r.buf, line...)
	return nil
}

func (r *Records) flush() error {
	w := r.w
	w.mu.Lock()
	defer w.mu.Unlock()
	x := r.x
	x.Part = w.streams[x.Parts] + 1
	x.Name = BagName("data/records", []byte(fmt.Sprintf("%s.%05d.jsonl", x.Parts, x.Part)))
	x.Started = r.start
	if _, err := w.bytes(x, r.buf, nil); err != nil {
		return err
	}
	w.streams[x.Parts] = x.Part
	r.parts++
	r.bytes += int64(len(r.buf))
	r.buf = r.buf[:0]
	return nil
}

// Close writes the last part and tells how many parts and bytes there were.
func (r *Records) Close() (parts int, bytes int64, err error) {
	if !r.done && len(r.buf) > 0 {
		err = r.flush()
	}
	r.done, r.buf = true, nil
	return r.parts, r.bytes, err
}
