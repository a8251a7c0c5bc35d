package tui

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/saksi-dfir/saksi/timeline/event"
)

func (x *harness) cursor() event.ID {
	x.t.Helper()
	r, ok := x.m.tl.Current()
	if !ok {
		x.t.Fatal("no event under the cursor")
	}
	return r.ID
}

func TestOverviewShowsHosts(t *testing.T) {
	x := newHarness(t, newFake(2000), 132, 30)
	x.see("case-1", "3 hosts", "2,000 events", "2 bundles, signer: 2 ok (kim)", "Asia/Seoul +09:00", "2024-03-19 00:00 .. 2024-03-19 01:06 (all)",
		"● confirmed", "○ no sign", "? no data", "2024-03-19 00:00:00 .. 01:00:00", "3 (2 high)", "missing", "signer ok (kim)", "findings: 1 high", "q leave", "? help")
	lines := x.screen()
	for i, l := range lines {
		if strings.Contains(l, "host-01") && !strings.Contains(l, "confirmed 1") && strings.Index(strings.Join(lines, "\n"), "host-00") < strings.Index(strings.Join(lines, "\n"), "host-01") {
			t.Errorf("the confirmed host is not first: line %d %q", i, l)
		}
	}
	x.keys("enter")
	x.see("[host:host-01]", "667 of 2,000")
	x.keys("[")
	x.see("1 OVERVIEW").miss("[host:host-01]")
}

func TestCursorKeepsItsEvent(t *testing.T) {
	x := newHarness(t, newFake(5000), 100, 30)
	x.keys("2", "ctrl+f", "ctrl+f", "j", "j")
	id := x.cursor()
	x.keys("z")
	if x.cursor() != id {
		t.Error("zooming moved the cursor to another event")
	}
	x.keys("Z", "0", "ctrl+r")
	if x.cursor() != id {
		t.Error("refreshing moved the cursor to another event")
	}
	r, _ := x.m.tl.Current()
	x.keys("f", "text:actor:"+r.Event.Actor, "enter")
	if x.cursor() != id {
		t.Error("a filter that the event matches moved the cursor")
	}
	x.m.Update(keyMsg("j"))
	x.keys("k")
	for _, size := range [][2]int{{60, 20}, {200, 50}, {20, 5}, {100, 30}} {
		x.m.w, x.m.h = size[0], size[1]
		x.settle(x.m.run(x.m.resize()))
		if x.cursor() != id {
			t.Errorf("size %v moved the cursor", size)
		}
	}
}

func TestEveryRowIsReached(t *testing.T) {
	for _, n := range []int{1, 7, 333, 1000} {
		x := newHarness(t, newFake(n), 90, 24)
		x.keys("2")
		seen := map[event.ID]bool{x.cursor(): true}
		order := []event.ID{x.cursor()}
		for range n - 1 {
			x.keys("j")
			seen[x.cursor()] = true
			order = append(order, x.cursor())
		}
		if len(seen) != n {
			t.Errorf("n=%d: down reached %d events", n, len(seen))
		}
		x.keys("j")
		if x.cursor() != order[n-1] {
			t.Errorf("n=%d: went beyond the end", n)
		}
		for i := n - 2; i >= 0; i-- {
			x.keys("k")
			if x.cursor() != order[i] {
				t.Fatalf("n=%d: going up, event %d is another than going down", n, i)
			}
		}
		x.keys("G")
		if x.cursor() != order[n-1] {
			t.Errorf("n=%d: G is not the last", n)
		}
		x.keys("g")
		if x.cursor() != order[0] {
			t.Errorf("n=%d: g is not the first", n)
		}
	}
}

func TestTenMillionEvents(t *testing.T) {
	c := newFake(10_000_000)
	x := newHarness(t, c, 120, 40)
	x.keys("2").see("10,000,000")
	x.keys("G")
	if got, want := x.cursor(), c.at(c.n-1).ID; got != want {
		t.Errorf("last event is %v, want %v", got, want)
	}
	x.keys("t", "text:2024-06-01 12:00", "enter")
	r, _ := x.m.tl.Current()
	if got := r.Event.Time.Instant; got != 1717210800*int64(1e9) {
		t.Errorf("go to landed on %d", got)
	}
	if c.pages > 40 {
		t.Errorf("%d pages were read for three jumps", c.pages)
	}
	if held := x.m.tl.Held(); held > 3000 {
		t.Errorf("%d rows are held", held)
	}
}

