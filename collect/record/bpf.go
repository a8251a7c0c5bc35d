package record

// BPF is one eBPF object as bpf(2) tells it: "bpf-prog", "bpf-map",
// "bpf-link", "bpf-btf".
type BPF struct {
	Type     string   `json:"t"`
	At       int64    `json:"at"`
	Boottime int64    `json:"boottime"`
	ID       uint32   `json:"id"`
	Info     Bytes    `json:"info,omitempty"`   // struct bpf_prog_info, bpf_map_info, bpf_link_info, bpf_btf_info as the kernel filled it
	Xlated   Bytes    `json:"xlated,omitempty"` // programs: translated instructions, 8 bytes each
	Jited    Bytes    `json:"jited,omitempty"`  // programs: machine code
	MapIDs   []uint32 `json:"map_ids,omitempty"`
	// Of programs: struct bpf_func_info and bpf_line_info of the sizes that the info names, the kernel addresses of
	// the machine code of each function (u64), their tags (8 bytes each), and what attach_btf_id is called in the
	// kernel's own types ("vmlinux:bpf_lsm_file_open").
	FuncInfo  Bytes    `json:"func_info,omitempty"`
	LineInfo  Bytes    `json:"line_info,omitempty"`
	JitedSyms Bytes    `json:"jited_ksyms,omitempty"`
	Tags      Bytes    `json:"tags,omitempty"`
	AttachTo  Bytes    `json:"attach_to,omitempty"`
	Symbols   Bytes    `json:"symbols,omitempty"`  // programs: the lines of kallsyms for its tag, the helpers it calls, and __bpf_call_base
	Entries   []Entry  `json:"entries,omitempty"`  // maps: contents within the cap
	CPUs      int      `json:"cpus,omitempty"`     // maps with a value for each processor: how many, each padded to 8 bytes
	Unread    string   `json:"unread,omitempty"`   // maps: why contents are not here
	Addrs     Bytes    `json:"addrs,omitempty"`    // links of many probes: addresses of functions, or offsets in the file (u64)
	Data      Bytes    `json:"data,omitempty"`     // BTF of programs and maps (not of the kernel)
	Name      Bytes    `json:"name,omitempty"`     // BTF: name of the object it belongs to; links: what they are attached to
	Cap       bool     `json:"cap,omitempty"`      // a dump was cut at the cap of the source
	Errno     string   `json:"errno,omitempty"`    // of opening the object, or of the dump where info is there
	Unlisted  bool     `json:"unlisted,omitempty"` // opened by its id, but not given by the walk of ids
	Holders   []Holder `json:"holders,omitempty"`  // descriptors of it in /proc
}

// Entry is one key and value of a map.
type Entry struct {
	Key   Bytes `json:"k"`
	Value Bytes `json:"v"`
}

// BPFView is another view of the eBPF objects.
type BPFView struct {
	Type  string   `json:"t"` // "bpf-view"
	At    int64    `json:"at"`
	View  string   `json:"view"`            // kallsyms-bpf, symbols, ids, cgroup ...
	Of    string   `json:"of,omitempty"`    // what it is a view of: prog, map, link, a path
	Lines Bytes    `json:"lines,omitempty"` // raw lines
	First uint32   `json:"first,omitempty"` // ids: lowest and highest id that was tried
	Last  uint32   `json:"last,omitempty"`
	IDs   []uint32 `json:"ids,omitempty"`
	Cap   bool     `json:"cap,omitempty"`
	Errno string   `json:"errno,omitempty"`
}

// NetNS is one network namespace and its files below /proc/net.
type NetNS struct {
	Type  string            `json:"t"` // "netns"
	At    int64             `json:"at"`
	Ino   uint64            `json:"ino"`
	PID   int               `json:"pid"` // the task through which it was read
	TID   int               `json:"tid,omitempty"`
	Tasks int               `json:"tasks"`           // processes and threads inside it
	Mount Bytes             `json:"mount,omitempty"` // where it is mounted, when no task is inside: no files then
	Errno string            `json:"errno,omitempty"` // of opening that mount; ESRCH: its tasks ended while they were walked, and no mount holds it
	Files map[string]*Piece `json:"files"`
}

// Kernel is one kernel-wide file, or a selection of its lines.
type Kernel struct {
	Type  string `json:"t"` // "kernel"
	At    int64  `json:"at"`
	Name  string `json:"name"`            // path: /proc/modules, /sys/kernel/tracing/kprobe_events ...
	Of    string `json:"of,omitempty"`    // which lines, when not all
	Lines int64  `json:"lines,omitempty"` // lines of the whole file, when only some are here
	Piece
}

// PIDViews is one process or thread that not all views show, or (PID 0) the
// totals of the views.
type PIDViews struct {
	Type   string            `json:"t"` // "pid-views"
	At     int64             `json:"at"`
	PID    int               `json:"pid"`
	Views  []string          `json:"views,omitempty"`  // that show it
	Missed []string          `json:"missed,omitempty"` // that do not
	Checks int               `json:"checks,omitempty"` // times it was looked at again, each with the same answer
	Comm   Bytes             `json:"comm,omitempty"`
	Counts map[string]int    `json:"counts,omitempty"` // totals by view
	Errnos map[string]string `json:"errnos,omitempty"` // views that could not be taken
}

// Hook is one place where eBPF or classic code is attached: a network
// interface, a control group, a network namespace.
type Hook struct {
	Type   string   `json:"t"` // "bpf-hook"
	At     int64    `json:"at"`
	Where  string   `json:"where"`           // xdp, tcx, tc, cgroup, netns
	Target Bytes    `json:"target"`          // name of the interface, path of the control group, inode of the namespace
	Index  int      `json:"index,omitempty"` // of the interface
	NetNS  uint64   `json:"netns,omitempty"`
	Attach uint32   `json:"attach"`           // enum bpf_attach_type; xdp: mode (IFLA_XDP_ATTACHED); tc: parent handle
	Flags  uint32   `json:"flags,omitempty"`  // as the query gave them
	IDs    []uint32 `json:"ids,omitempty"`    // programs
	Name   Bytes    `json:"name,omitempty"`   // tc: name of the filter
	Tag    Bytes    `json:"tag,omitempty"`    // tc: tag of the program
	Filter []Insn   `json:"filter,omitempty"` // tc: a classic program
	Errno  string   `json:"errno,omitempty"`
	// Of perf events: probe_offset and probe_addr of BPF_TASK_FD_QUERY, and who holds the descriptor.
	Offset  uint64   `json:"offset,omitempty"`
	Addr    uint64   `json:"addr,omitempty"`
	Holders []Holder `json:"holders,omitempty"`
}
