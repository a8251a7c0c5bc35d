package source

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host/hosttest"
	"github.com/saksi-dfir/saksi/collect/record"
)

// attr appends a netlink attribute; nested says that v holds attributes.
func attr(kind uint16, v ...byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(4+len(v)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, v...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func nested(kind uint16, parts ...[]byte) []byte { return attr(kind|0x8000, bytes.Join(parts, nil)...) }

func str(kind uint16, s string) []byte { return attr(kind, append([]byte(s), 0)...) }

func num(kind uint16, v uint32) []byte { return attr(kind, binary.BigEndian.AppendUint32(nil, v)...) }

func expression(name string, parts ...[]byte) []byte {
	return nested(1, str(1, name), nested(2, parts...))
}

func nlmsg(kind, flags uint16, family byte, res uint16, parts ...[]byte) []byte {
	body := append([]byte{family, 0, byte(res >> 8), byte(res)}, bytes.Join(parts, nil)...)
	b := binary.NativeEndian.AppendUint32(nil, uint32(16+len(body)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = binary.NativeEndian.AppendUint16(b, flags)
	return append(binary.NativeEndian.AppendUint64(b, 0), body...)
}

// decoyRules makes rules in a network namespace of its own: an nftables table
// that redirects TCP from one address, and one rule with a classic BPF match.
func decoyRules() error {
	const appended, create, request = 0x800, 0x400, 1
	msg := func(n uint16, parts ...[]byte) []byte { return nlmsg(10<<8|n, request|create|appended, 2, 0, parts...) }
	prog := knockFilter(0, 0x6A41)
	match := make([]byte, 528) // struct xt_bpf_info: a count, 64 instructions, a pointer
	binary.NativeEndian.PutUint16(match, uint16(len(prog)))
	for i, in := range prog {
		b := match[4+8*i:]
		binary.NativeEndian.PutUint16(b, in.Code)
		b[2], b[3] = in.JT, in.JF
		binary.NativeEndian.PutUint32(b[4:], in.K)
	}
	value := func(v ...byte) []byte { return nested(1, attr(1, v...))[4:] }
	batch := bytes.Join([][]byte{
		nlmsg(0x10, request, 0, 10),
		msg(0, str(1, "decoy")),
		msg(3, str(1, "decoy"), str(3, "pre"), nested(4, num(1, 0), num(2, 0xffffff9c)), str(7, "nat")),
		msg(3, str(1, "decoy"), str(3, "in"), nested(4, num(1, 1), num(2, 0)), str(7, "filter")),
		msg(6, str(1, "decoy"), str(2, "pre"), nested(4,
			expression("payload", num(1, 1), num(2, 1), num(3, 12), num(4, 4)),
			expression("cmp", num(1, 1), num(2, 0), nested(3, value(203, 0, 113, 9))),
			expression("meta", num(1, 1), num(2, 16)),
			expression("cmp", num(1, 1), num(2, 0), nested(3, value(6))),
			expression("immediate", num(1, 1), nested(2, value(0xa5, 0x9a))),
			expression("redir", num(1, 1)))),
		msg(6, str(1, "decoy"), str(2, "in"), nested(4,
			expression("match", str(1, "bpf"), num(2, 0), attr(3, match...)),
			expression("counter"),
			expression("immediate", num(1, 0), nested(2, nested(2, num(1, 1)))))),
		nlmsg(0x11, request, 0, 10),
	}, nil)
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_NETFILTER)
	if err != nil {
		return fmt.Errorf("netlink: %w", err)
	}
	if err := unix.Sendto(fd, batch, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return fmt.Errorf("rules: %w", err)
	}
	buf := make([]byte, 1<<16)
	if n, _, err := unix.Recvfrom(fd, buf, unix.MSG_DONTWAIT); err == nil && n >= 20 && binary.NativeEndian.Uint32(buf[16:]) != 0 {
		return fmt.Errorf("rules: %w", unix.Errno(-int32(binary.NativeEndian.Uint32(buf[16:]))))
	}
	return nil
}

// decoyOldTable looks at the table "filter" of iptables, which makes it, and puts
// a rule with a classic BPF match before its policy.
func decoyOldTable() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_RAW)
	if err != nil {
		return fmt.Errorf("socket: %w", err)
	}
	info := make([]byte, 84)
	copy(info, "filter")
	var pin runtime.Pinner
	defer pin.Unpin()
	size := binary.NativeEndian.AppendUint32(nil, uint32(len(info)))
	if _, _, no := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.IPPROTO_IP, 64, uintptr(pinned(&pin, info)), uintptr(pinned(&pin, size)), 0); no != 0 {
		return fmt.Errorf("iptables: %w", no)
	}
	return nil
}

