package vm

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/memory"
)

const page = 4096

// fidelity is how the pages of an image compare with the machine's own memory.
type fidelity struct {
	pages, before, after, either, unreadable int
	canary                                   map[uint64]bool
	ranges                                   []string
}

func (f fidelity) share(n int) float64 { return 100 * float64(n) / float64(f.pages) }

// compare reads every image exhibit of a bundle page by page beside two dumps
// that QEMU made while the machine stood still.
func compare(t *testing.T, path, before, after string) fidelity {
	t.Helper()
	b, err := bundle.Open(path, bundle.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	x, err := os.Open(before)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	y, err := os.Open(after)
	if err != nil {
		t.Fatal(err)
	}
	defer y.Close()
	f := fidelity{canary: map[uint64]bool{}}
	for e, err := range b.Exhibits() {
		if err != nil {
			t.Fatal(err)
		}
		var start, end uint64
		if n, _ := fmt.Sscanf(e.Name, "data/memory/%x-%x.raw", &start, &end); n != 2 {
			continue
		}
		f.ranges = append(f.ranges, fmt.Sprintf("%x-%x", start, end))
		for _, s := range e.States {
			if s.State == bundle.BytesUnreadable {
				f.unreadable += int(s.Length / page)
			}
		}
		r, err := b.OpenExhibit(e)
		if err != nil {
			t.Fatal(err)
		}
		f.pagesOf(t, r, x, y, start, end+1)
		r.Close()
	}
	return f
}

func (f *fidelity) pagesOf(t *testing.T, img io.Reader, x, y io.ReaderAt, start, end uint64) {
	t.Helper()
	var p, q, r [page]byte
	for at := start; at < end; at += page {
		if _, err := io.ReadFull(img, p[:]); err != nil {
			t.Fatalf("image at %x: %v", at, err)
		}
		for _, d := range []struct {
			r io.ReaderAt
			b []byte
		}{{x, q[:]}, {y, r[:]}} {
			if _, err := d.r.ReadAt(d.b, int64(at)); err != nil {
				t.Fatalf("dump at %x: %v", at, err)
			}
		}
		same, later := p == q, p == r
		f.pages++
		if same {
			f.before++
		}
		if later {
			f.after++
		}
		if same || later {
			f.either++
		}
		if bytes.HasPrefix(p[:], []byte("saksi canary page")) {
			n := binary.LittleEndian.Uint64(p[24:])
			whole := true
			for k := 32; k < page; k += 8 {
				whole = whole && binary.LittleEndian.Uint64(p[k:]) == n*0x9e3779b97f4a7c15+uint64(k)
			}
			if whole {
				f.canary[n] = true
			}
		}
	}
}

// TestMemoryFidelity images 512 MB while QEMU's own dumps before and after
// bound what the memory was.
func TestMemoryFidelity(t *testing.T) {
	l := open(t)
	for _, k := range l.kernels {
		t.Run(filepath.Base(k), func(t *testing.T) {
			m := boot(t, k, l.initrd, "canary,iomem,pause-before,collect+--memory+--plain+--only+memory,pause-after", 512, "")
			iomem := m.wait("@@IOMEM")
			m.wait("@@PAUSE")
			before := m.dump("before", 512)
			note := m.wait("@@COLLECTED")
			m.wait("@@PAUSE")
			after := m.dump("after", 512)
			m.end()
			t.Log(note)
			b, code := m.bundle("mem.tar.zst")
			if code != 0 {
				t.Fatalf("collector exit %d\n%s", code, m.tail())
			}
			l.wantForms(t, b, m.dir)
			f := compare(t, b, before, after)
			t.Logf("%d pages: = before %.2f %%, = after %.2f %%, = either %.2f %%, unreadable %d, canary %d of 8192", f.pages, f.share(f.before), f.share(f.after), f.share(f.either), f.unreadable, len(f.canary))
			if f.pages == 0 || f.share(f.either) < 97.5 {
				t.Errorf("%.2f %% of pages are equal to before or after; want 97.5 %% with zstd", f.share(f.either))
			}
			if f.unreadable != 0 || len(f.canary) != 8192 {
				t.Errorf("%d unreadable pages, %d canary pages", f.unreadable, len(f.canary))
			}
			if got := strings.Join(f.ranges, " "); got != iomem {
				t.Errorf("ranges %q, iomem %q", got, iomem)
			}
		})
	}
}

// wantForms takes the image out of the bundle in each form and compares them:
// LiME headers name the ranges, the ELF core and the raw file hold the same bytes.
func (l *lab) wantForms(t *testing.T, path, dir string) {
	t.Helper()
	out := map[string]*os.File{}
	for _, as := range []string{"lime", "elfcore", "raw"} {
		p := filepath.Join(dir, as)
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
}
