package bundle

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/collect/record"
)

// failing writes n bytes and then has no room.
type failing struct{ left int }

var errFull = errors.New("no space left on device")

func (f *failing) Write(p []byte) (int, error) {
	if len(p) > f.left {
		n := f.left
		f.left = 0
		return n, errFull
	}
	f.left -= len(p)
	return len(p), nil
}

// TestFullDisk: wherever the output fails, the writer says so, and what was
// written never verifies as whole.
func TestFullDisk(t *testing.T) {
	data, _ := write(t, pinned(t))
	for i := range 100 {
		var buf bytes.Buffer
		room := len(data) * i / 100
		for _, workers := range []int{1, 2} {
			buf.Reset()
			err := writeInto(t, io.MultiWriter(&failing{room}, &buf), workers)
			if !errors.Is(err, errFull) {
				t.Fatalf("room for %d bytes of %d, %d workers: %v", room, len(data), workers, err)
			}
			if _, ok := passes(t, buf.Bytes(), VerifyOptions{}); ok {
				t.Fatalf("room for %d bytes: verifies", room)
			}
		}
	}
}

func writeInto(t *testing.T, out io.Writer, workers int) error {
	t.Helper()
	o := pinned(t)
	o.Workers = workers
	w, err := NewWriter(out, o)
	if err != nil {
		return err
	}
	for _, it := range items() {
		if _, err := w.File(Exhibit{Item: 2, Source: "logs", Path: record.Bytes(it.path)}, int64(len(it.data)), bytes.NewReader(it.data)); err != nil {
			if _, cerr := w.Close(); cerr == nil {
				t.Fatal("Close succeeds after a failed write")
			}
			return err
		}
	}
	_, err = w.Close()
	return err
}

// TestKilledWriter: kill -9 at random moments; 100 times with SAKSI_INTEROP=1.
func TestKilledWriter(t *testing.T) {
	if out := os.Getenv("SAKSI_TEST_WRITER"); out != "" {
		endlessWriter(t, out)
		return
	}
	n := 6
	if os.Getenv("SAKSI_INTEROP") != "" {
		n = 100
	}
	proven := 0
	for i := range n {
		out := filepath.Join(t.TempDir(), "b")
		cmd := exec.Command(os.Args[0], "-test.run", "^TestKilledWriter$")
		cmd.Env = append(os.Environ(), "SAKSI_TEST_WRITER="+out)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		waitFor(t, out)
		time.Sleep(time.Duration(rand.IntN(150)) * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		data, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		r, ok := passes(t, data, VerifyOptions{})
		if ok || (r.Integrity != IntegrityCut && r.Integrity != "") {
			t.Fatalf("kill %d: %+v", i, r)
		}
		proven += r.Proven.Checkpoint
		_ = os.Remove(out)
	}
	if proven == 0 {
		t.Error("no kill left a checkpoint: the test proves nothing")
	}
}

// endlessWriter writes exhibits until it is killed, or for ten seconds.
func endlessWriter(t *testing.T, path string) {
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWriter(f, pinned(t))
	if err != nil {
		t.Fatal(err)
	}
	data := noise(5, 300<<10, false)
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		if _, err := w.Bytes(Exhibit{Path: record.Bytes("/x"), Source: "x"}, data); err != nil {
			t.Fatal(err)
		}
	}
}
