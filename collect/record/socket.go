package record

// Insn is one classic BPF instruction, struct sock_filter (linux/filter.h).
type Insn struct {
	Code uint16 `json:"code"`
	JT   uint8  `json:"jt"`
	JF   uint8  `json:"jf"`
	K    uint32 `json:"k"`
}

// Holder is one descriptor through which a socket was reached.
type Holder struct {
	PID   int    `json:"pid"`
	TID   int    `json:"tid,omitempty"` // when the descriptor table is a thread's own
	FD    int    `json:"fd"`
	Start uint64 `json:"start"` // start time of the process in ticks since boot, stat field 22
	Exe   Bytes  `json:"exe,omitempty"`
	Comm  Bytes  `json:"comm,omitempty"`
	Via   string `json:"via,omitempty"` // how, when not as a descriptor: "io_uring" (registered), "message" (under way)
}

// Socket is one reachable socket and its filter state.
type Socket struct {
	Type     string   `json:"t"`  // "socket"
	At       int64    `json:"at"` // CLOCK_REALTIME ns
	Ino      uint64   `json:"ino"`
	NetNS    uint64   `json:"netns"`
	Domain   int      `json:"domain"`   // SO_DOMAIN, AF_*; -1 unknown
	SockType int      `json:"socktype"` // SO_TYPE; -1 unknown
	Protocol int      `json:"protocol"` // SO_PROTOCOL; for AF_PACKET the ethertype, host order; -1 unknown
	IfIndex  int      `json:"ifindex"`  // AF_PACKET: bound interface, 0 = all; -1 unknown
	Local    string   `json:"local,omitempty"`
	Peer     string   `json:"peer,omitempty"`
	Locked   *bool    `json:"locked,omitempty"` // SO_LOCK_FILTER
	Method   string   `json:"method"`           // pidfd_getfd, packet_diag, proc_net
	Filter   []Insn   `json:"filter,omitempty"`
	FilterAs string   `json:"filter_state"` // classic, none, ebpf (EACCES), unreadable
	Errno    string   `json:"errno,omitempty"`
	Holders  []Holder `json:"holders,omitempty"`      // empty: no owner visible in /proc
	More     int      `json:"holders_more,omitempty"` // holders beyond the 256 that are listed
	UID      int64    `json:"uid"`                    // -1 unknown
	// Fanout is the group of a packet socket (PACKET_FANOUT, packet(7)): id, type << 16. Types 6 (classic) and 7 (eBPF)
	// choose by a program that cannot be read back.
	Fanout uint32 `json:"fanout,omitempty"`
	// ReusePort says that SO_REUSEPORT is set: the group may choose by a program that cannot be read back.
	ReusePort bool `json:"reuseport,omitempty"`
	Self      bool `json:"self,omitempty"` // held by the collector itself
}

// SocketLimits is the last line of a socket record: what this look could see
// and what it could not.
type SocketLimits struct {
	Type        string         `json:"t"` // "socket-limits"
	At          int64          `json:"at"`
	Processes   int            `json:"processes"`              // whose descriptors were looked for
	Denied      int            `json:"denied,omitempty"`       // of them, without the right to see
	Beyond      int            `json:"beyond,omitempty"`       // sockets beyond the cap
	NoHolder    int            `json:"no_holder,omitempty"`    // sockets that the kernel lists and nobody holds
	Rings       int            `json:"rings,omitempty"`        // io_uring instances that were seen
	Unread      map[string]int `json:"unread,omitempty"`       // errno -> sockets whose filter stays unknown
	PacketDiag  string         `json:"packet_diag"`            // why it was asked, or was not; or the errno
	PtraceScope string         `json:"ptrace_scope,omitempty"` // kernel.yama.ptrace_scope, when the kernel has it
	Carriers    []Carrier      `json:"carriers,omitempty"`     // unix sockets with descriptors under way; asked when NoHolder is not 0
}

// Carrier is a unix socket whose queue has messages with descriptors in them.
type Carrier struct {
	Holder
	Ino uint64 `json:"ino"` // of the unix socket
	FDs int    `json:"fds"` // descriptors under way
}
