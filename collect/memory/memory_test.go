package memory

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const directMap = 0xffff888000000000

// fakeKcore is an ELF file with a direct map, a text segment whose physical
// address lies inside RAM, and a vmalloc segment; pages in bad fail.
type fakeKcore struct {
	head []byte
	ram  map[uint64][]byte // physical start -> bytes
	offs map[uint64]uint64 // physical start -> file offset
	bad  map[uint64]bool   // file offsets of pages that answer EIO
	trim bool              // a read across a bad page comes back short instead
}

func newFake(ram map[uint64][]byte) *fakeKcore {
	f := &fakeKcore{ram: ram, offs: map[uint64]uint64{}, bad: map[uint64]bool{}}
	n := len(ram) + 3
	le := binary.LittleEndian
	h := make([]byte, ehdrSize+n*phdrSize)
	copy(h, elf.ELFMAG)
	h[4], h[5], h[6] = 2, 1, 1
	le.PutUint64(h[32:], ehdrSize)
	le.PutUint16(h[54:], phdrSize)
	le.PutUint16(h[56:], uint16(n))
	i := 0
	put := func(typ elf.ProgType, off, v, p, size uint64) {
		b := h[ehdrSize+i*phdrSize:]
		le.PutUint32(b, uint32(typ))
		le.PutUint64(b[8:], off)
		le.PutUint64(b[16:], v)
		le.PutUint64(b[24:], p)
		le.PutUint64(b[32:], size)
		i++
	}
	put(elf.PT_NOTE, uint64(len(h)), 0, 0, 8)
	put(elf.PT_LOAD, 1<<40, kernelText+0x1000000, 0x1000, 4<<20) // text: inside RAM, to be left out
	put(elf.PT_LOAD, 1<<41, 0xffffc90000000000, noPhys, 1<<30)   // vmalloc
	off := uint64(1 << 20)
	for pa, b := range ram {
		put(elf.PT_LOAD, off, directMap+pa, pa, uint64(len(b)))
		f.offs[pa] = off
		off += 1 << 30
	}
	f.head = append(h, "VMCOREIN"...)
	return f
}

func (f *fakeKcore) ReadAt(p []byte, off int64) (int, error) {
	if off < int64(len(f.head)) {
		return copy(p, f.head[off:]), nil
	}
	for pa, o := range f.offs {
		at := uint64(off) - o
		if uint64(off) < o || at >= uint64(len(f.ram[pa])) {
			continue
		}
		for b := range f.bad {
			if b+PageSize > uint64(off) && b < uint64(off)+uint64(len(p)) {
				if f.trim && b > uint64(off) {
					return copy(p[:b-uint64(off)], f.ram[pa][at:]), nil
				}
				return 0, syscall.EIO
			}
		}
		return copy(p, f.ram[pa][at:]), nil
	}
	return 0, io.EOF
}

func pattern(n int, seed byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i>>12)*7 + byte(i) + seed
	}
	return b
}

