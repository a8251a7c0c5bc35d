package host

import (
	"encoding/binary"
	"errors"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/record"
)

// Numbers of linux/netfilter/nfnetlink.h, nf_tables.h and nfnetlink_conntrack.h.
const (
	subsysConntrack = 1
	subsysNFTables  = 10
	ctGet           = 1
	nftGetTable     = 1
	nftGetChain     = 4
	nftGetRule      = 7
	nftGetSet       = 10
	nftGetElement   = 13
	nftGetObject    = 19
	nftGetFlowtable = 23
	nfMessage       = 4 // struct nfgenmsg
	maxSets         = 4096
)

// question is one dump: what it is called, its message type and its body.
type question struct {
	of   string
	kind uint16
	body []byte
}

// routeQuestions asks rtnetlink(7), which is a part of every kernel with a
// network: nothing is loaded for it.
func routeQuestions() []question {
	return []question{
		{"link", unix.RTM_GETLINK, make([]byte, ifInfoLen)},
		{"address", unix.RTM_GETADDR, make([]byte, 8)},
		{"rule", unix.RTM_GETRULE, make([]byte, 12)},
		{"route", unix.RTM_GETROUTE, make([]byte, 12)},
		{"neighbour", unix.RTM_GETNEIGH, make([]byte, 12)},
	}
}

func nftQuestions() []question {
	q := func(of string, n uint16) question {
		return question{of, subsysNFTables<<8 | n, make([]byte, nfMessage)}
	}
	return []question{q("nft-table", nftGetTable), q("nft-chain", nftGetChain), q("nft-rule", nftGetRule), q("nft-set", nftGetSet),
		q("nft-object", nftGetObject), q("nft-flowtable", nftGetFlowtable)}
}

// NetDump implements Kernel.
func (k kernel) NetDump(pid, tid int, what string, limit int) ([]record.NetDump, error) {
	protocol, questions := unix.NETLINK_NETFILTER, []question(nil)
	switch what {
	case "route":
		protocol, questions = unix.NETLINK_ROUTE, routeQuestions()
	case "nftables":
		questions = nftQuestions()
	case "conntrack":
		questions = []question{{"conntrack", subsysConntrack<<8 | ctGet, make([]byte, nfMessage)}}
	default:
		return nil, unix.EINVAL
	}
	type answer struct {
		list []record.NetDump
		err  error
	}
	done := make(chan answer, 1)
	k.inNetNS(pid, tid, func(err error) {
		var a answer
		if a.err = err; err == nil {
			a.list, a.err = netDumps(protocol, questions, limit)
		}
		done <- a
	})
	a := <-done
	return a.list, a.err
}

func netDumps(protocol int, questions []question, limit int) ([]record.NetDump, error) {
	fd, err := netlinkSocket(protocol)
	if err != nil {
		return nil, err
	}
	defer func() { unix.Close(fd) }()
	var out []record.NetDump
	for i := 0; i < len(questions); i++ {
		q := questions[i]
		d := record.NetDump{Type: "net-dump", Of: q.of}
		d.Data, d.Cap, err = dumpRaw(fd, q.kind, q.body, limit)
		d.Errno = ErrnoName(err)
		out = append(out, d)
		if q.of == "nft-set" {
			out = append(out, elements(fd, d.Data, limit)...)
		}
		if d.Cap || err != nil { // what is left of a dump that was given up would be read for the next
			unix.Close(fd)
			if fd, err = netlinkSocket(protocol); err != nil {
				return out, err
			}
		}
	}
	return out, nil
}

