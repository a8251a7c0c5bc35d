package memory

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
)

// WriteELF writes the ranges as an ELF core: one PT_NOTE with the notes of
// kcore (VMCOREINFO among them), one PT_LOAD per range with its physical
// address and the virtual address of the direct map.
func WriteELF(w io.Writer, notes []byte, offset uint64, machine elf.Machine, ss []Source) error {
	le := binary.LittleEndian
	n := len(ss) + 1
	head := make([]byte, ehdrSize+n*phdrSize)
	copy(head, elf.ELFMAG)
	head[4], head[5], head[6] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)
	le.PutUint16(head[16:], uint16(elf.ET_CORE))
	le.PutUint16(head[18:], uint16(machine))
	le.PutUint32(head[20:], uint32(elf.EV_CURRENT))
	le.PutUint64(head[32:], ehdrSize)
	le.PutUint16(head[52:], ehdrSize)
	le.PutUint16(head[54:], phdrSize)
	le.PutUint16(head[56:], uint16(n))
	off := uint64(len(head))
	put := func(i int, typ elf.ProgType, vaddr, paddr, size uint64) {
		p := head[ehdrSize+i*phdrSize:]
		le.PutUint32(p, uint32(typ))
		le.PutUint32(p[4:], uint32(elf.PF_R|elf.PF_W|elf.PF_X))
		le.PutUint64(p[8:], off)
		le.PutUint64(p[16:], vaddr)
		le.PutUint64(p[24:], paddr)
		le.PutUint64(p[32:], size)
		le.PutUint64(p[40:], size)
		off += size
	}
	put(0, elf.PT_NOTE, 0, 0, uint64(len(notes)))
	for i, s := range ss {
		put(i+1, elf.PT_LOAD, s.Range.Start+offset, s.Range.Start, s.Range.Len())
	}
	for _, b := range [][]byte{head, notes} {
		if _, err := w.Write(b); err != nil {
			return fmt.Errorf("elf core: %w", err)
		}
	}
	for _, s := range ss {
		if c, err := io.Copy(w, io.LimitReader(s.Data, int64(s.Range.Len()))); err != nil {
			return fmt.Errorf("elf core %s: %w", s.Range, err)
		} else if uint64(c) != s.Range.Len() {
			return fmt.Errorf("elf core %s: %d of %d bytes", s.Range, c, s.Range.Len())
		}
	}
	return nil
}
