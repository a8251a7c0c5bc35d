package host

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func newTestProc(t *testing.T) *procFS {
	t.Helper()
	p, facts, err := openProc()
	if err != nil {
		t.Fatal(err)
	}
	fs := p.(*procFS)
	t.Cleanup(func() { _ = fs.Close() })
	if len(facts) != 1 {
		t.Errorf("facts %q", facts)
	}
	return fs
}

func TestProcReads(t *testing.T) {
	p := newTestProc(t)
	self := strconv.Itoa(os.Getpid())
	data, cut, err := p.Read(context.Background(), self+"/stat", 1<<16)
	if err != nil || cut || !strings.HasPrefix(string(data), self+" (") {
		t.Errorf("stat: %q cut %v, %v", data, cut, err)
	}
	if data, cut, err = p.Read(context.Background(), self+"/stat", 3); err != nil || !cut || len(data) != 3 {
		t.Errorf("stat with a cap of 3: %q cut %v, %v", data, cut, err)
	}
	for _, name := range []string{"", "/etc/passwd", "self/../../etc/passwd", "..", "a\x00b"} {
		if _, _, err := p.Read(context.Background(), name, 10); !errors.Is(err, unix.EINVAL) {
			t.Errorf("%q: %v, want EINVAL", name, err)
		}
	}
	if _, _, err := p.Read(context.Background(), "999999999/stat", 10); ErrnoName(err) != "ENOENT" {
		t.Errorf("missing process: %v", err)
	}
	pids, err := p.PIDs()
	if err != nil || len(pids) == 0 {
		t.Errorf("pids %v, %v", pids, err)
	}
	f, err := p.Open(self + "/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	head := make([]byte, 4)
	if n, err := f.ReadAt(head, 0); err != nil || string(head[:n]) != "\x7fELF" {
		t.Errorf("executable begins with %q, %v", head, err)
	}
	if _, err := p.Open(self + "/cwd"); !errors.Is(err, ErrNotRegular) {
		t.Errorf("a directory was opened: %v", err)
	}
}

// A FIFO that nobody writes to must not hold the reader: it is opened without
// waiting, and a reader that hangs is given up at its deadline.
func TestReadThatHangs(t *testing.T) {
	p := newTestProc(t)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	block := make(chan struct{})
	defer close(block)
	_, err := patient(ctx, p, func() (int, error) { <-block; return 0, nil }, nil)
	if !errors.Is(err, ErrTimeout) {
		t.Errorf("error %v, want a time-out", err)
	}
	if d := time.Since(began); d > 10*time.Second {
		t.Errorf("given up after %v", d)
	}
	if ErrnoName(err) != "ETIMEDOUT" && !strings.Contains(ErrnoName(err), "timed out") {
		t.Errorf("errno %q", ErrnoName(err))
	}
	p.hanging.Store(procHanging)
	if _, _, err := p.Read(context.Background(), "self/stat", 10); !errors.Is(err, ErrTimeout) {
		t.Errorf("with too many hanging readers: %v", err)
	}
}

// A file system mounted over /proc/PID hides the process from everybody who
// reads /proc, but not from an instance of our own.
func TestOverMountedProcess(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: mounts in a namespace of its own")
	}
	child := exec.Command("/bin/sleep", "60")
	if err := child.Start(); err != nil {
		t.Skipf("no process to hide: %v", err)
	}
	t.Cleanup(func() { _ = child.Process.Kill(); _ = child.Wait() })
	dir := strconv.Itoa(child.Process.Pid)
	done := make(chan string, 1)
	onOwnThread(func() { done <- overMount(dir) })
	if msg := <-done; strings.HasPrefix(msg, "skip") {
		t.Skip(msg)
	} else if msg != "" {
		t.Error(msg)
	}
}

func overMount(dir string) string {
	if err := unix.Unshare(unix.CLONE_FS | unix.CLONE_NEWNS); err != nil {
		return "skip: no mount namespace: " + err.Error()
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return "skip: no private mounts: " + err.Error()
	}
	if err := unix.Mount("tmpfs", "/proc/"+dir, "tmpfs", 0, ""); err != nil {
		return "skip: no tmpfs over /proc/PID: " + err.Error()
	}
	var st unix.Stat_t
	if err := unix.Stat("/proc/"+dir+"/stat", &st); err == nil {
		return "the process is not hidden at all"
	}
	p, _, err := openProc()
	if err != nil {
		return err.Error()
	}
	fs := p.(*procFS)
	defer fs.Close()
	if !fs.detached {
		return "skip: this kernel has no detached procfs"
	}
	data, _, err := fs.Read(context.Background(), dir+"/stat", 4096)
	if err != nil || !strings.Contains(string(data), "(sleep)") {
		return "own instance: " + string(data) + " " + ErrnoName(err)
	}
	return ""
}

