package main

import (
	"bytes"
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
// it is killed, without a chance to end well, once its file has so many bytes.
func collect(name string, kill int64, flags []string) error {
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
	if kill > 0 {
		go killAt(c, path, kill)
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

func killAt(c *exec.Cmd, path string, size int64) {
	for {
		if st, err := os.Stat(path); err == nil && st.Size() >= size {
			_ = c.Process.Kill() // it may have ended by itself: the test sees that
			return
		}
		time.Sleep(2 * time.Millisecond)
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
