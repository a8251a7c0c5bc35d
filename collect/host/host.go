// Package host is one host, read only: its tree of files, its procfs, its
// clocks and the few kernel calls that sources need. A live host and a mounted
// tree are the same thing to a source; hosttest replays recorded replies.
package host

import (
	"context"
	"io"

	"github.com/saksi-dfir/saksi/collect/record"
)

// Host is what a source sees.
type Host interface {
	// Live says whether this is the running host, not a mounted tree.
	Live() bool
	// Root is the mounted tree, "" on a live host.
	Root() string
	Files
	// Proc is the procfs: detached where the kernel allows it. Nil for a mounted tree.
	Proc() Proc
	// Kernel gives the calls that have no file. Nil for a mounted tree.
	Kernel() Kernel
	// Clock reads all clocks back to back.
	Clock(when string) record.Clock
	// Identity says who the host claims to be.
	Identity() Identity
	// Facts are remarks on how the host is read that belong into the run
	// record: detached procfs or not, noatime clone or not, atimes that could
	// not be spared.
	Facts() []string
	Close() error
}

// Files reads the tree. Paths are absolute below the root, raw bytes; symbolic
// links are resolved inside the root. Nothing is ever opened for writing, and
// no atime changes where the kernel allows that.
type Files interface {
	// Open opens a regular file (never a FIFO, device or socket: ErrNotRegular).
	Open(path string) (File, error)
	// Lstat does not follow the last link; Stat does.
	Lstat(path string) (record.File, error)
	Stat(path string) (record.File, error)
	Readlink(path string) (string, error)
	// ReadDir calls fn for each name in on-disk order until it returns false.
	ReadDir(path string, fn func(name string, typ byte) bool) error
	// ReadFile reads at most limit bytes; cut says that more was there.
	ReadFile(path string, limit int64) (data []byte, cut bool, err error)
	// Mounts lists the mounts of the host's own mount namespace.
	Mounts() ([]Mount, error)
	// Xattrs reads all extended attributes of a path (not following a last link).
	Xattrs(path string) (map[string]record.Bytes, error)
}

// InodeCounter is the part of a Host that tells how full its file systems are.
type InodeCounter interface {
	// Inodes counts the inodes in use of the file system mounted at a path; 0
	// when nobody counts them. Only for local file systems.
	Inodes(point string) (int64, error)
}

// File is an open regular file.
type File interface {
	io.Reader
	io.ReaderAt
	io.Closer
	Stat() (record.File, error)
}

// Mount is one line of /proc/self/mountinfo (proc(5)).
type Mount struct {
	ID, Parent int
	Dev        uint64 // as statx encodes it
	Root       string
	Point      string
	Options    string
	FSType     string
	Source     string
	Super      string
	Line       string // raw
}

// Proc reads a procfs; names are relative to it, as "42/stat".
type Proc interface {
	// Read reads at most limit bytes before the context's deadline; a file
	// that hangs is given up (ErrTimeout), its reader abandoned.
	Read(ctx context.Context, name string, limit int) (data []byte, cut bool, err error)
	Readlink(name string) (string, error)
	// Stat follows links, so "42/exe" tells of the executable.
	Stat(name string) (record.File, error)
	// Open opens for reading a large file such as "42/exe" or "42/map_files/...".
	Open(name string) (File, error)
	ReadDir(name string) ([]string, error)
	// PIDs lists the process ids by readdir.
	PIDs() ([]int, error)
	Detached() bool
}

// ProcRead is one file of a batch.
type ProcRead struct {
	Name  string
	Limit int
}

// BatchReader is the part of a Proc that reads many small files for the price
// of one wait: processes have twenty each.
type BatchReader interface {
	// ReadBatch reads the files in turn and calls got for each, in order, from
	// the calling goroutine. At the context's deadline the file under way is
	// given up: it and those behind it get ErrTimeout.
	ReadBatch(ctx context.Context, files []ProcRead, got func(i int, data []byte, cut bool, err error))
}

// LinkReader is the part of a Proc that reads a directory of links, such as
// "42/fd", through one open directory: half the price of a path for each, and
// the directory stays that of the process it was opened for.
type LinkReader interface {
	// ReadLinks calls got for each name until it returns false. The error is
	// that of opening or reading the directory.
	ReadLinks(dir string, got func(name, target string, err error) bool) error
}

