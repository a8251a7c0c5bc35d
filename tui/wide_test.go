package tui

import (
	"strings"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/tui/view"
)

// TestFiveCenturies: a case whose events lie further apart than 292 years, the
// most that 63 bits of ns hold, is shown and zoomed as any other.
func TestFiveCenturies(t *testing.T) {
	c := newFake(15)
	c.base = time.Date(1700, 1, 2, 0, 0, 0, 0, time.UTC).UnixNano()
	c.step = int64(250 * 365 * 24 * time.Hour)
	x := newHarness(t, c, 100, 24)
	x.see("1700-01-02 .. 2199-", "1 column = 5 y").keys("2").see("1700-01-02 .. 2199-").miss("failed")
	x.keys("t", "text:2199-01-01").see("after the cursor").keys("esc")
	for _, k := range []string{"z", ">", ">", "<", "<", "<", "Z", "G", "z", ">", "<", "z", "z", "z"} {
		x.keys(k).miss("failed", "-22 y")
		if r := x.m.sh.Range; !r.All && r.To <= r.From {
			t.Fatalf("after %s the range is %+v", k, r)
		}
	}
	x.keys("0", "g", "z")
	if r, first := x.m.sh.Range, c.base; r.All || first < r.From || first >= r.To {
		t.Errorf("zooming in on the first event leaves it out: %+v", r)
	}
	x.see("1700-01-02")
	if got := view.SpanBetween(-1<<63+1, 1<<63-2); !strings.HasPrefix(got, "292 y") {
		t.Errorf("the whole of time is %q", got)
	}
}
