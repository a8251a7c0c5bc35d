package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// exe is the source of executables that have no name any more.
func exe() collect.Source { return exeSource{} }

type exeSource struct{}

// exeCap is the most that is copied of one executable, in bytes.
const exeCap = 2 << 30

// titledCap is the most that is copied of executables only because of a title:
// interpreters and servers that name their state are among them.
const titledCap = 256 << 20

// Describe implements collect.Source.
func (exeSource) Describe() collect.Description {
	return collect.Description{
		Name: "exe",
		Doc: "full copies of executables of running processes that were deleted, replaced or never had a name (memfd), that another file lies over, " +
			"that lie where anybody may write, that call themselves kernel threads, or whose title names another program, read through /proc/PID/exe; " +
			"one copy for each inode, with the reason (a sweep takes only their SHA-256); not the collector's own, whose SHA-256 is in the run record",
		Effects:    "reads the executable's pages, which may enter the page cache",
		References: []string{"proc_pid_exe(5)", "memfd_create(2)", "MITRE ATT&CK T1070.004", "MITRE ATT&CK T1620"},
		Group:      collect.GroupVolatile,
		Turn:       turnExe,
		MinKernel:  "3.10",
		Root:       true,
		LiveOnly:   true,
		Profiles:   []string{"sweep", "triage", "full"},
	}
}

// Plan implements collect.Source.
func (exeSource) Plan(ctx context.Context, env *collect.Env) ([]bundle.PlanItem, error) {
	return []bundle.PlanItem{{Source: "exe", Target: "executables that are deleted, memfd or in odd places", Bytes: exeEstimate(ctx, env)}}, nil
}

// Collect implements collect.Source.
func (exeSource) Collect(ctx context.Context, env *collect.Env, item bundle.PlanItem) (bundle.Outcome, error) {
	proc := env.Host.Proc()
	if proc == nil {
		return bundle.Outcome{Outcome: bundle.Skipped, Reason: "not a live host"}, nil
	}
	pids, err := proc.PIDs()
	if err != nil {
		return bundle.Outcome{}, fmt.Errorf("list processes: %w", err)
	}
	sort.Ints(pids)
	c := exeCopier{env: env, proc: proc, item: item.Item, clock: newWatch(env.Host, "exe"), copies: knownCopies(env), own: ownPID(env)}
	for _, pid := range pids {
		if ctx.Err() != nil {
			break
		}
		if err := c.visit(ctx, pid); err != nil {
			return bundle.Outcome{}, err
		}
	}
	out := c.outcome(len(pids))
	out.Method = method(proc)
	if ctx.Err() != nil {
		out.Outcome, out.Reason = bundle.Partial, "cancelled"
	}
	return out, nil
}

// ownPID is the collector's pid on the host it looks at, 0 in a replay: what it
// runs is no evidence, and its hash is in the run record.
func ownPID(env *collect.Env) int {
	if !env.Host.Live() {
		return 0
	}
	return os.Getpid()
}

// knownCopies are the copies of this run so far.
func knownCopies(env *collect.Env) map[[4]uint64]collect.ExeCopy {
	if env.Seen == nil {
		return map[[4]uint64]collect.ExeCopy{}
	}
	if env.Seen.Copies == nil {
		env.Seen.Copies = map[[4]uint64]collect.ExeCopy{}
	}
	return env.Seen.Copies
}

type exeCopier struct {
	env    *collect.Env
	proc   host.Proc
	item   int
	clock  watch
	copies map[[4]uint64]collect.ExeCopy // device, inode, change time and size -> copy

	own                                         int // pid of the collector
	exhibits, hashed, denied, failed, cut, left int
	bytes, titled                               int64
	errno                                       string
}

// visit copies the executable of one process when it has no name any more.
func (c *exeCopier) visit(ctx context.Context, pid int) error {
	body := bodyOf(c.proc, pid)
	name := body.dir + "/exe"
	target, err := c.proc.Readlink(name)
	if err != nil {
		if errno := host.ErrnoName(err); refused(errno) {
			c.denied++
			c.errno = errno
		}
		return nil
	}
	ctx2, cancel := host.Patience(ctx, taskWait)
	defer cancel()
	cmdline, _, _ := c.proc.Read(ctx2, body.dir+"/cmdline", smallCap)
	why := c.reasons(body, target, cmdline)
	if len(why) == 0 || pid == c.own {
		return nil
	}
	stat, _, _ := c.proc.Read(ctx2, strconv.Itoa(pid)+"/stat", statCap)
	_, start, _ := statFacts(stat)
	return c.copy(ctx, pid, start, name, target, why)
}

// nameless says whether the target of an exe link has no name in the file
// system: the kernel marks it, and memfd and other unlinked memory files too.
func nameless(target string) bool {
	return strings.HasSuffix(target, " (deleted)") || strings.HasPrefix(target, "/memfd:")
}

