package source

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/record"
)

// createMap makes a map of a type (enum bpf_map_type); inner is the map whose
// shape the members of a map of maps have.
func createMap(kind, key, value, entries uint32, inner int, name string) (int, error) {
	attr := make([]byte, 48)
	for i, v := range []uint32{kind, key, value, entries, 0, uint32(inner)} {
		binary.NativeEndian.PutUint32(attr[4*i:], v)
	}
	copy(attr[28:], name)
	m, err := bpfCall(0, attr)
	if err != nil {
		return -1, fmt.Errorf("create %s: %w", name, err)
	}
	return m, nil
}

func updateMap(m int, key, value []byte) error {
	var pin runtime.Pinner
	defer pin.Unpin()
	attr := make([]byte, 32)
	binary.NativeEndian.PutUint32(attr, uint32(m))
	if key != nil {
		binary.NativeEndian.PutUint64(attr[8:], pinned(&pin, key))
	}
	binary.NativeEndian.PutUint64(attr[16:], pinned(&pin, value))
	if _, err := bpfCall(2, attr); err != nil {
		return fmt.Errorf("update: %w", err)
	}
	return nil
}

// decoyMaps makes one map of each kind that is read in its own way.
func decoyMaps() error {
	inner, err := createMap(2, 4, 8, 1, 0, "decoyinner")
	if err != nil {
		return err
	}
	outer, err := createMap(12, 4, 4, 2, inner, "decoyouter")
	if err != nil {
		return err
	}
	if err := updateMap(outer, []byte{1, 0, 0, 0}, binary.NativeEndian.AppendUint32(nil, uint32(inner))); err != nil {
		return err
	}
	percpu, err := createMap(6, 4, 12, 2, 0, "decoypercpu")
	if err != nil {
		return err
	}
	value := bytes.Repeat([]byte("twelve bytes\x00\x00\x00\x00"), 64) // of up to 64 processors, padded to 16
	if err := updateMap(percpu, []byte{1, 0, 0, 0}, value); err != nil {
		return err
	}
	queue, err := createMap(22, 0, 4, 4, 0, "decoyqueue")
	if err != nil {
		return err
	}
	if err := updateMap(queue, nil, []byte("head")); err != nil {
		return err
	}
	if _, err := createMap(27, 0, 0, 4096, 0, "decoyring"); err != nil {
		return err
	}
	return nil
}

// decoyPerf runs a program at a user probe of this very executable: a perf
// event without a link, as programs did before links.
func decoyPerf() error {
	kind, err := os.ReadFile("/sys/bus/event_source/devices/uprobe/type")
	if err != nil {
		return fmt.Errorf("no user probes here: %w", err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(kind)))
	if err != nil {
		return fmt.Errorf("user probes: %w", err)
	}
	path := append([]byte("/proc/self/exe"), 0)
	var pin runtime.Pinner
	defer pin.Unpin()
	attr := unix.PerfEventAttr{Type: uint32(n), Size: uint32(unix.PERF_ATTR_SIZE_VER8), Ext1: pinned(&pin, path), Ext2: decoyOffset}
	fd, err := unix.PerfEventOpen(&attr, -1, 0, -1, unix.PERF_FLAG_FD_CLOEXEC)
	if err != nil {
		return fmt.Errorf("perf event: %w", err)
	}
	prog, err := loadProgram(2, 0, "decoyprobe") // BPF_PROG_TYPE_KPROBE
	if err != nil {
		return err
	}
	if err := unix.IoctlSetInt(fd, unix.PERF_EVENT_IOC_SET_BPF, prog); err != nil {
		return fmt.Errorf("attach to the perf event: %w", err)
	}
	return nil
}

// decoyOffset lies in the first page of code, where nothing is executed often.
const decoyOffset = 0x1000

