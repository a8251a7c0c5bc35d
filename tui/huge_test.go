package tui

import (
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// An event with a message of 16 MB of bidirectional, zero-width and escape
// characters: list, detail, raw and hex stay frames of the right size.
func TestHugeMessage(t *testing.T) {
	times := 1 << 20
	if testing.Short() {
		times = 1 << 18
	}
	huge := strings.Repeat("\u202eab\u200b\x1b[31m한\xff", times)
	c := newFake(50)
	c.mutate = func(i int, e *event.Event) {
		if i%5 == 0 {
			e.Message, e.Fields = huge, append(e.Fields, event.Field{Name: "cmdline", Value: huge})
		}
	}
	c.raw = func(event.ID) (timeline.Raw, error) {
		return timeline.Raw{Bytes: []byte(huge[:1<<20]), Truncated: true, FrameOK: true, Origin: event.Origin{Length: int64(len(huge))}}, nil
	}
	for _, w := range []int{60, 160} {
		x := newHarness(t, c, w, 30)
		x.keys("2", "/", "text:ab", "enter", "enter")
		checkFrame(t, x.m)
		x.keys("G").see("bytes").keys("v").see("the record is longer; the first 1,048,576 bytes are shown", "the hash agrees")
		for _, k := range []string{"pgdown", "v", "G", "v", "esc", "+", "y", "j"} {
			x.keys(k)
			checkFrame(t, x.m)
		}
		x.see("2 TIMELINE", "q back")
	}
}
