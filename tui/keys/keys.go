// Package keys holds the one table of what a user can do: the name of each
// action, its keys, where it works, and the command that does the same from a
// shell. Footer, help, palette and documentation are made from it; nothing
// else says which key does what.
package keys

import (
	"bufio"
	"fmt"
	"io"
	"sort"
	"strings"
)

// Action names what a key does; it is the word used in the remapping file.
type Action string

// Group sorts actions in the help.
type Group string

// The groups, in the order of the help.
const (
	Move   Group = "Move"
	Time   Group = "Time"
	Find   Group = "Find"
	Entity Group = "Entities and findings"
	Look   Group = "Look"
	Work   Group = "Work"
	Travel Group = "Travel"
)

// Groups lists the groups in the order of the help.
func Groups() []Group { return []Group{Move, Time, Find, Entity, Look, Work, Travel} }

// Binding is one row of the table.
type Binding struct {
	Action Action
	Keys   []string // as Bubble Tea names them; the first is shown
	Name   string   // what it does, in the palette and the help
	Short  string   // in the footer; "" keeps it out
	Group  Group
	Screen string // "" everywhere; "overview" or "timeline" only there
	CLI    string // the command that does the same; "" when it only moves the view
}

// Map finds actions by key.
type Map struct {
	table []Binding
	byKey map[string]Action
}

// New makes a map from the table with other keys for some actions. A key that
// two actions would share on one screen is an error.
func New(remap map[Action][]string) (*Map, error) {
	m := &Map{table: Table(), byKey: map[string]Action{}}
	known := map[Action]bool{}
	for i := range m.table {
		b := &m.table[i]
		known[b.Action] = true
		if ks, ok := remap[b.Action]; ok {
			b.Keys = ks
		}
		for _, k := range b.Keys {
			if other, taken := m.byKey[k]; taken {
				return nil, fmt.Errorf("key %q is bound to %q and %q", k, other, b.Action)
			}
			m.byKey[k] = b.Action
		}
	}
	for a := range remap {
		if !known[a] {
			return nil, fmt.Errorf("no action %q (the help lists them)", a)
		}
	}
	return m, nil
}

// Read reads a remapping file: one "action = key key" a line, # starts a remark.
func Read(r io.Reader) (map[Action][]string, error) {
	out := map[Action][]string{}
	sc := bufio.NewScanner(r)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		name, ks, ok := strings.Cut(line, "=")
		fields := strings.Fields(ks)
		if !ok || len(fields) == 0 {
			return nil, fmt.Errorf("line %d: want action = key, got %q", n, line)
		}
		out[Action(strings.TrimSpace(name))] = fields
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	return out, nil
}

// Find gives the action of a key. A key typed while a Korean input method is
// on stands for the Latin key at its place.
func (m *Map) Find(key string) (Action, bool) {
	if a, ok := m.byKey[key]; ok {
		return a, true
	}
	if latin, ok := Hangul(key); ok {
		a, ok := m.byKey[latin]
		return a, ok
	}
	return "", false
}

// Bindings gives the table with the keys in force.
func (m *Map) Bindings() []Binding { return m.table }

// Binding gives the row of an action.
func (m *Map) Binding(a Action) (Binding, bool) {
	for _, b := range m.table {
		if b.Action == a {
			return b, true
		}
	}
	return Binding{}, false
}

// Footer gives the rows that a screen shows in its footer.
func (m *Map) Footer(screen string) []Binding {
	var out []Binding
	for _, b := range m.table {
		if b.Short != "" && (b.Screen == screen || b.Screen == "") {
			out = append(out, b)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Screen != "" && out[j].Screen == "" })
	return out
}

// Label writes a key as it stands on a keyboard.
func Label(key string) string {
	switch key {
	case " ":
		return "space"
	case "pgdown":
		return "PgDn"
	case "pgup":
		return "PgUp"
	case "shift+tab":
		return "S-tab"
	}
	if rest, ok := strings.CutPrefix(key, "ctrl+"); ok {
		return "^" + rest
	}
	return key
}
