package term

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestPaceFollowsTheLine(t *testing.T) {
	p := pace{base: time.Second / 120}
	if p.pause() != p.base || p.words() != "" {
		t.Fatalf("a fresh line rests %v, says %q", p.pause(), p.words())
	}
	p.wrote(5 * time.Millisecond)
	if p.pause() != p.base {
		t.Errorf("a quick write makes the pause %v", p.pause())
	}
	p.wrote(400 * time.Millisecond)
	if p.pause() != 400*time.Millisecond || !strings.Contains(p.words(), "reads slowly") {
		t.Errorf("a write held up for 400 ms makes the pause %v, says %q", p.pause(), p.words())
	}
	p.wrote(10 * time.Second)
	if p.pause() != slowest {
		t.Errorf("the pause is %v, at most %v", p.pause(), slowest)
	}
	for range 40 {
		p.wrote(time.Millisecond)
	}
	if p.pause() != p.base {
		t.Errorf("after quick writes the pause stays %v", p.pause())
	}
	for trip, want := range map[time.Duration]time.Duration{time.Millisecond: p.base, 50 * time.Millisecond: time.Second / 30, 120 * time.Millisecond: time.Second / 15, time.Second: time.Second / 8} {
		p.line, p.looked = fixedLine{trip, 0}, time.Time{}
		p.look(time.Now())
		if p.pause() != want {
			t.Errorf("round trip %v: pause %v, want %v", trip, p.pause(), want)
		}
	}
	p.line, p.looked = fixedLine{340 * time.Millisecond, 0}, time.Time{}
	p.look(time.Now())
	if w := p.words(); !strings.Contains(w, "round trip 340 ms") || !strings.Contains(w, "at most 8 frames") {
		t.Errorf("it says %q", w)
	}
	p.fixed = true
	if p.pause() != p.base || p.words() != "" {
		t.Error("a pace that the user chose is changed")
	}
}

type fixedLine struct {
	trip   time.Duration
	queued int
}

func (l fixedLine) State() (time.Duration, int, bool) { return l.trip, l.queued, true }

// fullLine says that much is under way until it is drained.
type fullLine struct{ queued atomic.Int64 }

func (l *fullLine) State() (time.Duration, int, bool) {
	return time.Millisecond, int(l.queued.Load()), true
}

// TestNoFrameIntoAFullLine: frames that are made while much is under way are
// not written one after the other; the newest goes out when there is room.
func TestNoFrameIntoAFullLine(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	line := &fullLine{}
	line.queued.Store(1 << 20)
	s := New(nil, w, Options{Line: line})
	if err := s.Enter(); err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		s.Show(Frame{Lines: []string{fmt.Sprintf("frame %d", i)}, Width: 20})
	}
	time.Sleep(30 * time.Millisecond)
	if _, frames := s.Stats(); frames != 0 {
		t.Errorf("%d frames were written into a full line", frames)
	}
	line.queued.Store(0)
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if _, frames := s.Stats(); frames > 0 {
			break
		}
	}
	s.Leave()
	w.Close()
	buf := make([]byte, 1<<16)
	n, _ := r.Read(buf)
	if _, frames := s.Stats(); frames != 1 || !strings.Contains(string(buf[:n]), "frame 49") {
		t.Errorf("%d frames, the terminal got %q; want the newest alone", frames, buf[:n])
	}
}

// TestHeldFrameWaitsForTheNext: a held frame is left out when another comes in
// time, and shown when none does.
func TestHeldFrameWaitsForTheNext(t *testing.T) {
	_, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	s := New(nil, w, Options{})
	if err := s.Enter(); err != nil {
		t.Fatal(err)
	}
	defer s.Leave()
	s.Show(Frame{Lines: []string{"asked"}, Width: 20, Hold: time.Hour})
	time.Sleep(30 * time.Millisecond)
	if _, frames := s.Stats(); frames != 0 {
		t.Fatal("a held frame was shown at once")
	}
	s.Show(Frame{Lines: []string{"answered"}, Width: 20})
	wait := func(want int64) {
		t.Helper()
		for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
			if _, frames := s.Stats(); frames == want {
				return
			}
		}
		_, frames := s.Stats()
		t.Fatalf("%d frames, want %d", frames, want)
	}
	wait(1)
	s.Show(Frame{Lines: []string{"asked again"}, Width: 20, Hold: 20 * time.Millisecond})
	wait(2)
}
