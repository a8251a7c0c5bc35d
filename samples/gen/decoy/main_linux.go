// Command decoy opens a packet socket, attaches a classic filter and sleeps;
// it reads nothing and sends nothing. The project's tests and sample records
// are made with it. Needs CAP_NET_RAW.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

func main() {
	kind := flag.String("kind", "magic", "magic: payload constants on three protocols, all interfaces; dhcp: UDP port 68 on one interface")
	magic := flag.Uint("magic", 0x6b3d, "16-bit payload constant of kind magic")
	unlink := flag.Bool("unlink", false, "remove the own executable first")
	sleep := flag.Duration("sleep", time.Minute, "how long to hold the socket")
	flag.Parse()
	if err := run(*kind, uint32(*magic), *unlink, *sleep); err != nil {
		fmt.Fprintln(os.Stderr, "decoy:", err)
		os.Exit(1)
	}
}

func run(kind string, magic uint32, unlink bool, sleep time.Duration) error {
	prog := magicFilter(magic)
	if kind == "dhcp" {
		prog = dhcpFilter()
	}
	raw, err := bpf.Assemble(prog)
	if err != nil {
		return fmt.Errorf("assemble: %w", err)
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, int(swap16(unix.ETH_P_IP)))
	if err != nil {
		return fmt.Errorf("packet socket: %w", err)
	}
	if kind == "dhcp" {
		if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: swap16(unix.ETH_P_IP), Ifindex: 1}); err != nil {
			return fmt.Errorf("bind: %w", err)
		}
	}
	insns := make([]unix.SockFilter, len(raw))
	for i, r := range raw {
		insns[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	fprog := unix.SockFprog{Len: uint16(len(insns)), Filter: &insns[0]}
	if err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &fprog); err != nil {
		return fmt.Errorf("attach: %w", err)
	}
	if unlink {
		exe, err := os.Executable()
		if err != nil {
			return err
		}
		if err := os.Remove(exe); err != nil {
			return err
		}
	}
	fmt.Println(os.Getpid())
	time.Sleep(sleep)
	return unix.Close(fd)
}

func swap16(v uint16) uint16 { return v<<8 | v>>8 }

// magicFilter accepts IPv4 whose UDP or ICMP payload, or TCP payload behind
// the data offset, begins with the constant: the shape, not any known value.
func magicFilter(k uint32) []bpf.Instruction {
	return []bpf.Instruction{
		bpf.LoadAbsolute{Off: 12, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0x0800, SkipFalse: 20},
		bpf.LoadAbsolute{Off: 23, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 17, SkipTrue: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 1, SkipTrue: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 6, SkipTrue: 5, SkipFalse: 16},
		bpf.LoadAbsolute{Off: 20, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: 0x1fff, SkipTrue: 14},
		bpf.LoadMemShift{Off: 14},
		bpf.LoadIndirect{Off: 22, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: k, SkipTrue: 10, SkipFalse: 11},
		bpf.LoadAbsolute{Off: 20, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: 0x1fff, SkipTrue: 9},
		bpf.LoadMemShift{Off: 14},
		bpf.LoadIndirect{Off: 26, Size: 1},
		bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0xf0},
		bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: 2},
		bpf.ALUOpX{Op: bpf.ALUOpAdd},
		bpf.TAX{},
		bpf.LoadIndirect{Off: 14, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: k, SkipFalse: 1},
		bpf.RetConstant{Val: 65535},
		bpf.RetConstant{Val: 0},
	}
}

// dhcpFilter accepts unfragmented UDP to port 68, as a DHCP client's does.
func dhcpFilter() []bpf.Instruction {
	return []bpf.Instruction{
		bpf.LoadAbsolute{Off: 12, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0x0800, SkipFalse: 8},
		bpf.LoadAbsolute{Off: 23, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 17, SkipFalse: 6},
		bpf.LoadAbsolute{Off: 20, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: 0x1fff, SkipTrue: 4},
		bpf.LoadMemShift{Off: 14},
		bpf.LoadIndirect{Off: 16, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 68, SkipFalse: 1},
		bpf.RetConstant{Val: 65535},
		bpf.RetConstant{Val: 0},
	}
}
