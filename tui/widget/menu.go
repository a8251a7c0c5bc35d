package widget

import (
	"sort"
	"strings"
	"unicode"
)

// Item is one line of a menu.
type Item struct {
	ID    string
	Label string
	Note  string // second column
	Hint  string // third column
}

// Menu is a list that typing narrows.
type Menu struct {
	Items  []Item
	Filter Input
	shown  []int
	at     int
	top    int
	last   string
	wide   struct{ label, note, hint int } // of the widest item
}

// NewMenu makes a menu of items.
func NewMenu(items []Item) *Menu {
	m := &Menu{Items: items}
	m.measure()
	m.narrow()
	return m
}

// SetItems replaces the items and keeps the place when it can.
func (m *Menu) SetItems(items []Item) {
	id := ""
	if it, ok := m.Current(); ok {
		id = it.ID
	}
	m.Items = items
	m.measure()
	m.narrow()
	for i, x := range m.shown {
		if m.Items[x].ID == id {
			m.at = i
		}
	}
}

func (m *Menu) narrow() {
	text := m.Filter.Text()
	type hit struct{ index, score int }
	var hits []hit
	for i, it := range m.Items {
		if s, ok := Fuzzy(text, it.Label+" "+it.ID); ok {
			hits = append(hits, hit{i, s})
		}
	}
	if text != "" {
		sort.SliceStable(hits, func(a, b int) bool { return hits[a].score > hits[b].score })
	}
	m.shown = m.shown[:0]
	for _, h := range hits {
		m.shown = append(m.shown, h.index)
	}
	if text != m.last {
		m.at, m.top = 0, 0
	}
	m.last = text
	m.at = max(0, min(m.at, len(m.shown)-1))
}

// Typed must be called after the filter has changed.
func (m *Menu) Typed() { m.narrow() }

// Move moves the cursor by n lines.
func (m *Menu) Move(n int) { m.at = max(0, min(m.at+n, len(m.shown)-1)) }

// Len is the number of lines shown.
func (m *Menu) Len() int { return len(m.shown) }

// Current gives the item under the cursor.
func (m *Menu) Current() (Item, bool) {
	if m.at < 0 || m.at >= len(m.shown) {
		return Item{}, false
	}
	return m.Items[m.shown[m.at]], true
}

// View draws h lines of w cells.
func (m *Menu) View(t *Theme, w, h int) []string {
	if m.at < m.top {
		m.top = m.at
	}
	if m.at >= m.top+h {
		m.top = m.at - h + 1
	}
	note, hint := m.columns(w)
	out := make([]string, 0, h)
	for i := m.top; i < m.top+h; i++ {
		l := NewLine(w, t.Glyph.Cut)
		if i >= len(m.shown) {
			out = append(out, l.Fill(""))
			continue
		}
		it := m.Items[m.shown[i]]
		base, dim := "", t.Dim
		mark := "  "
		if i == m.at {
			base, dim, mark = t.Select, t.Select, "> "
		}
		l.Add(base, mark)
		l.AddFit(base, it.Label, l.Left()-note-hint)
		l.AddFit(dim, " "+it.Note, note)
		l.AddFit(dim, " "+it.Hint, hint)
		out = append(out, l.Fill(base))
	}
	return out
}

// measure finds the widest note and hint, once per set of items.
func (m *Menu) measure() {
	m.wide.label, m.wide.note, m.wide.hint = 0, 0, 0
	for _, it := range m.Items {
		m.wide.label = max(m.wide.label, Width(it.Label))
		m.wide.note = max(m.wide.note, Width(it.Note))
		m.wide.hint = max(m.wide.hint, Width(it.Hint))
	}
}

func (m *Menu) columns(w int) (note, hint int) {
	note, hint = m.wide.note+1, m.wide.hint+1
	if note == 1 {
		note = 0
	}
	if hint == 1 || w < 70 {
		hint = 0
	}
	note = min(note, w/3)
	return note, min(hint, max(w*2/5, w-2-note-m.wide.label))
}

// Fuzzy says whether the letters of pattern stand in text in their order, and
// how well: runs and word starts count more.
func Fuzzy(pattern, text string) (score int, ok bool) {
	p := []rune(strings.ToLower(strings.TrimSpace(pattern)))
	if len(p) == 0 {
		return 0, true
	}
	i, run := 0, 0
	prev := ' '
	for _, r := range strings.ToLower(text) {
		if i < len(p) && r == p[i] {
			run++
			score += run
			if !unicode.IsLetter(prev) && !unicode.IsDigit(prev) {
				score += 4
			}
			i++
		} else {
			run = 0
			if i < len(p) && p[i] == ' ' {
				i++
			}
		}
		prev = r
	}
	folded := strings.ToLower(text)
	if at := strings.Index(folded, string(p)); at == 0 {
		score += 60
	} else if at > 0 {
		score += 30
	}
	if strings.Contains(" "+folded+" ", " "+string(p)+" ") {
		score += 30 // whole words
	}
	return score*8 - len(text)/8, i == len(p)
}
