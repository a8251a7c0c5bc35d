// Command guest is the first process of the virtual machine in which the
// project's tests run the collector on a kernel of their own. The kernel
// argument lab= names the leg; output goes to the NVMe disk whose serial is
// "out", never found by name, because names change places between boots.
package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

func main() {
	if err := run(); err != nil {
		fmt.Println("@@FAIL", err)
	}
	fmt.Println("@@END")
	unix.Sync()
	_ = unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
	select {}
}

func run() error {
	for _, m := range [][3]string{{"proc", "/proc", "proc"}, {"sysfs", "/sys", "sysfs"}, {"devtmpfs", "/dev", "devtmpfs"}, {"tmpfs", "/run", "tmpfs"}, {"tmpfs", "/dev/shm", "tmpfs"}, {"securityfs", "/sys/kernel/security", "securityfs"}} {
		if err := os.MkdirAll(m[1], 0o755); err != nil {
			return err
		}
		if err := unix.Mount(m[0], m[1], m[2], 0, ""); err != nil {
			fmt.Println("@@NOTE mount", m[1], err)
		}
	}
	for _, d := range []string{"/tmp", "/var/log", "/etc"} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	for name, text := range map[string]string{"/etc/hostname": "vm01\n", "/etc/machine-id": "5a6b5c6d5e6f40414243444546474849\n", "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\n"} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return err
		}
	}
	if err := unix.Sethostname([]byte("vm01")); err != nil {
		return err
	}
	arg, err := os.ReadFile("/proc/cmdline")
	if err != nil {
		return err
	}
	for _, f := range strings.Fields(string(arg)) {
		if leg, ok := strings.CutPrefix(f, "lab="); ok {
			return legs(strings.Split(leg, ","))
		}
	}
	return errors.New("no lab= on the kernel line")
}

// legs runs the named steps in order.
func legs(names []string) error {
	for _, n := range names {
		fmt.Println("@@STEP", n)
		var err error
		switch {
		case n == "decoy":
			err = decoy("/dev/shm/saksi-decoy-magic", "-magic", "40257", "-unlink", "-sleep", "10m")
		case n == "dhcp":
			err = decoy("/run/saksi-decoy-dhcp", "-kind", "dhcp", "-sleep", "10m")
		case n == "yama3":
			err = os.WriteFile("/proc/sys/kernel/yama/ptrace_scope", []byte("3"), 0o644)
		case strings.HasPrefix(n, "lockdown-"):
			err = os.WriteFile("/sys/kernel/security/lockdown", []byte(strings.TrimPrefix(n, "lockdown-")), 0o644)
		case n == "canary":
			err = canary()
		case n == "iomem":
			err = iomem()
		case strings.HasPrefix(n, "pause-"):
			fmt.Println("@@PAUSE", n)
			_, err = os.Stdin.Read(make([]byte, 1))
		case strings.HasPrefix(n, "collect"):
			err = collect(strings.Split(n, "+")[1:])
		default:
			err = fmt.Errorf("unknown step %q", n)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", n, err)
		}
	}
	return nil
}

// decoy starts the decoy under a path of its own with an empty environment.
func decoy(path string, args ...string) error {
	b, err := os.ReadFile("/decoy")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, b, 0o755); err != nil {
		return err
	}
	c := exec.Command(path, args...)
	c.Env, c.Dir = []string{"PATH=/usr/sbin:/usr/bin"}, "/"
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	line := make([]byte, 32)
	n, err := out.Read(line)
	if err != nil {
		return err
	}
	fmt.Println("@@DECOY", strings.TrimSpace(string(line[:n])), path)
	return nil
}

