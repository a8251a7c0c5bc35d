package cbpf

import (
	"fmt"
	"slices"
	"testing"

	"golang.org/x/net/bpf"
	"pgregory.net/rapid"
)

// vm runs a program in an interpreter that is not ours.
func vm(t testing.TB, prog []Insn) *bpf.VM {
	t.Helper()
	raw := make([]bpf.RawInstruction, len(prog))
	for i, in := range prog {
		raw[i] = bpf.RawInstruction{Op: in.Code, Jt: in.JT, Jf: in.JF, K: in.K}
	}
	all, ok := bpf.Disassemble(raw)
	if !ok {
		t.Fatalf("not understood: %s", Disassemble(prog))
	}
	m, err := bpf.NewVM(all)
	if err != nil {
		t.Fatalf("%v: %s", err, Disassemble(prog))
	}
	return m
}

// wraps says whether an indirect load of the run lies beyond 32 bits.
func wraps(prog []Insn, p []byte) bool {
	m := machine{prog: prog, p: Packet{Data: p}}
	for pc := 0; pc < len(prog); {
		if in := prog[pc]; in.Code&0xe7 == classLD|modeIND && uint64(m.x)+uint64(in.K) > 1<<32-1 {
			return true
		}
		next, _, done := m.step(pc)
		if done {
			return false
		}
		pc = next
	}
	return false
}

// randomProgram draws a valid program of plain instructions.
func randomProgram(t *rapid.T) []Insn {
	n := rapid.IntRange(1, 40).Draw(t, "n")
	prog := make([]Insn, 0, n+1)
	codes := []uint16{0x30, 0x28, 0x20, 0x50, 0x48, 0x40, 0xb1, 0x00, 0x01, 0x60, 0x61, 0x80, 0x02, 0x03,
		0x04, 0x14, 0x24, 0x34, 0x44, 0x54, 0x64, 0x74, 0x94, 0xa4, 0x0c, 0x1c, 0x4c, 0x5c, 0xac, 0x07, 0x87,
		0x15, 0x25, 0x35, 0x45, 0x1d, 0x2d, 0x3d, 0x4d, 0x05, 0x15, 0x15, 0x35, 0x45, 0x28, 0x48, 0x15}
	for i := range n {
		in := Insn{Code: rapid.SampledFrom(codes).Draw(t, "code"), K: uint32(rapid.IntRange(0, 60).Draw(t, "k"))}
		left := n - i // instructions behind this one, the return included
		switch in.Code & 7 {
		case classST, classSTX:
			in.K %= memWords
		case classLD, classLDX:
			if in.Code&0xe0 == modeMEM {
				in.K %= memWords
			}
		case classALU:
			op := in.Code & 0xf0
			if in.Code&srcX == 0 && (op == aluDIV || op == aluMOD) {
				in.K++
			}
			if op == aluLSH || op == aluRSH {
				in.K %= 32
			}
		case classJMP:
			if in.Code&0xf0 == jmpJA {
				in.K = uint32(rapid.IntRange(0, min(left-1, 3)).Draw(t, "ja"))
			} else {
				in.JT = uint8(rapid.IntRange(0, min(left-1, 6)).Draw(t, "jt"))
				in.JF = uint8(rapid.IntRange(0, min(left-1, 6)).Draw(t, "jf"))
			}
		}
		prog = append(prog, in)
	}
	last := Insn{Code: classRET, K: 64}
	if rapid.Bool().Draw(t, "ret a") {
		last = Insn{Code: classRET | retA}
	}
	return append(prog, last)
}

