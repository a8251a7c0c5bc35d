package vm

import (
	"bytes"
	"debug/elf"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/saksi-dfir/saksi/collect/memory"
)

// forms takes the image out of the bundle in each form and compares them: LiME
// headers name the ranges, the ELF core and the raw file hold the same bytes.
func (l *lab) forms(t *testing.T, path, dir string) {
	t.Helper()
	out := map[string]*os.File{}
	for _, as := range []string{"lime", "elfcore", "raw"} {
		p := filepath.Join(dir, "mem."+as)
		if text, code := l.desk(t, "extract", path, "--as", as, "--to", p); code != 0 {
			t.Fatalf("extract --as %s: exit %d %s", as, code, text)
		}
		f, err := os.Open(p)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		out[as] = f
	}
	core, err := elf.NewFile(out["elfcore"])
	if err != nil {
		t.Fatal(err)
	}
	at := int64(0)
	for _, p := range core.Progs[1:] {
		head := make([]byte, 32)
		if _, err := out["lime"].ReadAt(head, at); err != nil {
			t.Fatal(err)
		}
		r, err := memory.ParseLimeHeader(head)
		if err != nil || r.Start != p.Paddr || r.Len() != p.Filesz {
			t.Fatalf("LiME range %v, ELF %x+%x: %v", r, p.Paddr, p.Filesz, err)
		}
		a, b, c := make([]byte, 1<<20), make([]byte, 1<<20), make([]byte, 1<<20)
		for off := int64(0); off+1<<20 <= int64(r.Len()); off += 64 << 20 {
			for _, x := range []struct {
				r   io.ReaderAt
				b   []byte
				off int64
			}{{out["lime"], a, at + 32 + off}, {p, b, off}, {out["raw"], c, int64(r.Start) + off}} {
				if _, err := x.r.ReadAt(x.b, x.off); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(a, b) || !bytes.Equal(a, c) {
				t.Fatalf("the forms differ at %x", int64(r.Start)+off)
			}
		}
		at += 32 + int64(r.Len())
	}
	l.volatility(t, filepath.Join(dir, "mem.lime"), filepath.Join(dir, "mem.raw"))
	l.crash(t, path, filepath.Join(dir, "mem.elfcore"))
}
