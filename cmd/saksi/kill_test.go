package main

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// kills is how often writers are killed: SAKSI_KILLS, or 20.
func kills() int {
	if n, err := strconv.Atoi(os.Getenv("SAKSI_KILLS")); err == nil && n > 0 {
		return n
	}
	return 20
}

// stage is one command of the victim, the case before it, and what it makes of
// it when nobody disturbs.
type stage struct {
	args   []string
	before string // directory of the case
	took   time.Duration
	counts map[string]int // events of each bundle, before and after
	digest string         // after
}

// stages runs the commands undisturbed and keeps the case before each.
func stages(t *testing.T, bin string) []stage {
	samples := sampleDir(t)
	logs := sealedLogs(t, bin, 6, 600)
	web, db := filepath.Join(samples, "web01.tar.zst"), filepath.Join(samples, "db01.tar.zst")
	list := []stage{
		{args: []string{"ingest", web, db}},
		{args: append([]string{"ingest"}, logs...)}, // ends with a merge
		{args: []string{"detect"}},
		{args: []string{"case", "drop", "sample-db01-20240731"}},
		{args: append([]string{"ingest", "--rebuild"}, db)},
	}
	dir := t.TempDir()
	p := &proc{t: t, bin: bin, dir: filepath.Join(dir, "case")}
	for i := range list {
		s := &list[i]
		s.before = filepath.Join(dir, strconv.Itoa(i))
		s.counts = map[string]int{}
		if i > 0 {
			if err := os.CopyFS(s.before, os.DirFS(p.dir)); err != nil {
				t.Fatal(err)
			}
			maps.Copy(s.counts, p.perBundle())
		}
		start := time.Now()
		p.must(exitDone, s.args...)
		s.took = time.Since(start)
		maps.Copy(s.counts, p.perBundle())
		s.digest = p.here().must(exitDone, "case", "digest", "--case", p.dir)
	}
	return list
}

// TestKilledProgram kills saksi with SIGKILL at random moments of ingest,
// merge, detect, drop and rebuild. After each the case opens without a hand,
// its store is whole, every bundle is there with all of its events or not at
// all, and nothing is there twice; repeated, the command ends as if nobody had
// disturbed it.
func TestKilledProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a hundred processes: not with -short")
	}
	t.Parallel()
	bin := program(t)
	list := stages(t, bin)
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 2))
	n, killed := kills(), 0
	for round := 0; killed < n; round++ {
		if round > 10*n {
			t.Fatalf("only %d of %d kills came before the end of a command", killed, n)
		}
		s := &list[round%len(list)]
		p := &proc{t: t, bin: bin, dir: filepath.Join(t.TempDir(), "case")}
		if _, err := os.Stat(s.before); err == nil {
			if err := os.CopyFS(p.dir, os.DirFS(s.before)); err != nil {
				t.Fatal(err)
			}
		}
		if !p.killed(s.args, time.Duration(rng.Int64N(int64(s.took)))) {
			s.took = s.took * 9 / 10 // the machine has become faster
			continue
		}
		killed++
		p.sound(s)
		if err := os.RemoveAll(p.dir); err != nil {
			t.Fatal(err)
		}
	}
}

// sound checks a case whose command was killed, and repeats the command.
func (p *proc) sound(s *stage) {
	p.t.Helper()
	here := p.here()
	if _, err := os.Stat(filepath.Join(p.dir, "case.toml")); err == nil {
		here.must(exitDone, "case", "check", "--case", p.dir)
		for run, got := range p.perBundle() {
			if got != s.counts[run] {
				p.t.Fatalf("%v killed: bundle %s has %d events, want %d", s.args, run, got, s.counts[run])
			}
		}
	}
	if _, errs, code := p.run(s.args...); code != exitDone && !strings.Contains(errs, "is not in this case") {
		p.t.Fatalf("%v killed and repeated: exit %d: %s", s.args, code, errs) // a drop may have been at its end
	}
	here.must(exitDone, "case", "check", "--case", p.dir)
	if got := here.must(exitDone, "case", "digest", "--case", p.dir); got != s.digest {
		p.t.Fatalf("%v killed and repeated: digest\n%s\nwant\n%s", s.args, got, s.digest)
	}
	var st struct {
		Partial bool `json:"partial"`
	}
	if err := json.Unmarshal([]byte(here.must(exitDone, "case", "stat", "--json", "--case", p.dir)), &st); err != nil || st.Partial {
		p.t.Fatalf("%v killed and repeated: the case is still said to be unfinished (%v)", s.args, err)
	}
}

// killed starts a command and kills it after d; false when it ended before.
func (p *proc) killed(args []string, d time.Duration) bool {
	p.t.Helper()
	c := p.command(args...)
	if err := c.Start(); err != nil {
		p.t.Fatal(err)
	}
	time.Sleep(d)
	if err := c.Process.Signal(syscall.SIGKILL); err != nil {
		_ = c.Wait()
		return false
	}
	_ = c.Wait()
	return c.ProcessState.ExitCode() == -1
}
