// Package record defines the JSON lines in which the collector hands over
// what it read from the kernel: raw bytes and kernel structs, never
// conclusions. See FORMAT.md. It is a leaf: it imports nothing of this project.
package record

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// Version is the version of the record format (FORMAT.md).
const Version = 1

// Bytes is raw evidence. In JSON it is a plain string when it is valid UTF-8
// without NUL or control bytes other than tab and newline, else
// {"b64":"..."}: lossless either way, and readable where it can be.
type Bytes []byte

// MarshalJSON writes the readable form where it is lossless.
func (b Bytes) MarshalJSON() ([]byte, error) {
	if plain(b) {
		return marshal(string(b))
	}
	return marshal(map[string]string{"b64": base64.StdEncoding.EncodeToString(b)})
}

// UnmarshalJSON reads both forms.
func (b *Bytes) UnmarshalJSON(p []byte) error {
	if len(p) > 0 && p[0] == '"' {
		var s string
		if err := json.Unmarshal(p, &s); err != nil {
			return fmt.Errorf("record bytes: %w", err)
		}
		*b = Bytes(s)
		return nil
	}
	var m struct {
		B64 string `json:"b64"`
	}
	if err := json.Unmarshal(p, &m); err != nil {
		return fmt.Errorf("record bytes: %w", err)
	}
	d, err := base64.StdEncoding.DecodeString(m.B64)
	if err != nil {
		return fmt.Errorf("record bytes: %w", err)
	}
	*b = d
	return nil
}

func plain(b []byte) bool {
	if !utf8.Valid(b) {
		return false
	}
	for _, c := range b {
		if (c < 0x20 && c != '\t' && c != '\n') || c == 0x7f {
			return false
		}
	}
	return true
}

func marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// Clock is one reading of all clocks, taken back to back.
type Clock struct {
	When      string `json:"when"`      // start, group name, end
	Realtime  int64  `json:"realtime"`  // ns since the epoch, CLOCK_REALTIME
	Monotonic int64  `json:"monotonic"` // ns, CLOCK_MONOTONIC
	Boottime  int64  `json:"boottime"`  // ns, CLOCK_BOOTTIME
	RTC       string `json:"rtc,omitempty"`
	Adjtimex  *Timex `json:"adjtimex,omitempty"`
	Errno     string `json:"errno,omitempty"`
}

// Timex is the part of struct timex (adjtimex(2)) that says how the clock is kept.
type Timex struct {
	State    int   `json:"state"` // return value: TIME_OK 0 .. TIME_ERROR 5
	Status   int32 `json:"status"`
	Offset   int64 `json:"offset"`
	MaxError int64 `json:"maxerror"` // us
	EstError int64 `json:"esterror"` // us
	TAI      int32 `json:"tai"`
}

// Piece is the raw content of one kernel file, or why there is none.
type Piece struct {
	Data  Bytes  `json:"data,omitempty"`
	Errno string `json:"errno,omitempty"` // ENOENT, EACCES ...
	Cap   bool   `json:"cap,omitempty"`   // cut at the cap of the source
}

// Link is the target of a /proc link with the identity of what it names.
type Link struct {
	Target Bytes  `json:"target,omitempty"`
	Dev    uint64 `json:"dev,omitempty"`
	Ino    uint64 `json:"ino,omitempty"`
	Mode   uint32 `json:"mode,omitempty"`
	Nlink  uint32 `json:"nlink,omitempty"`
	Size   int64  `json:"size,omitempty"`
	UID    uint32 `json:"uid,omitempty"`
	GID    uint32 `json:"gid,omitempty"`
	Mtime  int64  `json:"mtime,omitempty"` // ns
	Ctime  int64  `json:"ctime,omitempty"`
	Btime  int64  `json:"btime,omitempty"`
	Errno  string `json:"errno,omitempty"`
}

// FD is one open descriptor of a process.
type FD struct {
	FD     int    `json:"fd"`
	Target Bytes  `json:"target,omitempty"`
	Info   *Piece `json:"info,omitempty"` // /proc/PID/fdinfo/FD
	Errno  string `json:"errno,omitempty"`
}

