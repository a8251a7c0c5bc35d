//go:build linux

package tmuxtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/tui/ptytest"
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

func TestBundleMovedAndFlipped(t *testing.T) {
	b := setup(t)
	dir := b.own(t)
	bundles, err := filepath.Glob(filepath.Join(dir, "*.tar.zst"))
	if err != nil || len(bundles) == 0 {
		t.Fatalf("no bundles in %s: %v", dir, err)
	}
	// the copy must not read the original's bundles
	led := filepath.Join(dir, "case", "bundles.jsonl")
	data, err := os.ReadFile(led)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(led, bytes.ReplaceAll(data, []byte(b.demo), []byte(dir)), 0o600); err != nil {
		t.Fatal(err)
	}
	x := b.tui(t, 160, 40, filepath.Join(dir, "case"))
	x.see("web01").keys("2", "f", "text:host:web01 source:syslog Accepted", "Enter").see("Accepted").keys("v").see("the hash agrees")
	web := filepath.Join(dir, "web01.tar.zst")
	if err := os.Rename(web, web+".gone"); err != nil {
		t.Fatal(err)
	}
	x.keys("j").until(func(s string) bool {
		return !strings.Contains(s, "the hash agrees") && strings.Contains(s, "web01.tar.zst")
	}, "the missing bundle to be named")
	if err := os.Rename(web+".gone", web); err != nil {
		t.Fatal(err)
	}
	x.keys("j").see("the hash agrees")
	f, err := os.OpenFile(web, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	junk := bytes.Repeat([]byte{0xaa}, int(st.Size()*7/10))
	if _, err := f.WriteAt(junk, st.Size()/20); err != nil {
		t.Fatal(err)
	}
	x.keys("j").until(func(s string) bool { return !strings.Contains(s, "the hash agrees") }, "the damage to be named")
	x.keys("k").see("2 TIMELINE", "q back")
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

func TestIngestInside(t *testing.T) {
	b := setup(t)
	dir := t.TempDir()
	cs := filepath.Join(dir, "case")
	b.cli(t, "ingest", "--case", cs, filepath.Join(b.demo, "db01.tar.zst"))
	x := b.tui(t, 140, 40, cs)
	x.see("db01").keys("I").see("ingest:")
	x.keys("text:"+filepath.Join(b.demo, "web01.tar.zst"), "Enter").see("Ingest").see("done")
	x.keys("Escape").see("web01", "confirmed", "2 hosts")
	x.keys("I", "text:/nowhere/x.tar.zst", "Enter").see("/nowhere/x.tar.zst")
}

func TestLockedCase(t *testing.T) {
	b := setup(t)
	dir := b.own(t)
	f, err := os.OpenFile(filepath.Join(dir, "case", "store", "LOCK"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	x := b.tui(t, 140, 40, filepath.Join(dir, "case"))
	x.see("web01", "confirmed").keys("2").see("audit")
	x.keys("I", "text:"+filepath.Join(b.demo, "web01.tar.zst"), "Enter").see("lock")
	x.keys("Escape", "j").see("2 TIMELINE")
}

func TestHostileLog(t *testing.T) {
	b := setup(t)
	dir := t.TempDir()
	log := filepath.Join(dir, "auth.log")
	text := "2024-03-19T02:14:07+00:00 web01 sshd[812]: Accepted password for \x1b]0;OWNED\x07\x1b[2J\x1b[31mroot\u202e from 203.0.113.9 port 22 ssh2\n" +
		"2024-03-19T02:14:08+00:00 web01 sshd[813]: \x1b]52;c;b3duZWQ=\x07tab\there\rover\u200bwrite 한글\n"
	if err := os.WriteFile(log, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cs := filepath.Join(dir, "case")
	b.cli(t, "ingest", "--case", cs, "--host", "web01", "--zone", "UTC", log)
	x := b.tui(t, 220, 30, cs)
	x.see("web01").keys("2").see("web01", "q back").keys("p").see(`\x1b]0;OWNED\x07`, `\u{202e}`, `\u{200b}`, "한글", "q back")
	x.keys("v").see(`\x1b]0;OWNED`).keys("v").see("1b 5d 30 3b")
	if title := x.tmux("display-message", "-p", "#{pane_title}"); strings.Contains(title, "OWNED") {
		t.Error("the title of the terminal was changed by a log line")
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

// TestTenMillion builds a case of ten million events with ingest.
func TestTenMillion(t *testing.T) {
	b := setup(t)
	if os.Getenv("SAKSI_TMUX_BIG") == "" {
		t.Skip("builds ten million events when SAKSI_TMUX_BIG=1")
	}
	dir := t.TempDir()
	log := filepath.Join(dir, "auth.log")
	f, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	at := time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 10_000_000 {
		fmt.Fprintf(&buf, "%s web%02d sshd[%d]: Failed password for user%d from 203.0.113.%d port %d ssh2\n", at.Format(time.RFC3339), i%40, 100+i%30000, i%50, i%250, 1024+i%60000)
		at = at.Add(9 * time.Second)
		if buf.Len() > 1<<20 {
			if _, err := buf.WriteTo(f); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := buf.WriteTo(f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	cs := filepath.Join(dir, "case")
	b.cli(t, "ingest", "--case", cs, "--host", "loghost", "--zone", "UTC", log)
	start := time.Now()
	x := b.tui(t, 200, 50, cs)
	x.see("10,000,000 events")
	t.Logf("counts stand on the screen %v after the start", time.Since(start))
	x.keys("2").see("Failed password").keys("G").see("end of events", "2024-11-07 15:59:51").keys("g").see("2022-01-01 00:00:00")
	x.keys("f", "text:203.0.113.7 actor:user7", "Enter").see("[actor:user7]", " of 10,000,000")
	x.keys("t", "text:2023-06-01 12:00", "Enter").see("2023-06-01 12:0")
	x.keys("Q").ended()
	latency(t, b, cs)
}

// latency prints what a key costs on a real case, on a terminal that is
// nothing but bytes.
func latency(t *testing.T, b bench, cs string) {
	cmd := exec.Command(b.bin, "tui", "--case", cs)
	cmd.Env = []string{"TERM=xterm-256color", "LANG=C.UTF-8", "HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
	start := time.Now()
	s, err := ptytest.Start(cmd, 200, 50)
	if err != nil {
		t.Skipf("no pseudo terminal here: %v", err)
	}
	defer s.Close()
	for end := start.Add(20 * time.Second); !bytes.Contains(s.Output(), []byte("OVERVIEW")) && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	t.Logf("first frame after %v", time.Since(start))
	for end := start.Add(20 * time.Second); !bytes.Contains(s.Output(), []byte("events")) && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	t.Logf("numbers of the case after %v", time.Since(start))
	s.Master.WriteString("2")
	s.Quiet(0, 500*time.Millisecond, 10*time.Second)
	for _, c := range []struct {
		name string
		n    int
		keys []string
	}{{"move", 60, []string{"j"}}, {"page", 30, []string{"\x06"}}, {"jump", 20, []string{"G", "g"}}, {"filter", 20, []string{"+", "X"}}} {
		f, err := s.Measure(c.name, c.n, c.keys...)
		if err != nil {
			t.Fatal(err)
		}
		t.Log(f)
		if c.name == "move" && f.Bytes > 1500 {
			t.Errorf("a move of the cursor writes %d bytes, more than 1500", f.Bytes)
		}
	}
	if st, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid)); err == nil {
		for _, l := range strings.Split(string(st), "\n") {
			if strings.HasPrefix(l, "RssAnon") || strings.HasPrefix(l, "VmRSS") {
				t.Log(l)
			}
		}
	}
}
