package tui

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/tui/view"
)

var errDamaged = errors.New("store: block 12 is damaged")

func TestEmptyCaseSaysWhatToDo(t *testing.T) {
	x := newHarness(t, newFake(0), 90, 24)
	x.see("This case is empty", "saksi-collect run", "no bundle", "nothing dated")
	x.keys("2").see("no events in this case yet")
	x.keys("j", "G", "g", "z", "n", "e", "v", "y", "m", "+", "w", "o").see("2 TIMELINE")
}

func TestDamagedCaseStaysUsable(t *testing.T) {
	c := newFake(500)
	c.fail = errDamaged
	x := newHarness(t, c, 100, 24)
	x.see("block 12 is damaged")
	x.keys("2").see("reading events failed: store: block 12 is damaged", "q back")
	c.fail = nil
	x.keys("ctrl+r").see("host-00", "500").miss("damaged")
}

func TestCtrlC(t *testing.T) {
	c := newFake(500)
	x := newHarness(t, c, 100, 24)
	x.keys("2")
	_, cmd := x.m.Update(keyMsg("G")) // asked, not answered yet
	x.m.Update(keyMsg("ctrl+c"))
	x.settle(cmd)
	x.see("stopped").see("host-")
	x.now = x.now.Add(5 * time.Second)
	x.keys("ctrl+c").see("ctrl-c again leaves")
	if x.end {
		t.Fatal("the first ctrl-c left")
	}
	x.keys("ctrl+c")
	if !x.end {
		t.Error("the second ctrl-c within a second does not leave")
	}
}

// background runs what a command asks for beside the test, as Bubble Tea does.
func background(cmd tea.Cmd) chan tea.Msg {
	out := make(chan tea.Msg, 16)
	var run func(tea.Cmd)
	run = func(c tea.Cmd) {
		if c == nil {
			return
		}
		msg := c()
		if v := reflect.ValueOf(msg); msg != nil && v.Kind() == reflect.Slice {
			for i := range v.Len() {
				if k, ok := v.Index(i).Interface().(tea.Cmd); ok {
					go run(k)
				}
			}
			return
		}
		out <- msg
	}
	go run(cmd)
	return out
}

// take hands n answers to the model.
func (x *harness) take(answers chan tea.Msg, n int) {
	x.t.Helper()
	for range n {
		select {
		case msg := <-answers:
			_, cmd := x.m.Update(msg)
			x.settle0(cmd)
		case <-time.After(20 * time.Second):
			x.t.Fatalf("an answer never came; %d are awaited", x.m.pending)
		}
	}
}

// A filter whose scan does not end: the old rows stay, keys work, ctrl-c stops
// the scan, and the screen says so and reads again on ctrl-r.
func TestCtrlCDuringAScanWithoutEnd(t *testing.T) {
	c := newFake(10_000_000)
	x := newHarness(t, c, 120, 30)
	x.keys("2", "f", "text:pid>99999999 zzz")
	c.gate = make(chan struct{})
	_, cmd := x.m.Update(keyMsg("enter"))
	answers := background(cmd)
	x.now = x.now.Add(time.Second)
	x.see("[zzz]", "host-00", "... of 10,000,000")
	x.m.Update(keyMsg("j"))
	x.m.Update(keyMsg("ctrl+c"))
	x.see("stopped; what is shown is what was read so far")
	x.take(answers, x.m.pending)
	if x.m.pending != 0 {
		t.Errorf("%d commands are still awaited", x.m.pending)
	}
	x.keys("j").see("host-00", "q back").miss("context canceled")
	c.gate = nil
	x.keys("X", "ctrl+r").see("10,000,000").miss("stopped")
}

func TestEscStopsASearchWithoutEnd(t *testing.T) {
	c := newFake(10_000_000)
	x := newHarness(t, c, 120, 30)
	x.keys("2", "j")
	id := x.cursor()
	c.gate = make(chan struct{})
	x.m.Update(keyMsg("/"))
	for _, r := range "zzzz" {
		x.m.Update(runeKey(r))
	}
	_, cmd := x.m.Update(keyMsg("enter"))
	answers := background(cmd)
	x.see("looking for the next hit of the search")
	x.m.Update(keyMsg("esc"))
	x.see("search stopped", "2 TIMELINE", "/zzzz")
	x.take(answers, 1)
	if x.cursor() != id {
		t.Error("the search that was stopped moved the cursor")
	}
}

