package cbpf

import (
	"slices"
	"testing"

	"golang.org/x/net/bpf"
)

func alui(op bpf.ALUOp, v uint32) bpf.Instruction { return bpf.ALUOpConstant{Op: op, Val: v} }

func abs(off uint32, size int) bpf.Instruction { return bpf.LoadAbsolute{Off: off, Size: size} }

func ind(off uint32, size int) bpf.Instruction { return bpf.LoadIndirect{Off: off, Size: size} }

func jump(c bpf.JumpTest, v uint32, t, f uint8) bpf.Instruction {
	return bpf.JumpIf{Cond: c, Val: v, SkipTrue: t, SkipFalse: f}
}

func pass() bpf.Instruction { return bpf.RetConstant{Val: 65535} }
func drop() bpf.Instruction { return bpf.RetConstant{} }

// udpThen loads the first size bytes of a UDP payload (IP at 0) and then runs
// the body; the body's last two instructions must be pass and drop.
func udpThen(t testing.TB, size int, body ...bpf.Instruction) []Insn {
	head := []bpf.Instruction{abs(9, 1), eq(17, 0, uint8(len(body)+1)), bpf.LoadMemShift{Off: 0}, ind(8, size)}
	return asm(t, append(head, body...)...)
}

// Filters that hide the constant they wait for. Each must be seen through.
func TestObfuscatedMagic(t *testing.T) {
	raw := func(code uint16, k uint32) bpf.Instruction { return bpf.RawInstruction{Op: code, K: k} }
	for _, tc := range []struct {
		name string
		prog []Insn
		want string
	}{
		{"plain", udpThen(t, 2, eq(0x7A31, 0, 1), pass(), drop()), "0x7A31"},
		{"32 bit", udpThen(t, 4, eq(0x13579BDF, 0, 1), pass(), drop()), "0x13579BDF"},
		{"xor", udpThen(t, 2, alui(bpf.ALUOpXor, 0x1234), eq(0x7A31^0x1234, 0, 1), pass(), drop()), "0x7A31"},
		{"xor to zero", udpThen(t, 4, alui(bpf.ALUOpXor, 0x13579BDF), eq(0, 0, 1), pass(), drop()), "0x13579BDF"},
		{"subtract and compare with zero", udpThen(t, 2, alui(bpf.ALUOpSub, 0x7A31), eq(0, 0, 1), pass(), drop()), "0x7A31"},
		{"add past the end", udpThen(t, 4, alui(bpf.ALUOpAdd, 0xFFFF0000), eq(0x13579BDF-0x10000, 0, 1), pass(), drop()), "0x13579BDF"},
		{"negate", udpThen(t, 2, raw(0x84, 0), eq(^uint32(0x7A31)+1, 0, 1), pass(), drop()), "0x7A31"},
		{"multiply by an odd number", udpThen(t, 4, alui(bpf.ALUOpMul, 0x10001), eq(0x13579BDF*0x10001&0xFFFFFFFF, 0, 1), pass(), drop()), "0x13579BDF"},
		{"masked word", udpThen(t, 4, alui(bpf.ALUOpAnd, 0xFFFF0000), eq(0x7A310000, 0, 1), pass(), drop()), "0x7A31"},
		{"shifted word", udpThen(t, 4, alui(bpf.ALUOpShiftRight, 16), eq(0x7A31, 0, 1), pass(), drop()), "0x7A31"},
		{"shifted left", udpThen(t, 2, alui(bpf.ALUOpShiftLeft, 8), eq(0x7A3100, 0, 1), pass(), drop()), "0x7A31"},
		{"divide by a power of two", udpThen(t, 4, bpf.ALUOpConstant{Op: bpf.ALUOpDiv, Val: 65536}, eq(0x7A31, 0, 1), pass(), drop()), "0x7A31"},
		{"two greater-than tests", udpThen(t, 2, jump(bpf.JumpGreaterThan, 0x7A30, 0, 2), jump(bpf.JumpGreaterThan, 0x7A31, 1, 0), pass(), drop()), "0x7A31"},
		{"two at-least tests", udpThen(t, 2, jump(bpf.JumpGreaterOrEqual, 0x7A31, 0, 2), jump(bpf.JumpGreaterOrEqual, 0x7A32, 1, 0), pass(), drop()), "0x7A31"},
		{"subtract and below", udpThen(t, 2, alui(bpf.ALUOpSub, 0x7A31), jump(bpf.JumpGreaterOrEqual, 1, 1, 0), pass(), drop()), "0x7A31"},
		{"compare with x", udpThen(t, 2, bpf.LoadConstant{Dst: bpf.RegX, Val: 0x7A31}, bpf.JumpIfX{Cond: bpf.JumpEqual, SkipTrue: 0, SkipFalse: 1}, pass(), drop()), "0x7A31"},
		{"constant in scratch memory", asm(t, bpf.LoadConstant{Dst: bpf.RegA, Val: 0x7A31}, bpf.StoreScratch{Src: bpf.RegA, N: 3}, abs(9, 1), eq(17, 0, 6),
			bpf.LoadMemShift{Off: 0}, ind(8, 2), bpf.LoadScratch{Dst: bpf.RegX, N: 3}, bpf.JumpIfX{Cond: bpf.JumpEqual, SkipTrue: 0, SkipFalse: 2},
			bpf.Jump{Skip: 0}, pass(), drop()), "0x7A31"},
		{"byte by byte", udpThen(t, 1, eq(0x7A, 0, 3), ind(9, 1), eq(0x31, 0, 1), pass(), drop()), "0x7A31"},
		{"assembled from bytes", udpThen(t, 1, alui(bpf.ALUOpShiftLeft, 8), bpf.StoreScratch{Src: bpf.RegA, N: 0}, ind(9, 1),
			bpf.TAX{}, bpf.LoadScratch{Dst: bpf.RegA, N: 0}, bpf.ALUOpX{Op: bpf.ALUOpOr}, eq(0x7A31, 0, 1), pass(), drop()), "0x7A31"},
		{"assembled by addition, swapped", udpThen(t, 1, bpf.StoreScratch{Src: bpf.RegA, N: 0}, ind(9, 1), alui(bpf.ALUOpMul, 256),
			bpf.TAX{}, bpf.LoadScratch{Dst: bpf.RegA, N: 0}, bpf.ALUOpX{Op: bpf.ALUOpAdd}, eq(0x317A, 0, 1), pass(), drop()), "0x7A31"},
		{"bit by bit", udpThen(t, 2, bitTests(0x7A31)...), "0x7A31"},
		{"relative to the network header", asm(t, abs(0xfff00000+9, 1), eq(17, 0, 4), raw(0xb1, 0xfff00000), raw(0x48, 0xfff00000+8), eq(0x7A31, 0, 1), pass(), drop()), "0x7A31"},
		{"header length by hand", asm(t, abs(9, 1), eq(17, 0, 7), abs(0, 1), alui(bpf.ALUOpAnd, 0xf), alui(bpf.ALUOpMul, 4), bpf.TAX{}, ind(8, 2), eq(0x7A31, 0, 1), pass(), drop()), "0x7A31"},
		{"behind the payload offset of the kernel", asm(t, bpf.LoadExtension{Num: bpf.ExtPayloadOffset}, bpf.TAX{}, ind(0, 2), eq(0x7A31, 0, 1), pass(), drop()), "0x7A31"},
		{"last bytes of the packet", asm(t, bpf.LoadExtension{Num: bpf.ExtLen}, alui(bpf.ALUOpSub, 2), bpf.TAX{}, ind(0, 2), eq(0x7A31, 0, 1), pass(), drop()), "0x7A31"},
		{"fixed offset", asm(t, abs(9, 1), eq(17, 0, 3), abs(28, 2), eq(0x7A31, 0, 1), pass(), drop()), "0x7A31"},
		{"without a branch", udpThen(t, 2, alui(bpf.ALUOpXor, 0x7A31), alui(bpf.ALUOpSub, 1), alui(bpf.ALUOpShiftRight, 31), eq(1, 0, 1), pass(), drop()), "0x7A31"},
		{"return of a computed value", asm(t, abs(9, 1), eq(17, 0, 7), bpf.LoadMemShift{Off: 0}, ind(8, 2), alui(bpf.ALUOpXor, 0x7A31), alui(bpf.ALUOpSub, 1),
			alui(bpf.ALUOpShiftRight, 31), alui(bpf.ALUOpMul, 65535), bpf.RetA{}, drop()), "0x7A31"},
		{"complement", udpThen(t, 4, raw(0x84, 0), alui(bpf.ALUOpSub, 1), alui(bpf.ALUOpShiftRight, 16), eq(0x7A31^0xFFFF, 0, 1), pass(), drop()), "0x7A31"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := Decode(tc.prog, Socket{Layout: LayoutNetwork})
			if f.Shape != PayloadMagic {
				t.Errorf("shape %s, undecoded %q, paths %v", f.Shape, f.Undecoded, f.Paths)
			}
			if !slices.Contains(f.Constants(), tc.want) {
				t.Errorf("constants %v, want %s", f.Constants(), tc.want)
			}
			if f.Proven != len(f.Paths) {
				t.Errorf("%d of %d paths proven", f.Proven, len(f.Paths))
			}
		})
	}
}