// Kernel is the set of calls without a file. Each returns the bare errno
// (syscall.Errno) so that sources can record it.
type Kernel interface {
	PidfdOpen(pid int, thread bool) (fd int, err error) // pidfd_open(2), Linux 5.3; PIDFD_THREAD 6.9
	PidfdGetfd(pidfd, targetfd int) (fd int, err error) // pidfd_getfd(2), Linux 5.6
	KcmpFiles(pid1, pid2 int) (same bool, err error)    // kcmp(2) KCMP_FILES
	SocketFilter(fd int) ([]record.Insn, error)         // getsockopt(2) SO_GET_FILTER; raw, no flag of the description changes
	SocketInt(fd, level, opt int) (int, error)          // getsockopt(2)
	SocketUint64(fd, level, opt int) (uint64, error)    // getsockopt(2)
	SocketName(fd int) (local, peer []byte, err error)  // getsockname, getpeername: raw sockaddr
	SocketNetNS(fd int) (ino uint64, err error)         // ioctl SIOCGSKNS + fstat
	Inode(fd int) (ino uint64, uid uint32, err error)   // fstat(2)
	// OpenNetNS opens a network namespace that is mounted at a path and may have
	// no task inside. The calls below that take a task take its descriptor,
	// negated, as pid.
	OpenNetNS(path string) (fd int, err error)
	// PacketDiag lists the packet sockets of the network namespace of a task
	// by netlink (sock_diag(7)). Where the kernel's part is a module that is
	// not loaded, asking loads it: call only when it is there already.
	PacketDiag(pid, tid int) ([]record.Socket, error)
	// NetDump asks netlink in the network namespace of a task and gives the raw
	// answers, each within a limit: "route" (links, addresses, rules, routes,
	// neighbours), "nftables" and "conntrack". Ask the last two only where the
	// kernel has them already: a question for a missing one loads a module.
	NetDump(pid, tid int, what string, limit int) ([]record.NetDump, error)
	// XTables reads tables of iptables (AF_INET), ip6tables (AF_INET6) or
	// arptables (3) in the network namespace of a task. Name only tables that
	// /proc/net/ip_tables_names and its likes show: asking for another makes one,
	// or loads its module.
	XTables(pid, tid, family int, tables []string) ([]record.XTable, error)
	// BPFNext gives the next id after one (bpf(2), Linux 4.13); kind is prog,
	// map, link (5.8) or btf (5.1). ENOENT is the end.
	BPFNext(kind string, after uint32) (uint32, error)
	// BPFExists opens an object by its id and closes it.
	BPFExists(kind string, id uint32) error
	// BPFObject reads one object: its info, programs with translated and
	// machine code, maps with contents, each at most limit bytes. An errno of
	// the dump stands in the record.
	BPFObject(kind string, id uint32, limit int) (record.BPF, error)
	// BPFTaskFD says which program a descriptor of a task runs (a perf event or
	// raw tracepoint) and where it is attached (BPF_TASK_FD_QUERY, Linux 4.18).
	// ENOENT and EOPNOTSUPP: a descriptor without a program.
	BPFTaskFD(tid, fd int) (record.Hook, error)
	// BPFQueryMap lists the programs attached to a map of sockets.
	BPFQueryMap(id uint32) ([]record.Hook, error)
	// BPFCgroup lists the programs attached to one control group (BPF_PROG_QUERY).
	BPFCgroup(path string) ([]record.Hook, error)
	// BPFPinned opens a name in a bpffs for reading and says what it pins.
	BPFPinned(path string) (kind string, id uint32, err error)
	// NetHooks lists XDP, tcx, tc filters of kind bpf and programs of the
	// namespace itself, in the network namespace of a task.
	NetHooks(pid, tid int) ([]record.Hook, error)
	// ReadMemory reads memory of a process (process_vm_readv(2)). Pages that
	// are not present are faulted in: ask /proc/PID/pagemap first.
	ReadMemory(pid int, addr uint64, buf []byte) (int, error)
	// Log reads the last limit bytes of the kernel log without consuming it
	// (syslog(2) SYSLOG_ACTION_READ_ALL).
	Log(limit int) ([]byte, error)
	Close(fd int)
	ProcsCount() (uint16, error) // sysinfo(2).procs
	PageSize() int
}

// Identity is what the host says of itself.
type Identity struct {
	Hostname, MachineID, BootID, Kernel, Arch, OS, Zone string
	ZoneData                                            []byte
}