// Process is the state of one process (thread group), proc(5).
type Process struct {
	Type      string            `json:"t"`  // "process"
	At        int64             `json:"at"` // CLOCK_REALTIME ns when read
	Boottime  int64             `json:"boottime"`
	PID       int               `json:"pid"`
	Files     map[string]*Piece `json:"files"` // stat, status, cmdline, environ, maps, stack ... raw bytes
	Exe       *Link             `json:"exe,omitempty"`
	CWD       *Link             `json:"cwd,omitempty"`
	Root      *Link             `json:"root,omitempty"`
	NS        map[string]*Link  `json:"ns,omitempty"` // net, mnt, pid ...
	FDs       []FD              `json:"fds,omitempty"`
	FDsErrno  string            `json:"fds_errno,omitempty"`
	Threads   []int             `json:"threads,omitempty"`
	ExeBag    string            `json:"exe_bag,omitempty"` // bag path of the copy of the executable, when one was taken
	ExeSHA256 string            `json:"exe_sha256,omitempty"`
	Views     []string          `json:"views,omitempty"` // the views that show the pid: readdir, pidfd, cgroup, children
	Gone      bool              `json:"gone,omitempty"`  // it went away while being read
	Self      bool              `json:"self,omitempty"`  // the collector itself
}

// Insn is one classic BPF instruction, struct sock_filter (linux/filter.h).
type Insn struct {
	Code uint16 `json:"code"`
	JT   uint8  `json:"jt"`
	JF   uint8  `json:"jf"`
	K    uint32 `json:"k"`
}

// Holder is one descriptor through which a socket was reached.
type Holder struct {
	PID   int    `json:"pid"`
	TID   int    `json:"tid,omitempty"` // when the descriptor table is a thread's own
	FD    int    `json:"fd"`
	Start uint64 `json:"start"` // start time of the process in ticks since boot, stat field 22
	Exe   Bytes  `json:"exe,omitempty"`
	Comm  Bytes  `json:"comm,omitempty"`
}

// Socket is one reachable socket and its filter state.
type Socket struct {
	Type     string   `json:"t"`  // "socket"
	At       int64    `json:"at"` // CLOCK_REALTIME ns
	Ino      uint64   `json:"ino"`
	NetNS    uint64   `json:"netns"`
	Cookie   uint64   `json:"cookie,omitempty"`
	Domain   int      `json:"domain"`   // SO_DOMAIN, AF_*; -1 unknown
	SockType int      `json:"socktype"` // SO_TYPE; -1 unknown
	Protocol int      `json:"protocol"` // SO_PROTOCOL; for AF_PACKET the ethertype, host order; -1 unknown
	IfIndex  int      `json:"ifindex"`  // AF_PACKET: bound interface, 0 = all; -1 unknown
	Local    string   `json:"local,omitempty"`
	Peer     string   `json:"peer,omitempty"`
	Locked   *bool    `json:"locked,omitempty"` // SO_LOCK_FILTER
	Method   string   `json:"method"`           // pidfd_getfd, packet_diag, proc_net
	Filter   []Insn   `json:"filter,omitempty"`
	FilterAs string   `json:"filter_state"` // classic, none, ebpf (EACCES), unreadable
	Errno    string   `json:"errno,omitempty"`
	Holders  []Holder `json:"holders,omitempty"` // empty: no owner visible in /proc
	UID      int64    `json:"uid"`               // -1 unknown
}

// File is one inode as statx(2) tells it.
type File struct {
	Type    string           `json:"t"` // "file"
	Path    Bytes            `json:"path"`
	Dev     uint64           `json:"dev"`
	Ino     uint64           `json:"ino"`
	MntID   uint64           `json:"mnt_id,omitempty"`
	Mode    uint32           `json:"mode"`
	UID     uint32           `json:"uid"`
	GID     uint32           `json:"gid"`
	Nlink   uint32           `json:"nlink"`
	Size    int64            `json:"size"`
	Atime   int64            `json:"atime"` // ns
	Mtime   int64            `json:"mtime"`
	Ctime   int64            `json:"ctime"`
	Btime   int64            `json:"btime,omitempty"` // 0: the file system has none
	Attrs   uint64           `json:"attrs,omitempty"`
	Target  Bytes            `json:"target,omitempty"` // symlink
	Xattrs  map[string]Bytes `json:"xattrs,omitempty"`
	Granule int64            `json:"granule,omitempty"` // resolution of the times in ns when coarser than 1
	Errno   string           `json:"errno,omitempty"`
}