func TestParseIomem(t *testing.T) {
	text := "00000000-00000fff : Reserved\n00001000-0009fbff : System RAM\n  00001000-00002000 : Crash kernel\n000a0000-000fffff : PCI Bus\n00100000-1fffdfff : System RAM\n  01000000-01ffffff : Kernel code\n"
	got, err := ParseIomem([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Range{{0x1000, 0x9f000}, {0x100000, 0x1fffe000}}, got); diff != "" {
		t.Error(diff)
	}
	if _, err := ParseIomem([]byte("00000000-00000000 : System RAM\n00000000-00000000 : System RAM\n")); !errors.Is(err, ErrHidden) {
		t.Errorf("hidden iomem: %v", err)
	}
	for _, bad := range []string{"", "zz-10 : System RAM\n", "20-10 : System RAM\n", "00001000-000010ff : System RAM\n"} {
		if _, err := ParseIomem([]byte(bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestReadKcoreTakesDirectMapOnly(t *testing.T) {
	f := newFake(map[uint64][]byte{0x1000: pattern(0x9e000, 1), 0x100000: pattern(3<<20, 2)})
	k, err := ReadKcore(f)
	if err != nil {
		t.Fatal(err)
	}
	if len(k.Direct) != 2 || k.Direct[0].Paddr != 0x1000 || k.Direct[1].Paddr != 0x100000 || k.Offset != directMap {
		t.Errorf("direct map: %+v, offset %x", k.Direct, k.Offset)
	}
	if string(k.Notes) != "VMCOREIN" {
		t.Errorf("notes %q", k.Notes)
	}
}

func readAll(t *testing.T, f *fakeKcore, r Range) ([]byte, *Reader) {
	t.Helper()
	k, err := ReadKcore(f)
	if err != nil {
		t.Fatal(err)
	}
	m := NewReader(context.Background(), f, k, r)
	b, err := io.ReadAll(m)
	if err != nil {
		t.Fatal(err)
	}
	if uint64(len(b)) != r.Len() {
		t.Fatalf("%d bytes of %d", len(b), r.Len())
	}
	return b, m
}

func TestReaderLabelsWhatItGave(t *testing.T) {
	ram := pattern(3<<20, 3)
	clear(ram[1<<20 : 1<<20+8192])
	for _, trim := range []bool{false, true} {
		f := newFake(map[uint64][]byte{0x100000: ram})
		f.trim = trim
		f.bad[f.offs[0x100000]+2<<20+PageSize] = true
		got, m := readAll(t, f, Range{0x100000, 0x100000 + 3<<20})
		want := bytes.Clone(ram)
		clear(want[2<<20+PageSize : 2<<20+2*PageSize])
		if !bytes.Equal(got, want) {
			t.Error("bytes differ")
		}
		var bad []Label
		for _, l := range m.Labels() {
			if l.State == Unreadable {
				bad = append(bad, l)
			}
		}
		if len(bad) != 1 || bad[0].Offset != 2<<20+PageSize || bad[0].Length != PageSize || m.Bad != 1 {
			t.Errorf("trim %v: unreadable %+v, bad %d", trim, bad, m.Bad)
		}
		total := int64(0)
		for _, l := range m.Labels() {
			if l.Offset != total {
				t.Fatalf("labels leave a hole at %d: %+v", total, l)
			}
			total += l.Length
		}
		if total != 3<<20 {
			t.Errorf("labels cover %d bytes", total)
		}
	}
}

func TestReaderNamesWhatKcoreDoesNotMap(t *testing.T) {
	f := newFake(map[uint64][]byte{0x100000: pattern(1<<20, 4)})
	got, m := readAll(t, f, Range{0x80000, 0x240000})
	want := []Label{{0, 0x80000, Unreadable, "not mapped by kcore"}, {0x80000, 1 << 20, Read, ""}, {0x180000, 0x40000, Unreadable, "not mapped by kcore"}}
	if diff := cmp.Diff(want, m.Labels()); diff != "" {
		t.Error(diff)
	}
	if !bytes.Equal(got[0x80000:0x180000], f.ram[0x100000]) {
		t.Error("mapped bytes differ")
	}
}

func TestReaderStopsWithItsContext(t *testing.T) {
	f := newFake(map[uint64][]byte{0x100000: pattern(1<<20, 4)})
	k, err := ReadKcore(f)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := NewReader(ctx, f, k, Range{0x100000, 0x200000}).Read(make([]byte, 10)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestLimeAndELF(t *testing.T) {
	a, b := Range{0x1000, 0x3000}, Range{0x100000, 0x101000}
	src := func() []Source {
		return []Source{{a, bytes.NewReader(pattern(0x2000, 5))}, {b, bytes.NewReader(pattern(0x1000, 6))}}
	}
	var lime bytes.Buffer
	if err := WriteLime(&lime, src()); err != nil {
		t.Fatal(err)
	}
	r, err := ParseLimeHeader(lime.Bytes())
	if err != nil || r != a {
		t.Errorf("first header %v, %v", r, err)
	}
	if r, err = ParseLimeHeader(lime.Bytes()[limeHeader+0x2000:]); err != nil || r != b {
		t.Errorf("second header %v, %v", r, err)
	}
	var core bytes.Buffer
	if err := WriteELF(&core, []byte("notes..."), directMap, elf.EM_X86_64, src()); err != nil {
		t.Fatal(err)
	}
	f, err := elf.NewFile(bytes.NewReader(core.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if f.Type != elf.ET_CORE || len(f.Progs) != 3 || f.Progs[2].Paddr != b.Start || f.Progs[2].Vaddr != b.Start+directMap {
		t.Errorf("%+v", f.FileHeader)
	}
	got, err := io.ReadAll(f.Progs[1].Open())
	if err != nil || !bytes.Equal(got, pattern(0x2000, 5)) {
		t.Errorf("first range differs: %v", err)
	}
	var raw bytes.Buffer
	if err := WriteRaw(&raw, src()); err != nil || raw.Len() != 0x101000 || !bytes.Equal(raw.Bytes()[0x100000:], pattern(0x1000, 6)) || raw.Bytes()[0] != 0 {
		t.Errorf("raw: %d bytes, %v", raw.Len(), err)
	}
	short := []Source{{a, bytes.NewReader([]byte("short"))}}
	if WriteLime(io.Discard, short) == nil || WriteELF(io.Discard, nil, 0, elf.EM_X86_64, []Source{{a, bytes.NewReader(nil)}}) == nil {
		t.Error("a short range was written as if whole")
	}
}

func FuzzParseIomem(f *testing.F) {
	f.Add([]byte("00001000-0009fbff : System RAM\n  00001000-00002000 : x\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		rs, err := ParseIomem(b)
		if err != nil {
			return
		}
		for i, r := range rs {
			if r.End <= r.Start || r.Start%PageSize != 0 || r.End%PageSize != 0 || i > 0 && r.Start <= rs[i-1].End {
				t.Fatalf("range %d of %v", i, rs)
			}
		}
	})
}

func FuzzReadKcore(f *testing.F) {
	f.Add(newFake(map[uint64][]byte{0x1000: make([]byte, PageSize)}).head)
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := ReadKcore(bytes.NewReader(b))
		if err == nil && len(k.Direct) == 0 {
			t.Fatal("no direct map and no error")
		}
	})
}

func BenchmarkReader(b *testing.B) {
	f := newFake(map[uint64][]byte{0x100000: pattern(64<<20, 3)})
	k, err := ReadKcore(f)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(64 << 20)
	buf := make([]byte, Chunk)
	for b.Loop() {
		if _, err := io.CopyBuffer(io.Discard, NewReader(context.Background(), f, k, Range{0x100000, 0x100000 + 64<<20}), buf); err != nil {
			b.Fatal(err)
		}
	}
}
