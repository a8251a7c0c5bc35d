package tui

import (
	"context"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/saksi-dfir/saksi/tui/keys"
)

// TestEveryActionDoesSomething carries out each row of the key table on a
// screen where it makes sense: the frame must change, the program end, or the
// terminal be asked.
func TestEveryActionDoesSomething(t *testing.T) {
	before := map[keys.Action][]string{ // what makes the action possible
		keys.NextHit: {"/", "text:kim", "enter"}, keys.PrevHit: {"G", "/", "text:kim", "enter", "G"}, keys.DropChip: {"+"}, keys.ClearFilter: {"+"},
		keys.Up: {"j", "j"}, keys.HalfUp: {"G"}, keys.PageUp: {"G"}, keys.Top: {"G"}, keys.PrevFinding: {"G"}, keys.PrevOfEntity: {"G"}, keys.Left: {"l", "l"},
		keys.ZoomOut: {"z", "z"}, keys.PanLeft: {"G", "z"}, keys.PanRight: {"z"}, keys.Fit: {"z"}, keys.Undo: {"m"}, keys.Redo: {"m", "U"},
		keys.NextMark: {"G", "B", "text:last", "enter", "g"}, keys.PrevMark: {"B", "text:first", "enter", "G"}, keys.BackHistory: {"+"}, keys.FwdHistory: {"+", "["},
		keys.Maximise: {"tab"}, keys.Compare: {"1", " ", " "}, keys.Refresh: {"j"},
	}
	skip := map[keys.Action]string{keys.Suspend: "stops the process; tmuxtest covers it", keys.Refresh: "asks again for what is on the screen already"}
	n := 0
	for _, b := range keys.Table() {
		if why, ok := skip[b.Action]; ok {
			t.Logf("%s: not here, it %s", b.Action, why)
			continue
		}
		x := newHarness(t, newFake(3000), 130, 30, func(o *Options) {
			o.Ingest = func(context.Context, []string, func(Progress)) error { return nil }
		})
		if b.Screen != overview {
			x.keys("2")
		}
		x.keys(before[b.Action]...)
		x.m.toast = ""
		was := strings.Join(x.m.frame().Lines, "\n")
		var cmd tea.Cmd
		if b.Action == keys.Cancel {
			cmd = x.m.interrupt()
		} else {
			cmd = x.m.do(b.Action)
		}
		x.settle(cmd)
		if strings.Join(x.m.frame().Lines, "\n") == was && !x.end {
			t.Errorf("%q (%s) changes nothing on the screen", b.Action, b.Name)
		}
		checkFrame(t, x.m)
		n++
	}
	if n < 60 {
		t.Errorf("only %d actions were tried", n)
	}
}
