package rule

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/detect"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// SocketFilter finds classic BPF filters that wait for a magic packet: they
// accept a packet because of constants in its payload, whatever its port. It
// decides by structure and knows no constant: filters of DHCP clients, LLDP,
// EAPOL or VRRP software compare headers, well-known ports or one ethertype.
type SocketFilter struct{}

// Describe tells what the detector is.
func (SocketFilter) Describe() detect.Description {
	return detect.Description{
		Name: "socket-filter", Version: 1,
		Doc:       "a socket filter accepts packets by constants in their payload, on any port",
		Technique: "T1205.002",
		References: []string{
			"https://man7.org/linux/man-pages/man7/packet.7.html",
			"https://www.kernel.org/doc/html/latest/networking/filter.html",
			"https://attack.mitre.org/techniques/T1205/002/",
		},
		Alternative: "a capture or monitoring program whose operator asked for packets with this payload, or one that knows its own packets by a mark in them (overlay networks)",
		Sources:     []string{"socket", "process"},
	}
}

// ip says whether a socket can receive IP packets below the ports: AF_PACKET
// or an IP socket, or one whose family is not known.
func ip(domain string) bool {
	switch domain {
	case "", "packet", "inet", "inet6", "17", "2", "10":
		return true
	}
	return false
}

func isPacket(domain string) bool { return domain == "packet" || domain == "17" }

// filter is one filter of one socket, with the process that holds it.
type filter struct {
	e         *event.Event
	holder    *process // nil when no process is known
	payload   []string
	computed  []string // demands on values computed from several words
	ports     []string
	protocols []string
	shape     string
}

// Detect looks at every classic filter.
func (d SocketFilter) Detect(ctx context.Context, ev detect.Events, _ detect.Coverage, emit func(claim.Finding) error) error {
	procs, err := processes(ctx, ev)
	if err != nil {
		return err
	}
	for e, err := range ev.Events(ctx, both(source("socket"), term("action", "filter-attached"))) {
		if err != nil {
			return fmt.Errorf("read socket events: %w", err)
		}
		if e.Source != "socket" || e.Action != "filter-attached" || own(e) {
			continue
		}
		f := filter{e: e, holder: procs[keyOf(e)], payload: list(e, "filter_payload"), computed: list(e, "filter_computed"), ports: list(e, "filter_ports"),
			protocols: list(e, "filter_protocols"), shape: field(e, "filter_shape")}
		if f.holder != nil && f.holder.self || !f.magic() {
			continue
		}
		if err := emit(d.finding(f)); err != nil {
			return err
		}
	}
	return nil
}

// magic says whether the filter has the shape: it accepts by constants that
// stand in the payload (or in header fields that a sender may choose freely)
// and leaves the port open. With ports it is weaker, and weighed so.
func (f *filter) magic() bool {
	if !ip(field(f.e, "domain")) {
		return false
	}
	switch f.shape {
	case "dhcp", "arp", "lldp", "eapol", "ethertype", "message", "reject-all", "accept-all", "ports", "protocols", "empty":
		return false
	case "payload-magic", "header-magic", "ports-payload", "ports-header":
		return true
	}
	if len(f.payload) == 0 || f.shape != "" && len(f.ports) > 0 {
		return false
	}
	return len(f.ports) == 0 || len(f.protocols) > 1 && f.unbound() && f.gone() // records without a shape
}

func (f *filter) gone() bool { return f.state() == "deleted" || f.state() == "memfd" }

// unbound says whether the socket listens on all interfaces.
func (f *filter) unbound() bool { return number(f.e, "ifindex") <= 0 }

// onPort says whether the kernel hands the socket only packets for its own
// port, whatever the filter compares: UDP and TCP sockets.
func (f *filter) onPort() bool {
	switch field(f.e, "domain") {
	case "inet", "inet6", "2", "10":
		t := field(f.e, "type")
		return t == "dgram" || t == "stream" || t == "1" || t == "2"
	}
	return false
}