func TestEscNeverDropsTheFilter(t *testing.T) {
	x := newHarness(t, newFake(500), 100, 24)
	x.keys("2", "f", "text:actor:root", "enter", "/", "text:port", "enter", " ", "enter")
	for range 12 {
		x.keys("esc")
	}
	if x.m.sh.Filter.Text != "actor:root" || x.end {
		t.Errorf("esc left filter %q, ended %v", x.m.sh.Filter.Text, x.end)
	}
	x.see("[actor:root]")
}

func TestAnnotations(t *testing.T) {
	x := newHarness(t, newFake(500), 120, 30)
	x.keys("2", "j", "m").see("starred; U undoes it")
	x.keys("j", "k").see("* starred")
	x.keys("a", "text:seen by two people", "enter").see("note saved")
	x.keys("j", "k").see("seen by two people", "note by kim")
	x.keys("T", "text:implant", "enter", "B", "text:first sign", "enter").see("bookmark first sign")
	id := x.cursor()
	x.keys("G", "t", "text:@first", "enter").see("no bookmark")
	x.keys("t", "text:@first sign").see("= @first sign")
	x.keys("enter")
	if x.cursor() != id {
		t.Error("@bookmark led to another event")
	}
	x.keys("'").see("Bookmarks", "first sign")
	x.keys("esc", "U").see("undone: bookmark")
	x.keys("U").see("undone: tag")
	x.keys("R").see("done again: tag")
	x.keys("m").see("star taken off")
	if m := x.c.marks[id]; m.Star || len(m.Notes) != 1 || len(m.Tags) != 1 {
		t.Errorf("marks are %+v", m)
	}
}

func TestGoTo(t *testing.T) {
	x := newHarness(t, newFake(5000), 120, 30)
	x.keys("2", "t", "text:nonsense").see("is no time")
	x.keys("enter").see("go to: nonsense")
	x.keys("esc", "t", "text:03-19 00:30").see("= Tue 2024-03-19 00:30:00 +09:00, 30 min after the cursor")
	x.keys("enter")
	r, _ := x.m.tl.Current()
	if got := time.Unix(0, r.Event.Time.Instant).In(x.c.zone).Format("15:04:05"); got != "00:30:00" {
		t.Errorf("landed at %s", got)
	}
	x.keys("t", "text:-10m", "enter")
	r, _ = x.m.tl.Current()
	if got := time.Unix(0, r.Event.Time.Instant).In(x.c.zone).Format("15:04:05"); got != "00:20:00" {
		t.Errorf("-10m landed at %s", got)
	}
	x.keys("t", "text:first finding", "enter")
	if r, _ := x.m.tl.Current(); r.Level == "" {
		t.Error("first finding landed on an event that no finding cites")
	}
	x.keys("t", "text:2031-01-01").see("no events there")
}

func TestFollowAndFindings(t *testing.T) {
	x := newHarness(t, newFake(3000), 200, 30)
	x.keys("2", "w").see("[ip:203.0.113.0", "following")
	for _, l := range x.screen()[5:20] {
		if strings.Contains(l, "Accepted") && !strings.Contains(l, "203.0.113.0") {
			t.Errorf("following shows %q", l)
		}
	}
	x.keys("[", "e")
	if r, _ := x.m.tl.Current(); r.Level == "" {
		t.Error("e did not land on a cited event")
	}
	x.keys("!").see("Findings", "a socket filter waits for a magic packet", "magic-packet")
	x.keys("+").see("finding confirmed", "[confirmed by kim]").keys("-").see("[rejected by kim]")
	x.keys("enter").see("cited by finding high", "rejected by kim", "innocent explanation: a monitoring tool", "rests on: socket: present")
}