// bitTests compares A with v one bit after the other.
func bitTests(v uint32) []bpf.Instruction {
	var out []bpf.Instruction
	out = append(out, make([]bpf.Instruction, 16)...)
	for i := range out {
		to := uint8(len(out) - i) // behind the tests and the pass
		if v>>i&1 == 1 {
			out[i] = jump(bpf.JumpBitsSet, 1<<i, 0, to)
		} else {
			out[i] = jump(bpf.JumpBitsSet, 1<<i, to, 0)
		}
	}
	return append(out, pass(), drop())
}

// Junk that forks before the real test must not hide it.
func TestJunkBeforeTheMagic(t *testing.T) {
	var prog []bpf.Instruction
	for i := range 40 {
		prog = append(prog, abs(uint32(100+i), 1), jump(bpf.JumpGreaterThan, 7, 0, 1), alui(bpf.ALUOpAdd, 1))
	}
	prog = append(prog, abs(9, 1), eq(17, 0, 4), bpf.LoadMemShift{Off: 0}, ind(8, 2), eq(0x7A31, 0, 1), pass(), drop())
	f := Decode(asm(t, prog...), Socket{Layout: LayoutNetwork})
	if f.Shape != PayloadMagic || !slices.Contains(f.Constants(), "0x7A31") {
		t.Errorf("shape %s constants %v", f.Shape, f.Constants())
	}
	if !f.Truncated {
		t.Error("2^40 paths, and nothing was cut?")
	}
}

