package cbpf

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// MaxInsns is the most instructions a program may have (BPF_MAXINSNS).
const MaxInsns = 4096

// Insn is one instruction, struct sock_filter.
type Insn struct {
	Code   uint16
	JT, JF uint8
	K      uint32
}

// ErrInvalid says that the kernel would not have taken the program.
var ErrInvalid = errors.New("invalid classic BPF program")

// Parts of the instruction code, linux/bpf_common.h.
const (
	classLD, classLDX, classST, classSTX = 0, 1, 2, 3
	classALU, classJMP, classRET         = 4, 5, 6
	classMISC                            = 7

	modeIMM, modeABS, modeIND, modeMEM, modeLEN, modeMSH = 0x00, 0x20, 0x40, 0x60, 0x80, 0xa0

	sizeW, sizeH, sizeB = 0x00, 0x08, 0x10

	aluADD, aluSUB, aluMUL, aluDIV, aluOR, aluAND = 0x00, 0x10, 0x20, 0x30, 0x40, 0x50
	aluLSH, aluRSH, aluNEG, aluMOD, aluXOR        = 0x60, 0x70, 0x80, 0x90, 0xa0

	jmpJA, jmpJEQ, jmpJGT, jmpJGE, jmpJSET = 0x00, 0x10, 0x20, 0x30, 0x40

	srcX = 0x08
	retA = 0x10

	miscTAX, miscTXA = 0x00, 0x80

	memWords = 16
)

// Negative offsets reach data that is not in the packet, linux/filter.h.
const (
	offAncillary = 0xfffff000 // SKF_AD_OFF
	offNet       = 0xfff00000 // SKF_NET_OFF
	offLL        = 0xffe00000 // SKF_LL_OFF
)

// Ancillary words that mean something to the decoder, (offset - SKF_AD_OFF)/4.
const (
	ancProtocol  = 0  // ethertype of the packet
	ancXorX      = 10 // A ^ X, not data at all
	ancPayOffset = 13 // where the payload begins, by the kernel's dissector
)

