package host

import (
	"encoding/binary"
	"errors"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/record"
)

// Types of links whose info names what they are attached to (enum
// bpf_link_type), and of perf links (enum bpf_perf_event_type).
const (
	linkRawTracepoint, linkIter       = 1, 4
	linkPerf, linkKprobes, linkUprobe = 7, 8, 12
	perfUprobe, perfKprobe            = 1, 3
	perfKretprobe, perfTracepoint     = 4, 5
	maxLinkName, maxLinkAddrs         = 4096, 1 << 14
)

// linkNames asks for the names and addresses that a link is attached to: the
// tracepoint, the function, the file of a user probe (Linux 5.8, perf links
// 6.6). The first answer told the type and, of lists, the length.
func linkNames(fd int, o *record.BPF, first []byte) error {
	info := make([]byte, infoSize)
	if len(first) < 16 {
		return nil
	}
	kind := binary.NativeEndian.Uint32(first)
	u32 := func(off int) uint32 {
		if off+4 > len(first) {
			return 0
		}
		return binary.NativeEndian.Uint32(first[off:])
	}
	name := make([]byte, maxLinkName)
	var addrs []byte
	var clean []int
	var pin runtime.Pinner
	defer pin.Unpin()
	text := func(at, size int) {
		putPtr(info[at:], name, &pin)
		binary.NativeEndian.PutUint32(info[size:], maxLinkName)
		clean = append(clean, at)
	}
	list := func(at, count int) {
		n := min(u32(count), maxLinkAddrs)
		o.Cap = o.Cap || u32(count) > maxLinkAddrs
		addrs = make([]byte, 8*n)
		putPtr(info[at:], addrs, &pin)
		binary.NativeEndian.PutUint32(info[count:], n)
		clean = append(clean, at)
	}
	switch sub := u32(16); {
	case kind == linkRawTracepoint, kind == linkIter:
		text(16, 24)
	case kind == linkPerf && sub >= perfUprobe && sub <= perfTracepoint:
		text(24, 32)
	case kind == linkKprobes:
		list(16, 24)
	case kind == linkUprobe:
		text(16, 48)
		list(24, 52)
	default:
		return nil
	}
	n, err := bpfInfo(fd, info)
	if err != nil && !errors.Is(err, unix.ENOSPC) { // ENOSPC: a list grew, what fits is there
		return err
	}
	for _, at := range clean {
		clear(info[at : at+8]) // our own addresses are no evidence
	}
	o.Info, o.Addrs = info[:n], addrs
	for i, c := range name {
		if c == 0 {
			name = name[:i]
			break
		}
	}
	o.Name = name
	return nil
}

// perfTypes are the kinds of BPF_TASK_FD_QUERY (enum bpf_task_fd_type).
const taskQuerySize = 48

// BPFTaskFD implements Kernel: BPF_TASK_FD_QUERY, Linux 4.18.
func (kernel) BPFTaskFD(tid, fd int) (record.Hook, error) {
	h := record.Hook{Type: "bpf-hook", Where: "perf"}
	name := make([]byte, maxLinkName)
	attr := make([]byte, taskQuerySize)
	var pin runtime.Pinner
	defer pin.Unpin()
	binary.NativeEndian.PutUint32(attr, uint32(tid))
	binary.NativeEndian.PutUint32(attr[4:], uint32(fd))
	binary.NativeEndian.PutUint32(attr[12:], uint32(len(name)))
	putPtr(attr[16:], name, &pin)
	if _, err := bpf(bpfTaskFDQuery, attr); err != nil {
		return h, err
	}
	n := min(int(binary.NativeEndian.Uint32(attr[12:])), len(name))
	h.Target = record.Bytes(name[:n])
	h.IDs = appendNew(nil, binary.NativeEndian.Uint32(attr[24:]))
	h.Attach = binary.NativeEndian.Uint32(attr[28:])
	h.Offset, h.Addr = binary.NativeEndian.Uint64(attr[32:]), binary.NativeEndian.Uint64(attr[40:])
	return h, nil
}

// BPFQueryMap implements Kernel.
func (kernel) BPFQueryMap(id uint32) ([]record.Hook, error) {
	fd, err := bpfOpen("map", id)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var out []record.Hook
	for _, attach := range []uint32{attachStreamParser, attachStreamVerdict, attachMsgVerdict, attachSkbVerdict} {
		if ids, flags, err := bpfQuery(fd, attach); err == nil && len(ids) > 0 {
			out = append(out, record.Hook{Type: "bpf-hook", Where: "sockmap", Index: int(id), Attach: attach, Flags: flags, IDs: ids})
		}
	}
	return out, nil
}
