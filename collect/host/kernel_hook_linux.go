package host

import (
	"encoding/binary"
	"errors"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/record"
)

// Numbers of linux/bpf.h, linux/if_link.h and linux/pkt_cls.h.
const (
	attachFlowDissector = 17
	attachSkLookup      = 36
	attachTCXIngress    = 46
	attachTCXEgress     = 47
	attachNetkitMain    = 54
	attachNetkitPeer    = 55
	attachStreamParser  = 4
	attachStreamVerdict = 5
	attachMsgVerdict    = 7
	attachSkbVerdict    = 38
	attachTypes         = 64 // more than any kernel has; unknown ones are EINVAL

	iflaIfname, iflaXDP             = 3, 43
	xdpAttached                     = 2
	xdpProgID, xdpDrvID, xdpSkbID   = 4, 5, 6
	xdpHwID                         = 7
	tcaKind, tcaOptions             = 1, 2
	bpfOps, bpfName, bpfTag, bpfID  = 5, 7, 10, 11
	parentIngress, parentEgress     = 0xfffffff2, 0xfffffff3
	maxLinks                        = 4096
	maxNetlinkBytes                 = 32 << 20
	ifInfoLen, tcMsgLen, queryAttrs = 16, 20, 64
)

// bpfQuery asks which programs are attached to a target (BPF_PROG_QUERY,
// Linux 4.15).
func bpfQuery(target int, attach uint32) (ids []uint32, flags uint32, err error) {
	list := make([]byte, 4*256)
	attr := make([]byte, queryAttrs)
	var pin runtime.Pinner
	defer pin.Unpin()
	binary.NativeEndian.PutUint32(attr, uint32(target))
	binary.NativeEndian.PutUint32(attr[4:], attach)
	putPtr(attr[16:], list, &pin)
	binary.NativeEndian.PutUint32(attr[24:], uint32(len(list)/4))
	_, err = bpf(bpfProgQuery, attr)
	if err != nil && !errors.Is(err, unix.ENOSPC) {
		return nil, 0, err
	}
	for n := min(int(binary.NativeEndian.Uint32(attr[24:])), len(list)/4); n > 0; n-- {
		ids = append(ids, binary.NativeEndian.Uint32(list))
		list = list[4:]
	}
	return ids, binary.NativeEndian.Uint32(attr[12:]), nil
}

// BPFCgroup implements Kernel.
func (kernel) BPFCgroup(path string) ([]record.Hook, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var out []record.Hook
	for attach := range uint32(attachTypes) {
		ids, flags, err := bpfQuery(fd, attach)
		switch {
		case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EPERM), errors.Is(err, unix.EBADF):
			return out, err
		case err == nil && len(ids) > 0:
			out = append(out, record.Hook{Type: "bpf-hook", Where: "cgroup", Target: record.Bytes(path), Attach: attach, Flags: flags, IDs: ids})
		}
	}
	return out, nil
}

// NetHooks implements Kernel.
func (k kernel) NetHooks(pid, tid int) ([]record.Hook, error) {
	type answer struct {
		list []record.Hook
		err  error
	}
	done := make(chan answer, 1)
	k.inNetNS(pid, tid, func(err error) {
		var a answer
		if a.err = err; err == nil {
			a.list, a.err = netHooks()
		}
		done <- a
	})
	a := <-done
	return a.list, a.err
}