func TestRulesOfTheFirewall(t *testing.T) {
	needRoot(t)
	d := startDecoy(t, "unix+rules", nil)
	env, k := liveEnv(t)
	o := gather(t, env, netfilter())
	if o.Outcome != bundle.Collected {
		t.Errorf("outcome %+v", o)
	}
	var own uint64
	if l, err := os.Readlink(fmt.Sprintf("/proc/%d/task/%d/ns/net", d.pid, d.tid)); err == nil {
		own, _ = nsInode(l, netnsPrefix)
	}
	var prog []byte
	for _, in := range knockFilter(0, 0x6A41) {
		prog = binary.NativeEndian.AppendUint16(prog, in.Code)
		prog = append(prog, in.JT, in.JF)
		prog = binary.NativeEndian.AppendUint32(prog, in.K)
	}
	found := map[string]bool{}
	for _, l := range k.lines["data/records/netfilter"] {
		var n record.NetDump
		if err := json.Unmarshal(l, &n); err != nil {
			t.Fatal(err)
		}
		if n.NetNS != own {
			continue
		}
		if path := os.Getenv("SAKSI_KEEP_RECORD"); path != "" {
			keep(t, path, l)
		}
		switch {
		case n.Of == "nft-rule":
			found["program"] = bytes.Contains(n.Data, prog)
			found["redirect"] = bytes.Contains(n.Data, []byte("redir\x00"))
		case n.Of == "nft-table":
			found["table"] = bytes.Contains(n.Data, []byte("decoy\x00"))
		case n.Type == "xtables":
			var x record.XTable
			if err := json.Unmarshal(l, &x); err != nil {
				t.Fatal(err)
			}
			found["iptables"] = string(x.Table) == "filter" && x.Family == 2 && len(x.Entries) > 4*112 && x.Errno == ""
		}
	}
	for _, what := range []string{"program", "redirect", "table", "iptables"} {
		if !found[what] {
			t.Errorf("%s of the decoy is not in the record", what)
		}
	}
}

func keep(t *testing.T, path string, line []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(append(line, '\n')); err != nil {
		t.Fatal(err)
	}
}

// What is not there is not asked, since the question would load it.
func TestNothingIsLoadedForRules(t *testing.T) {
	const listens = "sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode\n0000 12 0 00000000 0 0 0 2 0 4\n"
	for name, tc := range map[string]struct {
		netlink, modules, symbols, tables string
		nft, ct, xt                       int
	}{
		"nothing":                  {modules: "ext4 1 0 - Live 0x0\n"},
		"loaded":                   {netlink: listens, modules: "nf_tables 1 0 - Live 0x0\n", nft: 1},
		"nobody listens":           {netlink: strings.ReplaceAll(listens, " 12 0 ", " 12 77 "), modules: "nf_tables 1 0 - Live 0x0\n"},
		"built in":                 {netlink: listens, modules: "ext4 1 0 - Live 0x0\n", symbols: "ffffffff81 t nf_tables_getrule\nffffffff82 t ctnetlink_dump_table\n", nft: 1, ct: 1},
		"symbol of another module": {netlink: listens, modules: "ext4 1 0 - Live 0x0\n", symbols: "ffffffff81 t nf_tables_getrule\t[other]\n"},
		"an old table":             {modules: "ip_tables 1 0 - Live 0x0\n", tables: "filter\n", xt: 1},
		"no table":                 {modules: "ip_tables 1 0 - Live 0x0\n", tables: "\n"},
	} {
		h := hosttest.New(recording())
		for _, dir := range h.P.Dirs["."] {
			h.P.Pieces[dir+"/net/netlink"] = text(tc.netlink)
			if tc.tables != "" {
				h.P.Pieces[dir+"/net/ip_tables_names"] = text(tc.tables)
			}
		}
		h.P.Pieces["modules"] = text(tc.modules)
		h.P.Exes["kallsyms"], h.P.Links["kallsyms"] = []byte(tc.symbols), &record.Link{}
		gather(t, &collect.Env{Host: h, Out: newKept(), Seen: &collect.Seen{}}, netfilter())
		got := [3]int{h.K.Calls("net dump nftables"), h.K.Calls("net dump conntrack"), h.K.Calls("xtables")}
		want := [3]int{tc.nft, tc.ct, tc.xt}
		for i := range got {
			if (got[i] > 0) != (want[i] > 0) {
				t.Errorf("%s: asked %v, want %v", name, got, want)
			}
		}
	}
}
