package parse

import (
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// told keeps warnings.
type told struct{ warnings []event.Warning }

func (t *told) Event(*event.Event) error      { return nil }
func (t *told) Counter(event.Counter) error   { return nil }
func (t *told) Warning(w event.Warning) error { t.warnings = append(t.warnings, w); return nil }

// TestWarningsAreJoined: past the limit, warnings that follow each other are
// one, and say of how many.
func TestWarningsAreJoined(t *testing.T) {
	k := &told{}
	m := &meter{x: &Exhibit{}, facts: &Facts{}, out: k}
	for i := range int64(warningLimit + 500) {
		if err := m.Warning(event.Warning{Offset: i * 10, Length: 9, Code: "bad"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Warning(event.Warning{Offset: 1 << 30, Length: 9, Code: "bad"}); err != nil {
		t.Fatal(err)
	}
	if err := m.flush(); err != nil {
		t.Fatal(err)
	}
	if len(k.warnings) != warningLimit+2 {
		t.Fatalf("%d warnings", len(k.warnings))
	}
	joined, last := k.warnings[warningLimit], k.warnings[warningLimit+1]
	if joined.Offset != warningLimit*10 || joined.Length != 500*10-1 || !strings.Contains(joined.Message, "first of 500") {
		t.Errorf("joined: %+v", joined)
	}
	if last.Offset != 1<<30 || last.Message != "" {
		t.Errorf("last: %+v", last)
	}
}
