package hosttest

import (
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
	// filter", "getsockopt", "getsockname", "netns", "fstat", "packet_diag", "bpf next", "bpf open", "bpf query", "bpf task fd", "net hooks", "net dump ...", "xtables", "open netns", "process_vm_readv", "syslog", "sysinfo".
	Fail  map[string]string
	Procs uint16 // answer of sysinfo(2)
	// Diag are the packet sockets that netlink shows, by their NetNS.
	Diag []record.Socket
	// BPF are the eBPF objects; unlisted ones are only opened by their id.
	BPF []record.BPF
	// Dumps are the answers of netlink, Tables those of iptables, by their NetNS.
	Dumps  []record.NetDump
	Tables []record.XTable
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
