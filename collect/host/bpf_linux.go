package host

import (
	"encoding/binary"
	"errors"
	"runtime"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/record"
)

// Commands of bpf(2), linux/bpf.h.
const (
	bpfMapLookup   = 1
	bpfMapNextKey  = 4
	bpfObjGet      = 7
	bpfProgNext    = 11
	bpfMapNext     = 12
	bpfProgByID    = 13
	bpfMapByID     = 14
	bpfInfoByFD    = 15
	bpfProgQuery   = 16
	bpfBTFByID     = 19
	bpfBTFNext     = 23
	bpfLinkByID    = 30
	bpfLinkNext    = 31
	bpfTaskFDQuery = 20

	bpfReadOnly = 1 << 3 // BPF_F_RDONLY
	infoSize    = 512    // larger than any info struct; the kernel says what it filled
)

type bpfCommands struct{ next, byID uintptr }

func bpfKind(kind string) (bpfCommands, bool) {
	switch kind {
	case "prog":
		return bpfCommands{bpfProgNext, bpfProgByID}, true
	case "map":
		return bpfCommands{bpfMapNext, bpfMapByID}, true
	case "link":
		return bpfCommands{bpfLinkNext, bpfLinkByID}, true
	case "btf":
		return bpfCommands{bpfBTFNext, bpfBTFByID}, true
	}
	return bpfCommands{}, false
}

func bpf(cmd uintptr, attr []byte) (uintptr, error) {
	r, _, no := unix.Syscall(unix.SYS_BPF, cmd, uintptr(unsafe.Pointer(&attr[0])), uintptr(len(attr)))
	if no != 0 {
		return 0, no
	}
	return r, nil
}

func putPtr(b []byte, data []byte, pin *runtime.Pinner) {
	if len(data) == 0 {
		return
	}
	pin.Pin(&data[0])
	binary.NativeEndian.PutUint64(b, uint64(uintptr(unsafe.Pointer(&data[0]))))
}

// BPFNext implements Kernel.
func (kernel) BPFNext(kind string, after uint32) (uint32, error) {
	c, ok := bpfKind(kind)
	if !ok {
		return 0, unix.EINVAL
	}
	attr := make([]byte, 12)
	binary.NativeEndian.PutUint32(attr, after)
	if _, err := bpf(c.next, attr); err != nil {
		return 0, err
	}
	return binary.NativeEndian.Uint32(attr[4:]), nil
}

func bpfOpen(kind string, id uint32) (int, error) {
	c, ok := bpfKind(kind)
	if !ok {
		return -1, unix.EINVAL
	}
	attr := make([]byte, 12)
	binary.NativeEndian.PutUint32(attr, id)
	if kind == "map" {
		binary.NativeEndian.PutUint32(attr[8:], bpfReadOnly)
	}
	fd, err := bpf(c.byID, attr)
	return int(fd), err
}

func bpfInfo(fd int, info []byte) (int, error) {
	attr := make([]byte, 16)
	var pin runtime.Pinner
	defer pin.Unpin()
	binary.NativeEndian.PutUint32(attr, uint32(fd))
	binary.NativeEndian.PutUint32(attr[4:], uint32(len(info)))
	putPtr(attr[8:], info, &pin)
	if _, err := bpf(bpfInfoByFD, attr); err != nil {
		return 0, err
	}
	return int(min(binary.NativeEndian.Uint32(attr[4:]), uint32(len(info)))), nil
}

// BPFExists implements Kernel.
func (kernel) BPFExists(kind string, id uint32) error {
	fd, err := bpfOpen(kind, id)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

// BPFObject implements Kernel.
func (kernel) BPFObject(kind string, id uint32, limit int) (record.BPF, error) {
	o := record.BPF{Type: "bpf-" + kind, ID: id}
	fd, err := bpfOpen(kind, id)
	if err != nil {
		return o, err
	}
	defer unix.Close(fd)
	info := make([]byte, infoSize)
	n, err := bpfInfo(fd, info)
	if err != nil {
		return o, err
	}
	switch kind {
	case "prog":
		err = progDump(fd, &o, info, limit)
	case "btf":
		err = btfDump(fd, &o, info, limit)
	case "map":
		err = mapDump(fd, &o, info, limit)
	case "link":
		err = linkNames(fd, &o, info[:n])
	}
	if o.Info == nil {
		o.Info = info[:n]
	}
	o.Errno = ErrnoName(err)
	return o, nil
}

// BPFPinned implements Kernel. The kernel gives links only for reading and
// writing; nothing is written.
func (kernel) BPFPinned(path string) (string, uint32, error) {
	name := append([]byte(path), 0)
	attr := make([]byte, 16)
	var pin runtime.Pinner
	defer pin.Unpin()
	putPtr(attr, name, &pin)
	binary.NativeEndian.PutUint32(attr[12:], bpfReadOnly)
	r, err := bpf(bpfObjGet, attr)
	if errors.Is(err, unix.EINVAL) { // links cannot be asked for read-only
		binary.NativeEndian.PutUint32(attr[12:], 0)
		r, err = bpf(bpfObjGet, attr)
	}
	if err != nil {
		return "", 0, err
	}
	fd := int(r)
	defer unix.Close(fd)
	info := make([]byte, infoSize)
	if _, err := bpfInfo(fd, info); err != nil {
		return "", 0, err
	}
	var buf [64]byte
	n, err := unix.Readlink("/proc/self/fd/"+strconv.Itoa(fd), buf[:])
	if err != nil {
		return "", 0, err
	}
	kind := strings.TrimLeft(strings.TrimPrefix(string(buf[:n]), "anon_inode:bpf"), "-_")
	return kind, binary.NativeEndian.Uint32(info[4:]), nil
}
