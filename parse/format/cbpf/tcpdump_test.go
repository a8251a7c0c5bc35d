package cbpf

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/bits"
	"os"
	"slices"
	"strings"
	"testing"
)

// compiled is a program that tcpdump(1) made of an expression, with what the
// expression says. Columns of testdata/tcpdump.tsv: link type, shape, protocols, ports,
// payload constants, expression, program.
type compiled struct {
	link, shape, protocols, ports, constants, expr string
	prog                                           []Insn
}

func (c compiled) socket() Socket {
	if c.link == "RAW" {
		return Socket{Layout: LayoutNetwork}
	}
	return Socket{Layout: LayoutLink}
}

func compiledPrograms(t testing.TB) []compiled {
	t.Helper()
	f, err := os.Open("testdata/tcpdump.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []compiled
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		w := strings.Split(sc.Text(), "\t")
		if len(w) != 7 {
			t.Fatalf("line %q", sc.Text())
		}
		raw, err := hex.DecodeString(w[6])
		if err != nil {
			t.Fatal(err)
		}
		c := compiled{link: w[0], shape: w[1], protocols: w[2], ports: w[3], constants: w[4], expr: w[5]}
		for ; len(raw) >= 8; raw = raw[8:] {
			c.prog = append(c.prog, Insn{Code: binary.LittleEndian.Uint16(raw), JT: raw[2], JF: raw[3], K: binary.LittleEndian.Uint32(raw[4:])})
		}
		out = append(out, c)
	}
	if len(out) < 200 {
		t.Fatalf("only %d programs", len(out))
	}
	return out
}

// What the decoder reads must be what the expression says, and every path must
// have a packet that an interpreter accepts.
func TestCompiledExpressions(t *testing.T) {
	for _, c := range compiledPrograms(t) {
		d := Decode(c.prog, c.socket())
		var ports []string
		for _, p := range d.Ports {
			ports = append(ports, p.String())
		}
		got := []string{string(d.Shape), strings.Join(d.Protocols, ","), strings.Join(ports, ","), strings.Join(d.Constants(), ",")}
		if want := []string{c.shape, c.protocols, c.ports, c.constants}; !slices.Equal(got, want) {
			t.Errorf("%s %q: %q, want %q", c.link, c.expr, got, want)
		}
		if d.Proven != len(d.Paths) && len(d.Undecoded) == 0 {
			t.Errorf("%q: %d of %d paths proven", c.expr, d.Proven, len(d.Paths))
		}
		for _, p := range d.Paths {
			if p.Witness != nil && Run(c.prog, *p.Witness, nil) == 0 {
				t.Errorf("%q: the witness of %s is refused", c.expr, p)
			}
		}
	}
}

// A packet of the claimed constants passes; with one bit of one constant turned
// it does not, or passes by another path, which demands what it has now.
func TestTurnedConstantIsRefused(t *testing.T) {
	turned := 0
	for _, c := range compiledPrograms(t) {
		d := Decode(c.prog, c.socket())
		for _, p := range d.Paths {
			if p.Witness == nil {
				continue
			}
			for _, k := range p.Payload {
				at := find(p.Witness.Data, k)
				if k.Op != Equal || at < 0 {
					continue
				}
				turned++
				b := slices.Clone(p.Witness.Data)
				low := bits.TrailingZeros64(k.Mask)
				b[at+k.Size-1-low/8] ^= 1 << (low % 8)
				other := Packet{Data: b, Anc: p.Witness.Anc}
				if Run(c.prog, other, nil) != 0 && trace(c.prog, other) == trace(c.prog, *p.Witness) {
					t.Errorf("%q: %s does not matter on %s", c.expr, k, p)
				}
			}
		}
	}
	if turned < 60 {
		t.Errorf("only %d constants turned", turned)
	}
}

// find gives where the bytes of a compare stand in a packet, when they stand in
// one place only.
func find(data []byte, c Compare) int {
	at := -1
	for i := 0; i+c.Size <= len(data); i++ {
		v := uint64(0)
		for _, b := range data[i : i+c.Size] {
			v = v<<8 | uint64(b)
		}
		if v&c.Mask == c.Value && c.Size > 1 {
			if at >= 0 {
				return -1
			}
			at = i
		}
	}
	return at
}

func trace(prog []Insn, p Packet) string {
	var pcs []int
	Run(prog, p, func(pc int) { pcs = append(pcs, pc) })
	return fmt.Sprint(pcs)
}
