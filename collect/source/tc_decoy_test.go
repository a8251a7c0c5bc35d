package source

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/record"
)

// decoyTC puts a classic program on the ingress of the loopback interface of
// this thread's namespace (cls_bpf).
func decoyTC() error {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE)
	if err != nil {
		return fmt.Errorf("netlink: %w", err)
	}
	defer unix.Close(fd)
	send := func(kind uint16, parts ...[]byte) error {
		const request, ack, create, exclusive = 1, 4, 0x400, 0x200
		body := bytes.Join(parts, nil)
		b := binary.NativeEndian.AppendUint32(nil, uint32(16+len(body)))
		b = binary.NativeEndian.AppendUint16(b, kind)
		b = binary.NativeEndian.AppendUint16(b, request|ack|create|exclusive)
		b = append(binary.NativeEndian.AppendUint64(b, 1), body...)
		if err := unix.Sendto(fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
			return fmt.Errorf("send: %w", err)
		}
		buf := make([]byte, 4096)
		n, _, err := unix.Recvfrom(fd, buf, 0)
		if err != nil || n < 20 {
			return fmt.Errorf("answer of %d bytes: %w", n, err)
		}
		if no := int32(binary.NativeEndian.Uint32(buf[16:])); no != 0 {
			return fmt.Errorf("message %d: %w", kind, unix.Errno(-no))
		}
		return nil
	}
	tcmsg := func(handle, parent, info uint32) []byte {
		b := make([]byte, 20)
		for i, v := range []uint32{1, handle, parent, info} {
			binary.NativeEndian.PutUint32(b[4+4*i:], v)
		}
		return b
	}
	if err := send(36, tcmsg(0xffff0000, 0xfffffff1, 0), str(1, "clsact")); err != nil { // RTM_NEWQDISC
		return err
	}
	prog := knockFilter(14, 0x6A51)
	var ops []byte
	for _, in := range prog {
		ops = binary.NativeEndian.AppendUint16(ops, in.Code)
		ops = append(ops, in.JT, in.JF)
		ops = binary.NativeEndian.AppendUint32(ops, in.K)
	}
	protocol := uint32(htons(unix.ETH_P_ALL)) | 1<<16
	class := binary.NativeEndian.AppendUint32(nil, 1)
	return send(44, tcmsg(0, 0xfffffff2, protocol), str(1, "bpf"), // RTM_NEWTFILTER
		attr(2, bytes.Join([][]byte{attr(3, class...), attr(4, binary.NativeEndian.AppendUint16(nil, uint16(len(prog)))...), attr(5, ops...)}, nil)...))
}

func TestClassicProgramOfTrafficControl(t *testing.T) {
	needRoot(t)
	d := startDecoy(t, "unix+tc", nil)
	var own uint64
	if l, err := os.Readlink(fmt.Sprintf("/proc/%d/task/%d/ns/net", d.pid, d.tid)); err == nil {
		own, _ = nsInode(l, netnsPrefix)
	}
	env, k := liveEnv(t)
	gather(t, env, ebpf())
	for _, l := range k.lines["data/records/bpf"] {
		var h record.Hook
		if err := json.Unmarshal(l, &h); err != nil {
			t.Fatal(err)
		}
		if h.Type != "bpf-hook" || h.Where != "tc" || h.NetNS != own {
			continue
		}
		if diff := cmp.Diff(knockFilter(14, 0x6A51), h.Filter); diff != "" || h.Attach != 0xfffffff2 || string(h.Target) != "lo" {
			t.Errorf("hook %+v:\n%s", h, diff)
		}
		return
	}
	t.Error("the program of traffic control is missing")
}
