package cbpf

import "encoding/binary"

// Packet is what a program runs on.
type Packet struct {
	Data []byte
	// Net is where the network header begins in Data, for loads relative to it.
	Net int
	// Anc gives the ancillary words by their number ((offset - SKF_AD_OFF)/4).
	Anc map[uint32]uint32
}

// Run executes a program as the kernel does and returns the number of bytes
// it lets pass, 0 for a packet that is refused. A load outside the packet
// refuses it. Steps, when not nil, is told each instruction that was executed.
func Run(prog []Insn, p Packet, steps func(pc int)) uint32 {
	m := machine{prog: prog, p: p}
	for pc := 0; pc < len(prog); {
		if steps != nil {
			steps(pc)
		}
		next, ret, done := m.step(pc)
		if done {
			return ret
		}
		pc = next
	}
	return 0
}

type machine struct {
	prog []Insn
	p    Packet
	a, x uint32
	mem  [memWords]uint32
}

func (m *machine) step(pc int) (next int, ret uint32, done bool) {
	in := m.prog[pc]
	next = pc + 1
	switch in.Code & 7 {
	case classLD, classLDX:
		v, ok := m.load(in)
		if !ok {
			return 0, 0, true
		}
		if in.Code&7 == classLDX {
			m.x = v
		} else {
			m.a = v
		}
	case classST:
		m.mem[in.K%memWords] = m.a
	case classSTX:
		m.mem[in.K%memWords] = m.x
	case classALU:
		v, ok := alu(in.Code&0xf0, m.a, m.operand(in))
		if !ok {
			return 0, 0, true
		}
		m.a = v
	case classJMP:
		return next + m.jump(in), 0, false
	case classRET:
		if in.Code&0x18 == retA {
			return 0, m.a, true
		}
		return 0, in.K, true
	case classMISC:
		if in.Code&0xf8 == miscTXA {
			m.a = m.x
		} else {
			m.x = m.a
		}
	}
	return next, 0, false
}

func (m *machine) operand(in Insn) uint32 {
	if in.Code&srcX != 0 {
		return m.x
	}
	return in.K
}

func (m *machine) jump(in Insn) int {
	v := m.operand(in)
	var yes bool
	switch in.Code & 0xf0 {
	case jmpJA:
		return int(min(uint64(in.K), MaxInsns))
	case jmpJEQ:
		yes = m.a == v
	case jmpJGT:
		yes = m.a > v
	case jmpJGE:
		yes = m.a >= v
	case jmpJSET:
		yes = m.a&v != 0
	}
	if yes {
		return int(in.JT)
	}
	return int(in.JF)
}

func (m *machine) load(in Insn) (uint32, bool) {
	switch in.Code & 0xe0 {
	case modeIMM:
		return in.K, true
	case modeMEM:
		return m.mem[in.K%memWords], true
	case modeLEN:
		return uint32(len(m.p.Data)), true
	case modeMSH:
		v, ok := m.packet(in.K, 1)
		return (v & 0xf) * 4, ok
	case modeABS:
		if _, ok := ancillary(in.K); ok {
			if n := (in.K - offAncillary) / 4; n != ancXorX {
				return m.p.Anc[n], true
			}
			return m.a ^ m.x, true
		}
		return m.packet(in.K, loadSize(in.Code))
	case modeIND:
		return m.packet(m.x+in.K, loadSize(in.Code))
	}
	return 0, false
}

func loadSize(code uint16) int {
	switch code & 0x18 {
	case sizeH:
		return 2
	case sizeB:
		return 1
	}
	return 4
}

// packet loads size bytes, big endian.
func (m *machine) packet(off uint32, size int) (uint32, bool) {
	at := int64(off)
	switch {
	case off >= offAncillary:
		return 0, false
	case off >= offNet:
		at = int64(off-offNet) + int64(m.p.Net)
	case off >= offLL:
		at = int64(off - offLL)
	case off >= 1<<31:
		return 0, false
	}
	if at+int64(size) > int64(len(m.p.Data)) {
		return 0, false
	}
	b := m.p.Data[at:]
	switch size {
	case 1:
		return uint32(b[0]), true
	case 2:
		return uint32(binary.BigEndian.Uint16(b)), true
	}
	return binary.BigEndian.Uint32(b), true
}

// alu computes one operation; ok is false for a division by zero.
func alu(op uint16, a, v uint32) (uint32, bool) {
	switch op {
	case aluADD:
		return a + v, true
	case aluSUB:
		return a - v, true
	case aluMUL:
		return a * v, true
	case aluDIV, aluMOD:
		if v == 0 {
			return 0, false
		}
		if op == aluDIV {
			return a / v, true
		}
		return a % v, true
	case aluOR:
		return a | v, true
	case aluAND:
		return a & v, true
	case aluLSH:
		return a << (v & 31), true
	case aluRSH:
		return a >> (v & 31), true
	case aluNEG:
		return -a, true
	case aluXOR:
		return a ^ v, true
	}
	return 0, false
}
