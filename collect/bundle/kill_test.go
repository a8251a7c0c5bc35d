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
		if raceDetector && i%20 != 0 {
			continue
		}
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

// TestTornExhibit: after a source panics or misbehaves nothing can be sealed.
func TestTornExhibit(t *testing.T) {
	for name, r := range map[string]func([]byte) (int, error){
		"panics":         func([]byte) (int, error) { panic("source") },
		"counts wrongly": func(p []byte) (int, error) { return len(p) + 1, nil },
	} {
		var buf bytes.Buffer
		w, err := NewWriter(&buf, pinned(t))
		if err != nil {
			t.Fatal(err)
		}
		func() {
			defer func() { _ = recover() }()
			if _, err := w.File(Exhibit{Path: record.Bytes("/x"), Source: "x"}, 100, readerFunc(r)); err == nil {
				t.Errorf("%s: no error", name)
			}
		}()
		if _, err := w.Close(); err == nil {
			t.Errorf("%s: sealed", name)
		}
		if _, ok := passes(t, buf.Bytes(), VerifyOptions{}); ok {
			t.Errorf("%s: verifies", name)
		}
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// TestManyOutcomes: outcomes alone must not make a checkpoint that readers refuse.
func TestManyOutcomes(t *testing.T) {
	o := pinned(t)
	o.Plan = nil
	many := 60_000
	if raceDetector {
		many = 6_000
	}
	for i := range many {
		o.Plan = append(o.Plan, PlanItem{Item: i + 1, Source: "logs", Target: "/var/log/some/long/path/to/make/it/large"})
	}
	var buf bytes.Buffer
	w, err := NewWriter(&buf, o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range o.Plan {
		flags := make([]string, 1)
		if i == 0 {
			flags = make([]string, 5000)
		}
		if err := w.Outcome(Outcome{Item: i + 1, Outcome: Absent, Errno: "ENOENT", Flags: flags}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	b := openBytes(t, buf.Bytes())
	if r := verify(t, b, VerifyOptions{}); !r.OK || len(r.Missing) > 0 || r.Proven.Checkpoint < 2+many/20_000 {
		t.Errorf("%+v %v %s", r.Proven, r.Problems, r.Reason)
	}
}

// TestAbort: a run that is given up stays cut.
func TestAbort(t *testing.T) {
	var buf bytes.Buffer
	o := pinned(t)
	o.Workers = 2
	w, err := NewWriter(&buf, o)
	if err != nil {
		t.Fatal(err)
	}
	w.Abort()
	w.Abort()
	if _, err := w.Close(); !errors.Is(err, ErrClosed) {
		t.Errorf("%v", err)
	}
	if r, ok := passes(t, buf.Bytes(), VerifyOptions{}); ok || r.Integrity != IntegrityCut || r.Proven.Checkpoint != 1 {
		t.Errorf("%+v", r)
	}
}
