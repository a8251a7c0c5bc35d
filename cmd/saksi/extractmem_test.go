package main

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
	"time"

	"filippo.io/age"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/memory"
	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/collect/seal"
)

// imagePage is what the machine of these tests has at one page.
func imagePage(at uint64) []byte {
	return bytes.Repeat([]byte(fmt.Sprintf("%016x", at)), memory.PageSize/16)
}

// imageHead is a header of kcore with one direct map.
func imageHead() []byte {
	le := binary.LittleEndian
	b := make([]byte, 64+56)
	copy(b, elf.ELFMAG)
	b[4], b[5], b[6] = 2, 1, 1
	le.PutUint64(b[32:], 64)
	le.PutUint16(b[54:], 56)
	le.PutUint16(b[56:], 1)
	le.PutUint32(b[64:], uint32(elf.PT_LOAD))
	le.PutUint64(b[64+16:], 0xffff888000000000)
	le.PutUint64(b[64+32:], 1<<32)
	return b
}

// imageBundle writes a bundle that set out to read wanted and has parts; pages
// in bad could not be read.
func imageBundle(t *testing.T, name, boot string, to age.Recipient, wanted, parts []memory.Range, bad ...uint64) string {
	t.Helper()
	key, err := seal.NewRunKey(bytes.NewReader(make([]byte, 64)))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	o := bundle.Options{Acquisition: bundle.Acquisition{RunID: name, Sealed: "host", Output: "direct", Host: bundle.HostClaims{Hostname: "h", MachineID: "m", BootID: boot, Arch: "x86_64"}},
		Plan: []bundle.PlanItem{{Item: 1, Source: "memory", Target: "physical memory"}}, Signer: key}
	if to != nil {
		o.Recipients = []age.Recipient{to}
	}
	w, err := bundle.NewWriter(f, o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Bytes(bundle.Exhibit{Name: "data/memory/kcore-header", Item: 1, Source: "memory"}, imageHead()); err != nil {
		t.Fatal(err)
	}
	recs, err := w.Records(bundle.Exhibit{Name: "data/records/memory", Item: 1, Source: "memory"})
	if err != nil {
		t.Fatal(err)
	}
	plan := record.MemoryPlan{Type: "memory-plan"}
	for _, r := range wanted {
		plan.Wanted = append(plan.Wanted, record.MemoryRange{Start: r.Start, End: r.End})
	}
	if err := recs.Record(&plan); err != nil {
		t.Fatal(err)
	}
	if _, _, err := recs.Close(); err != nil {
		t.Fatal(err)
	}
	for _, r := range parts {
		x := bundle.Exhibit{Name: fmt.Sprintf("data/memory/%016x-%016x.raw", r.Start, r.End-1), Item: 1, Source: "memory"}
		var data []byte
		for at := r.Start; at < r.End; at += memory.PageSize {
			page := imagePage(at)
			for _, b := range bad {
				if b == at {
					page = make([]byte, memory.PageSize)
					x.States = append(x.States, bundle.StateRange{Offset: int64(at - r.Start), Length: memory.PageSize, State: bundle.BytesUnreadable, Errno: "EIO"})
				}
			}
			data = append(data, page...)
		}
		if _, err := w.File(x, int64(len(data)), bytes.NewReader(data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Outcome(bundle.Outcome{Item: 1, Source: "memory", Target: "physical memory", Outcome: bundle.Collected}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// saksi runs one command line in this process.
func saksi(t *testing.T, want int, args ...string) (stdout []byte, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	a := &app{in: strings.NewReader(""), out: &out, err: &errs, now: time.Now, getenv: func(string) string { return "" }}
	if code := a.run(t.Context(), args); code != want {
		t.Fatalf("saksi %s: exit %d, want %d\n%s", strings.Join(args, " "), code, want, errs.String())
	}
	return out.Bytes(), errs.String()
}

// TestExtractImageJoined: two partial images of one boot, one of them
// encrypted, become one; what only the second could read comes from it.
func TestExtractImageJoined(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	keys := filepath.Join(t.TempDir(), "id.txt")
	if err := os.WriteFile(keys, []byte(id.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	all := []memory.Range{{Start: 0x1000, End: 0x9000}, {Start: 0x100000, End: 0x140000}}
	first := imageBundle(t, "first", "boot", nil, all, []memory.Range{{Start: 0x1000, End: 0x9000}, {Start: 0x100000, End: 0x110000}}, 0x3000)
	rest := imageBundle(t, "rest", "boot", id.Recipient(), []memory.Range{{Start: 0x3000, End: 0x4000}, {Start: 0x110000, End: 0x140000}},
		[]memory.Range{{Start: 0x3000, End: 0x4000}, {Start: 0x110000, End: 0x140000}})
	dir := t.TempDir()

	_, errs := saksi(t, exitPartial, "extract", first, "--as", "lime", "--to", filepath.Join(dir, "first.lime"))
	if !strings.Contains(errs, "3000-3fff") || !strings.Contains(errs, "110000-13ffff") {
		t.Errorf("what is missing is not named: %s", errs)
	}
	text, _ := saksi(t, exitDone, "inspect", first)
	if !strings.Contains(string(text), "--memory-range 3000-3fff,110000-13ffff") || !strings.Contains(string(text), "past the page cache") {
		t.Errorf("inspect:\n%s", text)
	}
	saksi(t, exitDone, "extract", first, rest, "--identity", keys, "--as", "lime", "--to", filepath.Join(dir, "all.lime"))
	lime, err := os.ReadFile(filepath.Join(dir, "all.lime"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		got, err := memory.ParseLimeHeader(lime)
		if err != nil || got != r {
			t.Fatalf("range %v, want %v: %v", got, r, err)
		}
		lime = lime[32:]
		for at := r.Start; at < r.End; at += memory.PageSize {
			if !bytes.Equal(lime[:memory.PageSize], imagePage(at)) {
				t.Fatalf("page %x differs", at)
			}
			lime = lime[memory.PageSize:]
		}
	}
	// random access by physical address, encrypted and plain, over a seam
	got, _ := saksi(t, exitDone, "extract", first, rest, "--identity", keys, "--as", "raw", "--range", "10f000-110fff", "--to", "-")
	if want := append(imagePage(0x10f000), imagePage(0x110000)...); !bytes.Equal(got, want) {
		t.Errorf("%d bytes over the seam differ", len(got))
	}
	saksi(t, exitDone, "extract", first, rest, "--identity", keys, "--as", "elfcore", "--to", filepath.Join(dir, "all.core"))
	core, err := elf.Open(filepath.Join(dir, "all.core"))
	if err != nil {
		t.Fatal(err)
	}
	defer core.Close()
	if b, err := io.ReadAll(core.Progs[2].Open()); err != nil || len(b) != 0x40000 || core.Progs[2].Vaddr != 0xffff888000100000 {
		t.Errorf("core: %d bytes at %x, %v", len(b), core.Progs[2].Vaddr, err)
	}
	saksi(t, exitDone, "extract", first, rest, "--identity", keys, "--as", "raw", "--to", filepath.Join(dir, "all.raw"))
	raw, err := os.ReadFile(filepath.Join(dir, "all.raw"))
	if err != nil || len(raw) != 0x140000 || !bytes.Equal(raw[0x3000:0x4000], imagePage(0x3000)) || !bytes.Equal(raw[0x9000:0x100000], make([]byte, 0xf7000)) {
		t.Errorf("raw: %d bytes, %v", len(raw), err)
	}
}

func TestExtractImageRefuses(t *testing.T) {
	r := []memory.Range{{Start: 0x1000, End: 0x2000}}
	a := imageBundle(t, "a", "boot", nil, r, r)
	b := imageBundle(t, "b", "another", nil, r, r)
	none := imageBundle(t, "none", "boot", nil, r, nil)
	to := filepath.Join(t.TempDir(), "out")
	for _, c := range []struct {
		want int
		say  string
		args []string
	}{
		{exitFailed, "another boot", []string{a, b, "--as", "lime"}},
		{exitFailed, "no RAM image", []string{none, "--as", "lime"}},
		{exitFailed, "does not hold 2000-2fff", []string{a, "--as", "raw", "--range", "1000-2fff"}},
		{exitUsage, "no range", []string{a, "--as", "raw", "--range", "x"}},
		{exitUsage, "--range goes with --as", []string{a, "--range", "1000-1fff"}},
		{exitUsage, "lime, elfcore or raw", []string{a, "--as", "vmem"}},
	} {
		_, errs := saksi(t, c.want, append([]string{"extract", "--to", to}, c.args...)...)
		if !strings.Contains(errs, c.say) {
			t.Errorf("%v: %s", c.args, errs)
		}
		if _, err := os.Stat(to); err == nil {
			t.Fatalf("%v left a file", c.args)
		}
	}
}
