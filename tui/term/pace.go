package term

import (
	"fmt"
	"time"
)

// Line tells how the way to the terminal stands. Nothing is asked of the
// terminal itself.
type Line interface {
	// State gives the round trip and the bytes that are written and not yet
	// confirmed by the other side; ok is false when it is not known.
	State() (trip time.Duration, queued int, ok bool)
}

// Limits of a slow line.
const (
	mostQueued  = 8 << 10                // bytes under way before another frame waits
	mostWait    = 2 * time.Second        // then a frame goes out whatever is under way
	slowest     = time.Second            // least frames: one a second
	stalls      = 15 * time.Millisecond  // a write that takes longer was held up
	lookAt      = 250 * time.Millisecond // how often the line is asked
	queuedAgain = 5 * time.Millisecond
)

// pace decides how much time lies between two frames: what the user asked for,
// and more when writes are held up (the terminal does not read) or the round
// trip is long.
type pace struct {
	base   time.Duration // asked for
	line   Line          // nil: only writes are watched
	fixed  bool          // the user has chosen: no measuring
	held   time.Duration // how long writes were held up lately
	trip   time.Duration
	known  bool // the round trip is
	looked time.Time
}

// wrote takes in how long a write took.
func (p *pace) wrote(took time.Duration) {
	if took < stalls {
		took = 0
	}
	if took >= p.held {
		p.held = took
		return
	}
	p.held = (3*p.held + took) / 4
	if p.held < stalls {
		p.held = 0
	}
}

// look asks the line, at most four times a second.
func (p *pace) look(now time.Time) (queued int) {
	if p.line == nil || p.fixed {
		return 0
	}
	trip, queued, ok := p.line.State()
	if p.looked.IsZero() || now.Sub(p.looked) >= lookAt {
		p.looked, p.trip, p.known = now, trip, ok
	}
	if !ok {
		return 0
	}
	return queued
}

// pause is the least time between two frames: as long as writes were held up,
// so that the line is free half of the time, and by the round trip.
func (p *pace) pause() time.Duration {
	if p.fixed {
		return p.base
	}
	d := p.base
	if p.known {
		d = max(d, forTrip(p.trip))
	}
	return min(max(d, p.held), max(slowest, p.base))
}

// forTrip is the pause that suits a round trip: beyond what the eye takes for
// one movement, frames that overtake each other only fill the line.
func forTrip(t time.Duration) time.Duration {
	switch {
	case t < 25*time.Millisecond:
		return 0
	case t < 80*time.Millisecond:
		return time.Second / 30
	case t < 250*time.Millisecond:
		return time.Second / 15
	}
	return time.Second / 8
}

// words says what a slow line is given, "" when it is not slow.
func (p *pace) words() string {
	d := p.pause()
	if p.fixed || d < time.Second/20 {
		return ""
	}
	why := "the terminal reads slowly"
	if p.held < d {
		why = fmt.Sprintf("round trip %d ms", p.trip.Milliseconds())
	}
	return fmt.Sprintf("slow line (%s): at most %.0f frames a second; --fps sets another number", why, max(1, 1/d.Seconds()))
}
