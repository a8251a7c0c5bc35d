package view

import (
	"fmt"
	"time"

	"github.com/saksi-dfir/saksi/timeline"
)

// scanning is how far the newest question is that has to read rows.
type scanning struct {
	scan  *timeline.Scan
	share string // told last
	since time.Time
	now   func() time.Time
}

// start is begin for a new question.
func (s *scanning) start() *timeline.Scan {
	s.since, s.share = s.now(), ""
	return s.begin()
}

// begin gives what the next part of an answer is to be followed by.
func (s *scanning) begin() *timeline.Scan {
	s.scan = &timeline.Scan{}
	return s.scan
}

// state gives the share of rows read and the number that match; ok is false
// while the answer may come any moment, and before rows are read.
func (s *scanning) state() (share string, hits int64, ok bool) {
	if s.scan == nil || s.now().Sub(s.since) < dimAfter {
		return "", 0, false
	}
	done, total, hits := s.scan.State()
	if total > 0 {
		s.share = fmt.Sprintf("%d %%", done*100/total)
	}
	return s.share, hits, s.share != ""
}

// words is the share for a line that says what is being read.
func (s *scanning) words(stop string) string {
	if share, _, ok := s.state(); ok {
		return ", " + share + " read so far (" + stop + " stops)"
	}
	return ""
}
