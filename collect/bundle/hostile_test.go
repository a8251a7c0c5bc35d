package bundle

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

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