// weigh counts what speaks for an implant and names each point.
func (f *filter) weigh() (points int, why []string) {
	add := func(n int, w string) { points += n; why = append(why, w) }
	if n := len(f.protocols); n > 1 {
		add(min(n-1, 2), fmt.Sprintf("%d protocols", n))
	}
	if f.unbound() && isPacket(field(f.e, "domain")) {
		add(1, "all interfaces")
	}
	p := f.holder
	switch {
	case p == nil && field(f.e, "exe") == "" && field(f.e, "pid") == "":
		add(1, "no process that holds it is visible")
	case f.state() == "memfd":
		add(2, "the executable lives in memory only")
	case f.state() == "deleted":
		add(2, "the executable was deleted")
	}
	if f.exe() != "" && !isMemfd(f.exe()) && transient(exePath(f.exe())) {
		add(1, "it runs from a directory for temporary files")
	}
	if p != nil && !p.supervised() && !p.terminal() {
		add(1, "no unit and no terminal are known for it")
	}
	if p != nil && p.environ == "0" {
		add(1, "its environment is empty")
	}
	if p != nil && strings.Contains(p.wchan, "skb_wait_for_more_packets") {
		add(0, "it waits for a packet")
	}
	if field(f.e, "locked") == "true" || field(f.e, "locked") == "1" {
		add(1, "the filter is locked against change")
	}
	if f.onPort() {
		add(-2, "the socket receives for its own port only, "+orNone(field(f.e, "local")))
	}
	if f.shape == "header-magic" || f.shape == "ports-header" {
		add(-1, "the constants stand in header fields")
	}
	switch {
	case len(f.ports) > 0 && len(f.protocols) > 1 || f.shape == "payload-magic" && len(f.ports) > 0:
		add(-1, "ports are compared too")
	case len(f.ports) > 0:
		add(-2, "one protocol and its port are compared too")
	}
	if p != nil && slices.Contains(p.rings, field(f.e, "ino")) {
		add(-1, "it reads through a ring in memory, as capture programs do")
	}
	if p != nil && p.unitsOwn() && len(f.protocols) < 2 && f.state() == "plain" && packaged(exePath(f.exe())) {
		add(-1, "the holder bears the name of its service unit, "+p.unit)
	}
	return points, why
}

// exe is the executable as the process record has it, else as the socket has.
func (f *filter) exe() string {
	if f.holder != nil && f.holder.exe != "" {
		return f.holder.exe
	}
	return field(f.e, "exe")
}

// state is plain, deleted, memfd, or "" when the executable is not known.
func (f *filter) state() string {
	if f.holder != nil && f.holder.state != "" {
		return f.holder.state
	}
	return stateOf(field(f.e, "exe"), field(f.e, "exe_state"))
}

func (d SocketFilter) finding(f filter) claim.Finding {
	points, why := f.weigh()
	out := claim.Finding{Host: f.e.Host, Path: exePath(f.exe()), Events: []event.ID{f.e.ID()}, Time: f.e.Time}
	switch {
	case points >= 3:
		out.Level = claim.High
	case points >= 1:
		out.Level = claim.Medium
	default:
		out.Level = claim.Low
	}
	switch {
	case points >= 4:
		out.Confidence = "high"
	case points >= 2:
		out.Confidence = "medium"
	default:
		out.Confidence = "low"
	}
	if n := number(f.e, "pid"); n > 0 {
		out.PID = int(n)
	}
	sha := field(f.e, "exe_sha256")
	if f.holder != nil {
		out.Events = append(out.Events, f.holder.events...)
		sha = f.holder.sha256
	}
	if out.Level.Rank() >= claim.Medium.Rank() {
		out.Implant = implantKey(f.exe(), sha)
		if f.holder != nil && f.holder.exe != "" {
			out.Implant = f.holder.implant()
		}
		if out.Implant == "" {
			out.Implant = unknownHolder(f.e)
		}
	}
	out.Title = f.title(out)
	out.Detail = f.detail(why)
	return out
}

// unknownHolder names an implant of which only the socket is known.
func unknownHolder(e *event.Event) string {
	if n := number(e, "pid"); n > 0 {
		return fmt.Sprintf("pid:%d@%s", n, field(e, "start_ticks"))
	}
	return "filter:" + field(e, "filter_sha256")
}
