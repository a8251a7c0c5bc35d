package rule

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/detect"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// ClockStep finds that the wall clock of a host was set: by the journal, whose
// entries carry the monotonic clock too, or by an audited system call of a
// login account. Times of records near it are not what they seem.
type ClockStep struct{}

// Describe tells what the detector is.
func (ClockStep) Describe() detect.Description {
	return detect.Description{
		Name: "clock-step", Version: 1,
		Doc:         "the wall clock of the host was moved by more than a minute, or a login account set it",
		Technique:   "T1070.006",
		References:  []string{"https://systemd.io/JOURNAL_FILE_FORMAT/", "https://man7.org/linux/man-pages/man2/clock_settime.2.html"},
		Alternative: "a time server corrected the clock, the machine was suspended or restored from a snapshot, or daylight saving was set by hand",
		Sources:     []string{"journal", "audit"},
	}
}

// stepSeconds is the smallest step of the wall clock that is told.
const stepSeconds = 60

// Detect looks at the steps that parsers saw and at audited settings.
func (d ClockStep) Detect(ctx context.Context, ev detect.Events, _ detect.Coverage, emit func(claim.Finding) error) error {
	q := either(term("action", "clock-step"), term("action", "clock-set"))
	for e, err := range ev.Events(ctx, q) {
		if err != nil {
			return fmt.Errorf("read clock events: %w", err)
		}
		f := claim.Finding{Host: e.Host, Events: []event.ID{e.ID()}, Time: e.Time, Level: claim.Info, Confidence: "medium", Detail: e.Message}
		switch {
		case e.Action == "clock-step" && e.Source == "journal" && field(e, "step") != "":
			s, err := strconv.ParseFloat(field(e, "step"), 64)
			if err != nil || math.IsNaN(s) || math.Abs(s) < stepSeconds {
				continue
			}
			f.Title = fmt.Sprintf("the wall clock moved by %+.0f s against the monotonic clock", s)
			if s < 0 {
				f.Level = claim.Low // later records may bear earlier times
			}
		case e.Action == "clock-set" && e.Source == "audit" && field(e, "success") != "no" && byLogin(e):
			f.Level = claim.Low
			f.Title = fmt.Sprintf("%s set the clock with %s", who(e), orNone(field(e, "exe")))
		default:
			continue
		}
		if err := emit(f); err != nil {
			return err
		}
	}
	return nil
}

// byLogin says whether a login account acted, not a time service.
func byLogin(e *event.Event) bool {
	auid := field(e, "auid")
	return auid != "" && auid != "4294967295" && auid != "-1" && auid != "unset"
}
