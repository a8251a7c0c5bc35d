// Package parse decides which parser claims an exhibit, runs it with limits,
// and turns every failure into a Warning. Parsers live in parse/parser, one
// file each; decoders that know bytes but not events live in parse/format.
package parse

import (
	"context"
	"io"
	"time"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// Description is the one description of a parser: `saksi parsers`, the tables
// of README and the wording of the screen are made from it.
type Description struct {
	Name       string // short, lower case, the name in event ids: never renamed
	Version    int    // raised when output changes
	Doc        string // one line: what it reads and what an event of it means
	References []string
	Sources    []string // values of Event.Source it emits
	Fields     []string // names of the fields it may fill
	Actions    []string // values of Event.Action it may emit
	Sample     string   // one real line, or a description for binary formats
	PathOnly   bool     // claimed by name alone, because the content has no mark
}

// Strength says how sure a parser is that an exhibit is its own.
type Strength int

// The strengths of a claim. The strongest claim wins, then the earlier parser
// in the sorted list.
const (
	No      Strength = iota
	ByName           // the name fits and the content does not speak against it
	Weak             // the content may be its own
	Strong           // the content is its own in structure
	Certain          // a magic number
)

// Exhibit is what a parser gets: the (decompressed) bytes and what is known of them.
type Exhibit struct {
	Run     string
	Number  uint32
	Name    string // path in the bag
	Path    string // original path with the codec suffix cut off; raw bytes
	Source  string // name of the collect.Source; "" for plain inputs
	Layer   string // "", "gz", "xz", "zst", "bz2", "lz4", "utf-16le", "utf-16be", joined by + from the outside
	Size    int64  // of the decompressed bytes; -1 when only reading to the end tells
	Mark    int    // bytes of a byte order mark before Head: 3 or 0
	Head    []byte // first bytes (up to 64 KiB) without a byte order mark, for Claim
	Tail    []byte // last bytes (up to 64 KiB) when cheap, else nil
	Mtime   int64  // of the original, ns; 0 unknown
	Btime   int64  // birth of the original, ns; 0 unknown, or that of a copy at a desk
	Ctime   int64
	Started int64 // acquisition of this exhibit, host clock, ns; 0 unknown
	SHA256  [32]byte
	// Open gives the decompressed bytes from the start. Each call is independent.
	Open func() (io.ReadCloser, error)
	// At gives random access to the decompressed bytes; nil behind a codec
	// that has none (then use Open, or spool through parse.Spool).
	At io.ReaderAt
	// UID is the owner of the original; -1 unknown.
	UID int64
	// Workers is how many pieces of the exhibit may be parsed at once (see
	// EachChunk); the events must not depend on it.
	Workers int
	// Sealed says that the collector wrote the exhibit: only then may a
	// record parser (process, socket, file times ...) trust its form.
	Sealed bool

	close   func() error // of At
	batches *batchPool   // nil when the sink keeps events
}

// Room is how many bytes the exhibit holds at most, -1 when only reading to the
// end tells: what a parser need not allocate more than.
func (x *Exhibit) Room() int64 {
	const mark = 3 // of the byte order, which Head goes without
	switch {
	case x.Size >= 0:
		return x.Size
	case x.Head != nil && len(x.Head) < headSize-mark:
		return int64(len(x.Head)) + mark
	}
	return -1
}

// Close releases what At holds.
func (x *Exhibit) Close() error {
	if x.close == nil {
		return nil
	}
	return x.close()
}

// Account is one line of passwd(5).
type Account struct {
	UID   uint32
	GID   uint32
	Name  string
	Home  string
	Shell string
}

// Sibling is another exhibit of the same rotation series.
type Sibling struct {
	Path  string
	Mtime int64
	Size  int64
	First string // first whole line of an audit log; "" unknown
	Last  string // last line of an audit log; "" unknown
	Open  bool   // that line has no end: it is cut
}

// Facts is what was gathered about the host before parsing; read-only.
type Facts struct {
	Run       string
	Host      event.HostKey
	Hostname  string
	MachineID string
	BootID    string
	Zone      *time.Location // nil: unknown
	ZoneFrom  event.Reason   // ZoneHost, ZoneGiven ... when Zone is set
	Collected int64          // start of the acquisition by the host's clock, ns; 0 unknown
	Boot      int64          // realtime of boot (realtime - boottime), ns; 0 unknown
	SelfPID   int            // the collector's own process
	SelfStart uint64
	Synthetic bool
	Accounts  []Account
	HomeBirth func(home string) int64 // when the home directory was born, ns; 0 unknown
	// AccountBirth is the earliest instant, ns, at which the account can have
	// been made, by a record of its making that nothing among the exhibits
	// contradicts; 0 unknown. It is asked only of accounts with a shell history.
	AccountBirth func(name string) int64
	Siblings     func(path string) []Sibling     // rotation siblings of a log
	LogFormat    func(path string) []string      // custom web log formats that a collected configuration gives for this path
	HostFor      func(name string) event.HostKey // key for another host's name on a line (loghost); zero when it is this host
}

// Sink takes what a parser makes. An event handed over belongs to the sink:
// the parser must not touch it or its slices again. Errors stop the parser.
type Sink interface {
	Event(*event.Event) error
	Warning(event.Warning) error
	Counter(event.Counter) error
	// Padding accounts for bytes that are known to carry nothing (blank
	// lines, alignment, preallocated zeros).
	Padding(offset, length int64) error
}

// Parser turns one exhibit into events, warnings and counters. It is pure: no
// I/O but through the exhibit, no clock, no globals; the same input gives the
// same output.
type Parser interface {
	Describe() Description
	// Claim looks at Head, Tail, Size and Path only.
	Claim(x *Exhibit) Strength
	// Parse reads the whole exhibit. It returns an error only when the sink
	// or the context stopped it or reading failed; damage is a Warning.
	Parse(ctx context.Context, f *Facts, x *Exhibit, s Sink) error
}

// FactClaimer is a parser that knows exhibits by what other exhibits of the
// host say of them, too: a log by the format that a configuration gives it.
type FactClaimer interface {
	Parser
	// ClaimBy is asked besides Claim; the stronger of both counts.
	ClaimBy(f *Facts, x *Exhibit) Strength
}
