package source

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/memory"
	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/collect/seal"
)

// ramStall leaves a read that does not hang time enough on a busy machine.
const ramStall = 2 * time.Second

const (
	ramMap  = 0xffff888000000000
	ramBase = 1 << 30 // offset of the first segment in kcore
)

// ramRun images the host into a bundle file and opens it.
func ramRun(t *testing.T, h *ramHost, sel collect.Selection, b collect.Budgets) (*bundle.Bundle, bundle.Outcome, collect.Result) {
	t.Helper()
	sel.Only = []string{"memory"}
	plan, err := collect.NewPlan(t.Context(), ramBoth{h}, All(), sel)
	if err != nil {
		t.Fatal(err)
	}
	key, err := seal.NewRunKey(bytes.NewReader(make([]byte, 64)))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "ram.tar.zst")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := bundle.NewWriter(f, bundle.Options{Acquisition: bundle.Acquisition{RunID: "ram", Sealed: "host"}, Plan: plan.Items, Signer: key})
	if err != nil {
		t.Fatal(err)
	}
	res, err := collect.Run(t.Context(), collect.Config{Plan: plan, Writer: collect.Bundle(w), Budgets: b})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f.Close()
	out, err := bundle.Open(path, bundle.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	outs, err := out.Outcomes()
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range outs {
		if o.Source == "memory" {
			return out, o, res
		}
	}
	t.Fatal("memory has no outcome")
	return nil, bundle.Outcome{}, res
}

func always(s string) func(int) string { return func(int) string { return s } }

const ramTwo = "00001000-0009fbff : System RAM\n00100000-07ffffff : System RAM\n"

// ramCheck compares every page of an image with what the host had there.
func ramCheck(t *testing.T, im *memory.Image, unreadable []memory.Range) {
	t.Helper()
	var got, want [memory.PageSize]byte
	for _, r := range im.Ranges() {
		for at := r.Start; at < r.End; at += memory.PageSize {
			if n, err := im.ReadAt(got[:], at); n != len(got) || err != nil {
				t.Fatalf("%x: %d bytes, %v", at, n, err)
			}
			ramPage(want[:], at)
			if len(memory.Intersect([]memory.Range{{Start: at, End: at + 1}}, unreadable)) > 0 {
				clear(want[:])
			}
			if got != want {
				t.Fatalf("page %x differs", at)
			}
		}
	}
	if d := memory.Subtract(im.Unreadable(), unreadable); len(d) > 0 || memory.Total(im.Unreadable()) != memory.Total(unreadable) {
		t.Fatalf("unreadable %v, want %v", im.Unreadable(), unreadable)
	}
}

func ramImage(t *testing.T, b *bundle.Bundle) (*MemoryImage, *memory.Image) {
	t.Helper()
	m, err := ReadMemoryImage(b)
	if err != nil {
		t.Fatal(err)
	}
	return m, memory.NewImage(m.Parts)
}

func TestMemoryWhole(t *testing.T) {
	b, o, res := ramRun(t, ramHostOf(ramTwo), collect.Selection{Written: func() string { return "direct" }}, collect.Budgets{})
	if o.Outcome != bundle.Collected || !res.Complete() || !strings.Contains(o.Method, "output direct") {
		t.Errorf("%+v", o)
	}
	m, im := ramImage(t, b)
	ramCheck(t, im, nil)
	if s := m.Summary; s == nil || s.Zero == 0 || s.Read == 0 || s.Left != 0 || s.Read+s.Zero != int64(memory.Total(im.Ranges())) || len(m.Missing()) != 0 {
		t.Errorf("summary %+v", m.Summary)
	}
	if _, err := im.ReadAt(make([]byte, 1), 0xa0000); !errors.Is(err, memory.ErrNotImaged) {
		t.Errorf("an address between the ranges: %v", err)
	}
}