// iomem prints the System RAM ranges, page-aligned inward, for comparison.
func iomem() error {
	b, err := os.ReadFile("/proc/iomem")
	if err != nil {
		return err
	}
	var out []string
	for _, l := range strings.Split(string(b), "\n") {
		var lo, hi uint64
		if n, _ := fmt.Sscanf(l, "%x-%x", &lo, &hi); n == 2 && !strings.HasPrefix(l, " ") && strings.HasSuffix(l, " : System RAM") {
			lo, hi = (lo+4095)&^4095, (hi+1)&^4095
			out = append(out, fmt.Sprintf("%x-%x", lo, hi-1))
		}
	}
	fmt.Println("@@IOMEM", strings.Join(out, " "))
	return nil
}

// canary keeps 32 MiB of a known pattern in memory: 8,192 pages, each marked
// with its number.
func canary() error {
	const size = 32 << 20
	b, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_POPULATE)
	if err != nil {
		return err
	}
	for i := 0; i < size; i += 4096 {
		copy(b[i:], "saksi canary page")
		binary.LittleEndian.PutUint64(b[i+24:], uint64(i/4096))
		for k := 32; k < 4096; k += 8 {
			binary.LittleEndian.PutUint64(b[i+k:], uint64(i/4096)*0x9e3779b97f4a7c15+uint64(k))
		}
	}
	if err := unix.Mlock(b); err != nil {
		return err
	}
	return nil // the mapping lives until the machine goes off
}

// disk finds the block device of an NVMe disk by its serial.
func disk(serial string) (string, error) {
	for range 100 {
		ps, err := filepath.Glob("/sys/class/block/nvme*/device/serial")
		if err != nil {
			return "", err
		}
		for _, p := range ps {
			b, err := os.ReadFile(p)
			if err == nil && string(bytes.TrimSpace(b)) == serial {
				return "/dev/" + filepath.Base(filepath.Dir(filepath.Dir(p))), nil
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	return "", fmt.Errorf("no disk with serial %q", serial)
}

// collect runs the collector with the given flags, its output streamed to the
// disk "out": 4096 bytes of head (magic, length, exit code), then the bundle.
func collect(flags []string) error {
	dev, err := disk("out")
	if err != nil {
		return err
	}
	d, err := os.OpenFile(dev, os.O_RDWR|unix.O_DIRECT, 0)
	if err != nil {
		return err
	}
	before, err := os.ReadFile("/proc/modules")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	args := append([]string{"run", "--out", "-"}, flags...)
	c := exec.Command("/saksi-collect", args...)
	c.Stderr = os.Stdout
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	start := time.Now()
	if err := c.Start(); err != nil {
		return err
	}
	n, err := spool(d, out)
	if err != nil {
		return err
	}
	werr := c.Wait()
	after, err := os.ReadFile("/proc/modules")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	head := aligned(4096)
	copy(head, "SAKSIVM1")
	binary.LittleEndian.PutUint64(head[8:], uint64(n))
	binary.LittleEndian.PutUint64(head[16:], uint64(c.ProcessState.ExitCode()))
	if _, err := d.WriteAt(head, 0); err != nil {
		return err
	}
	fmt.Printf("@@COLLECTED %d bytes exit %d in %v modules equal %v (%v) maxrss %d KiB\n", n, c.ProcessState.ExitCode(), time.Since(start).Round(time.Millisecond), bytes.Equal(before, after), werr, rss(c))
	return d.Close()
}

func rss(c *exec.Cmd) int64 {
	if r, ok := c.ProcessState.SysUsage().(*syscall.Rusage); ok {
		return r.Maxrss
	}
	return -1
}

// aligned gives a buffer for O_DIRECT.
func aligned(n int) []byte {
	b, err := unix.Mmap(-1, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return make([]byte, n)
	}
	return b
}

// spool copies a stream to the disk behind its head in aligned blocks, past
// the page cache.
func spool(d *os.File, r io.Reader) (int64, error) {
	buf := aligned(1 << 20)
	total := int64(0)
	for {
		n, err := io.ReadFull(r, buf)
		if n > 0 {
			clear(buf[n:])
			if _, werr := d.WriteAt(buf[:(n+4095)&^4095], 4096+total); werr != nil {
				return total, werr
			}
			total += int64(n)
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}
