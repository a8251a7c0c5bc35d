package term

import "time"

// paint writes the newest frame whenever one is due, until done is closed.
func (s *Screen) paint(done chan struct{}) {
	defer s.idle.Done()
	var last time.Time
	said := ""
	for {
		select {
		case <-done:
			return
		case <-s.wake:
		}
		if !rest(done, s.pace.pause()-time.Since(last)) || !s.await(done) {
			return
		}
		out := s.take()
		if out == "" {
			continue
		}
		begin := time.Now()
		s.write(out)
		last = time.Now()
		s.pace.wrote(last.Sub(begin))
		if w := s.pace.words(); s.opt.Slow != nil && (w == "") != (said == "") {
			said = w
			s.opt.Slow(w)
		}
	}
}

// await waits until little enough is under way to the terminal, and for the
// answer that a held frame waits for. It gives false when done was closed.
func (s *Screen) await(done chan struct{}) bool {
	for end := time.Now().Add(mostWait); ; {
		now := time.Now()
		if left := s.held(now); left > 0 {
			if !s.restOrWake(done, left) {
				return false
			}
			continue
		}
		if s.pace.look(now) <= mostQueued || now.After(end) {
			return true
		}
		if !rest(done, queuedAgain) {
			return false
		}
	}
}

// held is how long the newest frame is still to be kept back.
func (s *Screen) held(now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == nil || s.next.Hold <= 0 {
		return 0
	}
	return s.heldSince.Add(s.next.Hold).Sub(now)
}

// rest waits and gives false when done was closed meanwhile.
func rest(done chan struct{}, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-done:
		return false
	case <-t.C:
		return true
	}
}

// restOrWake waits until d has passed or another frame is there.
func (s *Screen) restOrWake(done chan struct{}, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-done:
		return false
	case <-t.C:
	case <-s.wake:
	}
	return true
}
