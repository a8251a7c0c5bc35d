package hosttest

import (
	"encoding/binary"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// Kernel answers calls from recorded sockets. Descriptors it hands out are
// numbers of its own.
type Kernel struct {
	// Fail makes a call fail with an errno name whatever is asked:
	// "pidfd_open", "pidfd_open thread", "pidfd_getfd", "kcmp", "getsockopt
	// filter", "getsockopt", "getsockname", "netns", "fstat", "packet_diag", "bpf next", "bpf open", "bpf query", "net hooks", "process_vm_readv", "syslog", "sysinfo".
	Fail  map[string]string
	Procs uint16 // answer of sysinfo(2)
	// Diag are the packet sockets that netlink shows, by their NetNS.
	Diag []record.Socket
	// BPF are the eBPF objects; unlisted ones are only opened by their id.
	BPF []record.BPF
	// Hooks are the places where code is attached.
	Hooks []record.Hook
	// Memory is one readable range of each process.
	Memory map[int]Memory
	// Messages is the kernel log.
	Messages []byte

	mu      sync.Mutex
	next    int
	open    map[int]handle
	sockets map[holding]*record.Socket
	tables  map[int]bool // threads with a table of their own
	pids    map[int]bool
	netns   map[int]uint64
	calls   map[string]int
}

// Memory is a range of a process's address space.
type Memory struct {
	Start uint64
	Data  []byte
}

type handle struct {
	pid, tid int
	socket   *record.Socket
}

// holding names a descriptor of a process or thread.
type holding struct{ pid, tid, fd int }

var _ host.Kernel = (*Kernel)(nil)

func newKernel(r Recording) *Kernel {
	k := &Kernel{Fail: map[string]string{}, next: 1000, open: map[int]handle{}, sockets: map[holding]*record.Socket{}, tables: map[int]bool{}, pids: map[int]bool{}, netns: map[int]uint64{}, calls: map[string]int{}}
	for _, p := range r.Processes {
		k.pids[p.PID] = true
		k.Procs += uint16(1 + len(p.Threads))
		if ns := p.NS["net"]; ns != nil {
			digits := strings.Trim(string(ns.Target), "net:[]")
			k.netns[p.PID], _ = strconv.ParseUint(digits, 10, 64)
		}
	}
	for i := range r.Sockets {
		s := &r.Sockets[i]
		for _, h := range s.Holders {
			k.sockets[holding{h.PID, h.TID, h.FD}] = s
			if h.TID != 0 {
				k.tables[h.TID] = true
			}
		}
	}
	return k
}

// Open gives the number of descriptors that were not closed.
func (k *Kernel) Open() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.open)
}

// Calls gives how often a call was made, by the names of Fail.
func (k *Kernel) Calls(name string) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.calls[name]
}

func (k *Kernel) call(name string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.calls[name]++
	return Errno(k.Fail[name])
}

func (k *Kernel) hand(h handle) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.next++
	k.open[k.next] = h
	return k.next
}

func (k *Kernel) get(fd int) (handle, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	h, ok := k.open[fd]
	if !ok {
		return handle{}, syscall.EBADF
	}
	return h, nil
}

// PidfdOpen implements host.Kernel. For a thread the id is looked for among
// the threads with a table of their own.
func (k *Kernel) PidfdOpen(pid int, thread bool) (int, error) {
	if thread {
		if err := k.call("pidfd_open thread"); err != nil {
			return -1, err
		}
		for h := range k.sockets {
			if h.tid == pid {
				return k.hand(handle{pid: h.pid, tid: pid}), nil
			}
		}
		return -1, syscall.ESRCH
	}
	if err := k.call("pidfd_open"); err != nil {
		return -1, err
	}
	if !k.pids[pid] {
		return -1, syscall.ESRCH
	}
	return k.hand(handle{pid: pid}), nil
}

