package source

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/record"
)

// bpfCall is bpf(2).
func bpfCall(cmd uintptr, attr []byte) (int, error) {
	r, _, no := unix.Syscall(unix.SYS_BPF, cmd, uintptr(unsafe.Pointer(&attr[0])), uintptr(len(attr)))
	if no != 0 {
		return -1, no
	}
	return int(r), nil
}

func pinned(pin *runtime.Pinner, b []byte) uint64 {
	pin.Pin(&b[0])
	return uint64(uintptr(unsafe.Pointer(&b[0])))
}

// loadProgram loads an eBPF program that returns a constant.
func loadProgram(kind uint32, ret int32, name string) (int, error) {
	insns := binary.NativeEndian.AppendUint32([]byte{0xb7, 0, 0, 0}, uint32(ret)) // r0 = ret
	insns = append(insns, 0x95, 0, 0, 0, 0, 0, 0, 0)                              // exit
	var pin runtime.Pinner
	defer pin.Unpin()
	load := make([]byte, 64)
	binary.NativeEndian.PutUint32(load, kind)
	binary.NativeEndian.PutUint32(load[4:], 2)
	binary.NativeEndian.PutUint64(load[8:], pinned(&pin, insns))
	binary.NativeEndian.PutUint64(load[16:], pinned(&pin, []byte("GPL\x00")))
	copy(load[48:], name)
	prog, err := bpfCall(5, load)
	if err != nil {
		return -1, fmt.Errorf("load program: %w", err)
	}
	return prog, nil
}

// attachToLoopback puts programs that let everything pass on the loopback
// interface of this thread's namespace: generic XDP and tcx ingress.
func attachToLoopback() error {
	for _, a := range []struct {
		kind, attach, flags uint32
		ret                 int32
	}{{6, 37, 2, 2}, {3, 46, 0, -1}} {
		prog, err := loadProgram(a.kind, a.ret, "decoyhook")
		if err != nil {
			return err
		}
		link := make([]byte, 64)
		for i, v := range []uint32{uint32(prog), 1, a.attach, a.flags} {
			binary.NativeEndian.PutUint32(link[4*i:], v)
		}
		if _, err := bpfCall(28, link); err != nil { // BPF_LINK_CREATE
			return fmt.Errorf("attach %d: %w", a.attach, err)
		}
	}
	return nil
}

// attachProgram attaches an eBPF program that passes every packet to a socket
// and makes a map with one entry. Program and map stay open.
func attachProgram(fd int) error {
	prog, err := loadProgram(1, 65535, "decoy") // BPF_PROG_TYPE_SOCKET_FILTER
	if err != nil {
		return err
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ATTACH_BPF, prog); err != nil {
		return fmt.Errorf("attach program: %w", err)
	}
	create := make([]byte, 48)
	for i, v := range []uint32{1, 4, 8, 16} { // hash, key 4, value 8, 16 entries
		binary.NativeEndian.PutUint32(create[4*i:], v)
	}
	copy(create[28:], "decoymap")
	m, err := bpfCall(0, create)
	if err != nil {
		return fmt.Errorf("create map: %w", err)
	}
	var pin runtime.Pinner
	defer pin.Unpin()
	update := make([]byte, 32)
	binary.NativeEndian.PutUint32(update, uint32(m))
	binary.NativeEndian.PutUint64(update[8:], pinned(&pin, []byte("key1")))
	binary.NativeEndian.PutUint64(update[16:], pinned(&pin, []byte("value..1")))
	if _, err := bpfCall(2, update); err != nil {
		return fmt.Errorf("update map: %w", err)
	}
	return nil
}

// intoFlight sends a descriptor over a socket pair and lets nobody receive it.
func intoFlight(fd int) error {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	if err != nil {
		return fmt.Errorf("socketpair: %w", err)
	}
	if err := unix.Sendmsg(pair[0], []byte{0}, unix.UnixRights(fd), nil, 0); err != nil {
		return fmt.Errorf("sendmsg: %w", err)
	}
	return nil
}

func hexFilter(prog []record.Insn) string {
	var b []byte
	for _, in := range prog {
		b = binary.NativeEndian.AppendUint16(b, in.Code)
		b = append(b, in.JT, in.JF)
		b = binary.NativeEndian.AppendUint32(b, in.K)
	}
	return hex.EncodeToString(b)
}

// knockFilter accepts UDP packets whose payload begins with a constant; IP
// begins at offset l.
func knockFilter(l, constant uint32) []record.Insn {
	return []record.Insn{
		{Code: 0x30, K: l + 9},           // ldb [l+9]
		{Code: 0x15, JF: 4, K: 17},       // jeq #17
		{Code: 0xb1, K: l},               // ldxb 4*([l]&0xf)
		{Code: 0x48, K: l + 8},           // ldh [x+l+8]
		{Code: 0x15, JF: 1, K: constant}, // jeq #constant
		{Code: 0x06, K: 0xffff},          // ret #65535
		{Code: 0x06, K: 0},               // ret #0
	}
}
