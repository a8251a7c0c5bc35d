//go:build linux

package tmuxtest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// rows reads a listing of JSON lines.
func rows[T any](t *testing.T, listing string) []T {
	t.Helper()
	var out []T
	for _, l := range strings.Split(strings.TrimSpace(listing), "\n") {
		var x T
		if err := json.Unmarshal([]byte(l), &x); err != nil {
			t.Fatalf("%v in %q", err, l)
		}
		out = append(out, x)
	}
	if len(out) == 0 {
		t.Fatal("an empty listing proves nothing")
	}
	return out
}

// second is an instant of a listing as the screen writes it.
func second(t *testing.T, s string) string {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return at.Format("2006-01-02 15:04:05")
}

type bound struct{ Time, Event, Reason string }

// TestWhenAndWhoEqualTheListings: each bound of each infection and each
// sighting of the listings stands on the host card, and leads to its event.
func TestWhenAndWhoEqualTheListings(t *testing.T) {
	b := setup(t)
	ins := rows[struct {
		Host, Implant, State string
		Start                struct {
			NotBefore bound `json:"not_before"`
			NotAfter  bound `json:"not_after"`
		}
	}](t, b.cli(t, "infections", "--json", "--case", b.caseDir()))
	x := b.tui(t, 220, 90, b.caseDir())
	for _, in := range ins {
		x.see(in.Host).keys("H").see("Host "+in.Host, in.Implant+", "+in.State)
		x.see("not before "+second(t, in.Start.NotBefore.Time)+"  "+in.Start.NotBefore.Reason, "not after  "+second(t, in.Start.NotAfter.Time)+"  "+in.Start.NotAfter.Reason)
		for i, y := range []bound{in.Start.NotBefore, in.Start.NotAfter} {
			if i > 0 {
				x.keys("1", "H").see("Host " + in.Host).keys("Tab")
			}
			x.keys("Tab").see(">→")
			x.keys("Enter").see("2 TIMELINE", y.Event, "WHEN: "+in.Host)
		}
		x.keys("1", "H").see("Host " + in.Host)
	}
	for _, s := range rows[struct{ Account, Grade, Channel, Earliest, Host string }](t, b.cli(t, "sightings", "--json", "--case", b.caseDir())) {
		x.until(func(screen string) bool {
			for _, l := range strings.Split(screen, "\n") {
				if strings.Contains(l, s.Grade+"  "+second(t, s.Earliest)) && strings.Contains(l, "account "+s.Account) && strings.Contains(l, "by "+s.Channel) {
					return true
				}
			}
			return false
		}, fmt.Sprintf("the sighting %+v", s))
	}
}

// TestTimelineAndRawEqualTheListings: the rows of the list in their order, and
// the bytes and hash of the raw view.
func TestTimelineAndRawEqualTheListings(t *testing.T) {
	b := setup(t)
	const q = "host:web01 source:wtmp"
	list := rows[struct {
		ID, Time, Message string
		Origin            struct {
			Bundle, SHA256 string
			Offset         int64
		}
	}](t, b.cli(t, "events", "--json", "--limit", "20", "--case", b.caseDir(), q))
	x := b.tui(t, 200, 60, b.caseDir())
	x.see("web01").keys("2", "f", "text:"+q, "Enter").see("[source:wtmp]", "q back").keys("g")
	x.until(func(screen string) bool {
		at := 0
		for _, e := range list {
			i := strings.Index(screen[at:], second(t, e.Time))
			if i < 0 {
				return false
			}
			at += i + 19
		}
		return true
	}, "the first rows in the order of the listing")
	for _, e := range list[:4] {
		x.see(e.ID[:20], e.Message[:min(20, len(e.Message))], e.Origin.Bundle, fmt.Sprintf("offset %d,", e.Origin.Offset)).keys("j")
	}
	x.keys("g", "v").see("the hash agrees")
	raw := rows[struct {
		Origin struct{ SHA256 string }
	}](t, b.cli(t, "raw", "--json", "--case", b.caseDir(), list[0].ID))
	x.see("sha256 " + raw[0].Origin.SHA256[:50])
	x.keys("v").see("hex", fmt.Sprintf("%010x", list[0].Origin.Offset))
}

// TestVerdictsAndWitnesses: a finding is confirmed on the screen and the
// listing says so; the same log in two bundles is one row with two witnesses.
func TestVerdictsAndWitnesses(t *testing.T) {
	b := setup(t)
	cs := filepath.Join(b.own(t), "case")
	x := b.tui(t, 180, 40, cs)
	x.see("web01").keys("!").see("Findings: what").keys("C").see("finding confirmed", "[confirmed by")
	if out := b.cli(t, "findings", "--json", "--case", cs); !strings.Contains(out, "confirmed by") {
		t.Errorf("the listing knows no verdict: %s", out)
	}
	x.keys("U").see("undone").gone("[confirmed by")
	x.keys("Q").ended()

	dir := t.TempDir()
	two := filepath.Join(dir, "case")
	line := "2024-03-19T02:14:07+00:00 web01 sshd[812]: Accepted password for root from 203.0.113.9 port 22 ssh2\n"
	for i, more := range []string{"", "2024-03-19T02:15:07+00:00 web01 sshd[813]: Failed password for kim from 203.0.113.9 port 22 ssh2\n"} {
		sub := filepath.Join(dir, fmt.Sprint("copy", i))
		if err := os.Mkdir(sub, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(sub, "auth.log"), []byte(line+more), 0o600); err != nil {
			t.Fatal(err)
		}
		b.cli(t, "ingest", "--case", two, "--host", "web01", "--zone", "UTC", filepath.Join(sub, "auth.log"))
	}
	runs := map[string]bool{}
	for _, e := range rows[struct {
		Origin struct{ Bundle string }
	}](t, b.cli(t, "events", "--json", "--all-copies", "--case", two, "Accepted")) {
		runs[e.Origin.Bundle] = true
	}
	if len(runs) != 2 {
		t.Fatalf("the record stands in %d bundles, want 2", len(runs))
	}
	y := b.tui(t, 180, 40, two)
	y.see("web01").keys("2").see("Accepted", "the same record stands in 1 more exhibit (W lists them)").keys("W").see("Witnesses: 2 exhibits hold this record", "sealed at this desk", "(the one in the list)")
	for run := range runs {
		y.see("bundle " + run)
	}
	y.keys("j", "Enter").see("Record of bundle", "Accepted password for root").keys("v").see("the hash agrees", "sshd[812]")
	y.keys("Escape").see("Witnesses: 2").keys("Escape").see("2 TIMELINE")
}

// TestHangulInput types as a Korean input method does: composed syllables in
// prompts, letters of the keyboard as keys.
func TestHangulInput(t *testing.T) {
	b := setup(t)
	cs := filepath.Join(b.own(t), "case")
	x := b.tui(t, 100, 30, cs)
	x.see("web01").keys("2").see("q back").keys("ㅁ").see("note:").keys("text:최초 침입 의심", "BSpace", "text:심", "Enter").see("note saved", "n ")
	x.keys("ㅠ", "ㅓ", "ㅏ", "ㅆ").see("tag:").keys("text:악성", "Enter").see("tagged 악성")
	x.keys("ㄹ").see("filter:").keys("text:tag:악성", "Enter").see("[tag:악성]", "1 of")
	x.keys("ㅕ", "ㅕ", "ㅕ", "ㅕ").keys("t", "text:한글", "Enter").see("is no time").keys("C-c").gone("go to:")
	x.keys("ㅂ").see("1 OVERVIEW").keys("ㅃ").ended()
}