// PidfdGetfd implements host.Kernel.
func (k *Kernel) PidfdGetfd(pidfd, target int) (int, error) {
	if err := k.call("pidfd_getfd"); err != nil {
		return -1, err
	}
	h, err := k.get(pidfd)
	if err != nil {
		return -1, err
	}
	s := k.sockets[holding{h.pid, h.tid, target}]
	if s == nil {
		return -1, syscall.EBADF
	}
	if s.Domain == -1 { // was never reached when it was recorded
		return -1, Errno(s.Errno)
	}
	return k.hand(handle{socket: s}), nil
}

// KcmpFiles implements host.Kernel.
func (k *Kernel) KcmpFiles(_, tid int) (bool, error) {
	if err := k.call("kcmp"); err != nil {
		return false, err
	}
	return !k.tables[tid], nil
}

func (k *Kernel) socket(fd int, call string) (*record.Socket, error) {
	if err := k.call(call); err != nil {
		return nil, err
	}
	h, err := k.get(fd)
	if err != nil {
		return nil, err
	}
	if h.socket == nil {
		return nil, syscall.ENOTSOCK
	}
	return h.socket, nil
}

// SocketFilter implements host.Kernel.
func (k *Kernel) SocketFilter(fd int) ([]record.Insn, error) {
	s, err := k.socket(fd, "getsockopt filter")
	if err != nil {
		return nil, err
	}
	switch s.FilterAs {
	case "classic", "none":
		return append([]record.Insn(nil), s.Filter...), nil
	case "ebpf":
		return nil, syscall.EACCES
	}
	return nil, Errno(s.Errno)
}

// SocketInt implements host.Kernel for SO_TYPE, SO_PROTOCOL, SO_DOMAIN and
// SO_LOCK_FILTER.
func (k *Kernel) SocketInt(fd, _, opt int) (int, error) {
	s, err := k.socket(fd, "getsockopt")
	if err != nil {
		return -1, err
	}
	switch opt {
	case 3:
		return s.SockType, nil
	case 38:
		if s.Domain == 17 {
			return 0, nil
		}
		return s.Protocol, nil
	case 39:
		return s.Domain, nil
	case 44:
		if s.Locked == nil {
			return -1, syscall.ENOPROTOOPT
		}
		if *s.Locked {
			return 1, nil
		}
		return 0, nil
	}
	return -1, syscall.ENOPROTOOPT
}

// SocketUint64 implements host.Kernel: nothing of the kind was recorded.
func (k *Kernel) SocketUint64(fd, _, _ int) (uint64, error) {
	if _, err := k.socket(fd, "getsockopt"); err != nil {
		return 0, err
	}
	return 0, syscall.ENOPROTOOPT
}

// SocketName implements host.Kernel. Of packet sockets the address is made
// again from protocol and interface; other addresses were recorded as text.
func (k *Kernel) SocketName(fd int) (local, peer []byte, err error) {
	s, err := k.socket(fd, "getsockname")
	if err != nil {
		return nil, nil, err
	}
	if s.Domain != 17 {
		if name, ok := strings.CutPrefix(s.Local, "/"); ok && s.Domain == 1 {
			return append([]byte{1, 0, '/'}, name...), nil, nil
		}
		return nil, nil, nil
	}
	b := make([]byte, 20)
	binary.LittleEndian.PutUint16(b, 17)
	binary.BigEndian.PutUint16(b[2:], uint16(s.Protocol))
	binary.LittleEndian.PutUint32(b[4:], uint32(int32(s.IfIndex)))
	return b, nil, nil
}

// SocketNetNS implements host.Kernel.
func (k *Kernel) SocketNetNS(fd int) (uint64, error) {
	s, err := k.socket(fd, "netns")
	if err != nil {
		return 0, err
	}
	return s.NetNS, nil
}

// Inode implements host.Kernel.
func (k *Kernel) Inode(fd int) (uint64, uint32, error) {
	s, err := k.socket(fd, "fstat")
	if err != nil {
		return 0, 0, err
	}
	return s.Ino, uint32(s.UID), nil
}

