package view

import (
	"time"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/tui/keys"
)

// Timeline is the screen of events: strip, list, detail.
type Timeline struct {
	sh     *Shared
	win    window
	strip  strip
	detail detail
	count  counter
	col    Column
	marked map[event.ID]bool
	hide   struct{ strip, detail bool }
	inPane bool // keys go to the detail pane
	full   bool // the pane with the keys has the whole screen
	width  int
	height int
	status string // one line about what just happened; the app shows it
	seek   int    // generation of next/previous searches

	seeking  bool
	seekLast latest
	seekScan scanning
}

// NewTimeline makes the screen.
func NewTimeline(sh *Shared) *Timeline {
	t := &Timeline{sh: sh, col: ColHost, marked: map[event.ID]bool{}}
	t.win.height, t.win.now = 20, sh.Now
	t.win.scan.now, t.count.scan.now, t.seekScan.now = sh.Now, sh.Now, sh.Now
	return t
}

// Resize sets the space; it asks for a strip of the new width.
func (t *Timeline) Resize(w, h int) []Cmd {
	if w == t.width && h == t.height {
		return nil
	}
	t.width, t.height = w, h
	t.layout()
	return append(t.reloadStrip(), t.settle()...)
}

// layout computes the height of the list from what is shown around it.
func (t *Timeline) layout() {
	t.win.height = max(1, t.height-t.stripRows())
	t.win.clamp()
}

// Wide says whether list and detail stand side by side.
func (t *Timeline) wide() bool { return t.width >= 100 && !t.hide.detail && t.height >= 8 }

func (t *Timeline) stripRows() int {
	switch {
	case t.hide.strip || t.full || t.height < 12 || t.width < 60:
		return 0
	case t.width < 80:
		return 2
	}
	return 3
}

// Place is the cursor just before the event under the cursor, for history.
func (t *Timeline) Place() timeline.Cursor {
	if r := t.win.current(); r != nil {
		return before(&r.Row)
	}
	return timeline.Cursor{}
}

// Current is the event under the cursor.
func (t *Timeline) Current() (timeline.Row, bool) {
	if r := t.win.current(); r != nil {
		return r.Row, true
	}
	return timeline.Row{}, false
}

// Here is the instant under the cursor, or the start of the range.
func (t *Timeline) Here() time.Time {
	if r := t.win.current(); r != nil {
		if key, ok := r.Event.Time.Key(); ok {
			return at(key, t.sh.Case.Zone())
		}
	}
	if from, _, ok := t.sh.Bounds(); ok {
		return at(from, t.sh.Case.Zone())
	}
	return t.sh.Now().In(t.sh.Case.Zone())
}

// Do carries out an action; ok is false when it is none of this screen's.
func (t *Timeline) Do(a keys.Action) (cmds []Cmd, ok bool) {
	t.status = ""
	if t.inPane && t.detail.do(a) {
		return nil, true
	}
	if t.moves(a) {
		return t.settle(), true
	}
	switch a {
	case keys.Left:
		t.col = max(ColTime, t.col-1)
	case keys.Right:
		t.col = min(columns-1, t.col+1)
	case keys.Top:
		return []Cmd{t.jump(timeline.Cursor{}, focusFirst)}, true
	case keys.End:
		return []Cmd{t.jump(timeline.Cursor{}, focusLast)}, true
	case keys.Strip:
		t.hide.strip = !t.hide.strip
		t.layout()
		return t.reloadStrip(), true
	case keys.Preview:
		t.hide.detail = !t.hide.detail
		t.inPane = t.inPane && !t.hide.detail
		t.layout()
	case keys.NextPane:
		t.inPane = !t.inPane && !t.hide.detail
		t.full = t.inPane && !t.wide()
		t.layout()
		return t.settle(), true
	case keys.Maximise:
		t.full = !t.full
		t.layout()
		return t.reloadStrip(), true
	case keys.Open:
		t.openDetail()
		return t.settle(), true
	case keys.DetailMode:
		t.hide.detail = false
		t.detail.next()
		if !t.wide() && !t.full {
			t.openDetail()
		}
		return t.settle(), true
	case keys.MarkRow:
		t.toggleMark()
		return t.settle(), true
	case keys.Undated:
		t.win.undated = !t.win.undated
		return []Cmd{t.jump(timeline.Cursor{}, focusFirst)}, true
	default:
		return t.seeks(a)
	}
	return nil, true
}

