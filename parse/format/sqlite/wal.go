package sqlite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ErrNotLog says that the header is not that of a write-ahead log.
var ErrNotLog = errors.New("not a write-ahead log")

const (
	walHead  = 32
	walFrame = 24 // before each page
)

// IsLog says whether head begins as a write-ahead log of SQLite does.
func IsLog(head []byte) bool {
	return len(head) >= walHead && binary.BigEndian.Uint32(head)&^1 == 0x377f0682 && binary.BigEndian.Uint32(head[4:]) == 3007000
}

// walFrames are the frames of a write-ahead log: copies of pages of the
// database, each as a transaction left it.
type walFrames struct {
	at      map[uint32][]int // frames of a page, rising
	frames  []walPage
	now     int // the frame that is being read
	reads   int // of overflow pages
	visited []bool
}

type walPage struct {
	page uint32
	end  int // the frame that ends its transaction
	LogState
}

// LogState says what became of a frame.
type LogState struct {
	Stale bool // of a round before the log was begun anew
	Open  bool // its transaction was not ended
	Torn  bool // its checksum, or one before it, does not fit: SQLite passes over it
}

// OpenLog reads the header and the frames of a write-ahead log.
func OpenLog(r io.ReaderAt, size int64, report func(Problem), padding func(Span)) (*File, error) {
	f := &File{r: r, size: size, seen: map[uint32]bool{}, told: map[uint32]bool{}, report: report, padding: padding, encoding: 1}
	h, err := f.bytes(0, min(size, walHead))
	if err != nil || !IsLog(h) {
		return nil, fmt.Errorf("%w: %d bytes that begin with %q", ErrNotLog, size, h[:min(len(h), 4)])
	}
	f.page = int64(binary.BigEndian.Uint32(h[8:]))
	if f.page < 512 || f.page > 65536 || f.page&(f.page-1) != 0 {
		return nil, fmt.Errorf("%w: page size %d", ErrNotLog, f.page)
	}
	f.usable = f.page
	f.log = &walFrames{at: map[uint32][]int{}}
	padding(Span{0, walHead})
	sum := newWalSum(h)
	if !sum.whole {
		report(Problem{Span{0, walHead}, "checksum", "the checksum of the log's header does not fit: SQLite would not use the log"})
	}
	return f, f.frames(binary.BigEndian.Uint64(h[16:]), sum)
}

// frames reads what stands before each page. salt is the log's.
func (f *File) frames(salt uint64, sum *walSum) error {
	l := f.log
	begun := 0 // the first frame of the transaction at hand
	for off := int64(walHead); off+walFrame+f.page <= f.size; off += walFrame + f.page {
		h, err := f.bytes(off, walFrame)
		if err != nil {
			return err
		}
		n := len(l.frames)
		p := walPage{page: binary.BigEndian.Uint32(h), LogState: LogState{Stale: binary.BigEndian.Uint64(h[8:]) != salt, Open: true}}
		if p.Torn, err = f.torn(h, off, &p, sum); err != nil {
			return err
		}
		if n > 0 && (p.Stale != l.frames[n-1].Stale || p.Torn != l.frames[n-1].Torn) {
			begun = n
		}
		l.frames = append(l.frames, p)
		l.at[p.page] = append(l.at[p.page], n)
		f.padding(Span{off, walFrame})
		if binary.BigEndian.Uint32(h[4:]) != 0 && !p.Torn { // the last of a transaction
			for i := begun; i <= n; i++ {
				l.frames[i].end, l.frames[i].Open = n, false
			}
			begun = n + 1
		}
	}
	for i := begun; i < len(l.frames); i++ {
		l.frames[i].end = len(l.frames) - 1
	}
	l.visited = make([]bool, len(l.frames))
	if at := l.at[1]; len(at) > 0 { // the schema page has the database's header
		h, err := f.bytes(f.frameAt(at[len(at)-1]), 100)
		if err != nil {
			return err
		}
		if string(h[:16]) == Magic && f.page-int64(h[20]) >= 480 {
			f.usable, f.encoding = f.page-int64(h[20]), binary.BigEndian.Uint32(h[56:])
		}
	}
	return nil
}

// frameAt is where the page of frame i lies.
func (f *File) frameAt(i int) int64 { return walHead + int64(i)*(walFrame+f.page) + walFrame }

// logged reads page n as the transaction of the frame at hand saw it. Rows of
// several frames may lead to it.
func (f *File) logged(n uint32) ([]byte, int64, error) {
	l := f.log
	found := -1
	for _, i := range l.at[n] {
		if i <= l.frames[l.now].end && l.frames[i].Stale == l.frames[l.now].Stale && l.frames[i].Torn == l.frames[l.now].Torn {
			found = i
		}
	}
	if l.reads++; found < 0 || l.reads > 4*len(l.frames)+16 {
		return nil, 0, fmt.Errorf("page %d is not in the log: it is in the database", n)
	}
	b, err := f.bytes(f.frameAt(found), f.page)
	return b, f.frameAt(found), err
}

// Logged visits the rows of the leaf pages in a write-ahead log that fits
// takes, each once; known remembers them. Call Unlogged behind it.
func (f *File) Logged(known *Known, fits func(*Row) bool, visit func(*Row, LogState) error) error {
	for i, p := range f.log.frames {
		b, err := f.bytes(f.frameAt(i), f.page)
		if err != nil {
			return err
		}
		off := f.frameAt(i)
		if p.page == 1 || b[0] == 2 || b[0] == 5 || b[0] == 10 { // the schema, and pages that only lead to others
			f.log.visited[i] = true
			f.padding(Span{off, f.page})
			continue
		}
		if f.log.visited[i] || !f.leafLike(b) {
			continue
		}
		f.log.visited[i], f.log.now = true, i
		if err := f.loggedLeaf(b, off, known, fits, func(r *Row) error { return visit(r, p.LogState) }); err != nil {
			return err
		}
	}
	return nil
}

func (f *File) loggedLeaf(b []byte, off int64, known *Known, fits func(*Row) bool, visit func(*Row) error) error {
	cells := int64(binary.BigEndian.Uint16(b[3:]))
	at := make([]int64, cells)
	for i := range at {
		at[i] = int64(binary.BigEndian.Uint16(b[8+2*i:]))
	}
	f.padding(Span{off, 8 + 2*cells})
	if f.usable < f.page {
		f.padding(Span{off + f.usable, f.page - f.usable})
	}
	return f.leaf(b[:f.usable], off, 8+2*cells, at, false, func(r *Row) error {
		switch {
		case !fits(r):
			for _, s := range r.Spans {
				f.report(Problem{s, "slack", "a row of another table"})
			}
		case known.Has(r): // each transaction writes whole pages
			for _, s := range r.Spans {
				f.padding(s)
			}
		default:
			known.Add(r)
			return visit(r)
		}
		return nil
	})
}

// Unlogged accounts for the frames that no row led to, and for what is left
// behind the last.
func (f *File) Unlogged() {
	for i, seen := range f.log.visited {
		if seen {
			continue
		}
		s := Span{f.frameAt(i), f.page}
		if b, err := f.bytes(s.Offset, s.Length); err == nil && allZero(b) {
			f.padding(s)
			continue
		}
		f.report(Problem{s, "slack", fmt.Sprintf("frame %d of the log, page %d of the database, belongs to no row that was read", i+1, f.log.frames[i].page)})
	}
	if end := f.frameAt(len(f.log.frames)) - walFrame; end < f.size {
		f.report(Problem{Span{end, f.size - end}, "trailing", "less than a frame is left at the end of the log"})
	}
}