func (c *exeCopier) copy(ctx context.Context, pid int, start uint64, name, target string, why []string) error {
	f, err := c.proc.Open(name)
	if err != nil {
		if errno := host.ErrnoName(err); !gone(errno) {
			c.failed++
			c.errno = errno
		}
		return nil
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		c.failed++
		c.errno = host.ErrnoName(err)
		return nil
	}
	key := [4]uint64{st.Dev, st.Ino, uint64(st.Ctime), uint64(st.Size)}
	had, ok := c.copies[key]
	if !ok && onlyTitle(why) {
		if c.titled += st.Size; c.titled > titledCap {
			c.left++
			return nil
		}
	}
	if !ok {
		if had, err = c.write(ctx, f, pid, target, why, st); err != nil {
			return err
		}
		c.copies[key] = had
	}
	had.Start = start
	if c.env.Seen != nil && c.env.Seen.Exes != nil {
		c.env.Seen.Exes[pid] = had
	}
	return nil
}

func (c *exeCopier) write(ctx context.Context, f host.File, pid int, target string, why []string, st record.File) (collect.ExeCopy, error) {
	size := st.Size
	if size > exeCap {
		size = exeCap
		c.cut++
	}
	began, _ := c.clock.now()
	if c.env.Profile == "sweep" { // a sweep names executables, it does not carry them
		sum, err := hashFile(ctx, f, size)
		c.unread(err)
		c.hashed++
		return collect.ExeCopy{SHA256: sum}, nil
	}
	x := bundle.Exhibit{Name: fmt.Sprintf("data/exe/%d-%d", pid, st.Ino), Item: c.item, Source: "exe", Path: record.Bytes(target),
		Method: method(c.proc), Started: began, Stat: statOf(st)}
	for _, w := range why {
		x.Flags = append(x.Flags, flagWhy+w)
	}
	if size < st.Size {
		x.Flags = append(x.Flags, "cut at its cap")
	}
	from := &failing{r: io.NewSectionReader(f, 0, size)}
	x, err := c.env.Out.File(x, size, throttled{ctx: ctx, env: c.env, r: from})
	if err != nil {
		return collect.ExeCopy{}, fmt.Errorf("copy executable of %d: %w", pid, err)
	}
	c.unread(from.err)
	c.exhibits++
	c.bytes += size
	return collect.ExeCopy{Bag: x.Name, SHA256: x.SHA256}, nil
}

// unread counts an executable that could not be read to its end.
func (c *exeCopier) unread(err error) {
	if err != nil {
		c.failed++
		c.errno = host.ErrnoName(err)
	}
}

// failing remembers the error that ended a reader.
type failing struct {
	r   io.Reader
	err error
}

func (f *failing) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		f.err = err
	}
	return n, err
}

// hashFile gives the SHA-256 of the first size bytes, or of those before an error.
func hashFile(ctx context.Context, f host.File, size int64) (string, error) {
	h := sha256.New()
	buf := make([]byte, 256<<10)
	var err error
	for off := int64(0); off < size && err == nil; {
		if err = ctx.Err(); err != nil {
			break
		}
		var n int
		n, err = f.ReadAt(buf[:min(int64(len(buf)), size-off)], off)
		h.Write(buf[:n])
		off += int64(n)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return hex.EncodeToString(h.Sum(nil)), err
}

func (c *exeCopier) outcome(total int) bundle.Outcome {
	o := bundle.Outcome{Outcome: bundle.Collected, Exhibits: c.exhibits, Bytes: c.bytes}
	if c.hashed > 0 {
		o.Flags = append(o.Flags, fmt.Sprintf("%d executables hashed only", c.hashed))
	}
	if c.left > 0 {
		o.Flags = append(o.Flags, fmt.Sprintf("%d executables under another title left out beyond %d bytes", c.left, titledCap))
	}
	switch {
	case c.denied > 0:
		o.Outcome, o.Errno = bundle.Partial, c.errno
		o.Reason = fmt.Sprintf("no right to see the executable of %d of %d processes", c.denied, total)
	case c.failed > 0:
		o.Outcome, o.Errno = bundle.Partial, c.errno
		o.Reason = fmt.Sprintf("%d executables could not be read", c.failed)
	case c.cut > 0:
		o.Outcome, o.Cap = bundle.Partial, exeCap
		o.Reason = fmt.Sprintf("%d executables cut at their cap", c.cut)
	}
	return o
}

// throttled reads within the budgets of the run.
type throttled struct {
	ctx context.Context
	env *collect.Env
	r   io.Reader
}

func (t throttled) Read(p []byte) (int, error) {
	if err := t.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := t.r.Read(p)
	if terr := throttle(t.ctx, t.env, n); terr != nil && err == nil {
		err = terr
	}
	return n, err
}