func (t *Timeline) moves(a keys.Action) bool {
	h := max(1, t.win.height)
	switch a {
	case keys.Down:
		t.win.move(1)
	case keys.Up:
		t.win.move(-1)
	case keys.HalfDown:
		t.win.move(h / 2)
	case keys.HalfUp:
		t.win.move(-h / 2)
	case keys.PageDown:
		t.win.move(h)
	case keys.PageUp:
		t.win.move(-h)
	default:
		return false
	}
	return true
}

func (t *Timeline) jump(c timeline.Cursor, f focus) Cmd {
	if f == focusFirst {
		t.win.at, t.win.top = 0, 0
	} else if f == focusLast {
		t.win.at = t.win.top + max(0, t.win.height-2)
	}
	return t.win.load(t.sh.Case, t.sh.Query(), c, f)
}

// JumpTime puts the cursor on the first event at or after an instant.
func (t *Timeline) JumpTime(ns int64) []Cmd {
	t.win.land, t.win.undated = true, false
	return []Cmd{t.win.load(t.sh.Case, t.sh.Query(), atTime(ns), focusAnchor)}
}

// openDetail gives the detail the keys, and the whole screen when it is narrow.
func (t *Timeline) openDetail() {
	if t.win.current() == nil {
		return
	}
	t.hide.detail = false
	t.inPane = true
	t.full = !t.wide()
	t.layout()
}

// Leave goes one step back inside the screen and says whether there was one.
func (t *Timeline) Leave() ([]Cmd, bool) {
	switch {
	case t.full || t.inPane:
		t.full, t.inPane = false, false
		t.layout()
		return t.reloadStrip(), true
	case t.win.undated:
		t.win.undated = false
		return t.Open(), true
	}
	return nil, false
}

func (t *Timeline) toggleMark() {
	r := t.win.current()
	if r == nil {
		return
	}
	if t.marked[r.ID] {
		delete(t.marked, r.ID)
	} else {
		t.marked[r.ID] = true
	}
	t.win.move(1)
}

// Marked gives the marked events, or the one under the cursor when none is.
func (t *Timeline) Marked() []event.ID {
	var out []event.ID
	for id := range t.marked {
		out = append(out, id)
	}
	if len(out) == 0 {
		if r := t.win.current(); r != nil {
			out = append(out, r.ID)
		}
	}
	return out
}

// Unmark takes all marks away and says whether there were any.
func (t *Timeline) Unmark() bool {
	n := len(t.marked)
	t.marked = map[event.ID]bool{}
	return n > 0
}

// Status is what the last action has to say.
func (t *Timeline) Status() string {
	if t.seeking {
		return t.status + t.seekScan.words("esc")
	}
	return t.status
}

// Seeking says whether the next row of some kind is being looked for.
func (t *Timeline) Seeking() bool { return t.seeking }

// Reads says whether an answer that the user waits for is not there yet.
func (t *Timeline) Reads() bool {
	return t.seeking || t.win.stale || t.win.wants() || t.count.gen > 0 && !t.count.known && t.count.err == nil
}

// Awaits says whether rows, count or histogram were asked for less than d ago
// and are not there yet.
func (t *Timeline) Awaits(d time.Duration) bool {
	asked := t.win.stale || t.count.gen > 0 && !t.count.known && t.count.err == nil || t.strip.got != t.strip.gen
	return asked && t.win.now().Sub(t.win.since) < d
}

// settle fetches what the new place of the cursor needs: more rows, raw bytes.
func (t *Timeline) settle() []Cmd {
	out := t.win.prefetch(t.sh.Case, t.sh.Query())
	if r := t.win.current(); r != nil && (t.wide() || t.full) {
		out = append(out, t.detail.show(t.sh.Case, r)...)
	}
	return out
}
