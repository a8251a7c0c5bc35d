package vm

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// machine is one boot of a kernel under QEMU's own translation (never kvm).
type machine struct {
	t      *testing.T
	dir    string
	cmd    *exec.Cmd
	in     io.Writer
	lines  chan string
	log    []string
	out    string // image of the disk "out"
	qmp    net.Conn
	qmpR   *bufio.Reader
	cancel context.CancelFunc
}

// boot starts kernel with the legs; megabytes is the size of memory.
func boot(t *testing.T, kernel, initrd, legs string, megabytes int, extra string) *machine {
	t.Helper()
	dir := t.TempDir()
	m := &machine{t: t, dir: dir, out: filepath.Join(dir, "out.img"), lines: make(chan string, 1024)}
	f, err := os.Create(m.out)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(2 << 30); err != nil {
		t.Fatal(err)
	}
	f.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 150*time.Second)
	m.cancel = cancel
	sock := filepath.Join(dir, "q")
	m.cmd = exec.CommandContext(ctx, "qemu-system-x86_64", "-accel", "tcg", "-m", fmt.Sprint(megabytes), "-smp", "1", "-nodefaults", "-no-user-config",
		"-display", "none", "-serial", "stdio", "-no-reboot", "-qmp", "unix:"+sock+",server=on,wait=off", "-kernel", kernel, "-initrd", initrd,
		"-drive", "if=none,id=d0,file="+m.out+",format=raw,cache=unsafe", "-device", "nvme,serial=out,drive=d0",
		"-append", "console=ttyS0 quiet panic=-1 "+extra+" lab="+legs)
	if m.in, err = m.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := m.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	m.cmd.Stderr = os.Stderr
	if err := m.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); _ = m.cmd.Wait() })
	go m.read(stdout)
	m.dial(sock)
	return m
}

func (m *machine) read(r io.Reader) {
	defer close(m.lines)
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 64<<10), 1<<20)
	for s.Scan() {
		m.lines <- strings.TrimRight(s.Text(), "\r")
	}
}

// wait reads lines up to one that begins with prefix and gives its rest.
func (m *machine) wait(prefix string) string {
	m.t.Helper()
	for l := range m.lines {
		m.log = append(m.log, l)
		if strings.HasPrefix(l, "@@FAIL") {
			m.t.Fatalf("guest: %s\n%s", l, m.tail())
		}
		if rest, ok := strings.CutPrefix(l, prefix); ok {
			return strings.TrimSpace(rest)
		}
	}
	m.t.Fatalf("the machine went off before %q\n%s", prefix, m.tail())
	return ""
}

func (m *machine) tail() string {
	return strings.Join(m.log[max(0, len(m.log)-40):], "\n")
}

// end waits until the machine is off.
func (m *machine) end() {
	m.t.Helper()
	m.wait("@@END")
	for range m.lines {
	}
	if err := m.cmd.Wait(); err != nil {
		m.t.Fatalf("qemu: %v", err)
	}
}

func (m *machine) dial(sock string) {
	m.t.Helper()
	for range 100 {
		c, err := net.Dial("unix", sock)
		if err == nil {
			m.qmp, m.qmpR = c, bufio.NewReader(c)
			m.t.Cleanup(func() { c.Close() })
			if _, err := m.qmpR.ReadString('\n'); err != nil {
				m.t.Fatal(err)
			}
			m.tell("qmp_capabilities", nil)
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	m.t.Fatal("no QMP socket")
}

// tell runs one QMP command and waits for its return.
func (m *machine) tell(command string, args map[string]any) {
	m.t.Helper()
	msg := map[string]any{"execute": command}
	if args != nil {
		msg["arguments"] = args
	}
	b, err := json.Marshal(msg)
	if err != nil {
		m.t.Fatal(err)
	}
	if _, err := m.qmp.Write(append(b, '\n')); err != nil {
		m.t.Fatal(err)
	}
	for {
		l, err := m.qmpR.ReadString('\n')
		if err != nil {
			m.t.Fatal(err)
		}
		if strings.Contains(l, `"error"`) {
			m.t.Fatalf("qmp %s: %s", command, l)
		}
		if strings.Contains(l, `"return"`) {
			return
		}
	}
}

// dump writes all of physical memory to a file while the machine stands still,
// then lets the guest go on past its pause.
func (m *machine) dump(name string, megabytes int) string {
	m.t.Helper()
	file := filepath.Join(m.dir, name)
	m.tell("stop", nil)
	m.tell("pmemsave", map[string]any{"val": 0, "size": megabytes << 20, "filename": file})
	m.tell("cont", nil)
	if _, err := io.WriteString(m.in, "\n"); err != nil {
		m.t.Fatal(err)
	}
	return file
}

// bundle cuts what the guest wrote to its disk into a file and gives the
// collector's exit code.
func (m *machine) bundle(name string) (string, int) {
	m.t.Helper()
	f, err := os.Open(m.out)
	if err != nil {
		m.t.Fatal(err)
	}
	defer f.Close()
	head := make([]byte, 4096)
	if _, err := io.ReadFull(f, head); err != nil {
		m.t.Fatal(err)
	}
	if string(head[:8]) != "SAKSIVM1" {
		m.t.Fatalf("the guest wrote no bundle: %q", head[:8])
	}
	path := filepath.Join(m.dir, name)
	o, err := os.Create(path)
	if err != nil {
		m.t.Fatal(err)
	}
	if _, err := io.CopyN(o, f, int64(binary.LittleEndian.Uint64(head[8:]))); err != nil {
		m.t.Fatal(err)
	}
	if err := o.Close(); err != nil {
		m.t.Fatal(err)
	}
	return path, int(int64(binary.LittleEndian.Uint64(head[16:])))
}
