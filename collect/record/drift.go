package record

// Drift is one change of a view between two looks of one run, or, with an
// empty Change, the totals of a view.
type Drift struct {
	Type    string `json:"t"`                // "drift"
	At      int64  `json:"at"`               // CLOCK_REALTIME ns of the second look
	From    int64  `json:"from"`             // of the first look
	View    string `json:"view"`             // modules, threads, namespaces, mounts, logins, bpf-programs, bpf-links, sockets
	Change  string `json:"change,omitempty"` // came, went
	Name    Bytes  `json:"name,omitempty"`
	Before  int    `json:"before,omitempty"` // totals: how many the first look saw, and so on
	Now     int    `json:"now,omitempty"`
	Came    int    `json:"came,omitempty"`
	Went    int    `json:"went,omitempty"`
	Changed int    `json:"changed,omitempty"` // sockets whose filter is another one
	Errno   string `json:"errno,omitempty"`   // why the view cannot be taken
}

// Mapped is a file that a process has mapped as code and that is odd in some
// way, or has no name any more.
type Mapped struct {
	Type   string   `json:"t"` // "mapped"
	At     int64    `json:"at"`
	PID    int      `json:"pid"`
	Start  uint64   `json:"start"` // ticks since boot, stat field 22
	Range  string   `json:"range"` // of the first mapping, hexadecimal
	Perms  string   `json:"perms"`
	Path   Bytes    `json:"path"`
	Dev    uint64   `json:"dev"`
	Ino    uint64   `json:"ino"`
	Mode   uint32   `json:"mode"`
	UID    uint32   `json:"uid"`
	Size   int64    `json:"size"`
	Mtime  int64    `json:"mtime"`
	Ctime  int64    `json:"ctime"`
	Btime  int64    `json:"btime,omitempty"`
	Why    []string `json:"why"`              // grounds to look, in words
	Bag    string   `json:"bag,omitempty"`    // path of the copy in the bag
	SHA256 string   `json:"sha256,omitempty"` // of the copy
	Errno  string   `json:"errno,omitempty"`  // why there is no copy, or "cap"
}