func TestFilterWordThatJoinsNothing(t *testing.T) {
	x := newHarness(t, newFake(500), 120, 24)
	x.keys("2", "f", "text:actor:root or host:web01").see("column 12: or is searched for in the message; write OR to join terms")
	x.keys("ctrl+u", "text:actor:root OR host:web01").miss("searched for")
	x.keys("enter").see("[actor:root OR host:web01]")
}

func TestFilterMistakeIsMarked(t *testing.T) {
	x := newHarness(t, newFake(500), 100, 24)
	x.keys("2", "f", "text:actor:root hots:web")
	lines := x.screen()
	prompt, hint := lines[len(lines)-1], lines[len(lines)-2]
	if strings.Index(hint, "v ") != strings.Index(prompt, "hots") {
		t.Errorf("the mark does not stand over the mistake:\n%s\n%s", hint, prompt)
	}
	if !strings.Contains(hint, "host") {
		t.Errorf("no suggestion in %q", hint)
	}
	x.keys("ctrl+u", "text:actor:김민서 hots:web")
	lines = x.screen()
	prompt, hint = lines[len(lines)-1], lines[len(lines)-2]
	if got, want := ansi.StringWidth(hint[:strings.Index(hint, "v ")]), ansi.StringWidth(prompt[:strings.Index(prompt, "hots")]); got != want {
		t.Errorf("after Korean words the mark stands in cell %d, the mistake in %d", got, want)
	}
	x.keys("ctrl+u", "text:actor:root hots:web", "enter").see("filter: actor:root hots:web")
	x.keys("esc").miss("[actor:root]")
	x.keys("f", "text:actor:root", "enter").see("[actor:root]", "125 of 500")
}

func TestChipsSurviveTravel(t *testing.T) {
	x := newHarness(t, newFake(2000), 140, 30)
	x.keys("2", "l", "l", "+")
	x.see("[actor:")
	x.keys("1", "2").see("[actor:")
	x.keys("esc", "2").see("[actor:")
	before := x.m.sh.Filter.Text
	x.keys("-").see("[-" + before + "]")
	x.keys("[")
	if x.m.sh.Filter.Text != before {
		t.Errorf("back gave filter %q, want %q", x.m.sh.Filter.Text, before)
	}
	x.keys("]")
	if x.m.sh.Filter.Text != "-"+before {
		t.Errorf("forward gave filter %q", x.m.sh.Filter.Text)
	}
	x.keys("backspace")
	if x.m.sh.Filter.Text != "" {
		t.Errorf("backspace left filter %q", x.m.sh.Filter.Text)
	}
}

func TestSearchOnlyHighlights(t *testing.T) {
	x := newHarness(t, newFake(2000), 140, 30)
	x.keys("2", "/", "text:kim", "enter")
	if r, _ := x.m.tl.Current(); r.Event.Actor != "kim" {
		t.Errorf("search landed on %q", r.Event.Actor)
	}
	x.see("2,000", "/kim").miss("of 2,000")
	first := x.cursor()
	x.keys("n")
	second := x.cursor()
	if first == second {
		t.Error("n stayed")
	}
	x.keys("N")
	if x.cursor() != first {
		t.Error("N did not come back")
	}
	f := strings.Join(x.m.frame().Lines, "\n")
	if !strings.Contains(f, x.m.sh.Theme.Match+"kim") {
		t.Error("the hit is not highlighted")
	}
}

func TestDetailFieldsRawHex(t *testing.T) {
	x := newHarness(t, newFake(200), 140, 40)
	x.keys("2").see("message", "clock:unverified", "offset ", "sha256")
	x.keys("v").see("read again from the bundle; the hash agrees", `Accepted\x1b[31`, "/evidence/run-1.tar.zst", "offset 4096")
	x.keys("v").see("0000001000  4d 61 72 20 31 39")
	x.keys("v").see("message")
	x = newHarness(t, newFake(200), 80, 24)
	x.keys("2", "enter").see("message").miss("host-01")
	x.keys("q").see("2 TIMELINE", "host-00")
}
