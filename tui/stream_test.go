package tui

import (
	"context"
	"errors"
	"testing"

	"github.com/saksi-dfir/saksi/tui/view"
)

// TestRowsComeWhileScanning: rows that no index finds are shown as they are
// found, the cursor stays on the first of them, none is lost or doubled, and
// none of the filter before is left on the screen.
func TestRowsComeWhileScanning(t *testing.T) {
	c := newFake(900)
	c.piece = 100
	x := newHarness(t, c, 80, 24)
	x.keys("2")
	before := c.pages
	_, cmd := x.m.Update(keyMsg("f"))
	x.settle(cmd)
	x.keys("text:actor:root host:host-02")
	_, cmd = x.m.Update(keyMsg("enter"))
	x.settle(cmd)
	if n := c.pages - before; n < 5 {
		t.Errorf("%d pages were asked for: nothing was read in pieces", n)
	}
	var want int
	for i := range c.n {
		r := c.at(i)
		if c.match(x.m.sh.Filter.Node, &r) {
			want++
		}
	}
	if want == 0 {
		t.Fatal("the fake case has no such event")
	}
	seen := map[string]bool{}
	for range want {
		r, ok := x.m.tl.Current()
		if !ok || seen[r.ID.String()] {
			t.Fatalf("no row, or one twice, after %d of %d", len(seen), want)
		}
		seen[r.ID.String()] = true
		x.keys("j")
	}
	if r, _ := x.m.tl.Current(); !seen[r.ID.String()] {
		t.Errorf("there are more than the %d rows that match", want)
	}
	x.see("end of events")
}

// TestStoppedReadingShowsNoOldRowsAsNew: after ctrl-c rows of the filter
// before are dim, and the count says that it is a part.
func TestStoppedReadingShowsNoOldRowsAsNew(t *testing.T) {
	c := newFake(900)
	x := newHarness(t, c, 80, 24, func(o *Options) { o.Theme = "ansi" })
	x.keys("2")
	f, err := view.NewFilter(c, "actor:root")
	if err != nil {
		t.Fatal(err)
	}
	x.m.sh.Filter = f
	c.fail = context.Canceled
	x.settle(x.m.run(x.m.tl.Reload()))
	c.fail = nil
	x.see("0 or more")
	list := x.m.frame().Lines[8]
	if dim := x.m.sh.Theme.Dim; len(list) < len(dim) || list[:len(dim)] != dim {
		t.Errorf("a row of the filter before is drawn as one of this: %q", list)
	}
	c.fail = errors.New("disk gone")
	x.settle(x.m.run(x.m.tl.Reload()))
	c.fail = nil
	x.see("? of")
}
