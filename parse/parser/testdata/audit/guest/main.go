// Command guest is /init of a virtual machine that makes a genuine audit.log:
// it starts auditd, loads rules, does what they watch, and prints the log to
// the serial console. See ../make.sh. It harms nothing: its filter lets no
// packet through, and it ends with the machine.
package main

import (
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

func main() {
	if os.Getpid() != 1 {
		act(os.Args[1:])
		return
	}
	for _, m := range [][3]string{{"proc", "/proc", "proc"}, {"sys", "/sys", "sysfs"}, {"dev", "/dev", "devtmpfs"}, {"run", "/run", "tmpfs"}} {
		check(syscall.Mount(m[0], m[1], m[2], 0, ""))
	}
	format := "RAW"
	if b, _ := os.ReadFile("/proc/cmdline"); strings.Contains(string(b), "enriched") {
		format = "ENRICHED"
	}
	write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33::/var/www:/bin/false\ndeploy:x:1000:1000::/home/deploy:/bin/sh\n")
	write("/etc/group", "root:x:0:\nwww-data:x:33:\ndeploy:x:1000:\n")
	write("/etc/shadow", "root:*:19000::::::\n")
	check(os.Chmod("/etc/shadow", 0o640))
	write("/etc/audit/auditd.conf", "log_file = /var/log/audit/audit.log\nlog_group = root\nlog_format = "+format+"\nwrite_logs = yes\nflush = INCREMENTAL\nfreq = 1\n"+
		"max_log_file = 8\nnum_logs = 2\nmax_log_file_action = IGNORE\nspace_left = 1\nspace_left_action = IGNORE\nadmin_space_left = 0\nadmin_space_left_action = IGNORE\n"+
		"disk_full_action = IGNORE\ndisk_error_action = IGNORE\nname_format = NONE\nlocal_events = yes\n")
	check(os.MkdirAll("/var/log/audit", 0o700))
	d := exec.Command("/sbin/auditd", "-n")
	d.Stdout, d.Stderr = os.Stdout, os.Stderr
	check(d.Start())
	time.Sleep(2 * time.Second)
	for _, r := range []string{"-D", "-b 8192", "-e 1", "-a always,exit -F arch=b64 -S execve -k exec", "-a always,exit -F arch=b64 -S connect -k net",
		"-a always,exit -F arch=b64 -S socket -F a0=17 -k packet_sock", "-a always,exit -F arch=b64 -S setsockopt -F a2=26 -k attach_filter",
		"-w /etc/shadow -p rwa -k shadow", "-a always,exit -F arch=b64 -S unlink -S unlinkat -S rename -S renameat -k change -k second"} {
		run("/sbin/auditctl", strings.Fields(r)...)
	}
	for _, a := range [][]string{{"hello"}, {"hello", "two words", "한글", "tab\tand \"quote\"", ""}, {"shadow"}, {"delete"}, {"connect"}, {"packet"},
		{"login", "1000", "hello", "as deploy"}, {"login", "1000", "www", "shadow"}, {"hello", strings.Repeat("long", 2500)}} {
		run("/bin/act", a...)
	}
	run("/sbin/auditctl", "-e", "0")
	time.Sleep(time.Second)
	check(d.Process.Signal(syscall.SIGTERM))
	_ = d.Wait()
	b, err := os.ReadFile("/var/log/audit/audit.log")
	check(err)
	fmt.Println("\n@@BEGIN")
	text := base64.StdEncoding.EncodeToString(b)
	for len(text) > 100 {
		fmt.Println(text[:100])
		text = text[100:]
	}
	fmt.Println(text)
	fmt.Println("@@END")
	syscall.Sync()
	check(syscall.Reboot(syscall.LINUX_REBOOT_CMD_POWER_OFF))
}

// act does one thing that a rule watches.
func act(a []string) {
	switch a[0] {
	case "shadow":
		f, err := os.Open("/etc/shadow")
		if err == nil {
			_ = f.Close()
		}
	case "delete":
		write("/tmp/some file", "x")
		check(os.Rename("/tmp/some file", "/tmp/other"))
		check(os.Chdir("/tmp"))
		check(syscall.Unlink("other"))
	case "connect":
		c, err := net.DialTimeout("tcp", "127.0.0.1:9", time.Second)
		if err == nil {
			_ = c.Close()
		}
		u, err := net.Dial("unix", "/run/no.sock")
		if err == nil {
			_ = u.Close()
		}
	case "packet":
		fd, err := syscall.Socket(17, syscall.SOCK_RAW, 0x0300)
		check(err)
		code := [1]syscall.SockFilter{{Code: 6}} // ret 0: lets nothing through
		prog := syscall.SockFprog{Len: 1, Filter: &code[0]}
		_, _, e := syscall.Syscall6(syscall.SYS_SETSOCKOPT, uintptr(fd), 1, 26, uintptr(unsafe.Pointer(&prog)), unsafe.Sizeof(prog), 0)
		fmt.Println("attach:", e)
	case "login":
		check(os.WriteFile("/proc/self/loginuid", []byte(a[1]), 0o600))
		run("/bin/act", a[2:]...)
	case "www":
		check(syscall.Setuid(33))
		act(a[1:])
	}
}

func run(name string, args ...string) {
	c := exec.Command(name, args...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	if err := c.Run(); err != nil {
		fmt.Println(name, args, err)
	}
}

func write(path, text string) {
	if i := strings.LastIndexByte(path, '/'); i > 0 {
		check(os.MkdirAll(path[:i], 0o755))
	}
	check(os.WriteFile(path, []byte(text), 0o644))
}

func check(err error) {
	if err != nil {
		fmt.Println("guest:", err)
	}
}
