package vm

import (
	"encoding/json"
	"strings"
	"testing"
)

// item is one line of saksi inspect --json that tells of a plan item.
type item struct {
	Source, Outcome, Errno, Reason string
}

// items lists the outcomes of one source of a bundle.
func (l *lab) items(t *testing.T, path, source string) []item {
	t.Helper()
	out, code := l.desk(t, "inspect", "--json", path)
	if code != 0 {
		t.Fatalf("inspect: exit %d %s", code, out)
	}
	var found []item
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		var i item
		if err := json.Unmarshal([]byte(line), &i); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if i.Source == source && i.Outcome != "" {
			found = append(found, i)
		}
	}
	return found
}

// TestRefusals: what the kernel forbids is a recorded fact with its reason and
// exit 3, never silence.
func TestRefusals(t *testing.T) {
	l := open(t)
	k := l.kernels[len(l.kernels)-1]
	for _, c := range []struct {
		name, legs, source, outcome string
		exit                        int
	}{
		{"lockdown integrity still images", "lockdown-integrity,collect+--memory+--plain+--only+memory", "memory", "collected", 0},
		{"lockdown confidentiality", "lockdown-confidentiality,collect+--memory+--plain+--only+memory", "memory", "denied", 3},
		{"yama 3", "decoy,yama3,collect+--only+socket", "socket", "", 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := boot(t, k, l.initrd, c.legs, 256, "")
			m.wait("@@COLLECTED")
			m.end()
			b, code := m.bundle("refused.tar.zst")
			if code != c.exit {
				t.Errorf("collector exit %d, want %d\n%s", code, c.exit, m.tail())
			}
			if out, code := l.desk(t, "verify", b); code != 0 {
				t.Errorf("verify exit %d: %s", code, out)
			}
			got := l.items(t, b, c.source)
			if len(got) != 1 {
				t.Fatalf("%d outcomes of %s: %+v", len(got), c.source, got)
			}
			t.Logf("%+v", got[0])
			if c.outcome != "" && got[0].Outcome != c.outcome {
				t.Errorf("outcome %q, want %q", got[0].Outcome, c.outcome)
			}
			if got[0].Outcome != "collected" && got[0].Reason == "" {
				t.Errorf("%+v has no reason", got[0])
			}
		})
	}
}
