package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/tui/ptytest"
)

// TestReadersDuringIngest asks for the histogram every 200 ms, each time as a
// process of its own, while bundles come into the case, and keeps a query and
// a screen open from before the first bundle to after the last: every answer
// is exit 0 and a complete state, nobody waits for anybody, and a second
// writer is refused with the pid of the first.
func TestReadersDuringIngest(t *testing.T) {
	if testing.Short() {
		t.Skip("runs whole programs, which the race detector slows tenfold; make test has it")
	}
	t.Parallel()
	t.Run("60,000 lines", func(t *testing.T) { readersDuring(t, 60_000) })
	t.Run("1,000,000 lines", func(t *testing.T) {
		if os.Getenv("SAKSI_SOAK") == "" {
			t.Skip("takes a minute or more: set SAKSI_SOAK=1")
		}
		readersDuring(t, 1_000_000)
	})
}

func readersDuring(t *testing.T, rows int) {
	bin := program(t)
	bundles := sealedLogs(t, bin, 5, rows/5)
	p := &proc{t: t, bin: bin, dir: filepath.Join(t.TempDir(), "case")}
	p.must(exitDone, "ingest", bundles[0])
	first := p.counted()
	query, listed := p.openQuery()
	screen := p.openScreen()
	c := p.command(append([]string{"ingest"}, bundles[1:]...)...)
	var errs bytes.Buffer
	c.Stderr = &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- c.Wait() }()
	asked, refused, states := 0, p.secondWriter(c.Process.Pid, bundles[0]), map[int64]int{}
	for tick, ended := time.NewTicker(200*time.Millisecond), false; !ended; asked++ {
		select {
		case err := <-done:
			if ended = true; err != nil {
				t.Fatalf("ingest: %v\n%s", err, errs.String())
			}
		case <-tick.C:
		}
		states[p.counted()]++
		refused += p.secondWriter(c.Process.Pid, bundles[0])
	}
	last := p.counted()
	for n := range states {
		if n%first != 0 || n < first || n > last {
			t.Errorf("a histogram of %d events, states are multiples of %d up to %d", n, first, last)
		}
	}
	if last != 5*first || first != int64(rows/5) {
		t.Errorf("%d events after %d, want all %d lines", last, first, rows)
	}
	t.Logf("%d histograms, states %v; %d second writers refused", asked, states, refused)
	if refused == 0 {
		t.Error("no second writer met the first")
	}
	if n := drain(t, query, listed); int64(n) != first {
		t.Errorf("the query that was open all the time listed %d events, want the %d of its state", n, first)
	}
	screen.Close()
	p.must(exitDone, "case", "check")
	if des, err := os.ReadDir(filepath.Join(p.dir, "store")); err != nil || len(des) > 12 {
		t.Errorf("%d entries stay in the store (%v)", len(des), err)
	}
}

// counted is the number of events of a histogram.
func (p *proc) counted() (n int64) {
	p.t.Helper()
	dec := json.NewDecoder(strings.NewReader(p.must(exitDone, "hist", "--json")))
	for dec.More() {
		var b struct {
			Count int64 `json:"count"`
		}
		if err := dec.Decode(&b); err != nil {
			p.t.Fatal(err)
		}
		n += b.Count
	}
	return n
}

// secondWriter tries to ingest while another process does: 1 when it was
// refused by name. It waits until the other holds the lock, but not for long.
func (p *proc) secondWriter(pid int, bundle string) int {
	p.t.Helper()
	for range 100 {
		b, err := os.ReadFile(filepath.Join(p.dir, "store", "LOCK"))
		if err == nil && strings.TrimSpace(string(b)) == fmt.Sprint(pid) {
			break
		}
		if syscall.Kill(pid, 0) != nil {
			return 0
		}
		time.Sleep(10 * time.Millisecond)
	}
	_, errs, code := p.run("ingest", bundle)
	switch {
	case code == exitDone: // the first was done
		return 0
	case code == exitCase && strings.Contains(errs, fmt.Sprintf("process %d ", pid)):
		return 1
	}
	p.t.Fatalf("a second writer: exit %d: %s", code, errs)
	return 0
}

// openQuery starts a listing and reads its first line only.
func (p *proc) openQuery() (*exec.Cmd, *bufio.Reader) {
	p.t.Helper()
	c := p.command("events", "--json")
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	r := bufio.NewReader(out)
	if _, err := r.ReadString('\n'); err != nil {
		p.t.Fatal(err)
	}
	return c, r
}

// drain reads what is left of a listing and gives the number of its lines.
func drain(t *testing.T, c *exec.Cmd, r *bufio.Reader) int {
	t.Helper()
	n := 1
	for {
		_, err := r.ReadString('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if err := c.Wait(); err != nil {
		t.Error(err)
	}
	return n
}

// openScreen starts the TUI on a terminal and waits until it has drawn.
func (p *proc) openScreen() *ptytest.Session {
	p.t.Helper()
	c := p.command("tui")
	c.Env = append(c.Env, "TERM=xterm-256color")
	s, err := ptytest.Start(c, 120, 40)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(s.Close)
	for range 600 {
		if bytes.Contains(s.Output(), []byte("log01")) {
			return s
		}
		time.Sleep(50 * time.Millisecond)
	}
	p.t.Fatalf("the screen shows no host: %q", s.Output())
	return nil
}
