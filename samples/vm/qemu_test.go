package vm

import (
	"bufio"
	"context"
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
	qmp    net.Conn
	qmpR   *bufio.Reader
	cancel context.CancelFunc
}

// The machine has 512 MiB of RAM in two pieces, one of them above 4 GiB, and
// its first piece has two holes (memmap=): a split like that of large hosts.
const (
	lowRAM   = 256 << 20
	highRAM  = 256 << 20
	highBase = 4 << 30
	holes    = "memmap=4M$0x8000000,4M$0xc000000"
)

// disks are the images of the machine's disks by serial, with their sizes;
// those in ext4 hold a file system.
func (m *machine) disks() (args []string) {
	m.t.Helper()
	for _, d := range []struct {
		serial string
		size   int64
		ext4   bool
	}{{"data", 2 << 30, true}, {"small", 48 << 20, true}, {"img", 16 << 30, false}} {
		path := m.disk(d.serial)
		f, err := os.Create(path)
		if err != nil {
			m.t.Fatal(err)
		}
		if err := f.Truncate(d.size); err != nil {
			m.t.Fatal(err)
		}
		f.Close()
		if d.ext4 {
			if out, err := exec.Command("mkfs.ext4", "-q", "-F", "-O", "^has_journal", path).CombinedOutput(); err != nil {
				m.t.Fatalf("mkfs.ext4: %v %s", err, out)
			}
		}
		args = append(args, "-drive", "if=none,id="+d.serial+",file="+path+",format=raw,cache=unsafe", "-device", "nvme,serial="+d.serial+",drive="+d.serial)
	}
	return args
}

func (m *machine) disk(serial string) string { return filepath.Join(m.dir, serial+".img") }

// file takes a file out of one of the ext4 disks once the machine is off.
func (m *machine) file(serial, name string) string {
	m.t.Helper()
	to := filepath.Join(m.dir, name)
	out, err := exec.Command("debugfs", "-R", "dump /"+name+" "+to, m.disk(serial)).CombinedOutput()
	if st, serr := os.Stat(to); err != nil || serr != nil || st.Size() == 0 {
		m.t.Fatalf("debugfs dump %s: %v %v %s", name, err, serr, out)
	}
	return to
}

// boot starts kernel with the steps.
func boot(t *testing.T, kernel, initrd, steps string) *machine {
	t.Helper()
	dir := t.TempDir()
	m := &machine{t: t, dir: dir, lines: make(chan string, 1024)}
	limit := 8 * time.Minute // of a busy machine; an idle one needs a tenth
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	m.cancel = cancel
	sock := filepath.Join(dir, "q")
	args := append([]string{"-accel", "tcg", "-machine", fmt.Sprintf("pc,max-ram-below-4g=%d", lowRAM), "-m", fmt.Sprint((lowRAM + highRAM) >> 20), "-smp", "1",
		"-cpu", "max,la57=off", "-nodefaults", "-no-user-config", "-display", "none", "-serial", "stdio", "-no-reboot", "-qmp", "unix:" + sock + ",server=on,wait=off",
		"-kernel", kernel, "-initrd", initrd, "-append", "console=ttyS0 quiet panic=-1 " + holes + " lab=" + steps}, m.disks()...)
	m.cmd = exec.CommandContext(ctx, "qemu-system-x86_64", args...)
	var err error
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

// dump writes all of physical memory to files while the machine stands still,
// then lets the guest go on past its pause.
func (m *machine) dump(name string) *dump {
	m.t.Helper()
	m.wait("@@PAUSE")
	m.tell("stop", nil)
	d := &dump{}
	for i, r := range [2][2]int64{{0, lowRAM}, {highBase, highRAM}} {
		file := filepath.Join(m.dir, fmt.Sprint(name, i))
		m.tell("pmemsave", map[string]any{"val": r[0], "size": r[1], "filename": file})
		f, err := os.Open(file)
		if err != nil {
			m.t.Fatal(err)
		}
		m.t.Cleanup(func() { f.Close() })
		d.piece[i] = f
	}
	m.tell("cont", nil)
	if _, err := io.WriteString(m.in, "\n"); err != nil {
		m.t.Fatal(err)
	}
	return d
}

// dump is physical memory as QEMU saw it.
type dump struct{ piece [2]*os.File }

// ReadAt reads at a physical address.
func (d *dump) ReadAt(p []byte, at int64) (int, error) {
	if at >= highBase {
		return d.piece[1].ReadAt(p, at-highBase)
	}
	return d.piece[0].ReadAt(p, at)
}

// collected is one line that the guest printed about a run of the collector.
type collected struct {
	name        string
	exit, loads int
	modules     bool
	text        string
}

// run waits for the end of one run of the collector.
func (m *machine) run(name string) collected {
	m.t.Helper()
	c := collected{name: name, text: m.wait("@@COLLECTED " + name)}
	if n, err := fmt.Sscanf(c.text, "exit %d modules equal %t autoloads %d", &c.exit, &c.modules, &c.loads); n != 3 {
		m.t.Fatalf("%q: %v", c.text, err)
	}
	m.t.Logf("%s: %s", name, c.text)
	if !c.modules || c.loads != 0 {
		m.t.Errorf("%s: modules equal %v, %d asked for", name, c.modules, c.loads)
	}
	return c
}
