package tui

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/tui/clean"
	"github.com/saksi-dfir/saksi/tui/keys"
)

// nasty gives events texts that try to reach the terminal.
func nasty(i int, e *event.Event) {
	texts := []string{"\x1b[2J\x1b[31mred", "\x1b]52;c;cm0=\x07", "\x1b]0;title\x07", "\u202egnp.exe", "tab\there\r\nline", "\x9b31m\x00\x7f", "한글 로그인 \u1112\u1161\u11ab\u1100\u1173\u11af",
		"漢字👩‍💻 emoji", "\u200b\u200d\ufeff", "\xff\xfe\xfd", strings.Repeat("x", 5000), "", "e\u0301\u0302\u0303\u0304", "\U000e0041\U000e0042", "עברית مرحبا"}
	at := func(k int) string { return texts[(i+k)%len(texts)] }
	e.Message, e.Object, e.Actor = at(0)+" "+at(1), at(2), at(3)
	e.Action, e.Source = at(4), at(5)
	e.Fields = []event.Field{{Name: "ip", Value: at(6)}, {Name: at(7), Value: at(8)}}
	e.Tags = []string{at(9)}
	e.Origin.Path, e.Parser = "data/"+at(10), at(11)
	switch i % 7 {
	case 1:
		e.Time = event.Between(e.Time.Instant, event.MaxTime, event.StampNone)
	case 2:
		e.Time.Earliest, e.Time.Latest = e.Time.Instant-50400e9, e.Time.Instant+43200e9
	}
}

// checkFrame fails when a line is not exactly as wide as the terminal, or when
// a byte could do anything there but print or colour.
func checkFrame(t interface{ Fatalf(string, ...any) }, m *model) {
	f := m.frame()
	if len(f.Lines) != m.h {
		t.Fatalf("%dx%d: %d lines", m.w, m.h, len(f.Lines))
	}
	for i, l := range f.Lines {
		if w := ansi.StringWidth(l); w != m.w {
			t.Fatalf("%dx%d on %s: line %d is %d wide: %q", m.w, m.h, m.where, i, w, l)
		}
		bare := stripOwn(l)
		for _, r := range bare {
			if clean.Visible(r) != r {
				t.Fatalf("%dx%d on %s: line %d holds U+%04X: %q", m.w, m.h, m.where, i, r, l)
			}
		}
	}
	if f.Cursor && (f.X < 0 || f.X >= m.w || f.Y < 0 || f.Y >= m.h) {
		t.Fatalf("%dx%d: the text cursor is outside at %d,%d", m.w, m.h, f.X, f.Y)
	}
}

// stripOwn takes our colour sequences away, and only these.
func stripOwn(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] == 0x1b && i+1 < len(s) && s[i+1] == '[' {
			k := i + 2
			for k < len(s) && (s[k] >= '0' && s[k] <= '9' || s[k] == ';') {
				k++
			}
			if k < len(s) && s[k] == 'm' {
				i = k + 1
				continue
			}
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String()
}

// TestKeyStorm presses any keys in any order on cases of any size.
func TestKeyStorm(t *testing.T) {
	var names []string
	for _, b := range keys.Table() {
		for _, k := range b.Keys {
			if k != "Q" && k != "ctrl+z" {
				names = append(names, k)
			}
		}
	}
	names = append(names, "text:host:host-01", "text:actor:root OR ", "text:(\"", "text:한글", "text:-2h", "text:@a", "text:x", "enter", "enter", "enter", "esc", "esc", "tab", "up", "down", "left", "ctrl+w", "resize", "fail", "heal", "2", "2", "1", "ㅓ", "가")
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom([]int{0, 1, 6, 90, 700, 10_000_000}).Draw(t, "events")
		c := newFake(n)
		c.mutate = nasty
		c.raw = func(event.ID) (timeline.Raw, error) {
			return timeline.Raw{Bytes: []byte("\x1b[2J\u202e raw \xff 한글\r\n\tx"), Problem: "frame 3 does not match its hash\x1b[0m", BundlePath: "/e/\x1b.tar.zst"}, nil
		}
		w, h := rapid.IntRange(1, 220).Draw(t, "w"), rapid.IntRange(1, 60).Draw(t, "h")
		x := newHarness(quietTB{}, c, w, h)
		defer x.m.stop()
		for range rapid.IntRange(1, 40).Draw(t, "keys") {
			k := rapid.SampledFrom(names).Draw(t, "key")
			switch k {
			case "resize":
				x.m.w, x.m.h = rapid.IntRange(1, 220).Draw(t, "w"), rapid.IntRange(1, 60).Draw(t, "h")
				x.settle(x.m.run(x.m.resize()))
			case "fail":
				c.fail = errDamaged
			case "heal":
				c.fail = nil
			default:
				x.keys(k)
			}
			checkFrame(t, x.m)
			if x.end {
				return
			}
		}
	})
}

// TestBackUndoesForward changes filter and range at random and goes back the
// whole way.
func TestBackUndoesForward(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := newHarness(quietTB{}, newFake(700), 120, 30)
		defer x.m.stop()
		x.keys("2", "j", "j", "j")
		start := x.m.here()
		steps := 0
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			before := len(x.m.back)
			x.keys(rapid.SampledFrom([]string{"+", "-", "=", "z", "Z", "0", "w", ">", "<", "X"}).Draw(t, "key"))
			steps += len(x.m.back) - before
			x.keys(rapid.SampledFrom([]string{"j", "k", "l", "h"}).Draw(t, "move"))
		}
		for range steps {
			x.keys("[")
		}
		got := x.m.here()
		if got.filter.Text != start.filter.Text || got.rng != start.rng || got.where != start.where {
			t.Fatalf("back from %d steps ends at %+v, began at %+v", steps, got, start)
		}
	})
}

// quietTB lets the harness be used inside a property.
type quietTB struct{ testing.TB }

func (quietTB) Helper()                   {}
func (quietTB) Cleanup(func())            {}
func (quietTB) Fatal(a ...any)            { panic(a) }
func (quietTB) Fatalf(f string, a ...any) { panic(f) }
