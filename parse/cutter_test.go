package parse

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// lines is a parser that makes one event of each line.
type lines struct{}

func (lines) Describe() Description   { return Description{Name: "lines", Version: 1} }
func (lines) Claim(*Exhibit) Strength { return Weak }
func (lines) Parse(ctx context.Context, _ *Facts, x *Exhibit, s Sink) error {
	return EachChunk(ctx, x, s, TextOptions{Workers: x.Workers}, func(c *Chunk, b *Batch) error {
		at := 0
		for line := range strings.Lines(c.Data) {
			text := strings.TrimRight(line, "\n")
			if text == "" {
				b.Padding(c.Offset+int64(at), int64(len(line)))
			} else {
				e := b.Event()
				e.Origin.Offset, e.Origin.Length, e.Message = c.Offset+int64(at), int64(len(line)), text
			}
			at += len(line)
		}
		return nil
	})
}

type keep struct {
	events   []string
	warnings []string
}

func (k *keep) Event(e *event.Event) error {
	k.events = append(k.events, fmt.Sprintf("%d+%d %.8s", e.Origin.Offset, e.Origin.Length, e.Message))
	return nil
}
func (k *keep) Warning(w event.Warning) error {
	k.warnings = append(k.warnings, fmt.Sprintf("%s %d+%d", w.Code, w.Offset, w.Length))
	return nil
}
func (k *keep) Counter(event.Counter) error   { return nil }
func (k *keep) Padding(offset, n int64) error { return nil }

func cutAll(t *testing.T, r func() io.Reader, workers int) *keep {
	t.Helper()
	k := new(keep)
	x := &Exhibit{Name: "x", Workers: workers, Open: func() (io.ReadCloser, error) { return io.NopCloser(r()), nil }}
	if err := (lines{}).Parse(context.Background(), nil, x, k); err != nil {
		t.Fatal(err)
	}
	return k
}

func TestCutter(t *testing.T) {
	long := strings.Repeat("L", 3<<20)
	for _, c := range []struct {
		name, text string
		events     string
		warnings   string
	}{
		{"plain", "a\nbb\n", "[0+2 a 2+3 bb]", "[]"},
		{"no end", "a\nbb", "[0+2 a 2+2 bb]", "[]"},
		{"empty", "", "[]", "[]"},
		{"long line", "a\n" + long + "\nb\n", "[0+2 a 2+65536 LLLLLLLL 3145731+2 b]", "[too-long 65538+3080193]"},
		{"long end", long, "[0+65536 LLLLLLLL]", "[too-long 65536+3080192]"},
		{"nul run", "a\n" + strings.Repeat("\x00", 1<<20) + "b\n", "[0+2 a 1048578+2 b]", "[nul-run 2+1048576]"},
		{"nul inside", "aa" + strings.Repeat("\x00", 100) + "b\n", "[0+2 aa 102+2 b]", "[nul-run 2+100]"},
		{"few nul", "a\x00\x00b\n", "[0+5 a\x00\x00b]", "[]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, workers := range []int{1, 3} {
				k := cutAll(t, func() io.Reader { return strings.NewReader(c.text) }, workers)
				if got := fmt.Sprint(k.events); got != c.events {
					t.Errorf("events %s, want %s", got, c.events)
				}
				if got := fmt.Sprint(k.warnings); got != c.warnings {
					t.Errorf("warnings %s, want %s", got, c.warnings)
				}
			}
			k := cutAll(t, func() io.Reader { return iotest.HalfReader(strings.NewReader(c.text)) }, 1)
			if got := fmt.Sprint(k.events); got != c.events {
				t.Errorf("read in small pieces: events %s, want %s", got, c.events)
			}
		})
	}
}

// TestCutterGigabyteLine reads a line of 1 GiB in little memory.
func TestCutterGigabyteLine(t *testing.T) {
	size := int64(1 << 30)
	if testing.Short() {
		size = 1 << 27
	}
	k := cutAll(t, func() io.Reader {
		return io.MultiReader(strings.NewReader("first\n"), io.LimitReader(same('A'), size), strings.NewReader("\nlast\n"))
	}, 2)
	want := fmt.Sprintf("[0+6 first 6+65536 AAAAAAAA %d+5 last]", size+7)
	if got := fmt.Sprint(k.events); got != want {
		t.Errorf("events %s, want %s", got, want)
	}
}

type same byte

func (s same) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(s)
	}
	return len(p), nil
}

// FuzzCutter: every byte is in exactly one event, warning or newline.
func FuzzCutter(f *testing.F) {
	seeds := []string{"a\nb\n", "\n\n", strings.Repeat("\x00", 200) + "x\n", "a" + strings.Repeat("\x00", 64) + "b"}
	for _, s := range seeds {
		f.Add([]byte(s), uint(1))
	}
	if len(seeds) == 0 {
		f.Fatal("the seed corpus is empty")
	}
	f.Fuzz(func(t *testing.T, data []byte, times uint) {
		data = bytes.Repeat(data, int(times%64)+1)
		m := &meter{x: &Exhibit{Name: "x", Workers: 2}, facts: &Facts{}, parser: "lines", out: new(keep)}
		m.x.Open = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
		if err := (lines{}).Parse(context.Background(), nil, m.x, m); err != nil {
			t.Fatal(err)
		}
		if g := m.covered.gaps(int64(len(data))); len(g) > 0 {
			t.Errorf("not accounted for: %v", g)
		}
	})
}

func TestCoverage(t *testing.T) {
	var c coverage
	for _, s := range [][2]int64{{0, 10}, {10, 5}, {20, 5}, {2, 3}, {15, 5}, {40, 10}, {30, 2}, {45, 100}, {-1, 5}, {50, -3}} {
		c.add(s[0], s[1])
	}
	if got := fmt.Sprint(c.gaps(150)); got != "[{25 5} {32 8} {145 5}]" {
		t.Errorf("gaps %s", got)
	}
	if n := c.bytes(); n != 25+2+105 {
		t.Errorf("%d bytes", n)
	}
}
