package bundle

import "github.com/saksi-dfir/saksi/collect/record"

// FormatVersion is the bundle format this package writes (FORMAT.md).
const FormatVersion = 1

// Acquisition is one run on one host: run.json, the first record of a bundle.
type Acquisition struct {
	Version       int            `json:"version"`
	RunID         string         `json:"run_id"`
	Synthetic     bool           `json:"synthetic,omitempty"` // made by a generator, not by a live run
	Sealed        string         `json:"sealed"`              // "host": by the collector; "desk": plain input sealed at a desk
	Tool          Tool           `json:"tool"`
	CaseID        string         `json:"case_id,omitempty"`
	Operator      string         `json:"operator,omitempty"`
	Note          string         `json:"note,omitempty"`
	Argv          []string       `json:"argv,omitempty"`
	Profile       string         `json:"profile,omitempty"`
	Output        string         `json:"output,omitempty"` // how the bundle left the host, as far as it was known at the start
	Root          string         `json:"root,omitempty"`   // mounted tree; "" for a live host
	Host          HostClaims     `json:"host"`
	Self          Self           `json:"self"`
	Authorization *Authorization `json:"authorization,omitempty"`
	Signer        string         `json:"signer"` // key or certificate that signs, authorized_keys form; filled by the Writer
	Clock         record.Clock   `json:"clock"`  // reading at the start; all readings are in the clock record
}

// Tool is the collector as built.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	SHA256  string `json:"sha256,omitempty"` // of the running executable
	Go      string `json:"go,omitempty"`
}

// HostClaims is what the host says of itself.
type HostClaims struct {
	Hostname  string `json:"hostname"`
	MachineID string `json:"machine_id,omitempty"`
	BootID    string `json:"boot_id,omitempty"`
	Kernel    string `json:"kernel,omitempty"` // uname -r
	Arch      string `json:"arch,omitempty"`
	OS        string `json:"os,omitempty"`        // PRETTY_NAME of os-release
	Zone      string `json:"zone,omitempty"`      // IANA name where /etc/localtime or /etc/timezone names one
	ZoneData  []byte `json:"zone_data,omitempty"` // bytes of /etc/localtime (TZif), at most 64 KiB
}

// Self is the collector's own process, so that responders are not taken for intruders.
type Self struct {
	PID    int    `json:"pid"`
	Start  uint64 `json:"start"` // ticks since boot, stat field 22
	UID    int    `json:"uid"`
	Caps   string `json:"caps,omitempty"` // CapEff in hex
	SHA256 string `json:"sha256,omitempty"`
}

// Authorization is the part of an authorization file that goes into a bundle.
type Authorization struct {
	Nonce       string `json:"nonce"`
	Certificate string `json:"certificate"` // SSH certificate of the one-run key, authorized_keys form
	CaseID      string `json:"case_id,omitempty"`
	Operator    string `json:"operator,omitempty"`
}

// PlanItem is one thing that the run set out to take.
type PlanItem struct {
	Item   int    `json:"item"`   // 1, 2, 3 ...
	Source string `json:"source"` // name of the collect.Source
	Target string `json:"target"` // what of it: a path, "all processes" ... escaped text
	Bytes  int64  `json:"bytes"`  // estimate; -1 unknown
}

// OutcomeCode is how a plan item ended (promise P3).
type OutcomeCode string

// The outcomes. Every item ends in exactly one.
const (
	Collected OutcomeCode = "collected"
	Partial   OutcomeCode = "partial"
	Absent    OutcomeCode = "absent"
	Denied    OutcomeCode = "denied"
	Skipped   OutcomeCode = "skipped"
	TimedOut  OutcomeCode = "timed out"
	Failed    OutcomeCode = "failed"
)

// Outcome closes one plan item.
type Outcome struct {
	Item     int         `json:"item"`
	Source   string      `json:"source"`
	Target   string      `json:"target"`
	Outcome  OutcomeCode `json:"outcome"`
	Reason   string      `json:"reason,omitempty"` // partial by what, denied by what, skipped why
	Flags    []string    `json:"flags,omitempty"`  // "changed while read", "went away" ...: not counted as failure
	Errno    string      `json:"errno,omitempty"`
	Method   string      `json:"method,omitempty"`
	Exhibits int         `json:"exhibits"`
	Bytes    int64       `json:"bytes"`
	Cap      int64       `json:"cap,omitempty"` // the cap that cut it, bytes
	Started  int64       `json:"started"`       // CLOCK_REALTIME ns
	Ended    int64       `json:"ended"`
	Benign   bool        `json:"benign,omitempty"` // partial only because something went away or grew: not exit 3
}

// ByteState labels a range of an exhibit.
type ByteState string

// The byte states. A range that is not named is "read".
const (
	BytesRead       ByteState = "read"
	BytesShort      ByteState = "short" // the file ended early; padded with zeros to the announced size
	BytesZero       ByteState = "zero"  // a hole, known to be zero
	BytesUnreadable ByteState = "unreadable"
)

// StateRange is a labelled range of an exhibit.
type StateRange struct {
	Offset int64     `json:"offset"`
	Length int64     `json:"length"`
	State  ByteState `json:"state"`
	Errno  string    `json:"errno,omitempty"`
}

// Stat is the full stat of the original, times in ns.
type Stat struct {
	Dev   uint64 `json:"dev"`
	Ino   uint64 `json:"ino"`
	Mode  uint32 `json:"mode"`
	UID   uint32 `json:"uid"`
	GID   uint32 `json:"gid"`
	Nlink uint32 `json:"nlink"`
	Size  int64  `json:"size"`
	Atime int64  `json:"atime"`
	Mtime int64  `json:"mtime"`
	Ctime int64  `json:"ctime"`
	Btime int64  `json:"btime,omitempty"`
}

// Exhibit is one evidence item: exact bytes and how they were obtained.
type Exhibit struct {
	Number  uint32                  `json:"n"`              // 1, 2, 3 ... in order of the bag
	Name    string                  `json:"name"`           // path in the bag, below RUN-ID/: "data/files/var/log/auth.log"
	Item    int                     `json:"item"`           // plan item
	Source  string                  `json:"source"`         // name of the collect.Source
	Path    record.Bytes            `json:"path,omitempty"` // original path; empty for records
	Stat    *Stat                   `json:"stat,omitempty"`
	Xattrs  map[string]record.Bytes `json:"xattrs,omitempty"`
	Method  string                  `json:"method"`
	Size    int64                   `json:"size"`
	SHA256  string                  `json:"sha256"`
	States  []StateRange            `json:"states,omitempty"`
	Flags   []string                `json:"flags,omitempty"`
	Started int64                   `json:"started"`
	Ended   int64                   `json:"ended"`
	Part    int                     `json:"part,omitempty"`  // n-th part of a record stream
	Parts   string                  `json:"parts,omitempty"` // name of the stream the part belongs to
}
