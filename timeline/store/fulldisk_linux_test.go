package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// TestFullDiskIsSaid fills a small file system: the error says so, and the
// store holds every bundle that was committed.
func TestFullDiskIsSaid(t *testing.T) {
	if testing.Short() {
		t.Skip("fills a disk: not with -short")
	}
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

// TestFullDiskSideBySide fills a small file system by many batches at the same
// time: together they do not write more than there is room for.
func TestFullDiskSideBySide(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to mount a small tmpfs")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=48m"); err != nil {
		t.Skipf("no tmpfs can be mounted here: %v", err)
	}
	defer syscall.Unmount(dir, syscall.MNT_DETACH)
	case0 := filepath.Join(dir, "store")
	w, err := OpenWriter(case0, WriterOptions{Workers: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	w.limits.segment = 2000
	var mu sync.Mutex
	var wg sync.WaitGroup
	// five that begin at once may leave no room for any of them: one goes first
	alone := randomEvents(rand.New(rand.NewPCG(9, 9)), "run-alone", 4000)
	if err := ingestOnce(w, "run-alone", alone); err != nil {
		t.Fatal(err)
	}
	kept, full := map[string][]*event.Event{"run-alone": alone}, 0
	for g := range 5 {
		wg.Go(func() {
			for i := range 40 {
				run := fmt.Sprintf("run-%d-%03d", g, i)
				list := randomEvents(rand.New(rand.NewPCG(uint64(g), uint64(i))), run, 4000)
				err := ingestOnce(w, run, list)
				mu.Lock()
				var space *NoSpaceError
				if errors.As(err, &space) {
					full++
				} else if err != nil {
					t.Error(err)
				} else {
					kept[run] = list
				}
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	if full == 0 || len(kept) == 0 {
		t.Fatalf("the disk was full %d times, %d bundles fitted", full, len(kept))
	}
	wholeBundles(t, case0, kept)
	clean(t, case0)
}

// TestRoomIsGrantedOnce grants the room of a disk to one of two that want most
// of it.
func TestRoomIsGrantedOnce(t *testing.T) {
	dir := t.TempDir()
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		t.Fatal(err)
	}
	free := int64(st.Bavail) * int64(st.Bsize)
	if free < 1<<30 {
		t.Skipf("only %d bytes are free here", free)
	}
	var r room
	most := free / 10 * 6
	if err := r.take(dir, most); err != nil {
		t.Fatal(err)
	}
	var full *NoSpaceError
	if err := r.take(dir, most); !errors.As(err, &full) || full.Need < 2*most {
		t.Errorf("the same room was granted twice: %v", err)
	}
	r.give(most)
	if err := r.take(dir, most); err != nil {
		t.Errorf("room that was given back: %v", err)
	}
}
