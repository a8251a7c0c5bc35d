package parser

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// netnsParser reads the network state of namespaces: listeners and
// connections as the kernel lists them.
type netnsParser struct{}

func newNetNS() parse.Parser { return netnsParser{} }

// Describe implements parse.Parser.
func (netnsParser) Describe() parse.Description {
	return parse.Description{
		Name:       "netns",
		Version:    1,
		Doc:        "network namespaces at collection: TCP and UDP sockets as /proc/net lists them, neighbours, links, addresses, routes, and the namespace itself",
		References: []string{"collect/record/FORMAT.md", "proc_pid_net(5)"},
		Sources:    []string{"netns"},
		Fields:     []string{"device", "errno", "files", "ifindex", "inode", "ip", "local_ip", "local_port", "mac", "netns", "path", "pid", "port", "proto", "state", "tasks", "text", "uid", "unread"},
		Actions:    []string{"namespace", "listening", "connection", "neighbour", "link", "address", "route", "rule", "view"},
		Sample:     `{"t":"netns","at":1700000000000000000,"ino":4026531840,"pid":1,"tasks":120,"files":{"tcp":{"data":"  sl  local_address ..."}}}`,
		PathOnly:   true,
	}
}

// Claim implements parse.Parser.
func (netnsParser) Claim(x *parse.Exhibit) parse.Strength { return claimRecord(x, "netns") }

// Parse implements parse.Parser.
func (netnsParser) Parse(ctx context.Context, f *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	names := accountNames(f)
	return eachRecord(ctx, x, "netns", s, func(kind string, off int64, line []byte) (bool, error) {
		if kind == "net-dump" {
			var d record.NetDump
			if err := decodeRecord(line, &d); err != nil {
				return true, err
			}
			return true, netDump(&d, event.Origin{Offset: off, Length: int64(len(line))}, s)
		}
		if kind != "netns" {
			return false, nil
		}
		var n record.NetNS
		if err := decodeRecord(line, &n); err != nil {
			return true, err
		}
		r := netnsReader{n: &n, names: names, s: s, origin: event.Origin{Offset: off, Length: int64(len(line))}}
		return true, r.read()
	})
}

// maxRows bounds the events of one file of a namespace.
const maxRows = 1 << 16

type netnsReader struct {
	n       *record.NetNS
	names   map[uint32]string
	s       parse.Sink
	origin  event.Origin
	ordinal uint32
}

func (r *netnsReader) emit(action, actor, object, message string, f *fieldList) error {
	f.uint("netns", r.n.Ino)
	e := &event.Event{Time: collectedAt(r.n.At), Meaning: "observed", Source: "netns", Actor: actor, Action: action, Object: object, Message: message,
		Fields: f.sorted(), Origin: r.origin, Ordinal: r.ordinal}
	r.ordinal++
	return r.s.Event(e)
}

func (r *netnsReader) read() error {
	f := &fieldList{}
	f.int("pid", int64(r.n.PID))
	f.int("tasks", int64(r.n.Tasks))
	files := slices.Sorted(maps.Keys(r.n.Files))
	f.add("files", strings.Join(files, ","))
	message := fmt.Sprintf("network namespace %d with %d tasks", r.n.Ino, r.n.Tasks)
	f.add("path", string(r.n.Mount))
	f.add("errno", r.n.Errno)
	if len(r.n.Mount) > 0 {
		message += fmt.Sprintf(", mounted at %s", r.n.Mount)
	}
	if len(files) == 1 {
		message += ", file " + files[0]
	}
	var trouble []string
	for _, name := range files {
		if why := pieceTrouble(r.n.Files[name]); why != "" {
			trouble = append(trouble, name+": "+why)
		}
	}
	if len(trouble) > 0 {
		f.add("unread", listed(trouble, same))
		message += ", not wholly read: " + listed(trouble, same)
	}
	if err := r.emit("namespace", "", fmt.Sprintf("net:[%d]", r.n.Ino), message, f); err != nil {
		return err
	}
	for _, name := range []string{"tcp", "tcp6", "udp", "udp6"} {
		if p := r.n.Files[name]; p != nil {
			if err := r.sockets(name, string(p.Data)); err != nil {
				return err
			}
		}
	}
	if p := r.n.Files["arp"]; p != nil {
		return r.neighbours(string(p.Data))
	}
	return nil
}