// Each witness must be accepted by the other interpreter, and ours must agree
// with it on any packet.
func TestWitnessesOfRandomPrograms(t *testing.T) {
	paths, proven := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		prog := randomProgram(rt)
		if err := Validate(prog); err != nil {
			rt.Fatalf("%v", err)
		}
		m := vm(t, prog)
		agree := func(p []byte) uint32 {
			want, err := m.Run(p)
			if err != nil {
				rt.Fatalf("vm: %v", err)
			}
			got := Run(prog, Packet{Data: p}, nil)
			if wraps(prog, p) {
				return got // the kernel adds in 32 bits, the other interpreter does not
			}
			if got != uint32(want) {
				rt.Fatalf("packet %x: %d, other interpreter %d\n%s", p, got, want, Disassemble(prog))
			}
			return uint32(want)
		}
		f := Decode(prog, Socket{Layout: LayoutNetwork})
		accepted := agree(rapid.SliceOfN(rapid.Byte(), 0, 130).Draw(rt, "packet")) != 0
		for _, p := range f.Paths {
			paths++
			if p.Witness == nil {
				continue
			}
			proven++
			if agree(p.Witness.Data) == 0 {
				rt.Fatalf("the witness of %q is refused: %x\n%s", p, p.Witness.Data, Disassemble(prog))
			}
		}
		if accepted && f.Shape == RejectAll {
			rt.Fatalf("called reject-all, but a packet passes\n%s", Disassemble(prog))
		}
	})
	t.Logf("%d of %d paths of random programs proven", proven, paths)
	if proven*2 < paths {
		t.Errorf("only %d of %d paths proven", proven, paths)
	}
}

