package store

import "encoding/binary"

// framer writes zstd frames (RFC 8878) of one compressed block each, as any
// reader of zstd takes them. A block of the store has ten of a few KiB: here
// those that are alike share what they are coded with, and copies are looked for
// in memory that stays near the processor.
type framer struct {
	split splitter
	codes lengthCodes
	parts []framePart
	n     int // parts in use
	kinds [frameKinds]frameKind
}

// Kinds of sections that are alike from one piece of a block to the next.
const (
	frameValues = iota
	frameMessages
	frameSmall // without Huffman coding
	frameKinds
)

// frameKind is what frames of one kind are coded with.
type frameKind struct {
	huff  huffman
	count [symbolKinds][maxSymbols]uint32 // how often each code occurs
	coder [symbolKinds]coder              // of literal lengths, offsets and match lengths
}

// framePart is a section on its way to its frame.
type framePart struct {
	raw              []byte
	kind             int
	copies, literals [2]int // from and to, in the splitter
}

const (
	frameLeast = 64 // bytes of what becomes a frame
	frameMost  = 1 << 16
)

func newFramer() *framer {
	f := &framer{}
	f.codes.fill()
	return f
}

// begin forgets all sections.
func (f *framer) begin() {
	f.n = 0
	f.split.begin()
	for i := range f.kinds {
		k := &f.kinds[i]
		clear(k.huff.count[:])
		clear(k.count[:])
	}
}

// spare gives memory for the next section.
func (f *framer) spare() []byte {
	if f.n == len(f.parts) {
		f.parts = append(f.parts, framePart{})
	}
	if p := &f.parts[f.n]; cap(p.raw) > 4*frameMost {
		p.raw = nil
	}
	return f.parts[f.n].raw[:0]
}

// add takes a section, which must stay as it is until its frame is written.
func (f *framer) add(raw []byte, kind int) {
	f.spare()
	p := &f.parts[f.n]
	f.n++
	p.raw, p.kind = raw, kind
	if !p.fits() {
		return
	}
	p.copies[0], p.literals[0] = len(f.split.copies), len(f.split.literals)
	f.split.add(raw)
	p.copies[1], p.literals[1] = len(f.split.copies), len(f.split.literals)
	k := &f.kinds[kind]
	f.codes.name(f.split.copies[p.copies[0]:], &k.count)
	if kind != frameSmall {
		for _, c := range f.split.literals[p.literals[0]:] {
			k.huff.count[c]++
		}
	}
}

// fits says whether a section becomes a frame here.
func (p *framePart) fits() bool { return len(p.raw) >= frameLeast && len(p.raw) <= frameMost }

// learn makes the tables of all that was added.
func (f *framer) learn() {
	for i := range f.kinds {
		k := &f.kinds[i]
		if i != frameSmall {
			k.huff.learn()
		}
		n := 0
		for _, x := range k.count[symbolOffset] {
			n += int(x)
		}
		for j := range k.coder {
			if n > 0 {
				k.coder[j].learn(&k.count[j], n, coderMost, &f.codes.extra[j])
			}
		}
	}
}

// append appends the frame of a section that fits.
func (f *framer) append(dst []byte, p *framePart) []byte {
	dst = append(dst, 0x28, 0xb5, 0x2f, 0xfd)
	if len(p.raw) < 256 { // single segment; the size has one byte or two
		dst = append(dst, 1<<5, byte(len(p.raw)))
	} else {
		dst = append(dst, 1<<6|1<<5)
		dst = binary.LittleEndian.AppendUint16(dst, uint16(len(p.raw)-256))
	}
	head := len(dst)
	dst = append(dst, 0, 0, 0)
	k := &f.kinds[p.kind]
	dst = k.literals(dst, f.split.literals[p.literals[0]:p.literals[1]], p.kind != frameSmall)
	dst = k.sequences(dst, f.split.copies[p.copies[0]:p.copies[1]])
	const last, compressed = 1, 2 << 1
	size := len(dst) - head - 3
	dst[head], dst[head+1], dst[head+2] = byte(size<<3)|last|compressed, byte(size>>5), byte(size>>13)
	return dst
}

// literals appends the section of literals (RFC 8878, 3.1.1.3.1).
func (k *frameKind) literals(dst, text []byte, coded bool) []byte {
	if coded && len(text) >= fewLiterals && len(k.huff.text) > 0 {
		const most = 16 // bytes of the head and of the ends of streams
		bits := 0
		for _, c := range text {
			bits += int(k.huff.width[c])
		}
		if len(k.huff.text)+bits/8+most < len(text) {
			var room [5]byte
			at, n := len(dst), len(codedHead(room[:0], len(text), 0))
			dst = append(append(dst, room[:n]...), k.huff.text...)
			dst = k.huff.append(dst, text)
			codedHead(dst[at:at], len(text), len(dst)-at-n)
			return dst
		}
	}
	return append(literalsHead(dst, 0, len(text)), text...)
}

// literalsHead begins literals that stand as they are (0) or are one byte again
// and again (1).
func literalsHead(dst []byte, form byte, n int) []byte {
	switch {
	case n < 1<<5:
		return append(dst, form|byte(n<<3))
	case n < 1<<12:
		return append(dst, form|1<<2|byte(n<<4), byte(n>>4))
	}
	return append(dst, form|3<<2|byte(n<<4), byte(n>>4), byte(n>>12))
}

// codedHead begins literals in Huffman codes, in one stream or four.
func codedHead(dst []byte, n, size int) []byte {
	const form = 2
	switch {
	case n < fourStreams:
		x := form | n<<4 | size<<14
		return append(dst, byte(x), byte(x>>8), byte(x>>16))
	case n < 1<<14:
		x := form | 2<<2 | n<<4 | size<<18
		return append(dst, byte(x), byte(x>>8), byte(x>>16), byte(x>>24))
	}
	x := uint64(form | 3<<2 | n<<4 | size<<22)
	return append(dst, byte(x), byte(x>>8), byte(x>>16), byte(x>>24), byte(x>>32))
}
