// Package utmp decodes the login records of utmp, wtmp and btmp: 384 and 400
// bytes, both byte orders. It knows bytes, not events; see FORMAT.md.
package utmp

import (
	"bytes"
	"encoding/binary"
	"net/netip"
)

// The record types of utmp(5).
const (
	Empty        = 0
	RunLevel     = 1
	BootTime     = 2
	NewTime      = 3
	OldTime      = 4
	InitProcess  = 5
	LoginProcess = 6
	UserProcess  = 7
	DeadProcess  = 8
	Accounting   = 9
)

// earliestPlausible is 1990-01-01 UTC: no Linux wtmp is older.
const earliestPlausible = 631152000

// Layout is one of the four forms of a record.
type Layout struct {
	Size int  // 384 or 400 bytes
	Big  bool // big-endian
}

// String names the layout, such as "384-byte little-endian".
func (l Layout) String() string {
	s := "384-byte"
	if l.Size == 400 {
		s = "400-byte"
	}
	if l.Big {
		return s + " big-endian"
	}
	return s + " little-endian"
}

// Layouts lists the forms in the order in which they are tried.
func Layouts() [4]Layout {
	return [4]Layout{{384, false}, {400, false}, {384, true}, {400, true}}
}

// Record is one decoded record. The text fields point into the bytes given to
// Decode and end before the first NUL.
type Record struct {
	Type     int
	PID      int32
	Line     []byte
	ID       []byte
	User     []byte
	Host     []byte
	Term     int16 // signal that ended the process
	Exit     int16 // its exit status
	Session  int64
	Sec      int64 // seconds since 1970 UTC
	Usec     int64
	addr     [16]byte
	badPad   bool
	tailJunk bool
	lettered bool // the low bytes of the time are letters: it may be text of another record
}

// Decode reads one record; b must hold at least l.Size bytes.
func (l Layout) Decode(b []byte) Record {
	var o binary.ByteOrder = binary.LittleEndian
	if l.Big {
		o = binary.BigEndian
	}
	r := Record{
		Type: int(o.Uint16(b)),
		PID:  int32(o.Uint32(b[4:])),
		Line: text(b[8:40]),
		ID:   text(b[40:44]),
		User: text(b[44:76]),
		Host: text(b[76:332]),
		Term: int16(o.Uint16(b[332:])),
		Exit: int16(o.Uint16(b[334:])),
	}
	r.badPad = b[2] != 0 || b[3] != 0
	if l.Size == 400 {
		r.Session = int64(o.Uint64(b[336:]))
		r.Sec = int64(o.Uint64(b[344:]))
		r.Usec = int64(o.Uint64(b[352:]))
		copy(r.addr[:], b[360:376])
		r.tailJunk = !zero(b[376:400])
		r.lettered = letters(uint32(r.Sec))
		return r
	}
	r.Session = int64(int32(o.Uint32(b[336:])))
	r.Sec = int64(o.Uint32(b[340:]))
	r.Usec = int64(o.Uint32(b[344:]))
	copy(r.addr[:], b[348:364])
	r.tailJunk = !zero(b[364:384])
	r.lettered = letters(uint32(r.Sec))
	return r
}

// letters says whether all four bytes are printable ASCII.
func letters(v uint32) bool {
	for range 4 {
		if c := byte(v); c < ' ' || c > '~' {
			return false
		}
		v >>= 8
	}
	return true
}

// Addr is the remote address; ok is false when none is stored.
func (r *Record) Addr() (a netip.Addr, ok bool) {
	if r.addr == [16]byte{} {
		return a, false
	}
	if zero(r.addr[4:]) {
		if a, err := netip.ParseAddr(string(r.Host)); err == nil && a.WithZone("").As16() == r.addr {
			return a.WithZone(""), true // such as 2001:db8::
		}
		return netip.AddrFrom4([4]byte(r.addr[:4])), true
	}
	return netip.AddrFrom16(r.addr).Unmap(), true
}

// Problem says why the bytes cannot be a record, or "".
func (r *Record) Problem() string {
	switch {
	case r.Type > Accounting:
		return "the type is none of 0 to 9"
	case r.OddUsec() && !r.sound():
		return "the microseconds are not below 1,000,000"
	case r.Sec < 0 || r.Sec > 1<<36:
		return "the time lies outside of 1970 to 4147"
	case r.Type == Empty && r.Sec == 0:
		return "it is neither empty nor a record"
	}
	return ""
}

// Strict says whether the bytes are a record beyond doubt. The search for a
// lost record start and the choice of a layout use it.
func (r *Record) Strict() bool { return r.Problem() == "" && !r.OddUsec() && r.sound() }

// OddUsec says whether the microseconds cannot be: some writers leave them as
// they find them. The seconds and the rest of the record stand.
func (r *Record) OddUsec() bool { return r.Usec < 0 || r.Usec >= 1e6 }

// sound says whether all but the microseconds is that of a record beyond doubt.
func (r *Record) sound() bool {
	return r.Type <= Accounting && !r.badPad && !r.tailJunk && r.Sec >= earliestPlausible && r.Sec < 1<<32 &&
		clean(r.Line) && clean(r.User) && clean(r.Host) && r.PID >= 0 &&
		len(r.Line)+len(r.User)+len(r.ID) > 0
}

// Zero says whether b holds NULs only.
func Zero(b []byte) bool { return zero(b) }

func zero(b []byte) bool {
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
