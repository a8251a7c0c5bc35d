// Command guest is the first process of the virtual machine in which the
// project's tests run the collector on a kernel of their own. The kernel
// argument lab= names the steps. Disks are found by their serial, never by
// name, because names change places between boots: "data" is an ext4 file
// system for bundles, "small" one that fills up, "img" takes bare images.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

func main() {
	switch {
	case filepath.Base(os.Args[0]) == "modlog":
		os.Exit(modlog())
	case os.Getpid() != 1 && len(os.Args) == 3 && os.Args[1] == "hold":
		if err := hold(os.Args[2]); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		return
	}
	if err := run(); err != nil {
		fmt.Println("@@FAIL", err)
	}
	_ = unix.Unmount("/mnt", 0) // fails when it was not mounted
	_ = unix.Unmount("/small", 0)
	unix.Sync()
	fmt.Println("@@END")
	_ = unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
	select {}
}

func run() error {
	for _, m := range [][3]string{{"proc", "/proc", "proc"}, {"sysfs", "/sys", "sysfs"}, {"devtmpfs", "/dev", "devtmpfs"}, {"tmpfs", "/run", "tmpfs"}, {"tmpfs", "/dev/shm", "tmpfs"},
		{"securityfs", "/sys/kernel/security", "securityfs"}, {"tracefs", "/sys/kernel/tracing", "tracefs"}} {
		if err := os.MkdirAll(m[1], 0o755); err != nil {
			return err
		}
		if err := unix.Mount(m[0], m[1], m[2], 0, ""); err != nil {
			fmt.Println("@@NOTE mount", m[1], err)
		}
	}
	for _, d := range []string{"/tmp", "/var/log", "/etc", "/mnt", "/small"} {
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
			return steps(strings.Split(leg, ","))
		}
	}
	return errors.New("no lab= on the kernel line")
}

// steps runs the named steps in order.
func steps(names []string) error {
	for _, n := range names {
		fmt.Println("@@STEP", n)
		word, rest, _ := strings.Cut(n, "+")
		if err := step(word, rest); err != nil {
			return fmt.Errorf("%s: %w", n, err)
		}
	}
	return nil
}

func step(word, rest string) error {
	args := strings.Split(rest, "+")
	switch word {
	case "mount":
		return mount(args[0], args[1])
	case "modlog":
		return watchModules()
	case "decoy":
		return decoy("/dev/shm/saksi-decoy-magic", "-magic", "40257", "-unlink", "-sleep", "10m")
	case "hold":
		return holders(args)
	case "insmod":
		return insmod(rest)
	case "yama":
		return os.WriteFile("/proc/sys/kernel/yama/ptrace_scope", []byte(rest), 0o644)
	case "lockdown":
		return os.WriteFile("/sys/kernel/security/lockdown", []byte(rest), 0o644)
	case "canary":
		return canary()
	case "iomem":
		return iomem()
	case "pause":
		fmt.Println("@@PAUSE", rest)
		_, err := os.Stdin.Read(make([]byte, 1))
		return err
	case "image":
		return image(rest)
	case "fill":
		return fill(args[0], args[1])
	case "collect":
		return collect(args[0], false, args[1:])
	case "kill":
		return collect(args[0], true, args[1:])
	}
	return errors.New("unknown step")
}

func mount(serial, at string) error {
	dev, err := disk(serial)
	if err != nil {
		return err
	}
	return unix.Mount(dev, at, "ext4", unix.MS_NOATIME, "")
}
