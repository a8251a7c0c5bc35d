package bundle

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/saksi-dfir/saksi/collect/record"
)

// crafted makes a bundle whose sealer is the attacker: craft may write
// anything into the stream before the honest seal.
func crafted(t *testing.T, craft func(w *Writer)) []byte {
	t.Helper()
	var buf bytes.Buffer
	w, err := NewWriter(&buf, pinned(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Bytes(Exhibit{Path: record.Bytes("/etc/motd"), Source: "x"}, []byte("hello\n")); err != nil {
		t.Fatal(err)
	}
	craft(w)
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// raw puts bytes into the tar.
func (w *Writer) rawTest(t *testing.T, p []byte) {
	t.Helper()
	if _, err := w.fr.Write(p); err != nil {
		t.Fatal(err)
	}
}

// typed is a header of another tar type, with its checksum right.
func typed(name string, typ byte, link string) []byte {
	b := tarHeader(name, 0, 0)
	b = b[len(b)-tarBlock:]
	b[156] = typ
	copy(b[157:], link)
	copy(b[148:156], "        ")
	sum := 0
	for _, c := range b {
		sum += int(c)
	}
	copy(b[148:], fmt.Sprintf("%06o\x00 ", sum))
	return b
}

// TestCraftedEntries: what a hostile sealer plants is refused with a reason,
// and the honest exhibits can still be read.
func TestCraftedEntries(t *testing.T) {
	run := pinned(t).Acquisition.RunID
	hidden := func(name string) func(w *Writer) {
		return func(w *Writer) {
			w.rawTest(t, tarHeader(name, 3, 0))
			w.rawTest(t, append([]byte("bad"), make([]byte, padding(3))...))
		}
	}
	for name, craft := range map[string]func(w *Writer){
		"traversal":        hidden(run + "/data/../../etc/cron.d/x"),
		"absolute":         hidden("/etc/cron.d/x"),
		"other bag":        hidden("other/data/x"),
		"unlisted exhibit": hidden(run + "/data/files/extra"),
		"unlisted file":    hidden(run + "/autorun.inf"),
		"duplicate":        hidden(run + "/data/files/etc/motd"),
		"second run.json":  hidden(run + "/run.json"),
		"symlink":          func(w *Writer) { w.rawTest(t, typed(run+"/data/files/l", '2', "/etc")) },
		"hard link":        func(w *Writer) { w.rawTest(t, typed(run+"/data/files/l", '1', run+"/run.json")) },
		"device":           func(w *Writer) { w.rawTest(t, typed(run+"/data/files/sda", '4', "")) },
		"directory":        func(w *Writer) { w.rawTest(t, typed(run+"/data/files/d/", '5', "")) },
		"end of archive":   func(w *Writer) { w.rawTest(t, make([]byte, 2*tarBlock)) },
		"absurd size":      func(w *Writer) { w.rawTest(t, tarHeader(run+"/data/files/huge", 1<<62, 0)) },
		"record outside": func(w *Writer) {
			w.part.WriteString(`{"n":2,"name":"data/../../x","size":1,"at":512,"sha256":"` + strings.Repeat("0", 64) + "\"}\n")
		},
		"record of nothing": func(w *Writer) {
			w.part.WriteString(`{"n":2,"name":"data/files/ghost","size":4611686018427387904,"at":4611686018427387904,"sha256":"` + strings.Repeat("0", 64) + "\"}\n")
		},
		"skippable garbage": func(w *Writer) {
			if err := w.fr.sync(); err != nil {
				t.Fatal(err)
			}
			if err := w.fr.skippable([]byte("not a checkpoint")); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			data := crafted(t, craft)
			r, ok := passes(t, data, VerifyOptions{})
			if ok || len(r.Problems) == 0 {
				t.Fatalf("verifies, or without a reason: %+v", r)
			}
			b := openBytes(t, data)
			for x, err := range b.Exhibits() {
				if err == nil && checkName(x.Name) != nil {
					t.Errorf("hands out the path %q", x.Name)
				}
			}
		})
	}
}

// TestManyTinyEntries: entries without records are refused after a bounded number.
func TestManyTinyEntries(t *testing.T) {
	run := pinned(t).Acquisition.RunID
	data := crafted(t, func(w *Writer) {
		for i := range 3 * maxPartExhibits {
			w.rawTest(t, tarHeader(fmt.Sprintf("%s/data/files/%d", run, i), 0, 0))
		}
	})
	r, ok := passes(t, data, VerifyOptions{})
	if ok || len(r.Problems) == 0 || !strings.Contains(fmt.Sprint(r.Problems), "without a part") {
		t.Fatalf("%+v", r.Problems[:min(3, len(r.Problems))])
	}
}

// TestBombs: frames that want more memory than the format allows are refused
// before they get it.
func TestBombs(t *testing.T) {
	honest := small(t, pinned(t))
	enc, err := zstd.NewWriter(nil, zstd.WithSingleSegment(true), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		t.Fatal(err)
	}
	defer enc.Close()
	bomb := enc.EncodeAll(make([]byte, 64<<20), nil)
	lying := bytes.Clone(enc.EncodeAll(make([]byte, FrameSize), nil))
	binary.LittleEndian.PutUint32(lying[5:], 100) // says 100 bytes, holds 1 MiB
	var noSize bytes.Buffer
	e, err := zstd.NewWriter(&noSize, zstd.WithWindowSize(8<<20))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Write(make([]byte, 32<<20)); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	for name, frame := range map[string][]byte{"64 MiB frame": bomb, "frame that lies": lying, "frame without a size": noSize.Bytes()} {
		for where, data := range map[string][]byte{"alone": frame, "first": append(bytes.Clone(frame), honest...), "last": append(bytes.Clone(honest), frame...)} {
			allocated := testing.AllocsPerRun(1, func() {
				if _, ok := passes(t, data, VerifyOptions{}); ok {
					t.Errorf("%s %s: verifies", name, where)
				}
			})
			if allocated > 1e6 {
				t.Errorf("%s %s: %v allocations", name, where, allocated)
			}
		}
	}
}

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