func TestMemoryBadPages(t *testing.T) {
	h := ramHostOf(ramTwo)
	h.bad = map[uint64]error{0x5000: syscall.EIO, 0x200000: syscall.EFAULT, 0x201000: io.ErrShortBuffer}
	h.hang = map[uint64]bool{0x4000000: true}
	b, o, _ := ramRun(t, h, collect.Selection{}, collect.Budgets{Stall: ramStall})
	if o.Outcome != bundle.Partial || !strings.Contains(o.Reason, "could not be read") {
		t.Errorf("%+v", o)
	}
	m, im := ramImage(t, b)
	un := im.Unreadable()
	if len(un) != 3 || un[0] != (memory.Range{Start: 0x5000, End: 0x6000}) || un[1] != (memory.Range{Start: 0x200000, End: 0x202000}) || un[2].Start != 0x4000000 || un[2].Len() > memory.Chunk {
		t.Fatalf("unreadable %v", un)
	}
	ramCheck(t, im, un)
	if m.Summary.Unreadable != int64(memory.Total(un)) {
		t.Errorf("summary %+v", m.Summary)
	}
}

// TestMemoryGivesUp: a kernel in which read after read hangs ends the image;
// what was imaged stays, the rest is named.
func TestMemoryGivesUp(t *testing.T) {
	h := ramHostOf(ramTwo)
	h.hang = map[uint64]bool{}
	for at := uint64(0x2000000); at < 0x8000000; at += memory.PageSize {
		h.hang[at] = true
	}
	b, o, _ := ramRun(t, h, collect.Selection{}, collect.Budgets{Stall: ramStall})
	if o.Outcome != bundle.Partial || !strings.Contains(o.Reason, "gave no answer") || !strings.Contains(o.Reason, "--memory-range") {
		t.Errorf("%+v", o)
	}
	m, im := ramImage(t, b)
	if got := im.Read(); len(got) != 2 || got[1] != (memory.Range{Start: 0x100000, End: 0x2000000}) {
		t.Errorf("read %v", got)
	}
	if miss := m.Missing(); len(miss) != 1 || miss[0] != (memory.Range{Start: 0x2000000, End: 0x8000000}) {
		t.Errorf("missing %v", miss)
	}
}

// TestMemoryLyingIomem: what iomem hides and kcore maps is read; what iomem
// names and kcore does not map is unreadable; what is plugged in is read too.
func TestMemoryLyingIomem(t *testing.T) {
	h := ramHostOf("00001000-0009fbff : System RAM\n00100000-007fffff : System RAM\n06000000-07ffffff : System RAM\n20000000-200fffff : System RAM\n")
	was := h.iomem(0)
	h.iomem = func(n int) string {
		if n > 2 { // planning and the start
			return was + "40000000-400fffff : System RAM\n"
		}
		return was
	}
	h.grow = memory.Range{Start: 0x40000000, End: 0x40100000}
	b, o, _ := ramRun(t, h, collect.Selection{}, collect.Budgets{})
	m, im := ramImage(t, b)
	ramCheck(t, im, []memory.Range{{Start: 0x20000000, End: 0x20100000}})
	if p := m.Plan; len(p.Unlisted) != 1 || p.Unlisted[0] != (record.MemoryRange{Start: 0x800000, End: 0x6000000}) {
		t.Errorf("plan %+v", m.Plan)
	}
	if s := m.Summary; len(s.Added) != 1 || s.Added[0].Start != 0x40000000 || !strings.Contains(strings.Join(o.Flags, " "), "plugged in") {
		t.Errorf("summary %+v, flags %q", s, o.Flags)
	}
}

