//go:build linux

package collect

import (
	"context"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
)

func TestSelection(t *testing.T) {
	h, err := host.NewMounted(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	one := []func(context.Context, *Env) (bundle.Outcome, error){ok}
	sources := []Source{fake{name: "a", group: GroupLogs, items: one}, fake{name: "b", group: GroupLogs, items: one}, extra{fake{name: "c", group: GroupMemory, items: one}}}
	for _, tc := range []struct {
		sel  Selection
		want string
		err  error
	}{
		{Selection{}, "clock run a b", nil},
		{Selection{Only: []string{"b"}}, "clock run b", nil},
		{Selection{Skip: []string{"a"}}, "clock run b", nil},
		{Selection{Also: []string{"c"}}, "clock run c a b", nil},
		{Selection{Profile: ProfileFull}, "clock run", nil},
		{Selection{Only: []string{"nope"}}, "", ErrUnknownSource},
		{Selection{Skip: []string{"nope"}}, "", ErrUnknownSource},
	} {
		p, err := NewPlan(context.Background(), h, sources, tc.sel)
		if !errors.Is(err, tc.err) {
			t.Errorf("%+v: %v, want %v", tc.sel, err, tc.err)
		}
		if err != nil {
			continue
		}
		var got []string
		for i, it := range p.Items {
			got = append(got, it.Source)
			if it.Item != i+1 {
				t.Errorf("%+v: item %d has number %d", tc.sel, i+1, it.Item)
			}
		}
		if s := strings.Join(got, " "); s != tc.want {
			t.Errorf("%+v: plan of %q, want %q", tc.sel, s, tc.want)
		}
	}
}

// twice is a source that runs again behind a RAM image.
type twice struct{ fake }

func (e twice) Describe() Description {
	d := e.fake.Describe()
	d.Again = true
	return d
}

// TestSecondPass: clocks, volatile, RAM, the volatile sources again, the rest;
// and without an image nothing runs twice.
func TestSecondPass(t *testing.T) {
	h, err := host.NewMounted(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	one := []func(context.Context, *Env) (bundle.Outcome, error){ok}
	sources := []Source{fake{name: "logs", group: GroupLogs, items: one}, twice{fake{name: "proc", group: GroupVolatile, items: one}},
		extra{fake{name: memorySource, group: GroupMemory, items: one}}, twice{fake{name: "end", group: GroupWalk + 10, items: one}}}
	for also, want := range map[string]string{"": "clock run proc logs end", memorySource: "clock run proc memory proc+ end+ logs end"} {
		sel := Selection{}
		if also != "" {
			sel.Also = []string{also}
		}
		p, err := NewPlan(context.Background(), h, sources, sel)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, it := range p.Items {
			mark := ""
			if strings.HasSuffix(it.Target, againText) {
				mark = "+"
			}
			got = append(got, it.Source+mark)
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("with %q: plan of %q, want %q", also, s, want)
		}
	}
}

// extra is a source of no profile, which runs only when it is asked for.
type extra struct{ fake }

func (e extra) Describe() Description {
	d := e.fake.Describe()
	d.Profiles = nil
	return d
}

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"/var/log/a b": "/var/log/a b", "a\nb": `a\x0ab`, `a\b`: `a\\b`, "\xff": `\xff`, "한국": "한국", "\x1b[31m": `\x1b[31m`, "\u009b": `\xc2\x9b`, `\x41`: `\\x41`,
	} {
		if got := Escape([]byte(in)); got != want {
			t.Errorf("Escape(%q) = %q, want %q", in, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOf(rapid.Byte()).Draw(t, "path")
		s := Escape(b)
		if back := string(Unescape(s)); back != string(b) {
			t.Fatalf("Unescape(%q) = %q, want %q", s, back, b)
		}
		for _, r := range s {
			if r < 0x20 || r == 0x7f {
				t.Fatalf("control character in %q", s)
			}
		}
	})
}