func TestFacetsAndCompare(t *testing.T) {
	x := newHarness(t, newFake(3000), 120, 30)
	x.keys("2", "F").see("[host]", "host-01", "1,000")
	x.keys("tab", "tab").see("[actor]", "750")
	x.keys("-").see("[-actor:")
	x.keys("esc", "X", "1", " ", " ", "c").see("Compare A host-01 with B host-00", "only A", "both", "finding")
}

func TestHostCard(t *testing.T) {
	x := newHarness(t, newFake(3000), 120, 40)
	x.keys("H").see("Host host-01", "● confirmed", "not before 2024-03-19 00:00:00", "scan without it", "not after  2024-03-19 01:00:00", "present at collection", "Who saw it (accounts, not persons)", "K3", "an intruder using this account", "Who had the opportunity")
	x.keys("G").see("run-1", "integrity ok, signer ok (kim)", "audit      present  2024-03-19 00:00:00 .. 2024-03-19 02:00:00  by counter", "audit      absent")
	x.keys("esc", "j", "H").see("no sign is not clean")
}

func TestSessionIsRestored(t *testing.T) {
	dir := t.TempDir()
	keep := func(o *Options) { o.StateDir = dir }
	c := newFake(3000)
	x := newHarness(t, c, 120, 30, keep)
	x.keys("2", "f", "text:actor:root", "enter", "ctrl+f", "z", "/", "text:port", "enter", "j")
	id, rng := x.cursor(), x.m.sh.Range
	x.m.saveSession()
	y := newHarness(t, c, 120, 30, keep)
	y.see("2 TIMELINE", "[actor:root]", "/port")
	if y.cursor() != id || y.m.sh.Range != rng {
		t.Error("cursor or range is not where it was")
	}
	y.keys("f", "up").see("filter: actor:root")
	if err := os.WriteFile(sessionPath(dir, "case-1"), []byte("{broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	newHarness(t, c, 120, 30, keep).see("1 OVERVIEW", "last session cannot be read")
	remember(dir, "/cases/a")
	remember(dir, "/cases/b")
	remember(dir, "/cases/a")
	if got := Recent(dir); len(got) != 2 || got[0] != "/cases/a" {
		t.Errorf("recent cases %q", got)
	}
}

func TestNewDataDoesNotMoveRows(t *testing.T) {
	c := newFake(500)
	x := newHarness(t, c, 120, 30)
	x.keys("2", "j", "j", "j")
	id := x.cursor()
	c.grown = 12400
	x.settle(x.m.run([]view.Cmd{x.m.checkNew()}))
	x.see("+12,400 new")
	if x.cursor() != id {
		t.Error("new data moved the cursor")
	}
	x.keys("ctrl+r").miss("+12,400 new")
}

func TestPastedTextIsNoCommand(t *testing.T) {
	x := newHarness(t, newFake(500), 120, 30)
	x.keys("2")
	_, cmd := x.m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("Qm"), Paste: true})
	x.settle(cmd)
	if x.end || len(x.c.undo) > 0 {
		t.Error("a paste ran commands")
	}
	_, cmd = x.m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("jjj")})
	x.settle(cmd)
	r, _ := x.m.tl.Current()
	if want := x.c.at(3).ID; r.ID != want {
		t.Error("three keys in one message are not three keys")
	}
	x.keys("f")
	_, cmd = x.m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("actor:root\n\x1b[2J"), Paste: true})
	x.settle(cmd)
	x.see("filter: actor:root [2J")
}

func TestRawSaysWhatIsWrong(t *testing.T) {
	c := newFake(100)
	c.raw = func(event.ID) (timeline.Raw, error) {
		return timeline.Raw{BundlePath: "/evidence/gone.tar.zst", Problem: "the bundle is not at /evidence/gone.tar.zst any more"}, nil
	}
	x := newHarness(t, c, 140, 30)
	x.keys("2", "v").see("not at /evidence/gone").miss("hash agrees")
	c.raw = func(event.ID) (timeline.Raw, error) {
		return timeline.Raw{}, errors.New("frame 7: sha256 differs from frames.txt")
	}
	x.keys("j").see("the bytes cannot be read: frame 7")
}
