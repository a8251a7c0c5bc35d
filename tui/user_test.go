package tui

import (
	"strings"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// TestGoToBeyondAllTime: steps and years that no timeline can hold are refused,
// the last day of what it can is not.
func TestGoToBeyondAllTime(t *testing.T) {
	for _, s := range []string{"+20000w", "-20000w", "+99999w", "+200000w 200000w", "9999-01-01", "2262-04-13", "1677-09-01", "+270000d"} {
		x := newHarness(t, newFake(60), 80, 24)
		x.keys("2", "t", "text:"+s)
		if x.m.prompt.err == "" {
			t.Errorf("%q is taken: %q", s, x.screen()[22])
		}
	}
	x := newHarness(t, newFake(60), 80, 24)
	x.keys("2", "t", "text:2262-04-11").see("= Fri 2262-04-11 00:00:00", "after the cursor; no events there")
}

// TestFindingLandsWhereTheListSays: the event opened is the one whose time the
// list shows, whichever is cited first.
func TestFindingLandsWhereTheListSays(t *testing.T) {
	c := newFake(400)
	x := newHarness(t, c, 80, 24)
	late, early := c.at(300), c.at(40)
	key, _ := early.Event.Time.Key()
	x.m.sh.SetFindings([]claim.Finding{{ID: "f1", Rule: "r", Level: claim.High, Host: early.Event.Host, Title: "a claim", Time: event.At(key, 0), Events: []event.ID{late.ID, early.ID}}})
	x.keys("!", "enter")
	if r, ok := x.m.tl.Current(); !ok || r.ID != early.ID {
		t.Errorf("the cursor is on %v, want the event of %v", time.Unix(0, r.Event.Time.Instant), time.Unix(0, key))
	}
}

// TestChipsBesideTheRange: a filter on the narrow Overview neither runs into
// the words on the right nor cuts the range.
func TestChipsBesideTheRange(t *testing.T) {
	for _, f := range []string{"host:host-01", "host:host-01 actor:root", "a b c d e f g"} {
		x := newHarness(t, newFake(400), 80, 24)
		x.keys("f", "text:"+f, "enter", "1")
		if line := x.screen()[1]; !strings.HasSuffix(line, "(all)") || strings.Contains(line, "]f") || !strings.Contains(line, "OVERVIEW  [") {
			t.Errorf("chips %q", line)
		}
	}
}

// TestFacetsShowBothTimes: at 80 columns first and last time stand whole.
func TestFacetsShowBothTimes(t *testing.T) {
	x := newHarness(t, newFake(400), 80, 24)
	x.keys("2", "F")
	for _, l := range x.screen() {
		if strings.Contains(l, " .. 19") && strings.Contains(l, "…") {
			t.Errorf("cut: %q", l)
		}
	}
}

// TestHelpIsWhole: no line of the help is cut, at any width.
func TestHelpIsWhole(t *testing.T) {
	for _, w := range []int{40, 60, 80, 120} {
		x := newHarness(t, newFake(60), w, 24)
		x.keys("?")
		words := ""
		for range 20 {
			for _, l := range x.screen()[3:22] {
				if strings.HasSuffix(l, "…") {
					t.Errorf("width %d: cut: %q", w, l)
				}
				words += strings.Join(strings.Fields(l), " ") + " "
			}
			x.keys("pgdown")
		}
		for _, b := range x.m.keys.Bindings() {
			if !strings.Contains(words, b.Name) {
				t.Errorf("width %d: the help lacks %q", w, b.Name)
			}
		}
	}
}