// What is done in another namespace must not leave the process's first thread
// there.
func TestNamespaceOfTheFirstThreadStays(t *testing.T) {
	before, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Skipf("no namespaces here: %v", err)
	}
	for range 50 {
		done := make(chan bool)
		onOwnThread(func() {
			done <- unix.Gettid() == unix.Getpid()
			_ = unix.Unshare(unix.CLONE_NEWNET) // needs root; without it nothing changes
		})
		if <-done {
			t.Fatal("the work ran on the first thread")
		}
	}
	if after, err := os.Readlink("/proc/self/ns/net"); err != nil || after != before {
		t.Errorf("namespace went from %s to %s, %v", before, after, err)
	}
}

func TestKernelCalls(t *testing.T) {
	k := newKernel()
	if k.PageSize() < 4096 {
		t.Errorf("page size %d", k.PageSize())
	}
	n, err := k.ProcsCount()
	if err != nil || n == 0 {
		t.Errorf("%d tasks, %v", n, err)
	}
	if _, err := k.PidfdOpen(1<<30, false); err == nil {
		t.Error("an impossible pid was opened")
	}
	if _, err := k.BPFNext("zebra", 0); ErrnoName(err) != "EINVAL" {
		t.Errorf("an unknown kind: %v", err)
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close(fd)
	if f, err := k.SocketFilter(fd); err != nil || len(f) != 0 {
		t.Errorf("filter of a fresh socket %v, %v", f, err)
	}
}

func FuzzNetlink(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{36, 0, 0, 0, 20, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 17, 3, 0, 8, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 7, 0})
	f.Add([]byte{20, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 254, 255, 255, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		n := 0
		_, err := eachMessage(b, func(body []byte) {
			n++
			if s, ok := parsePacket(body); ok && len(s.Filter)*8 > len(body) {
				t.Errorf("%d instructions out of %d bytes", len(s.Filter), len(body))
			}
			_, _ = tcHook(body, "eth0")
			if len(body) >= ifInfoLen {
				_ = linkHook(body)
			}
		})
		if n*unix.NLMSG_HDRLEN > len(b) {
			t.Errorf("%d messages out of %d bytes, %v", n, len(b), err)
		}
	})
}

// A batch gives up the file that hangs and those behind it, keeps those before
// it, and its reader ends once the hung read does.
func TestBatchThatHangs(t *testing.T) {
	p := newTestProc(t)
	block, hangs, ended := make(chan struct{}), make(chan struct{}), make(chan string, 3)
	read := func(name string, limit int) (content, error) {
		ended <- name
		if name == "b" {
			close(hangs)
			<-block
		}
		return content{data: []byte(name)}, nil
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	go func() { // the deadline comes once the first file is there and the second hangs
		<-hangs
		cancel(ErrTimeout)
	}()
	var text []string
	p.batch(ctx, []ProcRead{{"a", 1}, {"b", 1}, {"c", 1}}, read, func() {}, func(i int, data []byte, _ bool, err error) {
		if err != nil && !errors.Is(err, ErrTimeout) {
			t.Errorf("file %d: %v", i, err)
		}
		text = append(text, string(data)+ErrnoName(err))
	})
	if got := strings.Join(text, " "); got != "a ETIMEDOUT ETIMEDOUT" {
		t.Errorf("got %q", got)
	}
	if p.hanging.Load() != 1 {
		t.Errorf("%d readers counted as hanging, want 1", p.hanging.Load())
	}
	close(block)
	for i := 0; p.hanging.Load() != 0 && i < 1000; i++ {
		time.Sleep(10 * time.Millisecond)
	}
	if p.hanging.Load() != 0 || len(ended) != 2 {
		t.Errorf("%d readers hang, %d files were read, want none and 2", p.hanging.Load(), len(ended))
	}
	names, _, err := p.Read(context.Background(), "self/comm", 64)
	var same string
	p.ReadBatch(context.Background(), []ProcRead{{"self/comm", 64}, {"../x", 1}}, func(i int, data []byte, _ bool, err error) {
		if i == 0 {
			same = string(data)
		} else if err == nil {
			t.Error("a name with .. was read")
		}
	})
	if err != nil || same != string(names) {
		t.Errorf("batch %q, alone %q, %v", same, names, err)
	}
}

// A directory of links gives what each link gives alone; a name that left
// meanwhile is told by its errno.
func TestLinksOfADirectory(t *testing.T) {
	p := newTestProc(t)
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want, got := strconv.Itoa(int(f.Fd())), ""
	if err := p.ReadLinks("self/fd", func(name, target string, err error) bool {
		if name == want && err == nil {
			got = target
		}
		return true
	}); err != nil || got != os.DevNull {
		t.Errorf("descriptor %s leads to %q, %v", want, got, err)
	}
	calls := 0
	if err := p.ReadLinks("self/fd", func(string, string, error) bool { calls++; return false }); err != nil || calls != 1 {
		t.Errorf("%d calls after the first said no, %v", calls, err)
	}
	for _, dir := range []string{"../self/fd", "", "self/nothing"} {
		if err := p.ReadLinks(dir, func(string, string, error) bool { t.Errorf("%q has names", dir); return false }); err == nil {
			t.Errorf("%q was read", dir)
		}
	}
}
