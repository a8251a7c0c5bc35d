package tui

import (
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/tui/keys"
	"github.com/saksi-dfir/saksi/tui/view"
	"github.com/saksi-dfir/saksi/tui/widget"
)

// notes is a list of lines under a cursor; those that rest on an event lead
// to it.
type notes struct {
	body []view.Note
	at   int
	top  int
	page int
}

// move handles the keys of moving and says whether a was one.
func (n *notes) move(a keys.Action) bool {
	step := map[keys.Action]int{keys.Down: 1, keys.Up: -1, keys.HalfDown: n.page / 2, keys.HalfUp: -n.page / 2,
		keys.PageDown: n.page, keys.PageUp: -n.page, keys.Top: -len(n.body), keys.End: len(n.body)}
	by, ok := step[a]
	if ok {
		n.at = max(0, min(n.at+by, len(n.body)-1))
		return true
	}
	switch a {
	case keys.NextPane, keys.NextFinding:
		n.toEvent(1)
	case keys.PrevFinding:
		n.toEvent(-1)
	default:
		return false
	}
	return true
}

// toEvent goes to the next line that rests on an event, round the end.
func (n *notes) toEvent(dir int) {
	for k := 1; k <= len(n.body); k++ {
		i := ((n.at+dir*k)%len(n.body) + len(n.body)) % len(n.body)
		if n.body[i].HasEvent() {
			n.at = i
			return
		}
	}
}

// event is what the line under the cursor rests on.
func (n *notes) event() (event.ID, bool) {
	if n.at < 0 || n.at >= len(n.body) || !n.body[n.at].HasEvent() {
		return event.ID{}, false
	}
	return n.body[n.at].Event, true
}

func (n *notes) lines(m *model, w, h int) []string {
	th := m.sh.Theme
	n.page = max(1, h-1)
	shown := view.Wrap(n.body, w-4)
	first, last := 0, 0 // lines of the note under the cursor
	for i, l := range shown {
		if l.Of < n.at {
			first = i + 1
		}
		if l.Of <= n.at {
			last = i
		}
	}
	n.top = max(min(n.top, first), last-h+1)
	n.top = max(0, min(n.top, len(shown)-h))
	out := make([]string, 0, h)
	for i := n.top; i < n.top+h; i++ {
		l := widget.NewLine(w, th.Glyph.Cut)
		fill := ""
		if i < len(shown) {
			x := shown[i]
			style, cursor, link := x.Tone.Style(th), " ", "  "
			begins := i == 0 || shown[i-1].Of != x.Of
			if x.HasEvent() && begins {
				link = th.Glyph.Link + " "
			}
			if x.Of == n.at {
				style, fill = th.Select, th.Select
				if begins {
					cursor = ">"
				}
			}
			l.Add(style, cursor).Add(style, link).Add(style, x.Text)
		}
		out = append(out, l.Fill(fill))
	}
	return out
}
