package term

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/tui/ptytest"
)

// drain reads a terminal at so many bytes in each 20 ms; 0 reads all.
func drain(master *os.File, rate, got *atomic.Int64) {
	buf := make([]byte, 1<<16)
	for {
		n := len(buf)
		if r := rate.Load(); r > 0 {
			time.Sleep(20 * time.Millisecond)
			n = int(r)
		}
		k, err := master.Read(buf[:n])
		got.Add(int64(k))
		if err != nil {
			return
		}
	}
}

// TestTerminalThatReadsSlowly paints new frames without end on a terminal that
// takes 25 kB a second: fewer frames go out, little is under way, the user is
// told; when it reads again, all is as before.
func TestTerminalThatReadsSlowly(t *testing.T) {
	master, slave, err := ptytest.Open(200, 50)
	if err != nil {
		t.Skipf("no pseudo terminal here: %v", err)
	}
	defer master.Close()
	defer slave.Close()
	var rate, got atomic.Int64
	rate.Store(512)
	go drain(master, &rate, &got)
	told := make(chan string, 64)
	s := New(nil, slave, Options{Slow: func(w string) { told <- w }})
	if err := s.Enter(); err != nil {
		t.Fatal(err)
	}
	frame := func(i int) Frame {
		f := Frame{Width: 200}
		for y := range 50 {
			f.Lines = append(f.Lines, strings.Repeat(fmt.Sprintf("%02d%02d", i%97, y), 50))
		}
		return f
	}
	words, shown := "", 0
	begin := time.Now()
	for i := 0; words == "" && time.Since(begin) < 20*time.Second; i++ {
		s.Show(frame(i))
		shown++
		select {
		case words = <-told:
		case <-time.After(2 * time.Millisecond):
		}
	}
	if !strings.Contains(words, "reads slowly") {
		t.Fatalf("nothing is said of a terminal that reads slowly, but %q", words)
	}
	written, frames := s.Stats()
	if under := written - got.Load(); under > 200<<10 {
		t.Errorf("%d bytes are under way to a terminal that takes 25 kB a second", under)
	}
	if int(frames) > shown/2 {
		t.Errorf("%d of %d frames were written", frames, shown)
	}
	t.Logf("%d of %d frames written; %s", frames, shown, words)
	rate.Store(0)
	for i := 0; time.Since(begin) < 60*time.Second; i++ {
		s.Show(frame(i))
		select {
		case words = <-told:
		case <-time.After(5 * time.Millisecond):
		}
		if words == "" {
			break
		}
	}
	if words != "" {
		t.Errorf("the terminal reads again and the line is still called slow: %s", words)
	}
	s.Leave()
}
