package tui

import (
	"strings"
	"testing"
)

// On a screen of 20x5 a mistake in a filter is told, the way out is shown.
func TestTinyScreen(t *testing.T) {
	x := newHarness(t, newFake(500), 20, 5)
	x.see("HOST", "host-01", "q back  ? help")
	x.keys("2", "f", "text:hots:x").see("no field", "hots:x")
	x.keys("esc").miss("no field").see("q back  ? help")
	x.keys("?").see("Help", "esc close").keys("esc")
	for _, k := range []string{"j", "G", "enter", "v", "v", "tab", "H", "esc", "!", "esc", ":", "esc", "F", "esc", "L", "esc", "W", "t", "esc", "1"} {
		x.keys(k)
		checkFrame(t, x.m)
		if all := strings.Join(x.screen(), "\n"); !strings.Contains(all, "q back") && !strings.Contains(all, "esc close") && x.m.toast == "" && x.m.prompt == nil {
			t.Errorf("after %q nothing says how to leave:\n%s", k, all)
		}
	}
	for _, size := range [][2]int{{1, 1}, {2, 2}, {200, 1}, {1, 60}, {20, 6}, {20, 7}} {
		x.m.w, x.m.h = size[0], size[1]
		x.settle(x.m.run(x.m.resize()))
		for _, k := range []string{"1", "2", "f", "esc", ":", "esc"} {
			x.keys(k)
			checkFrame(t, x.m)
		}
	}
}
