package vm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/memory"
	"github.com/saksi-dfir/saksi/collect/source"
)

const page = 4096

// fidelity is how the pages of an image compare with the machine's own memory.
type fidelity struct {
	pages, before, after, either int
	canary                       map[uint64]bool
}

func (f fidelity) share(n int) float64 { return 100 * float64(n) / float64(f.pages) }

// physical reads at a physical address.
type physical interface {
	ReadAt(p []byte, at int64) (int, error)
}

// compare reads an image page by page beside two dumps that QEMU made while
// the machine stood still.
func compare(t *testing.T, ranges []memory.Range, img, before, after physical) fidelity {
	t.Helper()
	f := fidelity{canary: map[uint64]bool{}}
	p, q, r := make([]byte, 1<<20), make([]byte, 1<<20), make([]byte, 1<<20)
	for _, x := range ranges {
		for at := x.Start; at < x.End; {
			n := min(uint64(len(p)), x.End-at)
			for _, d := range []struct {
				r physical
				b []byte
			}{{img, p[:n]}, {before, q[:n]}, {after, r[:n]}} {
				if k, err := d.r.ReadAt(d.b, int64(at)); k != len(d.b) {
					t.Fatalf("%x: %d bytes, %v", at, k, err)
				}
			}
			for i := uint64(0); i < n; i += page {
				f.page(p[i:i+page], q[i:i+page], r[i:i+page])
			}
			at += n
		}
	}
	if f.pages == 0 {
		t.Fatal("the image is empty")
	}
	return f
}

func (f *fidelity) page(p, before, after []byte) {
	same, later := bytes.Equal(p, before), bytes.Equal(p, after)
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
	if bytes.HasPrefix(p, []byte("saksi canary page")) {
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

func (f fidelity) log(t *testing.T, what string) {
	t.Helper()
	t.Logf("%s: %d pages: = before %.2f %%, = after %.2f %%, = either %.2f %%, canary %d of 8192", what, f.pages, f.share(f.before), f.share(f.after), f.share(f.either), len(f.canary))
}

// addressed gives memory.Image the offsets of io.ReaderAt.
type addressed struct{ im *memory.Image }

// ReadAt implements physical.
func (a addressed) ReadAt(p []byte, at int64) (int, error) { return a.im.ReadAt(p, uint64(at)) }

// openImage opens the RAM image of a bundle, which may be cut.
func openImage(t *testing.T, path string) (*source.MemoryImage, *memory.Image, bundle.State) {
	t.Helper()
	b, err := bundle.Open(path, bundle.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	m, err := source.ReadMemoryImage(b)
	if err != nil {
		t.Fatal(err)
	}
	return m, memory.NewImage(m.Parts), b.Seal().State
}

// memoryLegs holds the image of the collector (zstd), a bare one past the page
// cache and a bare one through it against QEMU's dumps.
func (l *lab) memoryLegs(t *testing.T, m *machine, version, iomem string, d [4]*dump) {
	t.Helper()
	path := m.file("data", "mem.tar.zst")
	mi, im, state := openImage(t, path)
	if got := memory.Join(im.Ranges()); got != iomem || state != bundle.Whole {
		t.Errorf("ranges %s, iomem %s, state %s", got, iomem, state)
	}
	if !strings.Contains(iomem, "100000000-") || len(im.Ranges()) < 4 {
		t.Errorf("the memory of this machine is not split: %s", iomem)
	}
	if u := im.Unreadable(); len(u) > 0 || mi.Summary == nil || mi.Summary.Output != "direct" {
		t.Errorf("unreadable %v, summary %+v", u, mi.Summary)
	}
	added := (mi.Summary.Peak - mi.Plan.Resident) >> 10
	t.Logf("resident %d KiB before the image, %d at its end, %d at most: the step adds %d", mi.Plan.Resident>>10, mi.Summary.Resident>>10, mi.Summary.Peak>>10, added)
	if mi.Plan.Resident == 0 || added > 24<<10 {
		t.Errorf("the memory step adds %d KiB, at most 24 MiB", added)
	}
	zstd := compare(t, im.Ranges(), addressed{im}, d[0], d[1])
	zstd.log(t, "collector, zstd")
	if zstd.share(zstd.either) < 97.5 || len(zstd.canary) != 8192 {
		t.Errorf("want 97.5 %% with zstd, and all of the canary")
	}
	img, err := os.Open(m.disk("img"))
	if err != nil {
		t.Fatal(err)
	}
	defer img.Close()
	raw := compare(t, im.Ranges(), img, d[1], d[2])
	raw.log(t, "bare, past the page cache")
	if raw.share(raw.either) < 98.5 || len(raw.canary) != 8192 {
		t.Errorf("want 98.5 %% raw, and all of the canary")
	}
	naive := compare(t, im.Ranges(), io.NewSectionReader(img, 8<<30, 8<<30), d[2], d[3])
	naive.log(t, "bare, through the page cache")
	if naive.share(naive.either) >= 98.5 || naive.share(naive.before) > raw.share(raw.before)-3 {
		t.Error("an image through the page cache would pass: this measure cannot fail")
	}
	l.symbols(t, path, version)
	l.forms(t, path, m.dir)
}

// partialLegs: a bound and its rest join to the whole; what was killed and
// what filled its disk is usable up to a checkpoint, and says what it lacks.
func (l *lab) partialLegs(t *testing.T, m *machine, iomem string) {
	t.Helper()
	first, rest := m.file("data", "first.tar.zst"), m.file("data", "rest.tar.zst")
	a, _, _ := openImage(t, first)
	b, _, _ := openImage(t, rest)
	both := memory.NewImage(append(a.Parts, b.Parts...))
	if got := memory.Join(both.Ranges()); got != "1000-9efff,100000-7ffffff" || !strings.HasPrefix(iomem, got) || len(a.Missing()) == 0 || b.Plan.Resumes == "" {
		t.Errorf("joined %s, iomem %s, resumes %q", got, iomem, b.Plan.Resumes)
	}
	if out, code := l.desk(t, "extract", first, rest, "--as", "lime", "--to", m.dir+"/joined.lime"); code != 0 {
		t.Errorf("extract of both: exit %d %s", code, out)
	}
	for _, c := range []struct {
		disk, name string
		state      bundle.State
		exit       int
	}{{"data", "killed", bundle.Cut, 4}, {"small", "full", bundle.Whole, 3}} {
		path := m.file(c.disk, c.name+".tar.zst")
		mi, im, state := openImage(t, path)
		t.Logf("%s: %s, %d of %d MiB", c.name, state, memory.Total(im.Read())>>20, memory.Total(mi.Wanted)>>20)
		if state != c.state || memory.Total(im.Read()) < 32<<20 || len(mi.Missing()) == 0 {
			t.Errorf("%s: %s, read %v, missing %v", c.name, state, im.Read(), mi.Missing())
		}
		p := make([]byte, page)
		if _, err := im.ReadAt(p, im.Read()[0].Start); err != nil {
			t.Error(err)
		}
		if _, err := im.ReadAt(p, 0xa0000); !errors.Is(err, memory.ErrNotImaged) {
			t.Errorf("0xa0000: %v", err)
		}
		if out, code := l.desk(t, "extract", path, "--as", "lime", "--to", m.dir+"/"+c.name+".lime"); code != c.exit {
			t.Errorf("%s: extract exit %d %s", c.name, code, out)
		}
	}
}
