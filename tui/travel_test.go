package tui

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/saksi-dfir/saksi/tui/widget"
)

func TestMouse(t *testing.T) {
	x := newHarness(t, newFake(500), 120, 30)
	x.keys("f2").see("mouse on")
	x.keys("2")
	first := x.cursor()
	_, cmd := x.m.Update(tea.MouseMsg{Button: tea.MouseButtonWheelDown, Action: tea.MouseActionPress})
	x.settle(cmd)
	if x.cursor() != x.c.at(3).ID {
		t.Error("the wheel does not scroll three rows")
	}
	_, cmd = x.m.Update(tea.MouseMsg{Button: tea.MouseButtonLeft, Action: tea.MouseActionPress, X: 10, Y: 5})
	x.settle(cmd)
	if x.cursor() != first {
		t.Error("a click does not select the row")
	}
	for y := range 40 {
		for _, s := range []string{"1", "2"} {
			x.keys(s)
			_, cmd = x.m.Update(tea.MouseMsg{Button: tea.MouseButtonLeft, Action: tea.MouseActionPress, X: 100, Y: y})
			x.settle(cmd)
			checkFrame(t, x.m)
		}
	}
}

func TestManyHosts(t *testing.T) {
	for _, n := range []int{3000, 33_000} {
		c := newFake(1000)
		c.hosts = n
		x := newHarness(t, c, 120, 30)
		x.see(widget.Number(int64(n))+" hosts", "> ", "host-01", "confirmed 1")
		x.keys("G").see("host-").keys("g", "ctrl+f", "s").see("sorted by name")
		for range 6 {
			x.keys("s", "G", "ctrl+u", " ", "k", "g")
			checkFrame(t, x.m)
		}
		x.see("sorted by name")
		x.keys("G")
		last, _ := x.m.ov.Current()
		x.keys("s", "s", "s", "s", "s", "s")
		if h, _ := x.m.ov.Current(); h.Key != last.Key {
			t.Errorf("%d hosts: sorting moved the cursor from %s to %s", n, last.Name, h.Name)
		}
	}
}

func TestCompletion(t *testing.T) {
	x := newHarness(t, newFake(500), 120, 30)
	x.keys("2", "f", "text:ho", "tab").see("filter: host:")
	x.keys("tab").see("filter: host:host-0")
	first := x.m.prompt.in.Text()
	x.keys("tab")
	if second := x.m.prompt.in.Text(); second == first || !strings.HasPrefix(second, "host:host-0") {
		t.Errorf("tab again gives %q after %q", second, first)
	}
	x.keys("ctrl+u", "text:-actor:k", "tab").see("filter: -actor:kim")
	x.keys("text: zz", "tab").see("nothing known begins like this")
	x.keys("ctrl+u", "text:(source:wt", "tab").see("filter: (source:wtmp")
	x.keys("text: OR sour", "tab").see("filter: (source:wtmp OR source:")
	x.keys("ctrl+u", "text:x", "left", "text:actor:le", "tab").see("filter: actor:leex")
	x.keys("ctrl+u", "text:nofield:a", "tab", "esc").see("2 TIMELINE")
}

func TestPathsAreCompleted(t *testing.T) {
	dir := t.TempDir()
	for _, n := range []string{"web01.tar.zst", "web02.tar.zst", ".hidden"} {
		if err := os.WriteFile(filepath.Join(dir, n), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "logs"), 0o700); err != nil {
		t.Fatal(err)
	}
	x := newHarness(t, newFake(500), 200, 30, func(o *Options) {
		o.Ingest = func(context.Context, []string, func(Progress)) error { return nil }
	})
	x.keys("I", "text:x.log "+dir+"/w", "tab").see("ingest: x.log "+dir+"/web01.tar.zst", "web02.tar.zst").miss(".hidden")
	x.keys("tab").see("ingest: x.log " + dir + "/web02.tar.zst")
	x.keys("ctrl+u", "text:"+dir+"/l", "tab").see("ingest: " + dir + "/logs/")
	x.keys("text:zz", "tab").see("no file begins like this").keys("esc")
	x.keys("M", "text:"+dir+"/lo", "tab").see("merge from: " + dir + "/logs/")
	x.keys("text:\x00", "tab", "ctrl+u", "text:/nowhere/at/all", "tab").see("no file begins like this")
}

func TestEndIsSaid(t *testing.T) {
	for _, n := range []int{3, 500, 10_000_000} {
		x := newHarness(t, newFake(n), 120, 30)
		x.keys("2", "G").see("end of events")
		if x.cursor() != x.c.at(n-1).ID {
			t.Errorf("n=%d: G is not on the last event", n)
		}
	}
}

func TestLanes(t *testing.T) {
	x := newHarness(t, newFake(3000), 120, 30)
	x.keys("2", "w", "L").see("Lanes", "host-00", "host-01", "host-02", "2024-03-19 00:00:00", "H")
	x.keys("j", "enter").see("[host:host-0", "[ip:203.0.113.0")
	x.keys("X", "L")
	x.m.w = 80
	x.settle(x.m.run(x.m.resize()))
	x.see("draw the lanes for this width")
	checkFrame(t, x.m)
	y := newHarness(t, newFake(0), 120, 30)
	y.keys("L").see("no dated events")
}

func TestStrayEventsDoNotFlattenTheStrip(t *testing.T) {
	c := newFake(2000)
	c.stray = true
	x := newHarness(t, c, 120, 30)
	x.keys("2", "0").see("nearly all events; 0 again")
	if r := x.m.sh.Range; r.All || r.From < c.base+(c.step*2000/5)*8/10 {
		t.Errorf("the range is %+v", r)
	}
	x.keys("0").see("(all)")
	y := newHarness(t, newFake(2000), 120, 30)
	y.keys("2", "0").see("this is all time")
}

func TestEscAndAKeyThatComeTogether(t *testing.T) {
	x := newHarness(t, newFake(500), 120, 30)
	x.keys("2", "f", "text:actor:root")
	_, cmd := x.m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("j"), Alt: true})
	x.settle(cmd)
	if x.m.prompt != nil || x.cursor() != x.c.at(1).ID {
		t.Error("esc and j in one message do not close the prompt and move down")
	}
	x.keys("f", "text:one two")
	_, cmd = x.m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("b"), Alt: true})
	x.settle(cmd)
	if x.m.prompt == nil {
		t.Error("alt-b closes the prompt instead of going a word back")
	}
}

func TestLandsOnTheEventEvenBehindAFilter(t *testing.T) {
	x := newHarness(t, newFake(3000), 140, 30)
	x.keys("2", "f", "text:actor:nobody", "enter", "!", "enter").see("the filter hid this event and is off")
	if want := x.c.make(13).ID; x.cursor() != want {
		t.Errorf("landed on %v, want %v", x.cursor(), want)
	}
	x.keys("[").see("[actor:nobody]")
	x.keys("X", "f", "text:actor:"+x.c.make(13).Event.Actor, "enter", "!", "enter").miss("is off").see("[actor:")
	if want := x.c.make(13).ID; x.cursor() != want {
		t.Errorf("with a filter that shows it landed on %v, want %v", x.cursor(), want)
	}
}