func netHooks() ([]record.Hook, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	wait := unix.Timeval{Sec: 2}
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait); err != nil {
		return nil, err
	}
	var out []record.Hook
	links := map[int]string{}
	err = dump(fd, unix.RTM_GETLINK, make([]byte, ifInfoLen), func(body []byte) {
		if len(body) < ifInfoLen || len(links) >= maxLinks {
			return
		}
		h := linkHook(body)
		links[h.Index] = string(h.Target)
		if len(h.IDs) > 0 {
			out = append(out, h)
		}
	})
	if err != nil {
		return out, err
	}
	out = append(out, nsHooks()...)
	for index, name := range links {
		for _, attach := range []uint32{attachTCXIngress, attachTCXEgress, attachNetkitMain, attachNetkitPeer} {
			if ids, flags, err := bpfQuery(index, attach); err == nil && len(ids) > 0 {
				where := "tcx"
				if attach >= attachNetkitMain {
					where = "netkit"
				}
				out = append(out, record.Hook{Type: "bpf-hook", Where: where, Target: record.Bytes(name), Index: index, Attach: attach, Flags: flags, IDs: ids})
			}
		}
		list, err := tcHooks(fd, index, name)
		if err != nil {
			return out, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// linkHook reads name and XDP state of one interface (RTM_NEWLINK).
func linkHook(body []byte) record.Hook {
	h := record.Hook{Type: "bpf-hook", Where: "xdp", Index: int(int32(binary.NativeEndian.Uint32(body[4:])))}
	eachAttr(body[ifInfoLen:], func(kind uint16, v []byte) {
		switch kind {
		case iflaIfname:
			h.Target = record.Bytes(strings.TrimRight(string(v), "\x00"))
		case iflaXDP:
			eachAttr(v, func(kind uint16, v []byte) {
				switch kind {
				case xdpAttached:
					if len(v) > 0 {
						h.Attach = uint32(v[0])
					}
				case xdpProgID, xdpDrvID, xdpSkbID, xdpHwID:
					if len(v) >= 4 {
						h.IDs = appendNew(h.IDs, binary.NativeEndian.Uint32(v))
					}
				}
			})
		}
	})
	return h
}

func appendNew(ids []uint32, id uint32) []uint32 {
	for _, have := range ids {
		if have == id {
			return ids
		}
	}
	if id == 0 {
		return ids
	}
	return append(ids, id)
}

// nsHooks asks for programs attached to the network namespace of this thread.
func nsHooks() []record.Hook {
	fd, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	var out []record.Hook
	for _, attach := range []uint32{attachFlowDissector, attachSkLookup} {
		if ids, flags, err := bpfQuery(fd, attach); err == nil && len(ids) > 0 {
			out = append(out, record.Hook{Type: "bpf-hook", Where: "netns", Attach: attach, Flags: flags, IDs: ids})
		}
	}
	return out
}

// tcHooks lists the filters of kind bpf at the ingress and egress of an
// interface and at its root (RTM_GETTFILTER).
func tcHooks(fd, index int, name string) ([]record.Hook, error) {
	var out []record.Hook
	for _, parent := range []uint32{parentIngress, parentEgress, 0} {
		req := make([]byte, tcMsgLen)
		binary.NativeEndian.PutUint32(req[4:], uint32(index))
		binary.NativeEndian.PutUint32(req[12:], parent)
		err := dump(fd, unix.RTM_GETTFILTER, req, func(body []byte) {
			if h, ok := tcHook(body, name); ok {
				out = append(out, h)
			}
		})
		if err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.EOPNOTSUPP) {
			return out, err
		}
	}
	return out, nil
}

func tcHook(body []byte, name string) (record.Hook, bool) {
	if len(body) < tcMsgLen {
		return record.Hook{}, false
	}
	h := record.Hook{Type: "bpf-hook", Where: "tc", Target: record.Bytes(name), Index: int(int32(binary.NativeEndian.Uint32(body[4:]))),
		Attach: binary.NativeEndian.Uint32(body[12:])}
	isBPF := false
	eachAttr(body[tcMsgLen:], func(kind uint16, v []byte) {
		switch kind {
		case tcaKind:
			isBPF = strings.TrimRight(string(v), "\x00") == "bpf"
		case tcaOptions:
			eachAttr(v, func(kind uint16, v []byte) {
				switch {
				case kind == bpfOps:
					h.Filter = insns(v)
				case kind == bpfName:
					h.Name = record.Bytes(strings.TrimRight(string(v), "\x00"))
				case kind == bpfTag:
					h.Tag = append(record.Bytes(nil), v...)
				case kind == bpfID && len(v) >= 4:
					h.IDs = appendNew(h.IDs, binary.NativeEndian.Uint32(v))
				}
			})
		}
	})
	return h, isBPF && (len(h.IDs) > 0 || len(h.Filter) > 0 || len(h.Name) > 0)
}
