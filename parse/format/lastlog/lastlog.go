// Package lastlog decodes lastlog and faillog: arrays of last logins and of
// login failures, indexed by uid. It knows bytes, not events; see FORMAT.md.
package lastlog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
)

// Layout is one of the four forms of lastlog.
type Layout struct {
	Size int  // 292 or 296 bytes
	Big  bool // big-endian
}

// Layouts lists the forms in the order in which they are tried.
func Layouts() [4]Layout {
	return [4]Layout{{292, false}, {296, false}, {292, true}, {296, true}}
}

// Record is one entry of lastlog. Texts point into the bytes given to Decode.
type Record struct {
	Sec  int64 // seconds since 1970 UTC; 32-bit times are unsigned
	Line []byte
	Host []byte
	rest bool // both texts are padded with NULs to their full width
}

func order(big bool) binary.ByteOrder {
	if big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// Decode reads one record of at least l.Size bytes.
func (l Layout) Decode(b []byte) Record {
	var r Record
	if l.Size == 296 {
		r.Sec, b = int64(order(l.Big).Uint64(b)), b[8:296]
	} else {
		r.Sec, b = int64(order(l.Big).Uint32(b)), b[4:292]
	}
	r.Line, r.Host = text(b[:32]), text(b[32:])
	r.rest = Zero(b[len(r.Line):32]) && Zero(b[32+len(r.Host):]) && len(r.Line) < 32
	return r
}

// Strict says whether the bytes are a record beyond doubt: a time from 1990 to
// 2106, a terminal, text without control bytes, and NULs to its full width, as
// login programs write it.
func (r *Record) Strict() bool {
	return r.rest && r.Sec >= 631152000 && r.Sec < 1<<32 && len(r.Line) > 0 && clean(r.Line) && clean(r.Host)
}

// Detect finds the layout that explains all records in the first and last
// bytes of a file. base is the offset of tail. ok is false when there is none,
// or no record at all.
func Detect(head, tail []byte, base int64) (l Layout, ok bool) {
	for _, before := range [...]int64{1 << 31, 1 << 32} { // 2038 rather than 2106
		for _, c := range Layouts() {
			good, bad := c.weigh(head, 0, before)
			g, b := c.weigh(tail, base, before)
			if good+g > 0 && bad+b == 0 {
				return c, true
			}
		}
	}
	return l, false
}

// Guess finds the layout of a file that Detect does not take, since some of it
// is no record: the one with most records beyond doubt, else by its size.
func Guess(head, tail []byte, base, size int64) Layout {
	best, most := Layouts()[0], 0
	if size > 0 && size%296 == 0 && size%292 != 0 {
		best = Layouts()[1]
	}
	for _, c := range Layouts() {
		good, _ := c.weigh(head, 0, 1<<32)
		g, _ := c.weigh(tail, base, 1<<32)
		if good+g > most {
			best, most = c, good+g
		}
	}
	return best
}

func (l Layout) weigh(b []byte, base, before int64) (good, bad int) {
	size := int64(l.Size)
	skip := (size - base%size) % size
	for b = b[min(skip, int64(len(b))):]; len(b) >= l.Size; b = b[l.Size:] {
		if Zero(b[:l.Size]) {
			continue
		}
		if r := l.Decode(b); r.Strict() && r.Sec < before {
			good++
		} else {
			bad++
		}
	}
	return good, bad
}

// FailLayout is one of the forms of faillog.
type FailLayout struct {
	Size int // 32 or 24 bytes
	Big  bool
}

// Failure is one entry of faillog.
type Failure struct {
	Count, Max int16 // failures since the last success; limit, 0 for none
	Line       []byte
	Sec        int64 // of the last failure, since 1970 UTC
	Lock       int64 // seconds the account stays locked after a failure
}

// Decode reads one record of at least l.Size bytes.
func (l FailLayout) Decode(b []byte) Failure {
	o := order(l.Big)
	f := Failure{Count: int16(o.Uint16(b)), Max: int16(o.Uint16(b[2:])), Line: text(b[4:16])}
	if l.Size == 24 {
		f.Sec, f.Lock = int64(o.Uint32(b[16:])), int64(int32(o.Uint32(b[20:])))
		return f
	}
	f.Sec, f.Lock = int64(o.Uint64(b[16:])), int64(o.Uint64(b[24:]))
	return f
}

// Sound says whether the record can be true.
func (f *Failure) Sound() bool {
	return f.Sec >= 0 && f.Sec < 1<<32 && f.Count >= 0 && f.Max >= 0 && f.Lock >= 0 && f.Lock < 1<<32 && clean(f.Line)
}

// DetectFail finds the layout that explains most of the first bytes.
func DetectFail(head []byte) FailLayout {
	best, most := FailLayout{32, false}, math.MinInt
	for _, c := range [...]FailLayout{{32, false}, {24, false}, {32, true}, {24, true}} {
		score := 0
		if len(head)%c.Size == 0 {
			score = 1
		}
		for b := head; len(b) >= c.Size; b = b[c.Size:] {
			f := c.Decode(b)
			switch {
			case Zero(b[:c.Size]), f.Sound() && f.Sec == 0: // a limit alone speaks for no layout
			case f.Sound() && f.Sec > 631152000 && f.Sec < 1<<31: // 2038 rather than 2106
				score++
			default:
				score--
			}
		}
		if score > most {
			best, most = c, score
		}
	}
	return best
}

// Zero says whether b holds NULs only.
func Zero(b []byte) bool {
	for len(b) >= 8 {
		if binary.LittleEndian.Uint64(b) != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

func text(b []byte) []byte {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		return b[:i]
	}
	return b
}

func clean(b []byte) bool {
	for _, c := range b {
		if c < 0x20 || c == 0x7f {
			return false
		}
	}
	return true
}

// Scan reads records of one size and hands over those that are not NULs, with
// their index, and what is left at the end with index -1. zeros is called for
// the stretches in between.
func Scan(r io.Reader, size int, record func(index, offset int64, b []byte) error, zeros func(offset, length int64) error) error {
	buf := make([]byte, size*512)
	base, idle := int64(0), int64(0) // idle: NULs not yet reported
	flush := func(at int64) error {
		n := idle
		idle = 0
		if n == 0 {
			return nil
		}
		return zeros(at-n, n)
	}
	for {
		n, err := io.ReadFull(r, buf)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return err
		}
		for b := buf[:n]; len(b) > 0; {
			m := min(size, len(b))
			if m == size && Zero(b[:m]) {
				idle += int64(m)
			} else {
				index := base / int64(size)
				if m < size {
					index = -1
				}
				if err := flush(base); err != nil {
					return err
				}
				if err := record(index, base, b[:m]); err != nil {
					return err
				}
			}
			base += int64(m)
			b = b[m:]
		}
		if err != nil {
			return flush(base)
		}
	}
}
