package bundle

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saksi-dfir/saksi/collect/record"
)

func TestUnknownVersion(t *testing.T) {
	o := pinned(t)
	o.Acquisition.Version = 99
	data := small(t, o)
	_, err := OpenReader(bytes.NewReader(data), int64(len(data)), OpenOptions{})
	if !errors.Is(err, ErrVersion) || !strings.Contains(err.Error(), "99") {
		t.Errorf("%v", err)
	}
}

// TestManyWriters: exhibits and record streams from several goroutines.
func TestManyWriters(t *testing.T) {
	var buf bytes.Buffer
	o := pinned(t)
	o.Workers, o.PartBytes = 2, 1000
	var ticks atomic.Int64
	o.Now = func() time.Time { return start.Add(time.Duration(ticks.Add(1))) }
	w, err := NewWriter(&buf, o)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			r, err := w.Records(Exhibit{Source: fmt.Sprintf("stream%d", g), Item: 1})
			if err != nil {
				t.Error(err)
				return
			}
			for i := range 200 {
				if err := r.Line(fmt.Appendf(nil, `{"g":%d,"i":%d}`, g, i)); err != nil {
					t.Error(err)
				}
				if i%20 == 0 {
					data := noise(uint64(g*1000+i), 5000, true)
					if _, err := w.File(Exhibit{Path: fmt.Appendf(nil, "/f/%d/%d", g, i), Source: "logs", Item: 2}, 5000, bytes.NewReader(data)); err != nil {
						t.Error(err)
					}
				}
			}
			if parts, n, err := r.Close(); err != nil || parts < 2 || n == 0 {
				t.Errorf("%d parts, %d bytes, %v", parts, n, err)
			}
		}()
	}
	wg.Wait()
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	b := openBytes(t, buf.Bytes())
	if r := verify(t, b, VerifyOptions{}); !r.OK {
		t.Fatalf("%+v", r)
	}
	lines := map[string]int{}
	for x, err := range b.Exhibits() {
		if err != nil {
			t.Fatal(err)
		}
		if x.Parts == "" {
			continue
		}
		r, err := b.OpenExhibit(x)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil || !bytes.HasSuffix(data, []byte("\n")) || len(data) > 1000 {
			t.Fatalf("%s: %d bytes %v", x.Name, len(data), err)
		}
		lines[x.Parts] += bytes.Count(data, []byte("\n"))
	}
	want := map[string]int{"stream0": 200, "stream1": 200, "stream2": 200, "stream3": 200}
	if d := cmp.Diff(want, lines); d != "" {
		t.Error(d)
	}
}

// TestManyReaders: one bundle, several goroutines.
func TestManyReaders(t *testing.T) {
	data, _ := write(t, pinned(t))
	b := openBytes(t, data)
	want := items()
	var wg sync.WaitGroup
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i, it := range want {
				x, err := b.Exhibit(uint32(i + 2))
				if err != nil {
					t.Error(err)
					return
				}
				r, err := b.OpenExhibit(x)
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, it.data) {
					t.Errorf("%s: %d bytes, %v", x.Name, len(got), err)
				}
			}
		}()
	}
	wg.Wait()
}

// counting counts what is read of the file.
type counting struct {
	r io.ReaderAt
	n atomic.Int64
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	c.n.Add(int64(len(p)))
	return c.r.ReadAt(p, off)
}

// TestReadCost: opening a bundle and reading 4 KiB from the middle of a large
// exhibit reads the tail and a few frames, not the file.
func TestReadCost(t *testing.T) {
	var buf bytes.Buffer
	w, err := NewWriter(&buf, pinned(t))
	if err != nil {
		t.Fatal(err)
	}
	big := noise(1, 24<<20, false)
	x, err := w.File(Exhibit{Path: record.Bytes("/big"), Source: "x"}, int64(len(big)), bytes.NewReader(big))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	c := &counting{r: bytes.NewReader(buf.Bytes())}
	b, err := OpenReader(c, int64(buf.Len()), OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	r, err := b.OpenExhibit(x)
	if err != nil {
		t.Fatal(err)
	}
	p := make([]byte, 4096)
	if _, err := r.ReadAt(p, 11<<20); err != nil || !bytes.Equal(p, big[11<<20:11<<20+4096]) {
		t.Fatalf("%v", err)
	}
	if n := c.n.Load(); n > 4<<20 {
		t.Errorf("%d bytes of %d were read", n, buf.Len())
	}
}

// labelled is a reader that knows the state of its own ranges.
type labelled struct{ io.Reader }

func (labelled) States() []StateRange {
	return []StateRange{{Offset: 50, Length: 10, State: BytesZero}, {Offset: 10, Length: 5, State: BytesUnreadable}, {Offset: 90, Length: 100, State: BytesZero}, {Offset: 500, Length: 1, State: BytesZero}}
}

func TestStatesOfTheReader(t *testing.T) {
	w, err := NewWriter(io.Discard, pinned(t))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	x, err := w.File(Exhibit{Path: record.Bytes("/x"), Source: "x"}, 100, labelled{strings.NewReader(strings.Repeat("x", 60))})
	if err != nil {
		t.Fatal(err)
	}
	want := []StateRange{{Offset: 10, Length: 5, State: BytesUnreadable}, {Offset: 50, Length: 10, State: BytesZero}, {Offset: 60, Length: 40, State: BytesShort}, {Offset: 90, Length: 10, State: BytesZero}}
	if d := cmp.Diff(want, x.States); d != "" {
		t.Error(d)
	}
}

// TestWriterRefuses: misuse is an error before a byte is written.
func TestWriterRefuses(t *testing.T) {
	for name, edit := range map[string]func(*Options){
		"no run id":   func(o *Options) { o.Acquisition.RunID = "" },
		"bad run id":  func(o *Options) { o.Acquisition.RunID = "../x" },
		"no signer":   func(o *Options) { o.Signer = nil },
		"plan number": func(o *Options) { o.Plan = []PlanItem{{Item: 2}} },
	} {
		o := pinned(t)
		edit(&o)
		var buf bytes.Buffer
		if _, err := NewWriter(&buf, o); err == nil || buf.Len() > 0 {
			t.Errorf("%s: %v, %d bytes written", name, err, buf.Len())
		}
	}
	w, err := NewWriter(io.Discard, pinned(t))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	for name, x := range map[string]Exhibit{"outside data": {Name: "run.json"}, "no name": {}, "dots": {Name: "data/../x"}, "control": {Name: "data/a\nb"}, "no such item": {Name: "data/x", Item: 9}} {
		if _, err := w.Bytes(x, nil); err == nil {
			t.Errorf("exhibit %s is accepted", name)
		}
	}
	for name, o := range map[string]Outcome{"no item": {}, "beyond the plan": {Item: 9}} {
		if err := w.Outcome(o); err == nil {
			t.Errorf("outcome %s is accepted", name)
		}
	}
	if err := w.Outcome(Outcome{Item: 1, Outcome: Collected}); err != nil {
		t.Error(err)
	}
	if err := w.Outcome(Outcome{Item: 1, Outcome: Failed}); err == nil {
		t.Error("a second outcome is accepted")
	}
	r, err := w.Records(Exhibit{Source: "s"})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"{\"a\":\n1}", "not json", ""} {
		if err := r.Line([]byte(line)); err == nil {
			t.Errorf("record line %q is accepted", line)
		}
	}
}
