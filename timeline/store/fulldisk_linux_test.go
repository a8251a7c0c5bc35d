package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// TestFullDiskIsSaid fills a small file system: the error says so, and the
// store holds every bundle that was committed.
func TestFullDiskIsSaid(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to mount a small tmpfs")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=56m"); err != nil {
		t.Skipf("no tmpfs can be mounted here: %v", err)
	}
	defer syscall.Unmount(dir, syscall.MNT_DETACH)
	case0 := filepath.Join(dir, "store")
	w, err := OpenWriter(case0, WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	kept := map[string][]*event.Event{}
	var full *NoSpaceError
	for i := range 200 {
		run := fmt.Sprintf("run-%03d", i)
		list := randomEvents(rand.New(rand.NewPCG(uint64(i), 3)), run, 40000)
		if err = ingestOnce(w, run, list); err != nil {
			break
		}
		kept[run] = list
	}
	if !errors.As(err, &full) || full.Free >= full.Need {
		t.Fatalf("got %v, want a NoSpaceError", err)
	}
	if len(kept) == 0 {
		t.Fatal("the disk was full before the first bundle")
	}
	wholeBundles(t, case0, kept)
	clean(t, case0)
}
