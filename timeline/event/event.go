package event

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// ID names an event: the first 16 bytes of SHA-256 over run id, exhibit
// number, offset, length, parser name and ordinal. It is recomputed from the
// origin, never stored, and the same on every machine.
type ID [16]byte

// String gives the ID as 32 hex digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// ParseID reads 32 hex digits.
func ParseID(s string) (ID, error) {
	var id ID
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(id) {
		return id, fmt.Errorf("event id %q: want 32 hex digits", s)
	}
	copy(id[:], b)
	return id, nil
}

// HostKey stands for a host in the store: the first 8 bytes of SHA-256 over
// machine-id, a zero byte and hostname (for plain inputs: over an empty
// machine-id and the name given with --host). The zero key means "not known".
type HostKey [8]byte

// MakeHostKey computes the key.
func MakeHostKey(machineID, hostname string) HostKey {
	h := sha256.Sum256([]byte(machineID + "\x00" + hostname))
	var k HostKey
	copy(k[:], h[:])
	return k
}

// String gives the key as 16 hex digits.
func (k HostKey) String() string { return hex.EncodeToString(k[:]) }

// IsZero says whether the key is unset.
func (k HostKey) IsZero() bool { return k == HostKey{} }

// Span is a byte range of an exhibit.
type Span struct {
	Offset int64 `json:"offset"`
	Length int64 `json:"length"`
}

// Origin points at the bytes an event was read from (promise P2).
type Origin struct {
	Run     string // run id of the bundle
	Exhibit uint32 // number of the exhibit in the bundle
	Path    string // the exhibit's path in the bag
	Offset  int64  // of the record; in decompressed bytes when Layer is set
	Length  int64
	Spans   []Span   // all pieces when the record is scattered; nil when [Offset,Length] is all
	Layer   string   // "" or the codec(s) the offsets lie behind: "gz", "xz", ...
	SHA256  [32]byte // of the exhibit's raw bytes
}

// Field is one typed value of a record under its field name (pid, uid, auid,
// ip, port, session, tty, path, hash ...). Values are text; numbers decimal.
type Field struct {
	Name  string
	Value string
}

// Event is something that happened, as one record tells it.
//
// A parser fills Time, Meaning, Source, Actor, Action, Object, Message,
// Fields, Tags, HeldBy/Host when the record speaks of another host, Ordinal,
// and Origin.Offset/Length/Spans. The runner fills the rest of Origin, Parser,
// and Host. Strings are raw evidence bytes: they may hold anything, and pass
// the sanitiser only on their way to a screen or listing.
type Event struct {
	Time    Time
	Meaning string  // meaning of the time: logged, login, started, modified, MACB letters ...
	Host    HostKey // the host the record speaks of
	HeldBy  HostKey // the host whose disk held the bytes, when another; else zero
	Source  string  // kind of source: syslog, journal, audit, wtmp, process, socket ...
	Parser  string  // name of the parser, without version
	Actor   string  // account (or process) that acted
	Action  string  // closed verbs per parser: login, logout, exec, accept, fail ...
	Object  string  // what was acted on
	Message string
	Fields  []Field // sorted by name
	Tags    []string
	Ordinal uint32 // n-th event of the same record and parser
	Origin  Origin
}

// ID computes the event's name from its origin, parser and ordinal.
func (e *Event) ID() ID {
	return MakeID(e.Origin.Run, e.Origin.Exhibit, e.Origin.Offset, e.Origin.Length, e.Parser, e.Ordinal)
}

// MakeID computes an event id from its parts. Each string is preceded by its
// length; numbers are big endian.
func MakeID(run string, exhibit uint32, offset, length int64, parser string, ordinal uint32) ID {
	b := make([]byte, 0, 96)
	b = binary.BigEndian.AppendUint32(b, uint32(len(run)))
	b = append(b, run...)
	b = binary.BigEndian.AppendUint32(b, exhibit)
	b = binary.BigEndian.AppendUint64(b, uint64(offset))
	b = binary.BigEndian.AppendUint64(b, uint64(length))
	b = binary.BigEndian.AppendUint32(b, uint32(len(parser)))
	b = append(b, parser...)
	b = binary.BigEndian.AppendUint32(b, ordinal)
	h := sha256.Sum256(b)
	var id ID
	copy(id[:], h[:16])
	return id
}

// Get returns the value of a field.
func (e *Event) Get(name string) (string, bool) {
	for i := range e.Fields {
		if e.Fields[i].Name == name {
			return e.Fields[i].Value, true
		}
	}
	return "", false
}

// Warning is a byte range that a parser could not read, or a doubt it has
// about one (promise P3). Code is a closed short word per parser family:
// unreadable, truncated, too-long, bad-stamp, header-mismatch ...
type Warning struct {
	Run     string
	Exhibit uint32
	Path    string // the exhibit's path in the bag
	Host    HostKey
	Offset  int64
	Length  int64
	Layer   string
	Parser  string
	Code    string
	Message string
}

// Counter is one reading of a sequence that should have no holes: journal
// seqnum, audit serial, boot. Readings are joined across files by coverage.
type Counter struct {
	Run     string
	Exhibit uint32
	Host    HostKey
	Source  string // the source the counter speaks of, as in Event.Source
	Name    string // seqnum, serial, boot ...
	Scope   string // what the numbers are unique within: seqnum_id, boot id ...
	First   uint64 // a run of consecutive numbers First..Last
	Last    uint64
	From    int64 // time of the first, ns UTC
	To      int64 // time of the last
}
