// Package audit decodes the records of the Linux audit system as auditd writes
// them, raw and enriched. It knows lines and fields, not events; see FORMAT.md.
package audit

import (
	"bytes"
)

// MaxLine is the length in bytes from which a line is not taken for a record.
const MaxLine = 1 << 20

// Record is one line. All slices point into the line.
type Record struct {
	Node     []byte
	Type     []byte
	Sec      int64 // seconds since 1970 UTC
	Milli    int32
	Serial   uint64
	Body     []byte // key=value pairs
	Enriched []byte // what follows byte 0x1d
}

// Parse splits one line without its newline. It returns "" when the line is a
// record, else the reason why it is not.
func (r *Record) Parse(line []byte) string {
	*r = Record{}
	if rest, ok := bytes.CutPrefix(line, []byte("node=")); ok {
		i := bytes.IndexByte(rest, ' ')
		if i < 0 {
			return "nothing follows the node"
		}
		r.Node, line = rest[:i], bytes.TrimLeft(rest[i:], " ")
	}
	rest, ok := bytes.CutPrefix(line, []byte("type="))
	if !ok {
		return "it does not begin with type="
	}
	i := bytes.IndexByte(rest, ' ')
	if i < 0 {
		return "nothing follows the type"
	}
	if i == 0 {
		return "the type is empty"
	}
	r.Type, rest = rest[:i], bytes.TrimLeft(rest[i:], " ")
	rest, ok = bytes.CutPrefix(rest, []byte("msg=audit("))
	if !ok {
		return "msg=audit( is missing"
	}
	if rest, ok = r.stamp(rest); !ok {
		return "the stamp is not SECONDS.MILLIS:SERIAL"
	}
	rest = bytes.TrimLeft(rest, " ")
	if i := bytes.IndexByte(rest, 0x1d); i >= 0 {
		rest, r.Enriched = rest[:i], rest[i+1:]
	}
	r.Body = rest
	return ""
}

// stamp reads "SEC.MILLI:SERIAL):" and returns what follows.
func (r *Record) stamp(b []byte) ([]byte, bool) {
	sec, b, ok := number(b, 1<<36)
	if !ok || len(b) == 0 || b[0] != '.' {
		return nil, false
	}
	milli, b, ok := number(b[1:], 999)
	if !ok || len(b) == 0 || b[0] != ':' {
		return nil, false
	}
	serial, b, ok := number(b[1:], 1<<63)
	if !ok || len(b) == 0 || b[0] != ')' {
		return nil, false
	}
	r.Sec, r.Milli, r.Serial = int64(sec), int32(milli), serial
	return bytes.TrimPrefix(b[1:], []byte(":")), true
}

// number reads decimal digits up to a limit.
func number(b []byte, limit uint64) (uint64, []byte, bool) {
	var v uint64
	i := 0
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		v = v*10 + uint64(b[i]-'0')
		if v > limit {
			return 0, nil, false
		}
		i++
	}
	return v, b[i:], i > 0
}

// Looks says whether a line has the shape of a record.
func Looks(line []byte) bool {
	var r Record
	return r.Parse(line) == ""
}
