package source

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// Limits of what the volatile sources keep in memory or wait for.
const (
	maxPIDs     = 1 << 22 // PID_MAX_LIMIT, linux/threads.h
	maxFDs      = 1 << 16 // descriptors recorded of one process
	maxHolders  = 256     // holders recorded of one socket
	maxSockets  = 1 << 20
	taskWait    = 2 * time.Second // for all reads of one process together
	statCap     = 4 << 10
	cmdlineCap  = 256 << 10
	mapsCap     = 4 << 20
	procNetCap  = 8 << 20
	mountCap    = 256 << 10
	smallCap    = 8 << 10
	netnsPrefix = "net:["
)

// watch turns one reading of the host's clocks into many without asking it
// again: it adds the time that has passed since.
type watch struct {
	base  record.Clock
	began time.Time
}

func newWatch(h host.Host, when string) watch {
	return watch{base: h.Clock(when), began: time.Now()}
}

// now gives CLOCK_REALTIME and CLOCK_BOOTTIME in ns.
func (w watch) now() (realtime, boottime int64) {
	d := int64(time.Since(w.began))
	return w.base.Realtime + d, w.base.Boottime + d
}

// statFacts takes comm and start time (field 22, ticks since boot) out of
// /proc/PID/stat, proc_pid_stat(5). comm may hold anything, parentheses too.
func statFacts(stat []byte) (comm []byte, start uint64, ok bool) {
	open, shut := bytes.IndexByte(stat, '('), bytes.LastIndexByte(stat, ')')
	if open < 0 || shut < open {
		return nil, 0, false
	}
	fields := strings.Fields(string(stat[shut+1:]))
	if len(fields) < 20 {
		return nil, 0, false
	}
	start, err := strconv.ParseUint(fields[19], 10, 64)
	return stat[open+1 : shut], start, err == nil
}

// threadCount takes the number of threads (field 20) out of /proc/PID/stat; 0
// when it is not there.
func threadCount(stat []byte) int {
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 18 {
		return 0
	}
	return max(0, atoi(fields[17]))
}

// nsInode takes the inode out of a namespace or socket link: "net:[4026531840]".
func nsInode(target, prefix string) (uint64, bool) {
	rest, ok := strings.CutPrefix(target, prefix)
	if !ok {
		return 0, false
	}
	rest, ok = strings.CutSuffix(rest, "]")
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(rest, 10, 64)
	return n, err == nil
}

// task names a directory of procfs that holds one process or thread.
type task struct {
	dir      string // "42" or "42/task/43"
	pid, tid int    // tid 0: the thread group leader
}

func taskOf(pid, tid int) task {
	dir := strconv.Itoa(pid)
	if tid != 0 {
		dir += "/task/" + strconv.Itoa(tid)
	}
	return task{dir: dir, pid: pid, tid: tid}
}

// threads lists the threads of a process but its leader, ascending.
func threads(p host.Proc, pid int) []int {
	names, err := p.ReadDir(strconv.Itoa(pid) + "/task")
	if err != nil || len(names) < 2 {
		return nil
	}
	var out []int
	for _, n := range names {
		if v, err := strconv.Atoi(n); err == nil && v > 0 && v != pid {
			out = append(out, v)
		}
	}
	sort.Ints(out)
	return out
}

// maxTables bounds the tables of one process that its threads are compared with.
const maxTables = 16

// ownTables lists the threads whose descriptor table is neither that of the
// leader nor of a thread before: a thread may unshare it, and when the leader
// has exited (a zombie while other threads run on) only threads have one.
// Where kcmp(2) is missing all threads are listed.
func ownTables(k host.Kernel, pid int, threads []int) []int {
	seen := []int{pid}
	var out []int
	for _, tid := range threads {
		shared := false
		for _, other := range seen {
			same, err := k.KcmpFiles(other, tid)
			if shared = err == nil && same; shared || err != nil {
				break
			}
		}
		if shared {
			continue
		}
		out = append(out, tid)
		if len(seen) < maxTables {
			seen = append(seen, tid)
		}
	}
	return out
}

// exeOf gives the executable of a task: of its leader, or of the thread when
// the leader has exited.
func exeOf(p host.Proc, t task) string {
	exe, err := p.Readlink(taskOf(t.pid, 0).dir + "/exe")
	if err != nil && t.tid != 0 {
		exe, _ = p.Readlink(t.dir + "/exe")
	}
	return exe
}

// piece reads one procfs file within its cap.
func piece(ctx context.Context, p host.Proc, name string, limit int) *record.Piece {
	data, cut, err := p.Read(ctx, name, limit)
	return &record.Piece{Data: data, Cap: cut, Errno: host.ErrnoName(err)}
}

// pieces reads several files of one directory of procfs.
func pieces(ctx context.Context, p host.Proc, dir string, files []procFile) []*record.Piece {
	out := make([]*record.Piece, len(files))
	b, ok := p.(host.BatchReader)
	if !ok {
		for i, f := range files {
			if out[i] = (&record.Piece{Errno: "ETIMEDOUT"}); ctx.Err() == nil {
				out[i] = piece(ctx, p, dir+"/"+f.name, f.cap)
			}
		}
		return out
	}
	reads := make([]host.ProcRead, len(files))
	for i, f := range files {
		reads[i] = host.ProcRead{Name: dir + "/" + f.name, Limit: f.cap}
	}
	b.ReadBatch(ctx, reads, func(i int, data []byte, cut bool, err error) {
		out[i] = &record.Piece{Data: data, Cap: cut, Errno: host.ErrnoName(err)}
	})
	return out
}

// eachLink reads the links of one directory of procfs, "42/fd".
func eachLink(p host.Proc, dir string, got func(name, target string, err error) bool) error {
	if r, ok := p.(host.LinkReader); ok {
		return r.ReadLinks(dir, got)
	}
	names, err := p.ReadDir(dir)
	for _, n := range names {
		target, err := p.Readlink(dir + "/" + n)
		if !got(n, target, err) {
			return nil
		}
	}
	return err
}

// link reads a procfs link and, when it names a file, what statx(2) says of it.
func link(p host.Proc, name string, follow bool) *record.Link {
	target, err := p.Readlink(name)
	if err != nil {
		return &record.Link{Errno: host.ErrnoName(err)}
	}
	l := &record.Link{Target: record.Bytes(target)}
	if !follow {
		return l
	}
	st, err := p.Stat(name)
	if err != nil {
		l.Errno = host.ErrnoName(err)
		return l
	}
	l.Dev, l.Ino, l.Mode, l.Nlink, l.Size = st.Dev, st.Ino, st.Mode, st.Nlink, st.Size
	l.UID, l.GID, l.Mtime, l.Ctime, l.Btime = st.UID, st.GID, st.Mtime, st.Ctime, st.Btime
	return l
}

// gone says whether an errno means that the process ended meanwhile.
func gone(errno string) bool { return errno == "ESRCH" || errno == "ENOENT" }

// refused says whether an errno means that rights are missing.
func refused(errno string) bool { return errno == "EACCES" || errno == "EPERM" }

// endErrno is the errno of a read that ended: "" at the end of the file.
func endErrno(err error) string {
	if err == nil || errors.Is(err, io.EOF) {
		return ""
	}
	return host.ErrnoName(err)
}
