package source

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host/hosttest"
)

func TestMemoryOfADeletedExecutable(t *testing.T) {
	needRoot(t)
	d := startDecoy(t, "unix", nil)
	env, k := liveEnv(t)
	if _, _, err := env.Host.Proc().Read(context.Background(), "self/pagemap", 8); err != nil {
		t.Skipf("no pagemap: %v", err)
	}
	o := gather(t, env, procmem())
	if o.Exhibits == 0 {
		t.Fatalf("outcome %+v", o)
	}
	found := false
	for name, b := range k.files {
		// The decoy's environment lies on its stack.
		if strings.Contains(k.paths[name], "[stack]") && bytes.Contains(b, []byte("SAKSI_REMOVE="+d.path)) {
			found = true
		}
	}
	if !found {
		t.Errorf("the decoy's stack is missing among %d mappings", len(k.files))
	}
}

func TestPagesThatAreNotPresentAreNotTouched(t *testing.T) {
	const page = 4096
	h := hosttest.New(recording())
	h.K.Memory = map[int]hosttest.Memory{40: {Start: 2 * page, Data: bytes.Repeat([]byte("m"), 6*page)}}
	var pagemap []byte
	for _, flags := range []uint64{0, 0, pagePresent, 0, pageSwapped, pagePresent, pagePresent, 0} {
		pagemap = binary.NativeEndian.AppendUint64(pagemap, flags)
	}
	p := &pages{kernel: h.K, pagemap: bytes.NewReader(pagemap), pid: 40, from: 2 * page, at: 2 * page, end: 8 * page, page: page}
	got, err := io.ReadAll(io.LimitReader(p, 6*page))
	if err != nil || len(got) != 6*page {
		t.Fatalf("%d bytes, %v", len(got), err)
	}
	m, z := strings.Repeat("m", page), strings.Repeat("\x00", page)
	if string(got) != m+z+z+m+m+z {
		t.Error("contents differ")
	}
	want := []bundle.StateRange{{Offset: page, Length: page, State: bundle.BytesZero}, {Offset: 2 * page, Length: page, State: bundle.BytesUnreadable, Errno: "swapped out"},
		{Offset: 5 * page, Length: page, State: bundle.BytesZero}}
	if diff := cmp.Diff(want, p.States()); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
}

func TestWantedRegions(t *testing.T) {
	for line, want := range map[string][2]bool{
		"55d0-55d1 rw-p 00000000 00:00 0                          [heap]\n":               {true, false},
		"7ffc-7ffd rw-p 00000000 00:00 0                          [stack]\n":              {true, false},
		"7f00-7f01 rwxp 00000000 00:00 0 \n":                                              {true, true},
		"7f00-7f01 r-xp 00000000 00:00 0 \n":                                              {true, true},
		"7f00-7f01 r-xp 00000000 fd:00 9                          /usr/bin/x\n":           {false, false},
		"7f00-7f01 r-xp 00000000 fd:00 9                          /usr/bin/x (deleted)\n": {true, false},
		"7f00-7f01 r-xp 00000000 00:00 0                          [vdso]\n":               {false, false},
		"7f00-7f01 ---p 00000000 00:00 0 \n":                                              {false, false},
		"7f00-7f01 rwxp 00000000 fd:00 9                          /usr/bin/x\n":           {true, true},
	} {
		r, ok := parseRegion(line)
		if !ok {
			t.Errorf("%q is not understood", line)
			continue
		}
		if take, bad := r.wanted(); take != want[0] || bad != want[1] {
			t.Errorf("%q: take %v suspicious %v", line, take, bad)
		}
	}
	for _, line := range []string{"", "x", "5-4 rwxp 0 0 0\n", "zz-zz rwxp 0 0 0\n"} {
		if _, ok := parseRegion(line); ok {
			t.Errorf("%q is understood", line)
		}
	}
}
