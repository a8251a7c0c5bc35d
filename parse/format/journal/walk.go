package journal

import "errors"

// Kind says what a Piece is.
type Kind uint8

// The kinds of pieces.
const (
	Whole     Kind = iota // an object; Why tells when its content is in doubt
	Recovered             // an object whose size field was wrong
	Damaged               // bytes that are no object
	Wiped                 // zeros with objects behind them
	Unused                // zeros up to the end of the file
)

// Piece is a stretch of the file. All pieces and the header are the file, but
// for up to 7 bytes that align each object.
type Piece struct {
	Kind Kind
	Object
	Why string
}

// Walk visits the file from an offset, at which an object or damage begins, in
// order, until a piece ends at or behind another offset. It returns where that
// piece ends. A piece is valid during its visit. It stops at the first error of visit; ErrStop is none.
func (f *File) Walk(from, to int64, visit func(*Piece) error) (int64, error) {
	f.walked = from
	for off := from; off < to; {
		next, err := f.step(off, visit)
		if errors.Is(err, ErrStop) {
			return next, nil
		}
		if err != nil {
			return off, err
		}
		from, off = next, next
	}
	return from, nil
}

// ErrStop from a visit ends a walk behind the piece.
var ErrStop = errors.New("stop")

// Border finds the first offset in [from, to) at which an object lies beyond
// doubt. A walk that comes from before need not stop there: another object, or
// damage, may reach over it.
func (f *File) Border(from, to int64) (int64, bool) {
	if from <= f.start {
		return f.start, f.start < f.size
	}
	return f.scan(from, to)
}

// Size is the size of the file.
func (f *File) Size() int64 { return f.size }

// step visits what lies at off and returns where to go on.
func (f *File) step(off int64, visit func(*Piece) error) (int64, error) {
	o, ok := f.head(off)
	if !ok {
		if end := f.zeros(off); end >= min(off+16, f.size) {
			p := &f.piece
			*p = Piece{Kind: Unused, Object: Object{Offset: off, Size: end - off}}
			if end < f.size {
				end &^= 7
				p.Kind, p.Size, p.Why = Wiped, end-off, "zeros where objects should be: wiped, or lost in a crash"
			}
			return off + p.Size, visit(p)
		}
		return f.lost(off, "no object begins here", visit)
	}
	good, why := f.verify(o)
	if why != "" {
		if p, found := f.inside(o); found {
			return f.between(off, p, "its size reaches over other objects", visit)
		}
		if !good && !f.chained(o.End()) {
			return f.lost(off, why, visit)
		}
	}
	f.piece = Piece{Kind: Whole, Object: o, Why: why}
	return min(o.End(), f.size), visit(&f.piece)
}

// chained says whether an object, zeros or the end of the file is at off.
func (f *File) chained(off int64) bool {
	if off >= f.size {
		return true
	}
	if _, ok := f.head(off); ok {
		return true
	}
	b, err := f.blocks.bytes(off, min(16, f.size-off))
	return err == nil && allZero(b)
}

// inside looks for verified objects that a wrong size hides.
func (f *File) inside(o Object) (int64, bool) {
	if o.Type == TypeDataTable || o.Type == TypeFieldTable || o.Size <= 64 {
		return 0, false
	}
	return f.scan(o.Offset+16, o.End())
}

// lost finds the next object behind bytes that are none.
func (f *File) lost(off int64, why string, visit func(*Piece) error) (int64, error) {
	p, found := f.scan(off+8, f.size)
	if !found {
		p = f.size
	}
	return f.between(off, p, why, visit)
}

// between reports [off, next): an object whose size field is wrong, or damage.
func (f *File) between(off, next int64, why string, visit func(*Piece) error) (int64, error) {
	if o, ok := f.resize(off, next); ok {
		return next, visit(&Piece{Kind: Recovered, Object: o, Why: "the size in its header is wrong"})
	}
	return next, visit(&Piece{Kind: Damaged, Object: Object{Offset: off, Size: next - off}, Why: why})
}

// resize tries whether [off, next) is a data object or entry of another size
// than its header claims.
func (f *File) resize(off, next int64) (Object, bool) {
	b, err := f.blocks.bytes(off, min(16, f.size-off))
	if err != nil || len(b) < 16 || next-off > maxObject {
		return Object{}, false
	}
	o := Object{Type: Type(b[0]), Flags: b[1], Offset: off}
	if !likely(b) || (o.Type != TypeData && o.Type != TypeEntry) {
		return Object{}, false
	}
	for pad := int64(0); pad < 8; pad++ {
		o.Size = next - off - pad
		switch {
		case o.Type == TypeData && o.Size > f.payload() && !f.keyLost && !f.tired():
			d := &Data{Object: o, Key: -1}
			if f.decode(d); d.Problem == "" {
				f.fixed[off] = o.Size
				f.cache.put(d)
				return o, true
			}
		case o.Type == TypeEntry && o.Size > 64 && (o.Size-64)%f.itemSize() == 0:
			if _, why := f.entry(o); why == "" {
				return o, true
			}
		}
	}
	return Object{}, false
}

// scan finds the first verified object in [from, to).
func (f *File) scan(from, to int64) (int64, bool) {
	to = min(to, f.size)
	for at := align(from); at < to; {
		n := min(64<<10, to-at)
		b, err := f.blocks.bytes(at, n)
		if err != nil {
			return 0, false
		}
		i := candidate(b)
		if i < 0 {
			if n > 16 && at+n < to {
				n -= 8 // a header may lie across the edge
			}
			at += max(n&^7, 8)
			continue
		}
		at += int64(i)
		if f.sure(at) {
			return at, true
		}
		at += 8
	}
	return 0, false
}

// candidate is the first multiple of 8 in b that may begin a header, or -1.
func candidate(b []byte) int {
	for i := 0; i+16 <= len(b); i += 8 {
		if b[i] != 0 && likely(b[i:i+8]) {
			return i
		}
	}
	return -1
}

// sure says whether an object lies at off beyond doubt.
func (f *File) sure(off int64) bool {
	o, ok := f.head(off)
	if !ok {
		return false
	}
	good, _ := f.verify(o)
	switch {
	case !good:
		return false
	case o.Type == TypeEntry:
		return true
	case (o.Type == TypeData || o.Type == TypeField) && !f.keyLost && !f.tired():
		return true
	}
	return f.chained(o.End())
}

// zeros returns the end of the zeros that begin at off (off itself when none do).
func (f *File) zeros(off int64) int64 {
	for off < f.size {
		b, err := f.blocks.bytes(off, min(64<<10, f.size-off))
		if err != nil {
			return off
		}
		for i, c := range b {
			if c != 0 {
				return off + int64(i)
			}
		}
		off += int64(len(b))
	}
	return off
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