func netlinkSocket(protocol int) (int, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		return -1, err
	}
	wait := unix.Timeval{Sec: 2}
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// elements asks for the members of every set of a dump of sets.
func elements(fd int, sets []byte, limit int) []record.NetDump {
	var out []record.NetDump
	_, _ = eachMessage(sets, func(body []byte) {
		if len(body) < nfMessage || len(out) >= maxSets {
			return
		}
		d := record.NetDump{Type: "net-dump", Of: "nft-element"}
		req := []byte{body[0], 0, 0, 0}
		eachAttr(body[nfMessage:], func(kind uint16, v []byte) {
			switch kind {
			case 1:
				d.Table = record.Bytes(strings.TrimRight(string(v), "\x00"))
				req = appendAttr(req, 1, v)
			case 2:
				d.Set = record.Bytes(strings.TrimRight(string(v), "\x00"))
				req = appendAttr(req, 2, v)
			}
		})
		var err error
		d.Data, d.Cap, err = dumpRaw(fd, subsysNFTables<<8|nftGetElement, req, limit)
		d.Errno = ErrnoName(err)
		out = append(out, d)
	})
	return out
}

func appendAttr(b []byte, kind uint16, v []byte) []byte {
	b = binary.NativeEndian.AppendUint16(b, uint16(4+len(v)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, v...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// dumpRaw gives the messages of one dump as they came, within a limit.
func dumpRaw(fd int, kind uint16, body []byte, limit int) (out []byte, cut bool, err error) {
	if err := ask(fd, kind, body); err != nil {
		return nil, false, err
	}
	buf := make([]byte, 128<<10)
	for {
		n, _, err := unix.Recvfrom(fd, buf, 0)
		if err != nil {
			return out, false, err
		}
		whole := 0
		last, err := eachMessage(buf[:n], func(m []byte) { whole += (unix.NLMSG_HDRLEN + len(m) + 3) &^ 3 })
		if len(out)+whole > limit {
			return out, true, nil
		}
		out = append(out, buf[:min(whole, n)]...)
		if last || err != nil {
			return out, false, err
		}
	}
}

// Numbers of linux/netfilter_ipv4/ip_tables.h and its likes: getsockopt(2).
const (
	xtGetInfo, xtGetEntries     = 64, 65
	arptGetInfo, arptGetEntries = 96, 97
	xtInfoLen, xtEntriesHead    = 84, 40
	xtNameLen                   = 32
	familyARP                   = 3 // NFPROTO_ARP
	maxXTable                   = 8 << 20
)

// XTables implements Kernel.
func (k kernel) XTables(pid, tid, family int, tables []string) ([]record.XTable, error) {
	type answer struct {
		list []record.XTable
		err  error
	}
	done := make(chan answer, 1)
	k.inNetNS(pid, tid, func(err error) {
		var a answer
		if a.err = err; err == nil {
			a.list, a.err = xtables(family, tables)
		}
		done <- a
	})
	a := <-done
	return a.list, a.err
}

func xtables(family int, tables []string) ([]record.XTable, error) {
	domain, level, info, entries := unix.AF_INET, unix.IPPROTO_IP, xtGetInfo, xtGetEntries
	switch family {
	case unix.AF_INET6:
		domain, level = unix.AF_INET6, unix.IPPROTO_IPV6
	case familyARP:
		info, entries = arptGetInfo, arptGetEntries
	}
	fd, err := unix.Socket(domain, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var out []record.XTable
	for _, name := range tables {
		t := record.XTable{Type: "xtables", Family: family, Table: record.Bytes(name)}
		t.Errno = ErrnoName(xtable(fd, level, info, entries, &t))
		out = append(out, t)
	}
	return out, nil
}

// xtable asks for the size of a table and then for its rules; one that changed
// in between is asked again.
func xtable(fd, level, info, entries int, t *record.XTable) error {
	if len(t.Table) >= xtNameLen {
		return unix.ENAMETOOLONG
	}
	for range 4 {
		head := make([]byte, xtInfoLen)
		copy(head, t.Table)
		if err := getsockoptBytes(fd, level, info, head); err != nil {
			return err
		}
		t.Info = head
		size := binary.NativeEndian.Uint32(head[80:])
		if size > maxXTable {
			return unix.EFBIG
		}
		body := make([]byte, xtEntriesHead+int(size))
		copy(body, t.Table)
		binary.NativeEndian.PutUint32(body[xtNameLen:], size)
		err := getsockoptBytes(fd, level, entries, body)
		if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINVAL) {
			continue
		}
		if err != nil {
			return err
		}
		t.Entries = body[xtEntriesHead:]
		return nil
	}
	return unix.EAGAIN
}
