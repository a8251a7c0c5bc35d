package bundle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"runtime"
	"slices"
	"sort"
	"sync"
)

// Exhibits lists the proven exhibits in order. A part that cannot be read
// yields its error, and the list goes on behind it.
func (b *Bundle) Exhibits() iter.Seq2[Exhibit, error] {
	return func(yield func(Exhibit, error) bool) {
		for row, err := range b.rows() {
			if !yield(row.Exhibit, err) {
				return
			}
		}
	}
}

func (b *Bundle) rows() iter.Seq2[exhibitLine, error] {
	return func(yield func(exhibitLine, error) bool) {
		for i := range b.parts {
			rows, err := b.part(i)
			if err != nil {
				if !yield(exhibitLine{}, err) {
					return
				}
				continue
			}
			for k := range rows {
				if !yield(rows[k], nil) {
					return
				}
			}
		}
		if b.inside != nil {
			yield(*b.inside, nil)
		}
	}
}

func (b *Bundle) part(i int) ([]exhibitLine, error) {
	b.cache.mu.Lock()
	defer b.cache.mu.Unlock()
	if b.cache.index == i+1 {
		return b.cache.rows, nil
	}
	data, err := b.tagAt(b.parts[i].tag, maxPartBytes)
	if err != nil {
		return nil, err
	}
	rows, err := parsePart(data, b.parts[i].first)
	if err != nil {
		return nil, err
	}
	for k := range rows {
		if x := &rows[k]; x.At+x.Size > b.tab.size() {
			return nil, fmt.Errorf("bundle: exhibit %.200q lies outside the tar", x.Name)
		}
	}
	b.cache.index, b.cache.rows = i+1, rows
	b.cache.keep(i, rows)
	return rows, nil
}

// partPiece is how many bytes of a part are worth a goroutine of their own.
const partPiece = 128 << 10

// parsePart reads one exhibits/ part, whose first exhibit has a number; the
// pieces of a large one side by side.
func parsePart(data []byte, first uint32) ([]exhibitLine, error) {
	if n := bytes.Count(data, []byte{'\n'}); n > maxPartExhibits {
		return nil, fmt.Errorf("bundle: part %d has more than %d exhibits", first, maxPartExhibits)
	}
	n := max(min(len(data)/partPiece, runtime.GOMAXPROCS(0)), 1)
	rows, errs := make([][]exhibitLine, n), make([]error, n)
	number := first
	var wg sync.WaitGroup
	for i := range n {
		end := len(data)
		if at := len(data) / (n - i); i < n-1 { // behind the line that lies across the border
			if k := bytes.IndexByte(data[at:], '\n'); k >= 0 {
				end = at + k + 1
			}
		}
		piece, from := data[:end], number
		data, number = data[end:], number+uint32(bytes.Count(piece, []byte{'\n'}))
		wg.Go(func() { rows[i], errs[i] = parseLines(piece, from, first) })
	}
	wg.Wait()
	for _, err := range errs { // the first in the order of lines
		if err != nil {
			return nil, err
		}
	}
	all := slices.Concat(rows...)
	if len(all) > maxPartExhibits { // the last line has no end
		return nil, fmt.Errorf("bundle: part %d has more than %d exhibits", first, maxPartExhibits)
	}
	return all, nil
}

func parseLines(data []byte, from, first uint32) ([]exhibitLine, error) {
	var rows []exhibitLine
	for line := range bytes.Lines(data) {
		var x exhibitLine
		if err := json.Unmarshal(line, &x); err != nil {
			return nil, fmt.Errorf("bundle: part %d: %w", first, err)
		}
		if err := x.check(from + uint32(len(rows))); err != nil {
			return nil, err
		}
		rows = append(rows, x)
	}
	return rows, nil
}

func (x *exhibitLine) check(number uint32) error {
	const far = 1 << 62
	if x.Number != number || x.Size < 0 || x.Size > far || x.At < tarBlock || x.At > far || len(x.Name) < 6 || x.Name[:5] != "data/" {
		return fmt.Errorf("bundle: record %d is of exhibit %d, %.200q, %d bytes at %d", number, x.Number, x.Name, x.Size, x.At)
	}
	if err := checkName(x.Name); err != nil {
		return fmt.Errorf("bundle: exhibit %d: %w", number, err)
	}
	if _, ok := sumHex(x.SHA256); !ok {
		return fmt.Errorf("bundle: exhibit %d: sha256 %.80q", number, x.SHA256)
	}
	return nil
}