// Every packet that passes must pass along a path that was found: constraints
// that prune too much would hide accepting paths.
func TestNoAcceptingPathIsMissed(t *testing.T) {
	passed := 0
	rapid.Check(t, func(rt *rapid.T) {
		prog := randomProgram(rt)
		e := explore(prog, DefaultLimits())
		if e.truncated {
			return
		}
		ways := map[string]bool{}
		for _, p := range e.paths {
			ways[fmt.Sprint(p.pcs)] = true
		}
		packets := [][]byte{rapid.SliceOfN(rapid.Byte(), 100, 130).Draw(rt, "packet")}
		for _, p := range Decode(prog, Socket{}).Paths {
			if p.Witness != nil && len(p.Witness.Data) > 60 {
				b := slices.Clone(p.Witness.Data)
				b[rapid.IntRange(0, 60).Draw(rt, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(rt, "bit")
				packets = append(packets, b)
			}
		}
		for _, b := range packets {
			var pcs []uint16
			if Run(prog, Packet{Data: b}, func(pc int) { pcs = append(pcs, uint16(pc)) }) == 0 {
				continue
			}
			passed++
			if !ways[fmt.Sprint(pcs)] {
				rt.Fatalf("packet %x passes along %v, which was not found\n%s", b, pcs, Disassemble(prog))
			}
		}
	})
	if passed == 0 {
		t.Error("no packet passed: the test shows nothing")
	}
}

// disguise hides a compare of A with want behind a random chain of
// operations; it returns the instructions and the number to compare with.
func disguise(t *rapid.T, want uint32) ([]bpf.Instruction, uint32) {
	var out []bpf.Instruction
	for range rapid.IntRange(0, 4).Draw(t, "steps") {
		k := rapid.Uint32().Draw(t, "k")
		switch rapid.IntRange(0, 4).Draw(t, "op") {
		case 0:
			out, want = append(out, alui(bpf.ALUOpXor, k)), want^k
		case 1:
			out, want = append(out, alui(bpf.ALUOpAdd, k)), want+k
		case 2:
			out, want = append(out, alui(bpf.ALUOpSub, k)), want-k
		case 3:
			out, want = append(out, alui(bpf.ALUOpMul, k|1)), want*(k|1)
		case 4:
			out, want = append(out, bpf.NegateA{}), -want
		}
	}
	return out, want
}

// A filter built from drawn parts must be read back as those parts.
func TestDrawnListeners(t *testing.T) {
	opaque := 0
	rapid.Check(t, func(rt *rapid.T) {
		l := rapid.SampledFrom([]uint32{0, 14}).Draw(rt, "layout")
		proto := rapid.SampledFrom([]uint32{1, 6, 17}).Draw(rt, "proto")
		size := rapid.SampledFrom([]int{2, 4}).Draw(rt, "size")
		magic := rapid.Uint32Range(1, 1<<(8*size)-1).Draw(rt, "magic")
		at := rapid.Uint32Range(0, 12).Draw(rt, "at")
		chain, cmp := disguise(rt, magic)
		var body []bpf.Instruction
		if proto == 6 {
			body = append(body, bpf.LoadMemShift{Off: l}, ind(l+12, 1), alui(bpf.ALUOpAnd, 0xf0), alui(bpf.ALUOpShiftRight, 2), bpf.ALUOpX{Op: bpf.ALUOpAdd},
				bpf.TAX{}, ind(l+at, size))
		} else {
			body = append(body, bpf.LoadMemShift{Off: l}, ind(l+8+at, size))
		}
		body = append(append(body, chain...), eq(cmp, 0, 1), pass(), drop())
		prog := asm(t, append([]bpf.Instruction{abs(l+9, 1), eq(proto, 0, uint8(len(body)-1))}, body...)...)
		f := Decode(prog, Socket{})
		if f.Shape != PayloadMagic {
			// A sum inside a XOR mixes carries: then it must be said.
			if len(f.Undecoded) == 0 {
				rt.Fatalf("shape %s and nothing undecoded\n%s\n%v", f.Shape, Disassemble(prog), f.Paths)
			}
			opaque++
			return
		}
		want := Compare{Field: FieldPayload, Offset: int(at), Size: size, Op: Equal, Mask: fullMask(size), Value: uint64(magic)}
		if !slices.Contains(f.Payload, want) {
			rt.Fatalf("payload %v, want %v\n%s", f.Payload, want, Disassemble(prog))
		}
		if name := protocolName(int(proto)); !slices.Equal(f.Protocols, []string{name}) {
			rt.Fatalf("protocols %v, want %s", f.Protocols, name)
		}
		if f.Proven != 1 {
			rt.Fatalf("not proven\n%s", Disassemble(prog))
		}
		if slices.ContainsFunc(chain, func(i bpf.Instruction) bool { _, neg := i.(bpf.NegateA); return neg }) {
			return // the other interpreter does not know it
		}
		if n, err := vm(t, prog).Run(f.Paths[0].Witness.Data); err != nil || n == 0 {
			rt.Fatalf("witness refused: %d %v", n, err)
		}
	})
	t.Logf("%d disguises were not seen through, and said so", opaque)
}

// manyMagics is a long program: for each protocol a chain of 32-bit
// constants, as variants with over 200 instructions have.
func manyMagics(t testing.TB) ([]Insn, []string) {
	var prog []bpf.Instruction
	var want []string
	const perProtocol = 20
	for i, proto := range []uint32{1, 6, 17} {
		var body []bpf.Instruction
		if proto == 6 {
			body = append(body, bpf.LoadMemShift{Off: 14}, ind(26, 1), alui(bpf.ALUOpAnd, 0xf0), alui(bpf.ALUOpShiftRight, 2), bpf.ALUOpX{Op: bpf.ALUOpAdd}, bpf.TAX{})
		} else {
			body = append(body, bpf.LoadMemShift{Off: 14})
		}
		for j := range perProtocol {
			m := uint32(0x40000000 + i*0x1010101 + j*0x10203)
			want = append(want, fmt.Sprintf("0x%X", m))
			off := uint32(22)
			if proto == 6 {
				off = 14
			}
			body = append(body, ind(off, 4), eq(m, 0, 1), pass())
		}
		body = append(body, drop())
		prog = append(prog, abs(23, 1), eq(proto, 0, uint8(len(body))))
		prog = append(prog, body...)
	}
	prog = append(prog, drop())
	return asm(t, append([]bpf.Instruction{abs(12, 2), eq(0x0800, 1, 0), drop()}, prog...)...), want
}

func TestLongProgram(t *testing.T) {
	prog, want := manyMagics(t)
	f := Decode(prog, Socket{Layout: LayoutLink})
	if len(prog) < 190 {
		t.Fatalf("only %d instructions", len(prog))
	}
	if f.Shape != PayloadMagic || f.Truncated || f.Proven != len(f.Paths) {
		t.Errorf("shape %s truncated %v proven %d of %d", f.Shape, f.Truncated, f.Proven, len(f.Paths))
	}
	got := f.Constants()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("constants %v\nwant %v", got, want)
	}
}
