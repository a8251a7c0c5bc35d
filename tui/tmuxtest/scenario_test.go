//go:build linux

package tmuxtest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// tui opens the screen of the sample case.
func (b bench) tui(t *testing.T, w, h int, caseDir string, env ...string) *terminal {
	t.Helper()
	return open(t, w, h, env, fmt.Sprintf("%s tui --case %s", b.bin, caseDir))
}

// colour finds a sequence that sets one; 39 and 49 give the terminal its own back.
var colour = regexp.MustCompile(`\x1b\[[0-9;]*\b([34][0-8]|9[0-7]|10[0-7])[;m]`)

func (b bench) caseDir() string { return filepath.Join(b.demo, "case") }

func commas(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func TestOverview(t *testing.T) {
	b := setup(t)
	x := b.tui(t, 140, 40, b.caseDir())
	x.see("web01", "db01", "mail01", "confirmed", "no sign", "signer unknown", "not before", "innocent explanation", "q leave", "? help")
	x.keys("?").see("Help", "Every action is in the palette")
	x.keys("Escape").gone("Every action")
	x.keys("q").ended()
}

func TestHostCountEqualsCommandLine(t *testing.T) {
	b := setup(t)
	n := lines(b.cli(t, "events", "--json", "--case", b.caseDir(), "host:web01"))
	all := lines(b.cli(t, "events", "--json", "--case", b.caseDir()))
	x := b.tui(t, 140, 40, b.caseDir())
	x.see("web01").keys("Enter").see("[host:web01]", commas(n)+" of "+commas(all))
	x.keys("[").see("1 OVERVIEW")
}

func TestFilterMistakeThenFilter(t *testing.T) {
	b := setup(t)
	n := lines(b.cli(t, "events", "--json", "--case", b.caseDir(), "source:audit actor:deploy"))
	x := b.tui(t, 120, 30, b.caseDir())
	x.see("web01").keys("2", "f", "text:hots:web01").see("v no field", "did you mean host")
	x.keys("C-u", "text:source:audit actor:deploy", "Enter").see("[source:audit]", "[actor:deploy]", commas(n)+" of")
	x.keys("BSpace").gone("[actor:deploy]")
	x.keys("1", "2").see("[source:audit]")
}

func TestFacetsEqualCommandLine(t *testing.T) {
	b := setup(t)
	x := b.tui(t, 120, 40, b.caseDir())
	x.see("web01").keys("2", "F").see("[host]", "web01")
	x.keys("Tab").see("[source]", "audit")
	for _, line := range strings.Split(strings.TrimSpace(b.cli(t, "facets", "--json", "--case", b.caseDir(), "--field", "source", "--limit", "0")), "\n") {
		var f struct {
			Value string
			Count int
		}
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		x.see(f.Value).until(func(s string) bool {
			for _, l := range strings.Split(s, "\n") {
				if fs := strings.Fields(strings.TrimPrefix(l, ">")); len(fs) > 1 && fs[0] == f.Value && fs[1] == commas(f.Count) {
					return true
				}
			}
			return false
		}, fmt.Sprintf("%s with %d", f.Value, f.Count))
	}
}

func TestFindingsEqualCommandLine(t *testing.T) {
	b := setup(t)
	x := b.tui(t, 160, 40, b.caseDir())
	x.see("web01").keys("!").see("Findings: what")
	for _, line := range strings.Split(strings.TrimSpace(b.cli(t, "findings", "--json", "--case", b.caseDir())), "\n") {
		var f struct{ Title, Rule string }
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		x.see(f.Title[:min(40, len(f.Title))], f.Rule)
	}
	x.keys("Enter").see("cited by finding", "2 TIMELINE")
}

func TestSearchGoToZoom(t *testing.T) {
	b := setup(t)
	x := b.tui(t, 140, 40, b.caseDir())
	x.see("web01").keys("2").see("web01").keys("/", "text:sm-agentd", "Enter").see("/sm-agentd", ".sm-agentd")
	x.keys("t", "text:2024-04-11 09:07").see("= Thu 2024-04-11 09:07:00 +09:00", "after the cursor")
	x.keys("Enter").see("> ").see("2024-04-11 09:07:03")
	x.keys("z", "z", "z").see(" of ").gone("(all)")
	x.keys("0").see("(all)")
	x.keys("t", "text:never", "Enter").see("is no time")
	x.keys("Escape", "t", "text:first finding", "Enter").see("cited by finding")
}

func TestRawAndHex(t *testing.T) {
	b := setup(t)
	x := b.tui(t, 160, 40, b.caseDir())
	x.see("web01").keys("2", "f", "text:source:syslog Accepted", "Enter").see("[source:syslog]", "Accepted")
	x.keys("v").see("read again from the bundle; the hash agrees", "offset ", "sshd[")
	x.keys("v").see("hex", "sshd[").keys("v").see("fields")
}

func TestResize(t *testing.T) {
	b := setup(t)
	x := b.tui(t, 200, 50, b.caseDir())
	x.see("web01").keys("2").see("audit")
	for _, s := range [][2]string{{"60", "20"}, {"20", "5"}, {"120", "30"}, {"1", "1"}, {"80", "24"}} {
		x.tmux("resize-window", "-x", s[0], "-y", s[1])
		x.keys("j")
	}
	x.see("2 TIMELINE", "q back")
	for _, l := range strings.Split(x.screen(), "\n") {
		if len([]rune(l)) > 80 {
			t.Errorf("line of %d cells: %q", len([]rune(l)), l)
		}
	}
}

func TestSuspend(t *testing.T) {
	b := setup(t)
	x := open(t, 100, 30, nil, "env PS1='READY ' bash --norc -i")
	x.see("READY").keys("text:"+fmt.Sprintf("%s tui --case %s", b.bin, b.caseDir()), "Enter").see("web01", "q leave")
	x.keys("C-z").see("Stopped").gone("q leave")
	x.keys("text:fg", "Enter").see("web01", "q leave")
	x.keys("Q").gone("q leave").see("READY")
	x.keys("text:stty -a | grep -c ' echo '", "Enter").see("1")
}

func TestKillAndRestore(t *testing.T) {
	b := setup(t)
	dir := b.own(t)
	state := t.TempDir()
	x := b.tui(t, 140, 40, filepath.Join(dir, "case"), "XDG_STATE_HOME="+state)
	x.see("web01").keys("2", "f", "text:source:wtmp", "Enter").see("[source:wtmp]", "logged in")
	x.keys("m").see("starred").keys("a", "text:기록: 처음 본 로그인", "Enter").see("note saved")
	if err := syscall.Kill(x.pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	x.ended()
	y := b.tui(t, 140, 40, filepath.Join(dir, "case"), "XDG_STATE_HOME="+state)
	y.see("2 TIMELINE", "[source:wtmp]", "* starred", "기록: 처음 본 로그인")
	y.keys("U").see("undone").keys("U").gone("* starred")
}

func TestExportEqualsCommandLine(t *testing.T) {
	b := setup(t)
	out := filepath.Join(t.TempDir(), "out.csv")
	x := b.tui(t, 140, 40, b.caseDir())
	x.see("web01").keys("2", "f", "text:source:wtmp", "Enter").see("[source:wtmp]").keys("x").see("Export all events").keys("Enter").see("export to:")
	x.keys("C-u", "text:"+out, "Enter").see("written to")
	got, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if want := b.cli(t, "events", "--csv", "--case", b.caseDir(), "source:wtmp"); string(got) != want {
		t.Errorf("the export has %d bytes, the listing %d", len(got), len(want))
	}
}

func TestColourLocaleAndPlain(t *testing.T) {
	b := setup(t)
	x := b.tui(t, 140, 40, b.caseDir(), "NO_COLOR=1")
	x.see("● confirmed", "○ no sign")
	if out := x.tmux("capture-pane", "-pe"); colour.MatchString(out) {
		t.Errorf("colours in spite of NO_COLOR:\n%q", out)
	}
	y := b.tui(t, 140, 40, b.caseDir(), "LC_ALL=C")
	y.see("@ confirmed", "o no sign")
	for i, r := range y.screen() {
		if r > 0x7e {
			t.Errorf("U+%04X at %d in an ASCII locale", r, i)
			break
		}
	}
	z := open(t, 100, 40, []string{"TERM=dumb"}, fmt.Sprintf("env TERM=dumb %s tui --case %s", b.bin, b.caseDir()))
	z.see("host web01: confirmed", "commands:").keys("text:filter actor:deploy", "Enter").see("events match")
	z.keys("text:events", "Enter").see("1. 20").keys("text:open 1", "Enter").see("exhibit:").keys("text:quit", "Enter").ended()
}

func TestFollowOverTheFleet(t *testing.T) {
	b := setup(t)
	x := b.tui(t, 140, 40, b.caseDir())
	x.see("web01").keys("2", "f", "text:session", "Enter").see("[session]").keys("L").see("Lanes", "web01", "db01")
	x.keys("Escape").gone("Lanes").keys("w").see("following").keys("[").see("[session]")
}

func TestPaletteAndCompare(t *testing.T) {
	b := setup(t)
	x := b.tui(t, 140, 40, b.caseDir())
	x.see("web01").keys("Space", "Space", "c").see("Compare A web01", "only A", "only B")
	x.keys("Escape").gone("Compare A").keys(":", "text:go to a t").see("Go to a time", "saksi events --case")
	x.keys("Enter").see("go to:").keys("Escape").gone("go to:").keys("C-p", "text:timeline of", "Enter").see("2 TIMELINE")
	x.keys("ㅓ", "ㅓ", "ㅏ").see("2 TIMELINE").keys("ㅂ").see("1 OVERVIEW")
}

func TestCtrlC(t *testing.T) {
	b := setup(t)
	x := b.tui(t, 100, 30, b.caseDir())
	x.see("web01").keys("C-c").see("again leaves")
	x.keys("f").see("filter:").keys("C-c").gone("filter:")
	x.keys("C-c", "C-c").ended()
}