// SHA256 is the hash of the program as the kernel lays it out on a little
// endian machine: 8 bytes an instruction.
func SHA256(prog []Insn) string {
	b := make([]byte, 0, 8*len(prog))
	for _, in := range prog {
		b = binary.LittleEndian.AppendUint16(b, in.Code)
		b = append(b, in.JT, in.JF)
		b = binary.LittleEndian.AppendUint32(b, in.K)
	}
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// Validate makes the checks of the kernel (bpf_check_classic): known codes,
// jumps inside the program, no division by a constant zero, no shift beyond
// 31, scratch memory within 16 words, and a return at the end.
func Validate(prog []Insn) error {
	if len(prog) == 0 || len(prog) > MaxInsns {
		return fmt.Errorf("%d instructions: %w", len(prog), ErrInvalid)
	}
	for i, in := range prog {
		if err := validate(prog, i, in); err != nil {
			return fmt.Errorf("instruction %d (%#x %d %d %#x): %w", i, in.Code, in.JT, in.JF, in.K, err)
		}
	}
	if prog[len(prog)-1].Code&7 != classRET {
		return fmt.Errorf("no return at the end: %w", ErrInvalid)
	}
	return nil
}

func validate(prog []Insn, i int, in Insn) error {
	if _, ok := mnemonic(in); !ok {
		return fmt.Errorf("unknown code: %w", ErrInvalid)
	}
	left := uint64(len(prog) - i - 1)
	switch in.Code & 7 {
	case classALU:
		op := in.Code & 0xf0
		if in.Code&srcX == 0 && in.K == 0 && (op == aluDIV || op == aluMOD) {
			return fmt.Errorf("division by zero: %w", ErrInvalid)
		}
		if in.Code&srcX == 0 && in.K >= 32 && (op == aluLSH || op == aluRSH) {
			return fmt.Errorf("shift by %d: %w", in.K, ErrInvalid)
		}
	case classST, classSTX:
		if in.K >= memWords {
			return fmt.Errorf("scratch word %d: %w", in.K, ErrInvalid)
		}
	case classLD, classLDX:
		if _, ok := ancillary(in.K); !ok && in.Code&0xe7 == classLD|modeABS && in.K >= offAncillary {
			return fmt.Errorf("unknown ancillary word: %w", ErrInvalid)
		}
		if in.Code&0xe0 == modeMEM && in.K >= memWords {
			return fmt.Errorf("scratch word %d: %w", in.K, ErrInvalid)
		}
	case classJMP:
		if in.Code&0xf0 == jmpJA {
			if uint64(in.K) >= left {
				return fmt.Errorf("jump out of the program: %w", ErrInvalid)
			}
		} else if uint64(in.JT) >= left || uint64(in.JF) >= left {
			return fmt.Errorf("jump out of the program: %w", ErrInvalid)
		}
	}
	return nil
}

// Disassemble prints a program in the notation of bpf_asm, instructions
// separated by "; ". Unknown codes are printed as numbers.
func Disassemble(prog []Insn) string {
	var b strings.Builder
	for i, in := range prog {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(Text(i, in))
	}
	return b.String()
}

// Text prints the instruction at index i. Jump targets are absolute.
func Text(i int, in Insn) string {
	name, ok := mnemonic(in)
	if !ok {
		return fmt.Sprintf(".word %#x,%d,%d,%#x", in.Code, in.JT, in.JF, in.K)
	}
	switch in.Code & 7 {
	case classLD, classLDX:
		return name + " " + operand(in)
	case classST, classSTX:
		return fmt.Sprintf("%s M[%d]", name, in.K)
	case classALU:
		if in.Code&0xf0 == aluNEG {
			return name
		}
		return name + " " + constOrX(in)
	case classJMP:
		if in.Code&0xf0 == jmpJA {
			return fmt.Sprintf("%s %d", name, uint64(i)+1+uint64(in.K))
		}
		return fmt.Sprintf("%s %s,%d,%d", name, constOrX(in), i+1+int(in.JT), i+1+int(in.JF))
	case classRET:
		if in.Code == classRET|retA {
			return "ret a"
		}
		if in.Code == classRET|srcX {
			return "ret x"
		}
		return fmt.Sprintf("ret #%d", in.K)
	}
	return name
}

func constOrX(in Insn) string {
	if in.Code&srcX != 0 {
		return "x"
	}
	return fmt.Sprintf("#%#x", in.K)
}

func operand(in Insn) string {
	switch in.Code & 0xe0 {
	case modeIMM:
		return fmt.Sprintf("#%#x", in.K)
	case modeABS:
		if name, ok := ancillary(in.K); ok {
			return name
		}
		return "[" + where(in.K) + "]"
	case modeIND:
		return "[x+" + where(in.K) + "]"
	case modeMEM:
		return fmt.Sprintf("M[%d]", in.K)
	case modeLEN:
		return "#len"
	case modeMSH:
		return "4*([" + where(in.K) + "]&0xf)"
	}
	return "?"
}

func where(k uint32) string {
	switch {
	case k >= offAncillary:
		return fmt.Sprintf("%d", int32(k))
	case k >= offNet:
		return fmt.Sprintf("net+%d", k-offNet)
	case k >= offLL:
		return fmt.Sprintf("ll+%d", k-offLL)
	}
	return fmt.Sprintf("%d", k)
}

// ancillary names the word that a load from a negative offset gives.
func ancillary(k uint32) (string, bool) {
	if k < offAncillary {
		return "", false
	}
	names := [...]string{"proto", "type", "ifidx", "nla", "nlan", "mark", "queue", "hatype", "rxhash", "cpu", "alu_xor_x",
		"vlan_tci", "vlan_avail", "pay_offset", "rand", "vlan_tpid"}
	n := (k - offAncillary) / 4
	if (k-offAncillary)%4 != 0 || int(n) >= len(names) {
		return "", false
	}
	return "#" + names[n], true
}

// mnemonic names a valid code; ok is false for codes the kernel refuses.
func mnemonic(in Insn) (string, bool) {
	c := in.Code
	if c > 0xff {
		return "", false
	}
	switch c & 7 {
	case classLD:
		return loadName(c)
	case classLDX:
		switch c {
		case classLDX | sizeW | modeIMM, classLDX | sizeW | modeMEM, classLDX | sizeW | modeLEN:
			return "ldx", true
		case classLDX | sizeB | modeMSH:
			return "ldxb", true
		}
	case classST:
		return "st", c == classST
	case classSTX:
		return "stx", c == classSTX
	case classALU:
		return aluName(c)
	case classJMP:
		return jumpName(c)
	case classRET:
		return "ret", c == classRET || c == classRET|retA
	case classMISC:
		if c == classMISC|miscTAX {
			return "tax", true
		}
		if c == classMISC|miscTXA {
			return "txa", true
		}
	}
	return "", false
}

func loadName(c uint16) (string, bool) {
	names := map[uint16]string{sizeW: "ld", sizeH: "ldh", sizeB: "ldb"}
	name, ok := names[c&0x18]
	switch c & 0xe0 {
	case modeABS, modeIND:
		return name, ok
	case modeIMM, modeMEM, modeLEN:
		return name, c&0x18 == sizeW
	}
	return "", false
}

func aluName(c uint16) (string, bool) {
	names := [...]string{"add", "sub", "mul", "div", "or", "and", "lsh", "rsh", "neg", "mod", "xor"}
	n := int(c&0xf0) >> 4
	if n >= len(names) || (c&0xf0 == aluNEG && c&srcX != 0) {
		return "", false
	}
	return names[n], true
}

func jumpName(c uint16) (string, bool) {
	names := [...]string{"ja", "jeq", "jgt", "jge", "jset"}
	n := int(c&0xf0) >> 4
	if n >= len(names) || (n == 0 && c&srcX != 0) {
		return "", false
	}
	return names[n], true
}
