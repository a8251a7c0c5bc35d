package cbpf

import (
	"slices"
	"testing"

	"golang.org/x/net/bpf"
)

// Filters that compare a value computed from several words of the packet: no
// word has a constant, and still nobody else's packets pass.
func TestComputedMagic(t *testing.T) {
	two := func(op bpf.ALUOp, size int, k uint32) []Insn {
		return udpThen(t, size, bpf.TAX{}, bpf.StoreScratch{Src: bpf.RegX, N: 2}, bpf.LoadMemShift{Off: 0}, ind(16, size),
			bpf.LoadScratch{Dst: bpf.RegX, N: 2}, bpf.ALUOpX{Op: op}, eq(k, 0, 1), pass(), drop())
	}
	port := asm(t, abs(9, 1), eq(17, 0, 8), bpf.LoadMemShift{Off: 0}, ind(0, 2), alui(bpf.ALUOpXor, 0x1234), bpf.StoreScratch{Src: bpf.RegA, N: 0}, ind(8, 2),
		bpf.LoadScratch{Dst: bpf.RegX, N: 0}, bpf.JumpIfX{Cond: bpf.JumpEqual, SkipTrue: 0, SkipFalse: 1}, pass(), drop())
	for _, tc := range []struct {
		name  string
		prog  []Insn
		shape Shape
		want  string
	}{
		{"xor", two(bpf.ALUOpXor, 4, 0x31337), PayloadMagic, "(payload[8:4] ^ payload[0:4])==0x31337"},
		{"sum", two(bpf.ALUOpAdd, 2, 0x9999), PayloadMagic, "(payload[0:2] + payload[8:2])==0x9999"},
		{"difference", two(bpf.ALUOpSub, 4, 0x31337), PayloadMagic, "(-payload[0:4] + payload[8:4])==0x31337"},
		{"part of an xor", udpThen(t, 4, bpf.TAX{}, bpf.StoreScratch{Src: bpf.RegX, N: 2}, bpf.LoadMemShift{Off: 0}, ind(12, 4), bpf.LoadScratch{Dst: bpf.RegX, N: 2},
			bpf.ALUOpX{Op: bpf.ALUOpXor}, alui(bpf.ALUOpAnd, 0xffff00), eq(0xabcd00, 0, 1), pass(), drop()), PayloadMagic, "bits((payload[4:4] ^ payload[0:4]))==0xABCD00"},
		{"remainder", udpThen(t, 4, bpf.ALUOpConstant{Op: bpf.ALUOpMod, Val: 0x10001}, eq(0x7255, 0, 1), pass(), drop()), PayloadMagic, "(payload[0:4] % 0x10001)==0x7255"},
		{"product", two(bpf.ALUOpMul, 2, 0x7a31), PayloadMagic, "(payload[8:2] * payload[0:2])==0x7A31"},
		{"a port under a key", port, PayloadMagic, "(-bits(sport[0:2]) + payload[0:2])==0x0"},
		{"two bytes only", two(bpf.ALUOpAdd, 1, 0x99), Protocols, "(payload[0:1] + payload[8:1])==0x99"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := Decode(tc.prog, Socket{Layout: LayoutNetwork})
			var got []string
			for _, c := range f.Computed {
				got = append(got, c.Text)
			}
			if f.Shape != tc.shape || !slices.Contains(got, tc.want) {
				t.Errorf("shape %s, computed %q, want %s %q", f.Shape, got, tc.shape, tc.want)
			}
			if len(f.Paths) == 0 || f.Proven != len(f.Paths) {
				t.Errorf("%d of %d paths proven", f.Proven, len(f.Paths))
			}
			for _, p := range f.Paths {
				if p.Witness != nil && Run(tc.prog, *p.Witness, nil) == 0 {
					t.Errorf("the witness of %q is refused", p)
				}
			}
		})
	}
}

// What is computed from header lengths alone is how filters find the payload,
// and no magic.
func TestComputedHeaders(t *testing.T) {
	data := asm(t, abs(9, 1), eq(6, 0, 9), bpf.LoadMemShift{Off: 0}, ind(12, 1), alui(bpf.ALUOpAnd, 0xf0), alui(bpf.ALUOpShiftRight, 2),
		bpf.ALUOpX{Op: bpf.ALUOpAdd}, bpf.TAX{}, abs(2, 2), bpf.JumpIfX{Cond: bpf.JumpEqual, SkipTrue: 1, SkipFalse: 0}, pass(), drop())
	if f := Decode(data, Socket{Layout: LayoutNetwork}); f.Shape != Protocols {
		t.Errorf("TCP packets with data: shape %s, %v", f.Shape, f.Paths)
	}
}