// tcpStates are the states of include/net/tcp_states.h.
func tcpStates() []string {
	return []string{"", "established", "syn-sent", "syn-recv", "fin-wait-1", "fin-wait-2", "time-wait", "close", "close-wait", "last-ack", "listen", "closing", "syn-recv"}
}

// sockets reads rows: sl local remote st queues timer retrnsmt uid timeout inode.
func (r *netnsReader) sockets(table, data string) error {
	proto := strings.TrimSuffix(table, "6")
	rows, lost := 0, rowLoss{}
	for line := range strings.Lines(data) {
		w := strings.Fields(line)
		if len(w) == 0 || w[0] == "sl" {
			continue
		}
		if len(w) < 10 || !strings.HasSuffix(w[0], ":") {
			lost.bad++
			continue
		}
		local, ok1 := hexAddress(w[1])
		remote, ok2 := hexAddress(w[2])
		state, err1 := strconv.ParseUint(w[3], 16, 8)
		uid, err2 := strconv.ParseUint(w[7], 10, 32)
		if !ok1 || !ok2 || err1 != nil || err2 != nil {
			lost.bad++
			continue
		}
		if rows++; rows > maxRows {
			lost.over++
			continue
		}
		f := &fieldList{}
		f.add("proto", proto)
		f.add("local_ip", local.Addr().String())
		f.int("local_port", int64(local.Port()))
		f.uint("uid", uid)
		f.add("inode", w[9])
		name := tableName(tcpStates(), uint32(state))
		f.add("state", name)
		action, object, message := "listening", local.String(), fmt.Sprintf("%s listens on %s", proto, local)
		if remote.Port() != 0 {
			f.add("ip", remote.Addr().String())
			f.int("port", int64(remote.Port()))
			action, object, message = "connection", remote.String(), fmt.Sprintf("%s %s to %s, %s", proto, local, remote, name)
		}
		if err := r.emit(action, accountOf(r.names, uint32(uid)), object, message, f); err != nil {
			return err
		}
	}
	return lost.warn(r.s, "netns", table, r.origin)
}

// hexAddress reads "0100007F:0016": words of the address in host order, which
// is little endian, and the port in hex.
func hexAddress(s string) (netip.AddrPort, bool) {
	a, p, ok := strings.Cut(s, ":")
	port, err1 := strconv.ParseUint(p, 16, 16)
	b, err2 := hex.DecodeString(a)
	if !ok || err1 != nil || err2 != nil || len(b)%4 != 0 {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(b); i += 4 {
		binary.BigEndian.PutUint32(b[i:], binary.LittleEndian.Uint32(b[i:]))
	}
	addr, ok := netip.AddrFromSlice(b)
	return netip.AddrPortFrom(addr.Unmap(), uint16(port)), ok
}

// neighbours reads rows: IP type flags MAC mask device.
func (r *netnsReader) neighbours(data string) error {
	rows, lost := 0, rowLoss{}
	for line := range strings.Lines(data) {
		w := strings.Fields(line)
		if len(w) == 0 || w[0] == "IP" {
			continue
		}
		if len(w) != 6 {
			lost.bad++
			continue
		}
		if rows++; rows > maxRows {
			lost.over++
			continue
		}
		f := &fieldList{}
		f.add("ip", w[0])
		f.add("mac", w[3])
		f.add("device", w[5])
		if err := r.emit("neighbour", "", w[0], fmt.Sprintf("%s is at %s on %s", w[0], w[3], w[5]), f); err != nil {
			return err
		}
	}
	return lost.warn(r.s, "netns", "arp", r.origin)
}