// row finds one exhibit by number.
func (b *Bundle) row(n uint32) (exhibitLine, error) {
	if b.inside != nil && b.inside.Number == n {
		return *b.inside, nil
	}
	i := sort.Search(len(b.parts), func(i int) bool { return b.parts[i].first > n }) - 1
	if i < 0 {
		return exhibitLine{}, fmt.Errorf("bundle: no exhibit %d", n)
	}
	rows, err := b.part(i)
	if err != nil {
		return exhibitLine{}, err
	}
	if k := n - b.parts[i].first; int(k) < len(rows) {
		return rows[k], nil
	}
	return exhibitLine{}, fmt.Errorf("bundle: no exhibit %d", n)
}

// Exhibit gives the record of exhibit n; the first is 1.
func (b *Bundle) Exhibit(n uint32) (Exhibit, error) {
	x, err := b.row(n)
	return x.Exhibit, err
}

// ExhibitReader reads the bytes of one exhibit. Every frame is verified by
// hash before a byte of it is given; a damaged one is a *DamagedError, and
// bytes beyond it can still be read. It is safe for several goroutines, but
// Read and Seek share one position.
type ExhibitReader struct {
	tab  *frameTable
	at   int64
	size int64
	pos  int64
}

// OpenExhibit opens the bytes of an exhibit of this bundle, found by number.
func (b *Bundle) OpenExhibit(x Exhibit) (*ExhibitReader, error) {
	if p, ok := b.place(x.Number); ok {
		return &ExhibitReader{tab: b.tab, at: p.at, size: p.size}, nil
	}
	row, err := b.row(x.Number)
	if err != nil {
		return nil, err
	}
	return &ExhibitReader{tab: b.tab, at: row.At, size: row.Size}, nil
}

// Size is the number of bytes of the exhibit.
func (r *ExhibitReader) Size() int64 { return r.size }

// Read reads on from the current position.
func (r *ExhibitReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, err := r.ReadAt(p, r.pos)
	r.pos += int64(n)
	if n > 0 {
		return n, nil
	}
	return 0, err
}

// ReadAt reads at an offset of the exhibit.
func (r *ExhibitReader) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("bundle: read at negative offset %d", off)
	}
	if off >= r.size {
		return 0, io.EOF
	}
	short := int64(len(p)) > r.size-off
	if short {
		p = p[:r.size-off]
	}
	n, err := r.tab.read(p, r.at+off)
	if err == nil && short {
		err = io.EOF
	}
	return n, err
}

// Piece gives the bytes around one offset of the exhibit that lie in one stored
// frame, verified, without copying them, and where they begin. They must not be
// changed, and are there until done is called.
func (r *ExhibitReader) Piece(off int64) (data []byte, from int64, done func(), err error) {
	if off < 0 || off >= r.size {
		return nil, 0, nil, fmt.Errorf("bundle: no byte %d in an exhibit of %d", off, r.size)
	}
	i := r.tab.at(r.at + off)
	if i >= len(r.tab.refs) {
		return nil, 0, nil, io.ErrUnexpectedEOF
	}
	c, err := r.tab.frame(i)
	if err != nil {
		return nil, 0, nil, err
	}
	data, from = c.data, r.tab.plain[i]-r.at
	if from < 0 {
		data, from = data[-from:], 0
	}
	n := min(int64(len(data)), r.size-from)
	return data[:n:n], from, func() { r.tab.letGo(c) }, nil
}

// Seek sets the position of the next Read.
func (r *ExhibitReader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.pos
	case io.SeekEnd:
		offset += r.size
	}
	if offset < 0 {
		return r.pos, fmt.Errorf("bundle: seek to negative offset %d", offset)
	}
	r.pos = offset
	return offset, nil
}

// Close does nothing; the bundle keeps the file.
func (r *ExhibitReader) Close() error { return nil }

// Damage lists the ranges of the exhibit whose frames cannot be verified.
func (r *ExhibitReader) Damage() []StateRange {
	var out []StateRange
	for off := int64(0); off < r.size; {
		i := r.tab.at(r.at + off)
		end := min(r.tab.plain[i+1]-r.at, r.size)
		if c, err := r.tab.frame(i); err != nil {
			out = append(out, StateRange{Offset: off, Length: end - off, State: BytesUnreadable, Errno: err.Error()})
		} else {
			r.tab.letGo(c)
		}
		off = end
	}
	return out
}

// NextFrame is the offset behind the frame that holds byte off: where to read
// on after a *DamagedError.
func (r *ExhibitReader) NextFrame(off int64) int64 {
	i := r.tab.at(r.at + off)
	if i >= len(r.tab.refs) {
		return r.size
	}
	return min(r.tab.plain[i+1]-r.at, r.size)
}
