package record

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
	ThreadNS  map[string]*Link  `json:"thread_ns,omitempty"` // "TID/net": namespaces of a thread that differ from the leader's
	ExeBag    string            `json:"exe_bag,omitempty"`   // bag path of the copy of the executable, when one was taken
	ExeSHA256 string            `json:"exe_sha256,omitempty"`
	Body      int               `json:"body,omitempty"`  // the thread that files, links and descriptors are of, when the leader has exited
	Views     []string          `json:"views,omitempty"` // the views that show the pid: readdir, pidfd, cgroup, children
	Gone      bool              `json:"gone,omitempty"`  // it went away while being read
	Self      bool              `json:"self,omitempty"`  // the collector itself
}
