package cbpf

import (
	"testing"
	"time"
)

// The worst a hostile program may cost.
func TestHostileProgramsEndSoon(t *testing.T) {
	fork := make([]Insn, 0, MaxInsns)
	for i := 0; len(fork) < MaxInsns-4; i++ {
		fork = append(fork, Insn{Code: 0x28, K: uint32(i)}, Insn{Code: 0x45, K: 0x5555, JF: 1}, Insn{Code: 0xa4, K: 3}, Insn{Code: 0x1c})
	}
	fork = append(fork, Insn{Code: 0x06, K: 1})
	nest := []Insn{{Code: 0x30}}
	for len(nest) < MaxInsns-3 {
		nest = append(nest, Insn{Code: 0x07}, Insn{Code: 0x40, K: 1})
	}
	nest = append(nest, Insn{Code: 0x15, K: 7, JT: 0, JF: 0}, Insn{Code: 0x06, K: 1})
	sums := []Insn{{Code: 0x20}}
	for i := 0; len(sums) < MaxInsns-8; i++ {
		sums = append(sums, Insn{Code: 0x07}, Insn{Code: 0x20, K: uint32(i)}, Insn{Code: 0x2c}, Insn{Code: 0x35, K: uint32(i), JF: 1})
	}
	sums = append(sums, Insn{Code: 0x87}, Insn{Code: 0x06, K: 1})
	for name, prog := range map[string][]Insn{"fork": fork, "nest": nest, "sums": sums} {
		if err := Validate(prog); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		began := time.Now()
		f := Decode(prog, Socket{Layout: LayoutLink})
		t.Logf("%s: %d instructions, %d paths, truncated %v, %v", name, len(prog), f.Accepting, f.Truncated, time.Since(began).Round(time.Millisecond))
		if f.Accepting == 0 {
			t.Errorf("%s: no accepting path", name)
		}
	}
}

func FuzzDecode(f *testing.F) {
	add := func(prog []Insn) {
		var b []byte
		for _, in := range prog {
			b = append(b, byte(in.Code), byte(in.Code>>8), in.JT, in.JF, byte(in.K), byte(in.K>>8), byte(in.K>>16), byte(in.K>>24))
		}
		f.Add(b, uint8(2))
	}
	add(knock(f, 14, 0xABCD, 0x4321))
	add(udpPort(f))
	long, _ := manyMagics(f)
	add(long)
	f.Fuzz(func(t *testing.T, b []byte, layout uint8) {
		var prog []Insn
		for ; len(b) >= 8 && len(prog) < 300; b = b[8:] {
			prog = append(prog, Insn{Code: uint16(b[0]) | uint16(b[1])<<8, JT: b[2], JF: b[3],
				K: uint32(b[4]) | uint32(b[5])<<8 | uint32(b[6])<<16 | uint32(b[7])<<24})
		}
		_ = Disassemble(prog)
		fl := DecodeWith(prog, Socket{Layout: Layout(layout % 5)}, Limits{Steps: 20_000, Paths: 64})
		for _, p := range fl.Paths {
			if p.Witness != nil && Run(prog, *p.Witness, nil) == 0 {
				t.Errorf("witness of %q refused", p)
			}
		}
	})
}