// A harmless path beside the magic one changes nothing.
func TestMagicBesideHarmlessPaths(t *testing.T) {
	prog := asm(t, abs(12, 2), eq(0x0806, 10, 0), eq(0x0800, 0, 10), abs(23, 1), eq(17, 0, 8), bpf.LoadMemShift{Off: 14}, ind(16, 2), eq(68, 4, 0),
		ind(22, 2), eq(0x7A31, 2, 0), bpf.Jump{Skip: 2}, bpf.Jump{Skip: 0}, pass(), drop())
	f := Decode(prog, Socket{Layout: LayoutLink})
	if f.Shape != PayloadMagic {
		t.Errorf("shape %s, paths %v", f.Shape, f.Paths)
	}
	if !slices.Contains(f.Protocols, "arp") || !slices.Contains(f.Protocols, "udp") {
		t.Errorf("protocols %v", f.Protocols)
	}
}

// Filters of well-known programs, written down from what those compare.
func TestLegitimateHolders(t *testing.T) {
	dhclient := asm(t, abs(12, 2), eq(0x0800, 0, 8), abs(23, 1), eq(17, 0, 6), abs(20, 2), set(0x1fff, 4, 0), bpf.LoadMemShift{Off: 14}, ind(16, 2),
		eq(68, 0, 1), bpf.RetConstant{Val: 262144}, drop())
	networkd := []bpf.Instruction{
		bpf.LoadExtension{Num: bpf.ExtLen}, jump(bpf.JumpGreaterOrEqual, 267, 1, 0), drop(),
		abs(9, 1), eq(17, 1, 0), drop(),
		abs(6, 2), alui(bpf.ALUOpAnd, 0x3fff), eq(0, 1, 0), drop(),
		bpf.LoadMemShift{Off: 0}, ind(2, 2), eq(68, 1, 0), drop(),
		ind(8, 1), eq(2, 1, 0), drop(), // BOOTREPLY
		ind(9, 1), eq(1, 1, 0), drop(), // Ethernet
		ind(10, 1), eq(6, 1, 0), drop(),
		ind(12, 4), eq(0x3903F326, 1, 0), drop(), // xid
		ind(244, 4), eq(0x63825363, 1, 0), drop(), // DHCP cookie
		pass(),
	}
	lldpd := asm(t,
		abs(0, 2), eq(0x0180, 0, 9), abs(2, 4), eq(0xc200000e, 2, 0), eq(0xc2000003, 1, 0), eq(0xc2000000, 0, 5),
		abs(12, 2), eq(0x88cc, 2, 0), drop(), drop(), pass(), drop())
	tcpdump := asm(t, abs(12, 2), eq(0x86dd, 0, 8), abs(20, 1), eq(132, 2, 0), eq(6, 1, 0), eq(17, 0, 17), abs(54, 2), eq(53, 14, 0), abs(56, 2), eq(53, 12, 13),
		eq(0x0800, 0, 12), abs(23, 1), eq(132, 2, 0), eq(6, 1, 0), eq(17, 0, 8), abs(20, 2), set(0x1fff, 6, 0), bpf.LoadMemShift{Off: 14}, ind(14, 2),
		eq(53, 2, 0), ind(16, 2), eq(53, 0, 1), bpf.RetConstant{Val: 262144}, drop())
	ping := asm(t, bpf.LoadMemShift{Off: 0}, ind(4, 2), eq(0x1234, 3, 0), ind(0, 1), eq(0, 0, 1), drop(), pass())
	for _, tc := range []struct {
		name string
		prog []Insn
		s    Socket
		want Shape
	}{
		{"dhclient", dhclient, Socket{Layout: LayoutLink}, DHCP},
		{"dhclient, unknown socket", dhclient, Socket{}, DHCP},
		{"systemd-networkd", asm(t, networkd...), Socket{Layout: LayoutNetwork, EtherType: 0x0800}, DHCP},
		{"lldpd", lldpd, Socket{Layout: LayoutLink}, LLDP},
		{"wpa_supplicant", asm(t, abs(12, 2), eq(0x888e, 0, 1), pass(), drop()), Socket{Layout: LayoutLink}, EAPOL},
		{"wpa_supplicant by binding", asm(t, abs(0, 4), eq(0x01020304, 0, 1), pass(), drop()), Socket{Layout: LayoutNetwork, EtherType: 0x888e}, EAPOL},
		{"isisd, IEEE 802.2 frames without their header", asm(t, abs(0, 2), eq(0xfefe, 0, 3), abs(3, 1), eq(0x83, 0, 1), pass(), drop()), SocketOf(17, 2, 4), EtherType},
		{"the same of all frames", asm(t, abs(0, 2), eq(0xfefe, 0, 3), abs(3, 1), eq(0x83, 0, 1), pass(), drop()), SocketOf(17, 2, 3), EtherType},
		{"a sign in the frame that is no access point", asm(t, abs(0, 2), eq(0xfe77, 0, 3), abs(3, 1), eq(0x83, 0, 1), pass(), drop()), SocketOf(17, 2, 3), HeaderMagic},
		{"zero window", asm(t, abs(9, 1), eq(6, 0, 4), bpf.LoadMemShift{Off: 0}, ind(14, 2), eq(0, 0, 1), pass(), drop()), Socket{Layout: LayoutNetwork}, Protocols},
		{"sequence number on one port", asm(t, abs(9, 1), eq(6, 0, 6), bpf.LoadMemShift{Off: 0}, ind(2, 2), eq(443, 0, 3), ind(4, 4), eq(0x13371337, 0, 1), pass(), drop()),
			Socket{Layout: LayoutNetwork}, PortsHeader},
		{"last bytes by the total length of IP", asm(t, abs(9, 1), eq(17, 0, 5), abs(2, 2), alui(bpf.ALUOpSub, 4), bpf.TAX{}, ind(0, 4), eq(0xfeedf00d, 0, 1), pass(), drop()),
			Socket{Layout: LayoutNetwork}, PayloadMagic},
		{"arp", asm(t, abs(12, 2), eq(0x0806, 0, 3), abs(20, 2), eq(2, 0, 1), pass(), drop()), Socket{Layout: LayoutLink}, ARP},
		{"ptp4l", asm(t, abs(12, 2), eq(0x88f7, 0, 1), pass(), drop()), Socket{Layout: LayoutLink}, EtherType},
		{"tcpdump port 53", tcpdump, Socket{Layout: LayoutLink}, Ports},
		{"tcpdump icmp", asm(t, abs(12, 2), eq(0x0800, 0, 3), abs(23, 1), eq(1, 0, 1), pass(), drop()), Socket{Layout: LayoutLink}, Protocols},
		{"tcpdump host", asm(t, abs(12, 2), eq(0x0800, 0, 5), abs(26, 4), eq(0xc0000201, 2, 0), abs(30, 4), eq(0xc0000201, 0, 1), pass(), drop()), Socket{Layout: LayoutLink}, Protocols},
		{"tcpdump not port 22", asm(t, abs(9, 1), eq(6, 0, 4), bpf.LoadMemShift{Off: 0}, ind(2, 2), eq(22, 0, 1), drop(), pass()), Socket{Layout: LayoutNetwork}, Other},
		{"ping", ping, Socket{Layout: LayoutNetwork}, Other},
		{"keepalived", asm(t, abs(9, 1), eq(112, 0, 4), bpf.LoadMemShift{Off: 0}, ind(1, 1), eq(51, 0, 1), pass(), drop()), Socket{Layout: LayoutNetwork}, Protocols},
		{"hostapd neighbour discovery", asm(t, abs(12, 2), eq(0x86dd, 0, 7), abs(20, 1), eq(58, 0, 5), abs(54, 1), eq(135, 1, 0), eq(136, 0, 2), pass(), pass(), drop()),
			Socket{Layout: LayoutLink}, Protocols},
		{"udev", asm(t, abs(8, 4), eq(0xfeedcafe, 0, 1), pass(), drop()), SocketOf(16, 3, 15), Message},
		{"accept all", asm(t, pass()), Socket{Layout: LayoutLink}, AcceptAll},
		{"accept all of a raw socket", asm(t, pass()), SocketOf(2, 3, 1), AcceptAll},
		{"accept all that is long enough", asm(t, bpf.LoadExtension{Num: bpf.ExtLen}, jump(bpf.JumpGreaterOrEqual, 60, 0, 1), pass(), drop()), Socket{Layout: LayoutLink}, AcceptAll},
		{"one bit", asm(t, abs(14, 1), set(0x40, 0, 1), pass(), drop()), Socket{Layout: LayoutLink}, Other},
		{"payload constant on a raw socket of UDP", asm(t, bpf.LoadMemShift{Off: 0}, ind(8, 2), eq(0x7A31, 0, 1), pass(), drop()), SocketOf(2, 3, 17), PayloadMagic},
		{"payload constant on a raw IPv6 socket", asm(t, abs(8, 2), eq(0x7A31, 0, 1), pass(), drop()), SocketOf(10, 3, 17), PayloadMagic},
		{"payload constant at a fixed place, no protocol", asm(t, abs(42, 2), eq(0x7A31, 0, 1), pass(), drop()), SocketOf(17, 3, 0x800), PayloadMagic},
		{"payload under a mask of 12 bits", udpThen(t, 2, alui(bpf.ALUOpAnd, 0xfff0), eq(0x7250, 0, 1), pass(), drop()), Socket{Layout: LayoutNetwork}, PayloadMagic},
		{"one byte of payload", udpThen(t, 1, eq(0x72, 0, 1), pass(), drop()), Socket{Layout: LayoutNetwork}, PayloadMagic},
		{"half a byte of payload", udpThen(t, 1, alui(bpf.ALUOpAnd, 0xf0), eq(0x70, 0, 1), pass(), drop()), Socket{Layout: LayoutNetwork}, Protocols},
		{"nothing", asm(t, drop()), Socket{Layout: LayoutLink}, RejectAll},
		{"no program", nil, Socket{}, Empty},
		{"broken", []Insn{{Code: 0x15, JT: 9}}, Socket{}, Invalid},
		{"payload constant on a port", udpPort(t), Socket{Layout: LayoutNetwork}, PortsPayload},
		{"payload constant behind a DHCP port", asm(t, abs(9, 1), eq(17, 0, 6), bpf.LoadMemShift{Off: 0}, ind(2, 2), eq(68, 0, 3), ind(8, 2), eq(0x7A31, 0, 1), pass(), drop()),
			Socket{Layout: LayoutNetwork}, PortsPayload},
		{"payload constant on a bound socket", asm(t, abs(8, 2), eq(0x7A31, 0, 1), pass(), drop()), SocketOf(2, 2, 17), PortsPayload},
		{"window of a SYN", asm(t, abs(9, 1), eq(6, 0, 4), bpf.LoadMemShift{Off: 0}, ind(14, 2), eq(54321, 0, 1), pass(), drop()), Socket{Layout: LayoutNetwork}, HeaderMagic},
		{"a port test that chooses nothing", asm(t, abs(9, 1), eq(17, 0, 6), bpf.LoadMemShift{Off: 0}, ind(2, 2), jump(bpf.JumpGreaterThan, 0, 0, 3), ind(8, 2),
			eq(0x7A31, 0, 1), pass(), drop()), Socket{Layout: LayoutNetwork}, PayloadMagic},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := Decode(tc.prog, tc.s)
			if f.Shape != tc.want {
				t.Errorf("shape %s, want %s; paths %v, undecoded %v", f.Shape, tc.want, f.Paths, f.Undecoded)
			}
			if f.Proven != len(f.Paths) {
				t.Errorf("%d of %d paths proven: %v", f.Proven, len(f.Paths), f.Paths)
			}
		})
	}
}

