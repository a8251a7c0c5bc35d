package cbpf

// Limits bounds the exploration of one program.
type Limits struct {
	Steps int // symbolic instructions in all; each is visited Steps/len times at most
	Paths int // accepting paths that are kept
}

// DefaultLimits suits hostile input: a worst case stays well below a second.
func DefaultLimits() Limits { return Limits{Steps: 400_000, Paths: 2048} }

// maxPathBytes bounds the memory that kept paths take.
const maxPathBytes = 32 << 20

// registers is the symbolic machine state.
type registers struct {
	a, x nodeID
	mem  [memWords]nodeID
}

// rawPath is one way to an accepting return.
type rawPath struct {
	pcs   []uint16
	known []bitValue
	spans []spanOf
	equal []equal
	never []equal
	some  []anyOf
	loose []nodeID
	ret   uint32
	retOK bool // ret is constant
}

type bitValue struct {
	key   symbol
	value bool
}

type spanOf struct {
	id nodeID
	span
}

// explorer walks the program depth first. Jumps only go forward, so every
// walk ends; a cap on the visits of each instruction bounds their number, and
// still reaches every instruction.
type explorer struct {
	prog      []Insn
	t         *table
	f         *facts
	limits    Limits
	visits    []int
	perInsn   int
	pcs       []uint16
	size      int // bytes held by paths
	paths     []rawPath
	accepting int
	truncated bool
}

func explore(prog []Insn, limits Limits) *explorer {
	t := newTable()
	e := &explorer{prog: prog, t: t, f: newFacts(t), limits: limits, visits: make([]int, len(prog))}
	e.perInsn = max(limits.Steps/len(prog), 64)
	zero := t.constant(0)
	r := registers{a: zero, x: zero}
	for i := range r.mem {
		r.mem[i] = zero
	}
	e.walk(0, r)
	e.truncated = e.truncated || t.full
	return e
}

func (e *explorer) walk(pc int, r registers) {
	depth := len(e.pcs)
	defer func() { e.pcs = e.pcs[:depth] }()
	for pc < len(e.prog) {
		if e.visits[pc] >= e.perInsn {
			e.truncated = true
			return
		}
		e.visits[pc]++
		e.pcs = append(e.pcs, uint16(pc))
		in := e.prog[pc]
		switch in.Code & 7 {
		case classJMP:
			if in.Code&0xf0 != jmpJA {
				e.fork(pc, r, in)
				return
			}
			pc += 1 + int(in.K)
			continue
		case classRET:
			e.leave(r, in)
			return
		}
		if !e.step(&r, in) {
			return
		}
		pc++
	}
}

func (e *explorer) operand(r registers, in Insn) nodeID {
	if in.Code&srcX != 0 {
		return r.x
	}
	return e.t.constant(in.K)
}

func (e *explorer) fork(pc int, r registers, in Insn) {
	b := e.operand(r, in)
	if in.JT == in.JF {
		e.walk(pc+1+int(in.JT), r)
		return
	}
	for _, yes := range []bool{true, false} {
		m := e.f.mark()
		if e.f.branch(in.Code&0xf0, r.a, b, yes) {
			next := pc + 1 + int(in.JF)
			if yes {
				next = pc + 1 + int(in.JT)
			}
			e.walk(next, r)
		}
		e.f.undo(m)
	}
}

// step executes one instruction that neither jumps nor returns; false means
// that the packet is refused here.
func (e *explorer) step(r *registers, in Insn) bool {
	switch in.Code & 7 {
	case classLD, classLDX:
		v, ok := e.load(r, in)
		if !ok {
			return false
		}
		if in.Code&7 == classLDX {
			r.x = v
		} else {
			r.a = v
		}
	case classST:
		r.mem[in.K%memWords] = r.a
	case classSTX:
		r.mem[in.K%memWords] = r.x
	case classALU:
		b := e.operand(*r, in)
		v, divides := e.t.alu(in.Code&0xf0, r.a, b)
		if divides && !e.f.isNot(b, 0) {
			return false
		}
		r.a = v
	case classMISC:
		if in.Code&0xf8 == miscTXA {
			r.a = r.x
		} else {
			r.x = r.a
		}
	}
	return true
}

func (e *explorer) load(r *registers, in Insn) (nodeID, bool) {
	switch in.Code & 0xe0 {
	case modeIMM:
		return e.t.constant(in.K), true
	case modeMEM:
		return r.mem[in.K%memWords], true
	case modeLEN:
		return e.t.length(), true
	case modeMSH:
		return e.t.headerLength(in.K)
	case modeABS:
		if _, ok := ancillary(in.K); ok {
			return e.ancillary(r, (in.K-offAncillary)/4), true
		}
		return e.t.load(in.K, loadSize(in.Code))
	}
	return e.t.loadAt(e.t.addScaled(r.x, 1, e.t.constant(in.K)), loadSize(in.Code))
}

func (e *explorer) ancillary(r *registers, n uint32) nodeID {
	if n == ancXorX {
		return e.t.bitwise(aluXOR, r.a, r.x)
	}
	return e.t.ancillary(n)
}

// leave ends a path at a return; what returns zero refuses the packet.
func (e *explorer) leave(r registers, in Insn) {
	m := e.f.mark()
	defer func() { e.f.undo(m) }()
	ret, constant := in.K, true
	if in.Code&0x18 == retA {
		if ret, constant = e.t.value(r.a); !constant && !e.f.isNot(r.a, 0) {
			return
		}
	}
	if constant && ret == 0 || !e.f.holds() {
		return
	}
	e.accepting++
	e.size += 2*len(e.pcs) + 16*len(e.f.order) + 8*(len(e.f.equal)+len(e.f.never)+len(e.f.some)+len(e.f.loose))
	if len(e.paths) >= e.limits.Paths || e.size > maxPathBytes {
		e.truncated = true
		return
	}
	e.paths = append(e.paths, e.snapshot(ret, constant))
}

func (e *explorer) snapshot(ret uint32, constant bool) rawPath {
	p := rawPath{ret: ret, retOK: constant,
		pcs:   append([]uint16(nil), e.pcs...),
		equal: append([]equal(nil), e.f.equal...),
		never: append([]equal(nil), e.f.never...),
		some:  append([]anyOf(nil), e.f.some...),
		loose: append([]nodeID(nil), e.f.loose...)}
	for _, k := range e.f.order {
		p.known = append(p.known, bitValue{k, e.f.known[k]})
	}
	for _, u := range e.f.prior {
		dup := false
		for _, s := range p.spans {
			dup = dup || s.id == u.id
		}
		if !dup {
			p.spans = append(p.spans, spanOf{u.id, e.f.spans[u.id]})
		}
	}
	return p
}
