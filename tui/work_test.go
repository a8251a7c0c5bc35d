package tui

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

func TestVerdictsByKeyAndPalette(t *testing.T) {
	x := newHarness(t, newFake(3000), 160, 30)
	x.keys("2", "C").see("no finding cites this event")
	x.keys("e", "C").see("finding confirmed: a socket filter waits").see("confirmed by kim")
	x.keys("D").see("finding rejected").see("rejected by kim")
	x.keys("U").see("undone: reject").see("confirmed by kim").miss("rejected by kim")
	x.keys("R").see("done again: reject").see("rejected by kim")
	x.keys("U", "U").miss("confirmed by kim", "rejected by kim")
	x.keys(":", "text:confirm the f").see("--confirm f1", "C")
	x.keys("enter").see("confirmed by kim")
	x.keys("1", "D").see("Which finding?", "[confirmed by kim]").keys("D").see("[rejected by kim]")
	x.keys("U").see("[confirmed by kim]").keys("R").see("[rejected by kim]")
	x.keys("esc", "j", "C").see("no findings")
}

func TestMergeJournals(t *testing.T) {
	x := newHarness(t, newFake(3000), 160, 30)
	x.keys("2", "M", "text:/nowhere", "enter").see("not merged: merge journals: file does not exist")
	x.keys("M", "text:/cases/b", "enter").see("1 annotation taken in", "from /cases/b")
	x.keys("M", "text:/cases/b", "enter").see("nothing new in /cases/b")
}

func TestTagsAndBookmarksAreTakenAway(t *testing.T) {
	x := newHarness(t, newFake(3000), 160, 40)
	x.keys("2", "T", "text:implant", "enter").see("tagged implant", "your tag     implant")
	x.keys("T", "text:-implant", "enter").see("tag implant taken off").miss("your tag")
	x.keys("U").see("your tag     implant")
	x.keys("B", "text:here", "enter", "'").see("Bookmarks", "here").keys("-").see("taken away", "no bookmarks yet")
	x.keys("U").see("undone").miss("no bookmarks yet").see("here").keys("R").see("no bookmarks yet")
}

func TestWitnessesAreListed(t *testing.T) {
	x := newHarness(t, newFake(3000), 160, 40)
	x.keys("2", "W").see("this record stands in one exhibit only")
	want := x.c.make(7).ID
	for x.cursor() != want {
		x.keys("j")
	}
	x.see("the same record stands in 2 more exhibits (W lists them)", "same record in 2 more exhibits (W)")
	x.keys("W").see("Witnesses: 3 exhibits hold this record", "bundle run-1  integrity ok, signer ok (kim)  exhibit 2", "(the one in the list)",
		"bundle run-2  bundle not in the case now  exhibit 40 data/files/var/log/auth.log  offset 7000, 99 bytes", "run-9")
	checkFrame(t, x.m)
	x.keys("j", "enter").see("Record of bundle run-2, as fields", "offset 7000", "Accepted publickey")
	x.keys("v").see("as raw", "the hash agrees").keys("v").see("as hex", "4d 61 72 20")
	x.keys("esc").see("Witnesses: 3").keys("j", "v").see("Record of bundle run-9, as raw", "the hash agrees")
	x.keys("q", "q").see("2 TIMELINE").miss("Witnesses: 3")
	if x.cursor() != want {
		t.Error("the cursor of the list has moved")
	}
	x.c.fail = errDamaged
	x.keys("W").see("the witnesses cannot be read: store: block 12 is damaged")
}

// Each bound and each sighting on the host card leads to its event, and the
// event says what rests on it.
func TestBoundsLeadToTheirEvents(t *testing.T) {
	x := newHarness(t, newFake(3000), 240, 40)
	x.keys("H", "tab").see(">→   started  not before")
	x.keys("enter").see("2 TIMELINE", "WHEN: host-01, exe:/dev/shm/x started not before this: scan without it")
	if x.cursor() != x.c.make(1).ID {
		t.Error("the earlier bound led to another event")
	}
	x.keys("[").see("1 OVERVIEW")
	x.keys("H", "tab", "tab", "enter").see("started not after this: process start")
	x.keys("1", "H", "tab", "tab", "tab", "tab", "enter").see("WHO SAW: account kim, K3 by audit; or: an intruder using this account")
}

// The palette shows the command that does the same here and now.
func TestPaletteShowsTheRealCommand(t *testing.T) {
	x := newHarness(t, newFake(3000), 200, 30)
	x.keys("2", "f", "text:actor:root", "enter", "z")
	id := x.cursor().String()
	x.keys(":", "text:star or").see("saksi annotate --case case-1 " + id + " --star")
	x.keys("esc", ":", "text:export marked").see("saksi events --case case-1 'actor:root after:2024-03-19T")
	x.keys("esc", "l", "l", ":", "text:leave the value").see("saksi events --case case-1 -- -actor:root")
}

func TestQuitFromAnOverlay(t *testing.T) {
	x := newHarness(t, newFake(500), 120, 30)
	x.keys(":", "Q").see("Palette")
	if x.end {
		t.Fatal("a letter typed in the palette left")
	}
	x.keys("esc", "!", "Q")
	if !x.end {
		t.Error("Q does not leave from a list")
	}
}

func TestHangulKeysAndPrompts(t *testing.T) {
	c := newFake(500)
	c.mutate = korean
	x := newHarness(t, c, 120, 30)
	x.keys("2", "ㅓ", "ㅓ", "ㅏ")
	if x.cursor() != c.at(1).ID {
		t.Error("ㅓ and ㅏ are not j and k")
	}
	x.keys("ㄹ").see("filter:")
	for _, r := range "actor:김민서" {
		x.m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
	}
	x.keys("enter").see("[actor:김민서]", "125 of 500")
	x.keys("X", "f").m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("가나다")})
	_, at := "", strings.Index(x.screen()[29], "가나다")
	if f := x.m.frame(); at < 2 || f.X != 2+len("filter: ")+6 {
		t.Errorf("the text cursor is in cell %d, the text begins at byte %d: %q", f.X, at, x.screen()[29])
	}
	x.keys("backspace").see("filter: 가나").miss("가나다")
	x.keys("ctrl+c").miss("filter:")
	x.keys("ㅂ").see("1 OVERVIEW")
}
