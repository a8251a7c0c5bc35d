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
	bpfMapLookup  = 1
	bpfMapNextKey = 4
	bpfObjGet     = 7
	bpfProgNext   = 11
	bpfMapNext    = 12
	bpfProgByID   = 13
	bpfMapByID    = 14
	bpfInfoByFD   = 15
	bpfProgQuery  = 16
	bpfBTFByID    = 19
	bpfBTFNext    = 23
	bpfLinkByID   = 30
	bpfLinkNext   = 31

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

// Offsets in struct bpf_prog_info.
const (
	progJitedLen, progXlatedLen = 16, 20
	progJited, progXlated       = 24, 32
	progMapCount, progMaps      = 52, 56
)

func progDump(fd int, o *record.BPF, first []byte, limit int) error {
	u32 := func(off int) int { return int(binary.NativeEndian.Uint32(first[off:])) }
	xlated, jited := make([]byte, min(u32(progXlatedLen), limit)), make([]byte, min(u32(progJitedLen), limit))
	maps := make([]byte, 4*min(u32(progMapCount), 4096))
	o.Cap = u32(progXlatedLen) > limit || u32(progJitedLen) > limit
	info := make([]byte, infoSize)
	var pin runtime.Pinner
	defer pin.Unpin()
	binary.NativeEndian.PutUint32(info[progXlatedLen:], uint32(len(xlated)))
	putPtr(info[progXlated:], xlated, &pin)
	binary.NativeEndian.PutUint32(info[progJitedLen:], uint32(len(jited)))
	putPtr(info[progJited:], jited, &pin)
	binary.NativeEndian.PutUint32(info[progMapCount:], uint32(len(maps)/4))
	putPtr(info[progMaps:], maps, &pin)
	n, err := bpfInfo(fd, info)
	if err != nil {
		return err
	}
	for _, off := range []int{progXlated, progJited, progMaps} {
		clear(info[off : off+8]) // our own addresses are no evidence
	}
	o.Info, o.Xlated, o.Jited = info[:n], xlated, jited
	for ; len(maps) >= 4; maps = maps[4:] {
		o.MapIDs = append(o.MapIDs, binary.NativeEndian.Uint32(maps))
	}
	return nil
}

// btfDump takes the type data of programs; that of the kernel and its modules
// is large and lies in /sys/kernel/btf.
func btfDump(fd int, o *record.BPF, first []byte, limit int) error {
	size, nameLen := binary.NativeEndian.Uint32(first[8:]), binary.NativeEndian.Uint32(first[24:])
	kernelOwn := binary.NativeEndian.Uint32(first[28:]) != 0
	name := make([]byte, min(nameLen+1, 256))
	var data []byte
	if !kernelOwn {
		data = make([]byte, min(int(size), limit))
		o.Cap = int(size) > limit
	}
	info := make([]byte, 32)
	var pin runtime.Pinner
	defer pin.Unpin()
	putPtr(info, data, &pin)
	binary.NativeEndian.PutUint32(info[8:], uint32(len(data)))
	putPtr(info[16:], name, &pin)
	binary.NativeEndian.PutUint32(info[24:], uint32(len(name)))
	if _, err := bpfInfo(fd, info); err != nil {
		return err
	}
	o.Data, o.Name = data, name[:min(int(nameLen), len(name))]
	return nil
}

// mapDump reads keys and values while they fit into the limit. Types whose
// values are per processor, or that cannot be looked into, are left out.
func mapDump(fd int, o *record.BPF, info []byte, limit int) error {
	kind := binary.NativeEndian.Uint32(info)
	keySize, valueSize := int(binary.NativeEndian.Uint32(info[8:])), int(binary.NativeEndian.Uint32(info[12:]))
	if !readableMap(kind) || keySize == 0 || keySize > 1<<16 || valueSize > 1<<20 {
		return nil
	}
	key, next, value := []byte(nil), make([]byte, keySize), make([]byte, max(valueSize, 8))
	for used := 0; ; used += keySize + valueSize {
		if used+keySize+valueSize > limit {
			o.Cap = true
			return nil
		}
		if err := mapCall(bpfMapNextKey, fd, key, next); err != nil {
			if errors.Is(err, unix.ENOENT) {
				return nil // the end
			}
			return err
		}
		key = append(key[:0], next...)
		err := mapCall(bpfMapLookup, fd, key, value)
		switch {
		case err == nil:
			o.Entries = append(o.Entries, record.Entry{Key: append(record.Bytes(nil), key...), Value: append(record.Bytes(nil), value[:valueSize]...)})
		case !errors.Is(err, unix.ENOENT): // an empty slot, or gone meanwhile
			return err
		}
	}
}

// readableMap says whether a map of this type (enum bpf_map_type) has one
// value for each key that a lookup leaves unchanged.
func readableMap(kind uint32) bool {
	switch kind {
	case 1, 2, 3, 9, 11, 12, 13, 14: // hash, array, prog array, LRU, LPM, of maps, devices
		return true
	}
	return false
}

func mapCall(cmd uintptr, fd int, key, out []byte) error {
	attr := make([]byte, 32)
	var pin runtime.Pinner
	defer pin.Unpin()
	binary.NativeEndian.PutUint32(attr, uint32(fd))
	putPtr(attr[8:], key, &pin)
	putPtr(attr[16:], out, &pin)
	_, err := bpf(cmd, attr)
	return err
}
