package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// collect runs the collector with the given flags; its bundle goes to
// /mnt/NAME.tar.zst unless the flags name another --out. With kill above zero
// it is killed, without a chance to end well, when its file has so many frames
// of 1 MiB that a checkpoint, each 64 MiB, lies behind a part of the image.
func collect(name string, kill bool, flags []string) error {
	path := "/mnt/" + name + ".tar.zst"
	args := []string{"run"}
	for _, f := range flags {
		if to, ok := strings.CutPrefix(f, "--out="); ok {
			path = to
		} else if f != "" {
			args = append(args, f)
		}
	}
	args = append(args, "--out", path)
	modules, loads := readAll("/proc/modules"), readAll(modlogFile)
	c := exec.Command("/saksi-collect", args...)
	c.Stdout, c.Stderr = os.Stdout, os.Stdout
	start := time.Now()
	if err := c.Start(); err != nil {
		return err
	}
	if kill {
		go killAmid(c, path)
	}
	err := c.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return err
	}
	fmt.Printf("@@COLLECTED %s exit %d modules equal %v autoloads %d in %v cpu %v\n", name, c.ProcessState.ExitCode(),
		bytes.Equal(modules, readAll("/proc/modules")), bytes.Count(readAll(modlogFile), []byte("\n"))-bytes.Count(loads, []byte("\n")),
		time.Since(start).Round(time.Millisecond), (c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Round(time.Millisecond))
	return nil
}

func killAmid(c *exec.Cmd, path string) {
	const enough = 128
	for at, n := int64(0), 0; ; time.Sleep(20 * time.Millisecond) {
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		var more int
		at, more = frames(f, at)
		f.Close()
		if n += more; n >= enough {
			_ = c.Process.Kill() // it may have ended by itself: the test sees that
			return
		}
	}
}

// frames walks a bundle that is being written from a frame at at to the last
// that is whole, and counts those of data (collect/bundle/FORMAT.md, section 3).
func frames(f *os.File, at int64) (next int64, n int) {
	st, err := f.Stat()
	if err != nil {
		return at, n
	}
	u32 := func(off int64) uint32 {
		var b [4]byte
		if _, err := f.ReadAt(b[:], off); err != nil {
			return 0
		}
		return binary.LittleEndian.Uint32(b[:])
	}
	for {
		switch magic := u32(at); {
		case magic&^0xf == 0x184d2a50: // skippable: size, content
			end := at + 8 + int64(u32(at+4))
			if end > st.Size() || u32(at+4) == 0 {
				return at, n
			}
			at = end
		case magic == 0xfd2fb528: // RFC 8878, section 3.1.1
			kind := u32(at + 4)
			end := at + 5 + []int64{0, 2, 4, 8}[kind>>6&3] + []int64{0, 1, 2, 4}[kind&3] + 1 // one byte of window, or of content size
			if kind>>5&1 == 1 && kind>>6&3 != 0 {
				end--
			}
			for last := false; !last; {
				block := u32(end)
				if end+4 > st.Size() {
					return at, n
				}
				last = block&1 == 1
				if end += 3 + 1; block>>1&3 != 1 { // a block of one repeated byte has one
					end += int64(block>>3&(1<<21-1)) - 1
				}
			}
			if end += int64(kind>>2&1) * 4; end > st.Size() {
				return at, n
			}
			at = end
			n++
		default:
			return at, n
		}
	}
}

func readAll(path string) []byte {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return b
}

// modlogFile is where the program that stands in for modprobe writes.
const modlogFile = "/run/modlog"

// modlog is what the kernel runs instead of modprobe: it notes what was asked
// for and loads nothing.
func modlog() int {
	f, err := os.OpenFile(modlogFile, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return 1
	}
	defer f.Close()
	fmt.Fprintln(f, strings.Join(os.Args[1:], " "))
	return 1
}

// watchModules puts the logger in the place of modprobe and proves that it
// works: a socket of a family that only a module has.
func watchModules() error {
	if err := os.WriteFile("/proc/sys/kernel/modprobe", []byte("/modlog"), 0o644); err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_APPLETALK, unix.SOCK_DGRAM, 0)
	if err == nil {
		unix.Close(fd)
		return errors.New("AppleTalk needs no module here: the logger cannot be proven")
	}
	fmt.Printf("@@MODLOG %q\n", readAll(modlogFile))
	return nil
}

// insmod loads one module from the initramfs (finit_module(2)).
func insmod(path string) error {
	f, err := os.Open("/" + path)
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.FinitModule(int(f.Fd()), "", 0)
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
	line, err := spawn(path, args...)
	if err != nil {
		return err
	}
	fmt.Println("@@DECOY", line, path)
	return nil
}

// spawn starts a program and waits for its first line.
func spawn(path string, args ...string) (string, error) {
	c := exec.Command(path, args...)
	c.Env, c.Dir, c.Stderr = []string{"PATH=/usr/sbin:/usr/bin"}, "/", os.Stdout
	out, err := c.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := c.Start(); err != nil {
		return "", err
	}
	line := make([]byte, 256)
	n, err := out.Read(line)
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(line[:n])), nil
}
