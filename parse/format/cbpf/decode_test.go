package cbpf

import (
	"slices"
	"testing"

	"golang.org/x/net/bpf"
)

// asm assembles a program of the library's instructions.
func asm(t testing.TB, prog ...bpf.Instruction) []Insn {
	t.Helper()
	raw, err := bpf.Assemble(prog)
	if err != nil {
		t.Fatalf("assemble: %v", err)
	}
	out := make([]Insn, len(raw))
	for i, r := range raw {
		out[i] = Insn{Code: r.Op, JT: r.Jt, JF: r.Jf, K: r.K}
	}
	return out
}

func eq(v uint32, t, f uint8) bpf.Instruction {
	return bpf.JumpIf{Cond: bpf.JumpEqual, Val: v, SkipTrue: t, SkipFalse: f}
}

func set(v uint32, t, f uint8) bpf.Instruction {
	return bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: v, SkipTrue: t, SkipFalse: f}
}

// knock is a listener for one constant behind UDP, ICMP and TCP headers, IP
// at offset l, as libpcap would write it.
func knock(t testing.TB, l uint32, dgram, tcp uint32) []Insn {
	return asm(t,
		bpf.LoadAbsolute{Off: l + 9, Size: 1},              // 0
		eq(17, 0, 5),                                       // 1 -> 7
		bpf.LoadAbsolute{Off: l + 6, Size: 2},              // 2
		set(0x1fff, 19, 0),                                 // 3 -> 23
		bpf.LoadMemShift{Off: l},                           // 4
		bpf.LoadIndirect{Off: l + 8, Size: 2},              // 5
		eq(dgram, 15, 16),                                  // 6
		eq(1, 0, 5),                                        // 7 -> 13
		bpf.LoadAbsolute{Off: l + 6, Size: 2},              // 8
		set(0x1fff, 13, 0),                                 // 9 -> 23
		bpf.LoadMemShift{Off: l},                           // 10
		bpf.LoadIndirect{Off: l + 8, Size: 2},              // 11
		eq(dgram, 9, 10),                                   // 12
		eq(6, 0, 9),                                        // 13
		bpf.LoadMemShift{Off: l},                           // 14
		bpf.LoadIndirect{Off: l + 12, Size: 1},             // 15
		bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0xf0},     // 16
		bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: 2}, // 17
		bpf.ALUOpX{Op: bpf.ALUOpAdd},                       // 18
		bpf.TAX{},                                          // 19
		bpf.LoadIndirect{Off: l, Size: 2},                  // 20
		eq(tcp, 0, 1),                                      // 21
		bpf.RetConstant{Val: 65535},                        // 22
		bpf.RetConstant{Val: 0},                            // 23
	)
}

func TestKnockListener(t *testing.T) {
	for _, tc := range []struct {
		name string
		l    uint32
		s    Socket
	}{
		{"raw", 14, Socket{Layout: LayoutLink}},
		{"dgram", 0, Socket{Layout: LayoutNetwork}},
		{"unknown socket, link", 14, Socket{}},
		{"unknown socket, network", 0, Socket{}},
		{"raw on a tunnel", 0, Socket{Layout: LayoutLink}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := Decode(knock(t, tc.l, 0xABCD, 0x4321), tc.s)
			for _, p := range f.Paths {
				t.Log(p, p.Undone)
			}
			if f.Shape != PayloadMagic {
				t.Fatalf("shape %s, %+v", f.Shape, f)
			}
			if got := f.Protocols; !slices.Equal(got, []string{"udp", "icmp", "tcp"}) {
				t.Errorf("protocols %v", got)
			}
			if got := f.Constants(); !slices.Equal(got, []string{"0xABCD", "0x4321"}) {
				t.Errorf("constants %v", got)
			}
			if len(f.Ports) != 0 || len(f.Undecoded) != 0 || f.Truncated {
				t.Errorf("ports %v, undecoded %v", f.Ports, f.Undecoded)
			}
			if f.Proven != len(f.Paths) {
				t.Errorf("%d of %d paths proven", f.Proven, len(f.Paths))
			}
		})
	}
}
