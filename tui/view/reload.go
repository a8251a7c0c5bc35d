package view

import "github.com/saksi-dfir/saksi/timeline"

// Open loads the screen for the first time.
func (t *Timeline) Open() []Cmd { return t.reload(timeline.Cursor{}, focusFirst) }

// Reload asks again for list, strip and count, after filter or range changed.
// The event under the cursor keeps it when it is still there, else the next one.
func (t *Timeline) Reload() []Cmd {
	if r := t.win.current(); r != nil {
		return t.reload(before(&r.Row), focusAnchor)
	}
	return t.Open()
}

// Land is ReloadAt with the cursor a third down the screen, so that what came
// before is seen too.
func (t *Timeline) Land(c timeline.Cursor) []Cmd {
	t.win.land, t.win.undated = true, false
	return t.ReloadAt(c)
}

// ReloadAt is Reload with the cursor before a place.
func (t *Timeline) ReloadAt(c timeline.Cursor) []Cmd {
	if !c.Set {
		return t.Open()
	}
	return t.reload(c, focusAnchor)
}

func (t *Timeline) reload(anchor timeline.Cursor, f focus) []Cmd {
	q := t.sh.Query()
	out := []Cmd{t.win.load(t.sh.Case, q, anchor, f), t.count.load(t.sh.Case, q)}
	return append(out, t.reloadStrip()...)
}

func (t *Timeline) reloadStrip() []Cmd {
	if t.stripRows() == 0 {
		return nil
	}
	from, to, ok := t.sh.Bounds()
	if !ok {
		t.strip.clear()
		return nil
	}
	return t.strip.load(t.sh.Case, t.sh.Filter.Node, from, to, t.stripWidth())
}

func (t *Timeline) stripWidth() int { return max(10, t.width-2) }