func TestContentsOfMaps(t *testing.T) {
	needRoot(t)
	d := startDecoy(t, "unix+maps", nil)
	env, k := liveEnv(t)
	gather(t, env, ebpf())
	objects, _ := bpfObjectsOf(t, k)
	got := map[string]record.BPF{}
	for _, o := range objects {
		if o.Type == "bpf-map" && len(o.Holders) > 0 && o.Holders[0].PID == d.pid {
			name, _, _ := strings.Cut(string(o.Info[24:40]), "\x00")
			got[name] = o
		}
	}
	if m := got["decoypercpu"]; m.CPUs == 0 || len(m.Entries) != 2 || len(m.Entries[1].Value) != 16*m.CPUs ||
		!bytes.Equal(m.Entries[1].Value, bytes.Repeat([]byte("twelve bytes\x00\x00\x00\x00"), m.CPUs)) {
		t.Errorf("map of all processors: %d processors, %d entries, errno %q", m.CPUs, len(m.Entries), m.Errno)
	}
	inner := got["decoyinner"]
	if m := got["decoyouter"]; len(m.Entries) != 1 || len(m.Entries[0].Value) != 4 || binary.NativeEndian.Uint32(m.Entries[0].Value) != inner.ID || inner.ID == 0 {
		t.Errorf("map of maps: %+v, the inner map has id %d", m.Entries, inner.ID)
	}
	if m := got["decoyqueue"]; len(m.Entries) != 1 || string(m.Entries[0].Value) != "head" || m.Unread == "" {
		t.Errorf("queue: %+v", m)
	}
	if m := got["decoyring"]; len(m.Entries) != 0 || m.Unread == "" || m.Errno != "" {
		t.Errorf("ring buffer: %+v", m)
	}
}

func TestProgramOfAPerfEvent(t *testing.T) {
	needRoot(t)
	d := startDecoy(t, "unix+perf", nil)
	env, k := liveEnv(t)
	gather(t, env, ebpf())
	for _, l := range k.lines["data/records/bpf"] {
		var h record.Hook
		if err := json.Unmarshal(l, &h); err != nil {
			t.Fatal(err)
		}
		if h.Type != "bpf-hook" || h.Where != "perf" || len(h.Holders) != 1 || h.Holders[0].PID != d.pid {
			continue
		}
		if h.Attach != 4 || h.Offset != decoyOffset || len(h.IDs) != 1 || !strings.HasPrefix(string(h.Target), "/") {
			t.Errorf("hook %+v, want a user probe at 0x%x of the decoy", h, decoyOffset)
		}
		return
	}
	t.Error("the program of the perf event is missing")
}

func TestKernelTypeNames(t *testing.T) {
	u32 := func(vs ...uint32) (b []byte) {
		for _, v := range vs {
			b = binary.LittleEndian.AppendUint32(b, v)
		}
		return b
	}
	blob := func(types, text []byte) []byte {
		head := append([]byte{0x9f, 0xeb, 1, 0}, u32(24, 0, uint32(len(types)), uint32(len(types)), uint32(len(text)))...)
		return append(append(head, types...), text...)
	}
	types := append(u32(1, 1<<24, 4, 32), u32(5, 12<<24, 1)...) // int "int", function "open"
	base := newBTFBlob(blob(types, []byte("\x00int\x00open\x00")), nil)
	if base.count != 2 || base.name(1) != "int" || base.name(2) != "open" || base.name(3) != "" {
		t.Errorf("%d types, %q %q", base.count, base.name(1), base.name(2))
	}
	mod := newBTFBlob(blob(u32(10, 12<<24, 1), []byte("hook\x00")), base)
	if mod.name(3) != "hook" || mod.name(1) != "int" {
		t.Errorf("module: %q %q", mod.name(3), mod.name(1))
	}
	for _, bad := range [][]byte{nil, []byte("\x9f\xeb"), blob(types, nil)[:30], bytes.Repeat([]byte{0xff}, 64)} {
		if n := newBTFBlob(bad, nil).name(1); n != "" {
			t.Errorf("%x: %q", bad, n)
		}
	}
}

// Type data comes from a file: whatever it holds, a name is found or not.
func FuzzKernelTypes(f *testing.F) {
	u32 := func(vs ...uint32) (b []byte) {
		for _, v := range vs {
			b = binary.LittleEndian.AppendUint32(b, v)
		}
		return b
	}
	types := append(u32(1, 1<<24, 4, 32), u32(5, 12<<24, 1)...)
	whole := append([]byte{0x9f, 0xeb, 1, 0}, u32(24, 0, uint32(len(types)), uint32(len(types)), 10)...)
	whole = append(append(whole, types...), "\x00int\x00open\x00"...)
	f.Add(whole, uint32(2))
	f.Add(whole[:40], uint32(1))
	f.Fuzz(func(t *testing.T, data []byte, id uint32) {
		base := newBTFBlob(data, nil)
		if uint64(base.count)*12 > uint64(len(data)) {
			t.Fatalf("%d types of %d bytes", base.count, len(data))
		}
		if n := base.name(id); len(n) > 512 || n != "" && id > base.count {
			t.Fatalf("type %d of %d is called %q", id, base.count, n)
		}
		newBTFBlob(data, base).name(id)
	})
}
