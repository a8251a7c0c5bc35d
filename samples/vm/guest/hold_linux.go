package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// holders starts one process for each kind and prints what it holds.
func holders(kinds []string) error {
	for _, k := range kinds {
		line, err := spawn("/init", "hold", k)
		if err != nil {
			return fmt.Errorf("%s: %w", k, err)
		}
		if strings.HasPrefix(line, "error") {
			return fmt.Errorf("%s: %s", k, line)
		}
		fmt.Println("@@HOLD", k, line)
	}
	return nil
}

// hold opens what its kind says, prints its pid and the inode of the socket or
// the name of the program, and sleeps. It reads nothing and sends nothing.
func hold(kind string) error {
	what := make(chan string)
	fail := make(chan error)
	go func() {
		if s, err := take(kind); err != nil {
			fail <- err
		} else {
			what <- s
		}
		select {}
	}()
	select {
	case s := <-what:
		fmt.Println(os.Getpid(), s)
	case err := <-fail:
		return err
	}
	for {
		_ = unix.Pause() // until the machine goes off
	}
}

func take(kind string) (string, error) {
	switch kind {
	case "thread":
		return threadTable()
	case "uring":
		return ring()
	case "flight":
		return inFlight()
	}
	return program(kind)
}

// filtered opens a packet socket whose classic filter takes one UDP port.
func filtered() (fd int, ino string, err error) {
	fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
	if err != nil {
		return -1, "", err
	}
	code := []unix.SockFilter{{Code: 0x28, K: 12}, {Code: 0x15, Jf: 3, K: 0x800}, {Code: 0x30, K: 23}, {Code: 0x15, Jf: 1, K: 17}, {Code: 0x06, K: 65535}, {Code: 0x06}}
	prog := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	if err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &prog); err != nil {
		return -1, "", err
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return -1, "", err
	}
	return fd, fmt.Sprint(st.Ino), nil
}

// threadTable opens the socket in a thread that has a descriptor table of its
// own: /proc/PID/fd does not show it, /proc/PID/task/TID/fd does. The thread
// runs nothing else from there on.
func threadTable() (string, error) {
	got, bad := make(chan string), make(chan error)
	go func() {
		runtime.LockOSThread()
		if err := unix.Unshare(unix.CLONE_FILES); err != nil {
			bad <- err
			return
		}
		_, ino, err := filtered()
		if err != nil {
			bad <- err
			return
		}
		got <- ino
		for {
			_ = unix.Pause() // until the machine goes off
		}
	}()
	select {
	case ino := <-got:
		return ino, nil
	case err := <-bad:
		return "", err
	}
}

// ring registers the socket with an io_uring and closes its descriptor:
// nothing in /proc names it any more (io_uring_setup(2), io_uring_register(2)).
func ring() (string, error) {
	fd, ino, err := filtered()
	if err != nil {
		return "", err
	}
	var params [120]byte
	r, _, no := unix.Syscall(unix.SYS_IO_URING_SETUP, 4, uintptr(unsafe.Pointer(&params[0])), 0)
	if no != 0 {
		return "", fmt.Errorf("io_uring_setup: %w", no)
	}
	fds := [1]int32{int32(fd)}
	const registerFiles = 2
	if _, _, no := unix.Syscall6(unix.SYS_IO_URING_REGISTER, r, registerFiles, uintptr(unsafe.Pointer(&fds[0])), 1, 0, 0); no != 0 {
		return "", fmt.Errorf("io_uring_register: %w", no)
	}
	return ino, unix.Close(fd)
}

// inFlight sends the socket into a pair of Unix sockets and closes it: it
// lives in a message that nobody reads (unix(7), SCM_RIGHTS).
func inFlight() (string, error) {
	fd, ino, err := filtered()
	if err != nil {
		return "", err
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return "", err
	}
	if err := unix.Sendmsg(pair[0], []byte("x"), unix.UnixRights(fd), nil, 0); err != nil {
		return "", err
	}
	return ino, unix.Close(fd)
}
