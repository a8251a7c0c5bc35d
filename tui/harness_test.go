package tui

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/charmbracelet/x/ansi"

	"github.com/saksi-dfir/saksi/tui/keys"
	"github.com/saksi-dfir/saksi/tui/widget"
)

// harness drives a model without program, terminal or clock: each key is
// followed by all commands it caused, until none is left.
type harness struct {
	t   testing.TB
	m   *model
	c   *fakeCase
	now time.Time
	out []tea.Msg // messages sent from outside
	end bool
}

func newHarness(t testing.TB, c *fakeCase, w, h int, opts ...func(*Options)) *harness {
	t.Helper()
	x := &harness{t: t, c: c, now: time.Date(2024, 8, 1, 12, 0, 0, 0, c.zone)}
	o := Options{Case: c, Dir: "case-1", Poll: -1, Now: func() time.Time { x.now = x.now.Add(50 * time.Millisecond); return x.now }}
	for _, f := range opts {
		f(&o)
	}
	km, err := keys.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	theme := o.Theme
	if theme == "" {
		theme = "mono"
	}
	x.m = newModel(context.Background(), o, km, widget.NewTheme(theme, o.ASCII))
	x.m.send = func(m tea.Msg) { x.out = append(x.out, m) }
	t.Cleanup(x.m.stop)
	x.m.w, x.m.h = w, h
	x.settle(x.m.Init())
	return x
}

// settle runs commands until none is left.
func (x *harness) settle(cmd tea.Cmd) {
	x.t.Helper()
	x.settle0(cmd)
	if x.m.pending != 0 {
		x.t.Fatalf("%d commands are still awaited after all have run", x.m.pending)
	}
}

// settle0 is settle while others still run beside.
func (x *harness) settle0(cmd tea.Cmd) {
	x.t.Helper()
	queue := []tea.Cmd{cmd}
	for n := 0; len(queue) > 0; n++ {
		if n > 10000 {
			x.t.Fatal("commands without end")
		}
		c := queue[0]
		queue = queue[1:]
		if c == nil {
			continue
		}
		msg := c()
		switch msg.(type) {
		case nil:
			continue
		case tea.QuitMsg:
			x.end = true
			continue
		}
		if v := reflect.ValueOf(msg); v.Kind() == reflect.Slice { // a batch or a sequence
			for i := range v.Len() {
				if c, ok := v.Index(i).Interface().(tea.Cmd); ok {
					queue = append(queue, c)
				}
			}
			continue
		}
		_, next := x.m.Update(msg)
		queue = append(queue, next)
	}
}

// keys types keys by name; a text in quotes is typed letter by letter.
func (x *harness) keys(names ...string) *harness {
	x.t.Helper()
	for _, n := range names {
		if text, ok := strings.CutPrefix(n, "text:"); ok {
			for _, r := range text {
				_, cmd := x.m.Update(runeKey(r))
				x.settle(cmd)
			}
			continue
		}
		_, cmd := x.m.Update(keyMsg(n))
		x.settle(cmd)
	}
	return x
}

func runeKey(r rune) tea.KeyMsg {
	if r == ' ' {
		return tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}}
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}}
}

func keyMsg(n string) tea.KeyMsg {
	for t := tea.KeyType(-80); t < 130; t++ {
		if t != tea.KeyRunes && (tea.Key{Type: t}).String() == n {
			return tea.KeyMsg{Type: t}
		}
	}
	if n == " " {
		return runeKey(' ')
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(n)}
}

// screen gives the lines as a user sees them, without colours.
func (x *harness) screen() []string {
	x.t.Helper()
	f := x.m.frame()
	out := make([]string, len(f.Lines))
	for i, l := range f.Lines {
		out[i] = strings.TrimRight(ansi.Strip(l), " ")
	}
	return out
}

// see fails unless every text stands on the screen.
func (x *harness) see(texts ...string) *harness {
	x.t.Helper()
	all := strings.Join(x.screen(), "\n")
	for _, s := range texts {
		if !strings.Contains(all, s) {
			x.t.Fatalf("%q is not on the screen:\n%s", s, all)
		}
	}
	return x
}

// miss fails when a text stands on the screen.
func (x *harness) miss(texts ...string) *harness {
	x.t.Helper()
	all := strings.Join(x.screen(), "\n")
	for _, s := range texts {
		if strings.Contains(all, s) {
			x.t.Fatalf("%q is on the screen:\n%s", s, all)
		}
	}
	return x
}
