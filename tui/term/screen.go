// Package term is the only place where the screen meets the terminal: raw
// mode, alternate screen, frames, size, suspend, clipboard. A frame is compared
// with the one shown cell by cell and only the difference is written, in one
// write, at most FPS times a second; a frame that follows a pause is written
// at once. Nothing but our own sequences passes (see parse).
package term

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	xterm "golang.org/x/term"
)

// Frame is what the screen should show.
type Frame struct {
	Lines  []string // text and SGR sequences, one per row
	Width  int
	Cursor bool // show the terminal's cursor, so that an input method writes there
	X, Y   int  // its cell, from 0
	// Hold keeps the frame back this long after the first held one, when an
	// answer that changes it is about to come: two frames in quick succession
	// would have the second wait.
	Hold time.Duration
}

// Options of a screen.
type Options struct {
	FPS   int  // 1 to 120 and no measuring; 0 is 120, fewer when the line is slow
	Mouse bool // report the wheel and clicks
	Sync  bool // wrap frames in DEC 2026 (synchronised output)
	Line  Line // how the way to the terminal stands; nil: only writes tell
	// Slow is told when the pace changes: words for the user, "" when the line
	// is no longer slow. It must not wait. nil: nobody is told.
	Slow func(words string)
}

// Screen paints frames on a terminal.
type Screen struct {
	in, out *os.File
	w       io.Writer
	opt     Options
	pace    pace
	state   *xterm.State
	entered bool

	mu        sync.Mutex
	next      *Frame
	heldSince time.Time
	shown     [][]cell
	texts     []string // the lines behind shown
	width     int
	cursor    string // how the cursor was left
	wake      chan struct{}
	done      chan struct{}
	idle      sync.WaitGroup
	bytes     int64
	frames    int64
}

// New makes a screen on a terminal; nothing is written before Enter.
func New(in, out *os.File, o Options) *Screen {
	chosen := o.FPS >= 1 && o.FPS <= 120
	if !chosen {
		o.FPS = 120
	}
	p := pace{base: time.Second / time.Duration(o.FPS), line: o.Line, fixed: chosen}
	return &Screen{in: in, out: out, w: out, opt: o, pace: p, wake: make(chan struct{}, 1)}
}

// IsTerminal says whether a file is a terminal.
func IsTerminal(f *os.File) bool { return f != nil && xterm.IsTerminal(int(f.Fd())) }

// Size gives columns and rows; 80x24 when the terminal does not tell.
func (s *Screen) Size() (w, h int) {
	w, h, err := xterm.GetSize(int(s.out.Fd()))
	if err != nil || w < 1 || h < 1 {
		return 80, 24
	}
	return w, h
}

// Enter takes the terminal: raw mode, alternate screen, bracketed paste.
func (s *Screen) Enter() error {
	if s.entered {
		return nil
	}
	if s.in != nil {
		st, err := xterm.MakeRaw(int(s.in.Fd()))
		if err != nil {
			return fmt.Errorf("set terminal to raw mode: %w", err)
		}
		s.state = st
	}
	s.entered = true
	s.write("\x1b[?1049h" + bidiOff + "\x1b[?25l\x1b[?2004h\x1b[2J\x1b[H")
	if s.opt.Mouse {
		s.write(mouseOn)
	}
	s.mu.Lock()
	s.shown, s.cursor = nil, ""
	s.done = make(chan struct{})
	s.mu.Unlock()
	s.idle.Add(1)
	go s.paint(s.done)
	s.poke()
	return nil
}

// Right-to-left text of evidence must not turn our columns round: terminals
// that reorder lines are told to leave the order alone (ECMA-48 BDSM).
const (
	bidiOff = "\x1b[8l"
	bidiOn  = "\x1b[8h"
)

const (
	mouseOn  = "\x1b[?1000h\x1b[?1006h"
	mouseOff = "\x1b[?1006l\x1b[?1000l"
)

// Leave gives the terminal back as it was. It may be called twice.
func (s *Screen) Leave() {
	if !s.entered {
		return
	}
	s.entered = false
	close(s.done)
	s.idle.Wait()
	s.write(mouseOff + bidiOn + "\x1b[m\x1b[?2004l\x1b[?25h\x1b[?1049l")
	if s.state != nil {
		_ = xterm.Restore(int(s.in.Fd()), s.state)
	}
}

// SetMouse switches mouse reports.
func (s *Screen) SetMouse(on bool) {
	s.opt.Mouse = on
	if s.entered && on {
		s.write(mouseOn)
	} else if s.entered {
		s.write(mouseOff)
	}
}

// Show hands over the newest frame and returns at once.
func (s *Screen) Show(f Frame) {
	s.mu.Lock()
	if f.Hold > 0 && (s.next == nil || s.next.Hold <= 0) {
		s.heldSince = time.Now()
	}
	s.next = &f
	s.mu.Unlock()
	s.poke()
}

// Redraw forgets what is shown, so that the next frame is written whole.
func (s *Screen) Redraw() {
	s.mu.Lock()
	s.shown = nil
	s.mu.Unlock()
}

// Stats gives the bytes and frames written so far.
func (s *Screen) Stats() (bytes, frames int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes, s.frames
}

func (s *Screen) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// take turns the newest frame into the bytes that bring the terminal there.
func (s *Screen) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.next
	if f == nil {
		return ""
	}
	f.Hold = 0
	var b strings.Builder
	whole := s.shown == nil || len(s.shown) != len(f.Lines) || s.width != f.Width
	if whole {
		s.shown = make([][]cell, len(f.Lines))
		s.texts = make([]string, len(f.Lines))
		s.width = f.Width
		b.WriteString("\x1b[m\x1b[2J")
	}
	for i, text := range f.Lines {
		if !whole && s.texts[i] == text {
			continue
		}
		s.texts[i] = text
		line := parse(text, f.Width, make([]cell, 0, f.Width))
		diff(&b, i+1, s.shown[i], line)
		s.shown[i] = line
	}
	cur := "\x1b[?25l"
	if f.Cursor {
		var c strings.Builder
		position(&c, f.Y+1, f.X+1)
		cur = c.String() + "\x1b[?25h"
	}
	if b.Len() == 0 && cur == s.cursor {
		return ""
	}
	if cur != s.cursor || f.Cursor {
		b.WriteString(cur)
	}
	s.cursor = cur
	s.frames++
	out := b.String()
	if s.opt.Sync {
		out = "\x1b[?2026h" + out + "\x1b[?2026l"
	}
	return out
}

func (s *Screen) write(text string) {
	n, _ := io.WriteString(s.w, text)
	s.mu.Lock()
	s.bytes += int64(n)
	s.mu.Unlock()
}
