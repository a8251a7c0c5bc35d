package term

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// emulator is a terminal that knows the sequences we write and nothing else;
// anything else is a fault.
type emulator struct {
	w, h  int
	cells [][]cell
	x, y  int
	style string
	fault string
}

func newEmulator(w, h int) *emulator {
	e := &emulator{w: w, h: h}
	e.clear()
	return e
}

func (e *emulator) clear() {
	e.cells = make([][]cell, e.h)
	for i := range e.cells {
		e.cells[i] = make([]cell, e.w)
		for k := range e.cells[i] {
			e.cells[i][k] = cell{text: " "}
		}
	}
}

func (e *emulator) write(s string) {
	for i := 0; i < len(s) && e.fault == ""; {
		if s[i] == 0x1b {
			n := strings.IndexAny(s[i+2:], "mHJhl")
			if n < 0 || s[i+1] != '[' {
				e.fault = fmt.Sprintf("unknown sequence %q", s[i:min(len(s), i+12)])
				return
			}
			e.csi(s[i+2:i+2+n], s[i+2+n])
			i += n + 3
			continue
		}
		if s[i] < 0x20 || s[i] == 0x7f {
			e.fault = fmt.Sprintf("control byte %#x", s[i])
			return
		}
		text, width, n := cluster(s[i:])
		i += n
		if e.x+width > e.w {
			e.fault = fmt.Sprintf("text beyond the edge at %d,%d", e.x, e.y)
			return
		}
		e.cells[e.y][e.x] = cell{text: text, style: e.style}
		for k := 1; k < width; k++ {
			e.cells[e.y][e.x+k] = cell{style: e.style, wide: true}
		}
		e.x += width
	}
}

func (e *emulator) csi(args string, final byte) {
	switch final {
	case 'm':
		e.style = join(e.style, "\x1b["+args+"m")
	case 'H':
		row, col, _ := strings.Cut(args, ";")
		e.y, _ = strconv.Atoi(row)
		e.x, _ = strconv.Atoi(col)
		e.x, e.y = e.x-1, e.y-1
		if e.x < 0 || e.x >= e.w || e.y < 0 || e.y >= e.h {
			e.fault = "cursor outside: " + args
		}
	case 'J':
		e.clear()
	case 'h', 'l':
		if args != "?25" {
			e.fault = "unknown mode " + args
		}
	}
}

func frameLine(t *rapid.T, w int) string {
	parts := []string{"", "a", "log line", "한글", "\u1112\u1161\u11ab", "▁▂█", "e\u0301", "漢字", "│", "\x1b[1m", "\x1b[7m", "\x1b[m", "👩‍💻", " ", "x\x00y", "\x1b]52;c;AA\x07", "\x9b31m", "\u202e", "\r", "\t", "\xff\xfe", "\u200b"}
	var b strings.Builder
	for range rapid.IntRange(0, 12).Draw(t, "parts") {
		b.WriteString(rapid.SampledFrom(parts).Draw(t, "part"))
	}
	return b.String()
}

// TestDiffReachesTheFrame paints frame after frame on an emulated terminal and
// compares what it then shows with the frame.
func TestDiffReachesTheFrame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 24).Draw(t, "w"), rapid.IntRange(1, 4).Draw(t, "h")
		s := New(nil, nil, Options{})
		e := newEmulator(w, h)
		for range rapid.IntRange(1, 6).Draw(t, "frames") {
			f := Frame{Width: w, Cursor: rapid.Bool().Draw(t, "cursor"), X: w - 1, Y: h - 1}
			for range h {
				f.Lines = append(f.Lines, frameLine(t, w))
			}
			s.next = &f
			e.write(s.take())
			if e.fault != "" {
				t.Fatal(e.fault)
			}
			for i, l := range f.Lines {
				want := parse(l, w, nil)
				for k := range want {
					if e.cells[i][k] != want[k] {
						t.Fatalf("line %d cell %d shows %+v, want %+v", i, k, e.cells[i][k], want[k])
					}
				}
			}
		}
	})
}

func TestParseFillsTheWidth(t *testing.T) {
	for _, s := range []string{"", "abc", "한글한글한글", strings.Repeat("漢", 40), "\x1b[1mbold\x1b[m", "\x1b[2J\x1b]0;t\x07", "\xf0\x9f", "a\u0301\u0301\u0301" + strings.Repeat("\u0301", 300)} {
		for w := 1; w < 20; w++ {
			cells := parse(s, w, nil)
			if len(cells) != w {
				t.Errorf("parse(%q, %d) gives %d cells", s, w, len(cells))
			}
			for _, c := range cells {
				for i := 0; i < len(c.text); i++ {
					if c.text[i] < 0x20 || c.text[i] == 0x7f || !utf8.ValidString(c.text) {
						t.Errorf("parse(%q, %d) lets %q through", s, w, c.text)
					}
				}
			}
		}
	}
}

func TestUnchangedFrameWritesNothing(t *testing.T) {
	s := New(nil, nil, Options{})
	f := Frame{Width: 10, Lines: []string{"one", "two"}}
	s.next = &f
	if s.take() == "" {
		t.Error("the first frame writes nothing")
	}
	if out := s.take(); out != "" {
		t.Errorf("the same frame again writes %q", out)
	}
	g := Frame{Width: 10, Lines: []string{"one", "twO"}}
	s.next = &g
	if out := s.take(); strings.Contains(out, "one") || !strings.Contains(out, "O") || len(out) > 20 {
		t.Errorf("one changed cell writes %q", out)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"plain", "\x1b[1m\x1b", "\xc2\x9b2J", "한\u1160\u11ff", "\u202eabc", "\x1b[38;5;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1mX", "\U000e0041"} {
		f.Add(s, 10)
	}
	f.Fuzz(func(t *testing.T, s string, w int) {
		if w < 1 || w > 300 {
			t.Skip("no such width")
		}
		e := newEmulator(w, 1)
		var b strings.Builder
		cells := parse(s, w, nil)
		if len(cells) != w {
			t.Fatalf("%d cells, want %d", len(cells), w)
		}
		diff(&b, 1, nil, cells)
		e.write(b.String())
		if e.fault != "" {
			t.Fatalf("%q: %s", s, e.fault)
		}
	})
}
