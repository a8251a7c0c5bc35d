package host

import (
	"encoding/binary"
	"errors"
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/record"
)

// mapContent says how the contents of a map type can be read.
type mapContent uint8

const (
	contentNone   mapContent = iota // no lookup, or one that is not free of effects
	contentValue                    // one value for each key
	contentPerCPU                   // one value for each possible processor
	contentHead                     // a queue or stack: only its head can be looked at
)

// contentOf sorts the map types (enum bpf_map_type): hash, array, program array,
// LRU, LPM, of maps, devices, sockets (their cookies), control group storage.
// Lookups from user space leave no reference behind, those of stack traces do.
func contentOf(kind uint32) (mapContent, string) {
	switch kind {
	case 1, 2, 3, 9, 11, 12, 13, 14, 15, 16, 18, 19, 20, 25, 26:
		return contentValue, ""
	case 5, 6, 10, 21:
		return contentPerCPU, ""
	case 22, 23:
		return contentHead, "only the head of a queue or stack can be looked at"
	case 4:
		return contentNone, "a perf event array has no values"
	case 7:
		return contentNone, "looking up a stack trace takes it out for a moment"
	case 8:
		return contentNone, "a control group array has no values"
	case 17:
		return contentNone, "an XDP socket map has no values"
	case 24, 28, 29, 32:
		return contentNone, "a storage map is asked by its owner, not by keys"
	case 27, 31:
		return contentNone, "a ring buffer can only be consumed"
	case 30:
		return contentNone, "a bloom filter has no keys"
	case 33:
		return contentNone, "an arena is memory that programs share"
	}
	return contentNone, "an unknown type of map"
}

// mapReader reads the entries of one map.
type mapReader struct {
	fd, keySize, valueSize int // valueSize as it is read: of all processors together
	limit                  int
}

// mapDump reads keys and values while they fit into the limit.
func mapDump(fd int, o *record.BPF, info []byte, limit int) error {
	kind := binary.NativeEndian.Uint32(info)
	r := mapReader{fd: fd, keySize: int(binary.NativeEndian.Uint32(info[8:])), valueSize: int(binary.NativeEndian.Uint32(info[12:])), limit: limit}
	how, why := contentOf(kind)
	o.Unread = why
	if r.keySize > 1<<16 || r.valueSize > 1<<20 {
		o.Unread = "keys or values of more than 1 MiB"
		return nil
	}
	switch how {
	case contentHead:
		return r.head(o)
	case contentPerCPU:
		n, err := possibleCPUs()
		if err != nil {
			o.Unread = "the number of processors is not known"
			return err
		}
		o.CPUs = n
		r.valueSize = (r.valueSize + 7) &^ 7 * n
		return r.all(o)
	case contentValue:
		return r.all(o)
	case contentNone:
	}
	return nil
}

// all walks the keys. A map that changes meanwhile may show a key twice; the
// limit ends a walk that would not end by itself.
func (r mapReader) all(o *record.BPF) error {
	if r.keySize == 0 {
		return nil
	}
	value, free, err := guarded(max(r.valueSize, 8))
	if err != nil {
		return err
	}
	defer free()
	key, next := []byte(nil), make([]byte, r.keySize)
	for used := 0; ; used += r.keySize + r.valueSize {
		if used+r.keySize+r.valueSize > r.limit {
			o.Cap = true
			return nil
		}
		if err := mapCall(bpfMapNextKey, r.fd, key, next); err != nil {
			if errors.Is(err, unix.ENOENT) {
				return nil // the end
			}
			return err
		}
		key = append(key[:0], next...)
		err := mapCall(bpfMapLookup, r.fd, key, value)
		switch {
		case err == nil:
			o.Entries = append(o.Entries, record.Entry{Key: append(record.Bytes(nil), key...), Value: append(record.Bytes(nil), value[:r.valueSize]...)})
		case !errors.Is(err, unix.ENOENT): // an empty slot, or gone meanwhile
			return err
		}
	}
}

// head peeks at a queue or stack: nothing is taken out.
func (r mapReader) head(o *record.BPF) error {
	value, free, err := guarded(max(r.valueSize, 8))
	if err != nil {
		return err
	}
	defer free()
	if err := mapCall(bpfMapLookup, r.fd, nil, value); err != nil {
		if errors.Is(err, unix.ENOENT) {
			return nil
		}
		return err
	}
	o.Entries = append(o.Entries, record.Entry{Value: append(record.Bytes(nil), value[:r.valueSize]...)})
	return nil
}

// guarded gives memory that ends before a page that cannot be written: the
// kernel decides how much it copies out, by its own count of processors, and a
// count that was wrong must end in EFAULT and nowhere else.
func guarded(size int) (buf []byte, free func(), err error) {
	page := unix.Getpagesize()
	whole := (size + page - 1) / page * page
	m, err := unix.Mmap(-1, 0, whole+page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return nil, nil, err
	}
	if err := unix.Mprotect(m[whole:], unix.PROT_NONE); err != nil {
		_ = unix.Munmap(m)
		return nil, nil, err
	}
	return m[whole-size : whole : whole], func() { _ = unix.Munmap(m) }, nil
}

// possibleCPUs counts the processors that the kernel keeps values for.
func possibleCPUs() (int, error) {
	b, err := os.ReadFile("/sys/devices/system/cpu/possible")
	if err != nil {
		return 0, err
	}
	return countCPUs(strings.TrimSpace(string(b)))
}

// countCPUs counts a list such as "0-3,8".
func countCPUs(list string) (int, error) {
	const most = 1 << 13 // NR_CPUS of the largest configurations
	n := 0
	for part := range strings.SplitSeq(list, ",") {
		a, b, ranged := strings.Cut(part, "-")
		lo, err := strconv.Atoi(a)
		if err != nil {
			return 0, unix.EINVAL
		}
		hi := lo
		if ranged {
			if hi, err = strconv.Atoi(b); err != nil {
				return 0, unix.EINVAL
			}
		}
		if lo < 0 || hi < lo || hi >= most {
			return 0, unix.EINVAL
		}
		n += hi - lo + 1
	}
	return min(n, most), nil
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
