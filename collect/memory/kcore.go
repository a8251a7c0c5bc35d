package memory

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sort"
)

// kernelText is where the kernel image is mapped on x86-64; its segment also
// claims a physical address inside RAM and must not be taken for direct map
// (arch/x86/include/asm/page_64_types.h, __START_KERNEL_map).
const kernelText = 0xffffffff80000000

// noPhys marks PT_LOADs without a physical address (vmalloc, modules, vmemmap).
const noPhys = ^uint64(0)

const (
	ehdrSize = 64
	phdrSize = 56
	maxPhdrs = 4096
	maxNotes = 1 << 20
)

// Segment is one PT_LOAD of /proc/kcore that maps physical memory directly.
type Segment struct {
	Vaddr uint64
	Paddr uint64
	Off   uint64
	Size  uint64
}

// Kcore is what the header of /proc/kcore says.
type Kcore struct {
	Direct []Segment // ascending by physical address
	Header []byte    // ELF header and program headers, raw
	Notes  []byte    // PT_NOTE, raw: VMCOREINFO among them
	Offset uint64    // vaddr - paddr of the direct map
}

// ReadKcore reads the ELF header of /proc/kcore.
func ReadKcore(r io.ReaderAt) (*Kcore, error) {
	head := make([]byte, ehdrSize)
	if _, err := r.ReadAt(head, 0); err != nil {
		return nil, fmt.Errorf("kcore header: %w", err)
	}
	le := binary.LittleEndian
	if string(head[:4]) != elf.ELFMAG || head[4] != byte(elf.ELFCLASS64) || head[5] != byte(elf.ELFDATA2LSB) {
		return nil, fmt.Errorf("kcore is no 64-bit little-endian ELF file: %x", head[:8])
	}
	phoff, n, size := le.Uint64(head[32:]), int(le.Uint16(head[56:])), le.Uint16(head[54:])
	if size != phdrSize || n == 0 || n > maxPhdrs || phoff < ehdrSize || phoff > 1<<20 {
		return nil, fmt.Errorf("kcore program headers: %d of %d bytes at %d", n, size, phoff)
	}
	ph := make([]byte, n*phdrSize)
	if _, err := r.ReadAt(ph, int64(phoff)); err != nil {
		return nil, fmt.Errorf("kcore program headers: %w", err)
	}
	k := &Kcore{Header: append(head, ph...)}
	var loads []Segment
	for i := range n {
		p := ph[i*phdrSize:]
		s := Segment{Off: le.Uint64(p[8:]), Vaddr: le.Uint64(p[16:]), Paddr: le.Uint64(p[24:]), Size: le.Uint64(p[32:])}
		switch elf.ProgType(le.Uint32(p)) {
		case elf.PT_NOTE:
			k.Notes = readNotes(r, s)
		case elf.PT_LOAD:
			if s.Paddr != noPhys && s.Vaddr < kernelText && s.Size > 0 && s.Paddr+s.Size > s.Paddr {
				loads = append(loads, s)
			}
		}
	}
	return k, k.direct(loads)
}

func readNotes(r io.ReaderAt, s Segment) []byte {
	b := make([]byte, min(s.Size, maxNotes))
	n, err := r.ReadAt(b, int64(s.Off))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil
	}
	return b[:n]
}

// direct keeps the segments that share the most common distance between
// virtual and physical address, weighed by size: that is the direct map.
func (k *Kcore) direct(loads []Segment) error {
	weight := map[uint64]uint64{}
	for _, s := range loads {
		weight[s.Vaddr-s.Paddr] += s.Size
	}
	best := uint64(0)
	for d, w := range weight {
		if w > weight[best] || (w == weight[best] && d < best) {
			best = d
		}
	}
	for _, s := range loads {
		if s.Vaddr-s.Paddr == best {
			k.Direct = append(k.Direct, s)
		}
	}
	if len(k.Direct) == 0 {
		return errors.New("kcore maps no physical memory")
	}
	k.Offset = best
	sort.Slice(k.Direct, func(i, j int) bool { return k.Direct[i].Paddr < k.Direct[j].Paddr })
	return nil
}

// find gives the file offset of a physical address and how many bytes follow
// it in the same segment; run is how far no segment reaches when ok is false.
func (k *Kcore) find(pa uint64) (off, run uint64, ok bool) {
	run = noPhys
	for _, s := range k.Direct {
		switch {
		case pa >= s.Paddr && pa < s.Paddr+s.Size:
			return s.Off + (pa - s.Paddr), s.Paddr + s.Size - pa, true
		case s.Paddr > pa && s.Paddr-pa < run:
			run = s.Paddr - pa
		}
	}
	return 0, run, false
}
