package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/tui/clean"
)

// meter shows progress: one line that is rewritten on a terminal, a plain line
// every ten seconds elsewhere.
type meter struct {
	w     io.Writer
	tty   bool
	quiet bool

	mu    sync.Mutex
	last  time.Time
	drawn bool
}

const plainEvery = 10 * time.Second

func newMeter(w io.Writer, quiet bool) *meter {
	f, ok := w.(*os.File)
	return &meter{w: w, tty: ok && isTerminal(f), quiet: quiet, last: time.Now()}
}

func (m *meter) show(p collect.Progress) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.quiet || (!m.tty && time.Since(m.last) < plainEvery) {
		return
	}
	m.last = time.Now()
	rate := float64(p.Bytes) / max(p.Elapsed.Seconds(), 0.001)
	line := fmt.Sprintf("%d/%d items, %s, %s/s, %s", p.Item, p.Items, human(p.Bytes), human(int64(rate)), p.Elapsed.Round(time.Second))
	if left := p.Planned - p.Bytes; left > 0 && rate > 0 && p.Elapsed > 2*time.Second {
		line += fmt.Sprintf(", about %s left", (time.Duration(float64(left)/rate) * time.Second).Round(time.Second))
	}
	what := fmt.Sprintf(": %s %s", p.Source, p.Target)
	if p.Wait {
		what = " (waiting)" + what
	}
	line = clean.Line(line + what)
	if !m.tty {
		fmt.Fprintln(m.w, line)
		return
	}
	if len(line) > 100 {
		line = trim(line, 100)
	}
	fmt.Fprintf(m.w, "\r%s\x1b[K", line)
	m.drawn = true
}

// trim cuts a text at a rune border.
func trim(s string, n int) string {
	for i := range s {
		if i > n {
			return s[:i]
		}
	}
	return s
}

// done removes the line.
func (m *meter) done() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.drawn {
		fmt.Fprint(m.w, "\r\x1b[K")
	}
	m.drawn, m.quiet = false, true
}

// human writes a number of bytes in binary units.
func human(n int64) string {
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	v, unit := float64(n)/1024, 0
	for v >= 1024 && unit < 4 {
		v, unit = v/1024, unit+1
	}
	return fmt.Sprintf("%.1f %ciB", v, "KMGTP"[unit])
}