func udpPort(t testing.TB) []Insn {
	return asm(t, abs(9, 1), eq(17, 0, 6), bpf.LoadMemShift{Off: 0}, ind(2, 2), eq(53, 0, 3), ind(8, 2), eq(0x7A31, 0, 1), pass(), drop())
}

// What cannot be expressed must be said, not guessed.
func TestUndecodedIsSaid(t *testing.T) {
	for name, prog := range map[string][]Insn{
		"product of two loads": udpThen(t, 2, bpf.StoreScratch{Src: bpf.RegA, N: 0}, ind(10, 2), bpf.TAX{}, ind(12, 2), bpf.ALUOpX{Op: bpf.ALUOpMul}, eq(0x7A31, 0, 1), pass(), drop()),
		"sum of two loads":     udpThen(t, 2, bpf.TAX{}, abs(4, 2), bpf.ALUOpX{Op: bpf.ALUOpAdd}, eq(0x7A31, 0, 1), pass(), drop()),
		"two loads compared":   udpThen(t, 2, bpf.TAX{}, abs(4, 2), bpf.JumpIfX{Cond: bpf.JumpGreaterThan, SkipTrue: 0, SkipFalse: 1}, pass(), drop()),
	} {
		t.Run(name, func(t *testing.T) {
			f := Decode(prog, Socket{Layout: LayoutNetwork})
			if len(f.Undecoded) == 0 && len(f.Computed) == 0 {
				t.Errorf("nothing said about it: %+v", f)
			}
			if f.Shape == AcceptAll {
				t.Error("it does not accept everything")
			}
		})
	}
}
