package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Commands and types of bpf(2) that the holders need.
const (
	bpfProgLoad          = 5
	bpfRawTracepointOpen = 17
	typeKprobe           = 2
	typeTracepoint       = 5
	typeTracing          = 26
	typeLSM              = 29
	attachFentry         = 24
	attachLSM            = 27
)

// program loads a program of two instructions, r0 = 0 and exit, and attaches
// it to something that hardly ever happens.
func program(kind string) (string, error) {
	name := "saksi_" + kind[:min(len(kind), 8)] // 15 bytes at most
	switch kind {
	case "kprobe":
		fd, err := load(name, typeKprobe, 0, 0)
		if err != nil {
			return "", err
		}
		typ, err := number("/sys/bus/event_source/devices/kprobe/type")
		if err != nil {
			return "", err
		}
		fn, err := unix.BytePtrFromString("kernel_restart")
		if err != nil {
			return "", err
		}
		attr := unix.PerfEventAttr{Type: uint32(typ), Size: uint32(unsafe.Sizeof(unix.PerfEventAttr{})), Ext1: uint64(uintptr(unsafe.Pointer(fn)))}
		return name, perf(&attr, fd)
	case "tracepoint":
		fd, err := load(name, typeTracepoint, 0, 0)
		if err != nil {
			return "", err
		}
		id, err := number("/sys/kernel/tracing/events/module/module_load/id")
		if err != nil {
			return "", err
		}
		attr := unix.PerfEventAttr{Type: unix.PERF_TYPE_TRACEPOINT, Size: uint32(unsafe.Sizeof(unix.PerfEventAttr{})), Config: uint64(id)}
		return name, perf(&attr, fd)
	case "fentry":
		return name, trampoline(name, typeTracing, attachFentry, "kernel_restart")
	case "lsm":
		return name, trampoline(name, typeLSM, attachLSM, "bpf_lsm_sb_umount")
	}
	return "", fmt.Errorf("unknown kind %q", kind)
}

func number(path string) (int, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(b)))
}

// load is BPF_PROG_LOAD; the attribute is laid out as union bpf_attr.
func load(name string, typ, attach, btfID uint32) (int, error) {
	code := [2]uint64{0xb7, 0x95} // r0 = 0; exit
	license := []byte("GPL\x00")
	log := make([]byte, 64<<10)
	var a [128]byte
	le := binary.LittleEndian
	le.PutUint32(a[0:], typ)
	le.PutUint32(a[4:], uint32(len(code)))
	le.PutUint64(a[8:], uint64(uintptr(unsafe.Pointer(&code[0]))))
	le.PutUint64(a[16:], uint64(uintptr(unsafe.Pointer(&license[0]))))
	le.PutUint32(a[24:], 1)
	le.PutUint32(a[28:], uint32(len(log)))
	le.PutUint64(a[32:], uint64(uintptr(unsafe.Pointer(&log[0]))))
	copy(a[48:63], name)
	le.PutUint32(a[68:], attach)
	le.PutUint32(a[108:], btfID)
	fd, _, no := unix.Syscall(unix.SYS_BPF, bpfProgLoad, uintptr(unsafe.Pointer(&a[0])), uintptr(len(a)))
	if no != 0 {
		return -1, fmt.Errorf("load %s: %w: %s", name, no, bytes.TrimRight(log, "\x00"))
	}
	return int(fd), nil
}

// perf opens the event and gives it the program.
func perf(attr *unix.PerfEventAttr, prog int) error {
	fd, err := unix.PerfEventOpen(attr, -1, 0, -1, unix.PERF_FLAG_FD_CLOEXEC)
	if err != nil {
		return fmt.Errorf("perf_event_open: %w", err)
	}
	if err := unix.IoctlSetInt(fd, unix.PERF_EVENT_IOC_SET_BPF, prog); err != nil {
		return fmt.Errorf("set program: %w", err)
	}
	return unix.IoctlSetInt(fd, unix.PERF_EVENT_IOC_ENABLE, 0)
}

// trampoline loads a program for one function of the kernel, found in its BTF,
// and attaches it.
func trampoline(name string, typ, attach uint32, function string) error {
	b, err := os.ReadFile("/sys/kernel/btf/vmlinux")
	if err != nil {
		return err
	}
	id, err := btfFunc(b, function)
	if err != nil {
		return err
	}
	fd, err := load(name, typ, attach, id)
	if err != nil {
		return err
	}
	var a [16]byte
	binary.LittleEndian.PutUint32(a[8:], uint32(fd))
	if _, _, no := unix.Syscall(unix.SYS_BPF, bpfRawTracepointOpen, uintptr(unsafe.Pointer(&a[0])), uintptr(len(a))); no != 0 {
		return fmt.Errorf("attach %s to %s: %w", name, function, no)
	}
	return nil
}

// btfFunc finds the type id of a function (Documentation/bpf/btf.rst).
func btfFunc(b []byte, name string) (uint32, error) {
	le := binary.LittleEndian
	if len(b) < 24 || le.Uint16(b) != 0xeb9f {
		return 0, errors.New("no BTF")
	}
	head := le.Uint32(b[4:])
	types := b[head+le.Uint32(b[8:]):][:le.Uint32(b[12:])]
	text := b[head+le.Uint32(b[16:]):]
	for id := uint32(1); len(types) >= 12; id++ {
		info := le.Uint32(types[4:])
		kind, n := info>>24&0x1f, int(info&0xffff)
		if kind == 12 && bytes.HasPrefix(text[le.Uint32(types):], append([]byte(name), 0)) {
			return id, nil
		}
		size := 12
		switch kind {
		case 1, 14, 17: // int, var, decl tag
			size += 4
		case 3: // array
			size += 12
		case 4, 5, 15, 19: // struct, union, datasec, enum64
			size += 12 * n
		case 6, 13: // enum, func proto
			size += 8 * n
		}
		types = types[size:]
	}
	return 0, fmt.Errorf("BTF names no function %q", name)
}
