package vm

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"io"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// symbols holds what lies beside the image against what an analyst needs to
// read it: each file is there and is what its name says, of this very kernel.
func (l *lab) symbols(t *testing.T, path, version string) {
	t.Helper()
	b, err := bundle.Open(path, bundle.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	found := map[string][]byte{}
	for x, err := range b.Exhibits() {
		if err != nil {
			t.Fatal(err)
		}
		name, ok := strings.CutPrefix(x.Name, "data/memory/")
		if !ok || strings.HasSuffix(name, ".raw") {
			continue
		}
		r, err := b.OpenExhibit(x)
		if err != nil {
			t.Fatal(err)
		}
		if found[name], err = io.ReadAll(r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		r.Close()
	}
	for name, is := range map[string]func([]byte) bool{
		"iomem":        func(d []byte) bool { return bytes.Contains(d, []byte("System RAM")) },
		"kcore-header": func(d []byte) bool { return bytes.HasPrefix(d, []byte(elf.ELFMAG)) },
		"kcore-notes":  func(d []byte) bool { return bytes.Contains(d, []byte("OSRELEASE="+version)) },
		"version":      func(d []byte) bool { return bytes.Contains(d, []byte(version)) },
		"vmcoreinfo":   func(d []byte) bool { return len(d) > 0 },
		"modules":      func(d []byte) bool { return len(d) == 0 || bytes.Contains(d, []byte(" 0x")) }, // this guest may have loaded none
		"kallsyms": func(d []byte) bool {
			return bytes.Count(d, []byte("\n")) > 50_000 && bytes.Contains(d, []byte(" init_task\n"))
		},
		"btf-vmlinux": func(d []byte) bool { return len(d) > 1<<20 && binary.LittleEndian.Uint16(d) == 0xeb9f },
	} {
		d, ok := found[name]
		t.Logf("%s: %d bytes", name, len(d))
		if !ok || !is(d) {
			t.Errorf("data/memory/%s is missing (%v) or not what its name says: %.60q", name, !ok, d)
		}
	}
}
