package keys

import (
	"os"
	"strings"
	"testing"
)

func TestTableIsWhole(t *testing.T) {
	m, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	groups := map[Group]bool{}
	for _, g := range Groups() {
		groups[g] = true
	}
	seen := map[Action]bool{}
	for _, b := range m.Bindings() {
		if seen[b.Action] {
			t.Errorf("action %q stands twice", b.Action)
		}
		seen[b.Action] = true
		if b.Name == "" || len(b.Keys) == 0 || !groups[b.Group] {
			t.Errorf("%q lacks a name, a key or a group", b.Action)
		}
		for _, k := range b.Keys {
			if a, ok := m.Find(k); !ok || a != b.Action {
				t.Errorf("key %q finds %q, want %q", k, a, b.Action)
			}
		}
		if b.CLI != "" && !strings.HasPrefix(b.CLI, "saksi ") {
			t.Errorf("%q: command line %q", b.Action, b.CLI)
		}
	}
}

func TestHangulStandsForTheLatinKey(t *testing.T) {
	m, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]Action{"ㅓ": Down, "ㅏ": Up, "ㅗ": Left, "ㅣ": Right, "ㅂ": Back, "ㅃ": Quit, "ㄹ": Filter, "ㅎ": Top, "ㅅ": GoTime, "ㅆ": Tag, "ㅈ": Follow, "ㄲ": Redo, "ㅋ": ZoomIn, "ㅜ": NextHit} {
		if a, ok := m.Find(key); !ok || a != want {
			t.Errorf("%s finds %q, want %q", key, a, want)
		}
	}
	for _, key := range []string{"가", "x1", ""} {
		if a, ok := m.Find(key); ok {
			t.Errorf("%q finds %q", key, a)
		}
	}
}

func TestRemap(t *testing.T) {
	remap, err := Read(strings.NewReader("# mine\nstar = S\ndown = down ctrl+n ,\n\n"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := New(remap)
	if err != nil {
		t.Fatal(err)
	}
	if a, _ := m.Find("S"); a != Star {
		t.Errorf("S finds %q", a)
	}
	if a, ok := m.Find("m"); ok {
		t.Errorf("m still finds %q", a)
	}
	if a, _ := m.Find(","); a != Down {
		t.Errorf(", finds %q", a)
	}
	for _, bad := range []string{"star S", "star =", "stra = S", "star = j"} {
		remap, err := Read(strings.NewReader(bad))
		if err == nil {
			_, err = New(remap)
		}
		if err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// The document of keys is made from the table; SAKSI_UPDATE=1 makes it anew.
func TestDocument(t *testing.T) {
	want := Document()
	if os.Getenv("SAKSI_UPDATE") != "" {
		if err := os.WriteFile("KEYS.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("KEYS.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("KEYS.md is not what the table says; make it anew with: SAKSI_UPDATE=1 go test ./tui/keys -run Document")
	}
}