// PacketDiag implements host.Kernel: the recorded packet sockets of the
// namespace, as netlink shows them.
func (k *Kernel) PacketDiag(pid, _ int) ([]record.Socket, error) {
	if err := k.call("packet_diag"); err != nil {
		return nil, err
	}
	var out []record.Socket
	for _, s := range k.Diag {
		if s.NetNS == k.netns[pid] {
			out = append(out, s)
		}
	}
	return out, nil
}

// BPFNext implements host.Kernel over the recorded objects but the unlisted.
func (k *Kernel) BPFNext(kind string, after uint32) (uint32, error) {
	if err := k.call("bpf next"); err != nil {
		return 0, err
	}
	best := uint32(0)
	for _, o := range k.BPF {
		if o.Type == "bpf-"+kind && !o.Unlisted && o.ID > after && (best == 0 || o.ID < best) {
			best = o.ID
		}
	}
	if best == 0 {
		return 0, syscall.ENOENT
	}
	return best, nil
}

// BPFExists implements host.Kernel.
func (k *Kernel) BPFExists(kind string, id uint32) error {
	_, err := k.BPFObject(kind, id, 0)
	return err
}

// BPFObject implements host.Kernel.
func (k *Kernel) BPFObject(kind string, id uint32, _ int) (record.BPF, error) {
	if err := k.call("bpf open"); err != nil {
		return record.BPF{}, err
	}
	for _, o := range k.BPF {
		if o.Type == "bpf-"+kind && o.ID == id {
			o.Unlisted, o.Holders = false, nil
			return o, nil
		}
	}
	return record.BPF{}, syscall.ENOENT
}

// BPFCgroup implements host.Kernel: recorded hooks whose target is the path.
func (k *Kernel) BPFCgroup(path string) ([]record.Hook, error) {
	return k.hooks("bpf query", func(h record.Hook) bool { return h.Where == "cgroup" && string(h.Target) == path })
}

// BPFPinned implements host.Kernel over hooks recorded as pins.
func (k *Kernel) BPFPinned(path string) (string, uint32, error) {
	list, err := k.hooks("bpf open", func(h record.Hook) bool { return h.Where == "pin" && string(h.Target) == path })
	if err != nil {
		return "", 0, err
	}
	if len(list) == 0 || len(list[0].IDs) == 0 {
		return "", 0, syscall.ENOENT
	}
	return string(list[0].Name), list[0].IDs[0], nil
}

// NetHooks implements host.Kernel: recorded hooks of the namespace of a process.
func (k *Kernel) NetHooks(pid, _ int) ([]record.Hook, error) {
	return k.hooks("net hooks", func(h record.Hook) bool { return h.Where != "cgroup" && h.Where != "pin" && h.NetNS == k.netns[pid] })
}

func (k *Kernel) hooks(call string, want func(record.Hook) bool) ([]record.Hook, error) {
	if err := k.call(call); err != nil {
		return nil, err
	}
	var out []record.Hook
	for _, h := range k.Hooks {
		if want(h) {
			out = append(out, h)
		}
	}
	return out, nil
}

// ReadMemory implements host.Kernel from Memory.
func (k *Kernel) ReadMemory(pid int, addr uint64, buf []byte) (int, error) {
	if err := k.call("process_vm_readv"); err != nil {
		return 0, err
	}
	m, ok := k.Memory[pid]
	if !ok || addr < m.Start || addr >= m.Start+uint64(len(m.Data)) {
		return 0, syscall.EFAULT
	}
	return copy(buf, m.Data[addr-m.Start:]), nil
}

// Log implements host.Kernel.
func (k *Kernel) Log(limit int) ([]byte, error) {
	if err := k.call("syslog"); err != nil {
		return nil, err
	}
	return k.Messages[:min(limit, len(k.Messages))], nil
}

// Close implements host.Kernel.
func (k *Kernel) Close(fd int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.open, fd)
}

// ProcsCount implements host.Kernel.
func (k *Kernel) ProcsCount() (uint16, error) {
	if err := k.call("sysinfo"); err != nil {
		return 0, err
	}
	return k.Procs, nil
}

// PageSize implements host.Kernel.
func (k *Kernel) PageSize() int { return 4096 }