// TestMemoryBoundsAndResume: a bound on bytes leaves a rest that the next runs
// take up; the desk joins them into the whole.
func TestMemoryBoundsAndResume(t *testing.T) {
	h := ramHostOf(ramTwo)
	var parts []memory.Part
	var sel collect.Selection
	sel.RAM.Max = 50<<20 + 123
	for round := range 3 {
		b, o, _ := ramRun(t, h, sel, collect.Budgets{})
		m, _ := ramImage(t, b)
		parts = append(parts, m.Parts...)
		missing := m.Missing()
		if round < 2 && (o.Outcome != bundle.Partial || o.Cap != sel.RAM.Max || memory.Total(missing) == 0) {
			t.Fatalf("round %d: %+v, missing %v", round, o, missing)
		}
		sel.RAM.Ranges, sel.RAM.Resumes = nil, "ram"
		for _, r := range missing {
			sel.RAM.Ranges = append(sel.RAM.Ranges, collect.Extent(r))
		}
		if round == 2 && (o.Outcome != bundle.Collected || len(missing) > 0 || m.Plan.Resumes != "ram") {
			t.Fatalf("last round: %+v, missing %v", o, missing)
		}
	}
	im := memory.NewImage(parts)
	ramCheck(t, im, nil)
	if got := memory.Join(im.Ranges()); got != "1000-9efff,100000-7ffffff" {
		t.Errorf("ranges %s", got)
	}
}

// TestMemoryDiskFull: when the bound on free space is reached in the middle,
// what was imaged is sealed and the run ends.
func TestMemoryDiskFull(t *testing.T) {
	h := ramHostOf(ramTwo)
	var full bool
	h.hook = func(at uint64) {
		if at >= 0x6000000 {
			h.mu.Lock()
			full = true
			h.mu.Unlock()
		}
	}
	space := func() (int64, error) {
		h.mu.Lock()
		defer h.mu.Unlock()
		if full {
			return 0, nil
		}
		return 1 << 40, nil
	}
	b, o, res := ramRun(t, h, collect.Selection{}, collect.Budgets{Free: 1, Space: space})
	if o.Outcome != bundle.Partial || !errors.Is(res.Ended, collect.ErrFreeSpace) || !strings.Contains(o.Reason, "--memory-range") {
		t.Errorf("%+v, ended %v", o, res.Ended)
	}
	m, im := ramImage(t, b)
	if b.Seal().State != bundle.Whole || memory.Total(im.Read()) < 0x5000000 || len(m.Missing()) == 0 {
		t.Errorf("state %s, read %v", b.Seal().State, im.Read())
	}
	ramCheck(t, im, im.Unreadable())
}

// TestMemoryRefused: why there is no image, and what is still possible.
func TestMemoryRefused(t *testing.T) {
	for name, c := range map[string]struct {
		h    *ramHost
		core error
		code bundle.OutcomeCode
		say  string
	}{
		"no kcore":  {ramHostOf(ramTwo), &fs.PathError{Op: "open", Path: "kcore", Err: syscall.ENOENT}, bundle.Denied, "this kernel has no /proc/kcore"},
		"lockdown":  {ramHostOf(ramTwo), &fs.PathError{Op: "open", Path: "kcore", Err: syscall.EPERM}, bundle.Denied, "lockdown"},
		"hidden":    {ramHostOf("00000000-00000000 : System RAM\n00000000-00000000 : System RAM\n"), nil, bundle.Denied, "iomem is hidden"},
		"no iomem":  {ramHostOf("00000000-00000fff : Reserved\n"), nil, bundle.Failed, "no System RAM"},
		"no ranges": {ramHostOf("00001000-x : System RAM\n"), nil, bundle.Failed, "is no range"},
	} {
		t.Run(name, func(t *testing.T) {
			c.h.core = c.core
			b, o, res := ramRun(t, c.h, collect.Selection{}, collect.Budgets{})
			if o.Outcome != c.code || !strings.Contains(o.Reason, c.say) || !strings.Contains(o.Reason, "take memory from the hypervisor") || res.Complete() {
				t.Errorf("%+v", o)
			}
			if _, err := ReadMemoryImage(b); !errors.Is(err, ErrNoImage) {
				t.Errorf("an image all the same: %v", err)
			}
		})
	}
}
