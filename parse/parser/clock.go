package parser

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// clockParser reads the clock readings that the collector took between its
// groups of sources.
type clockParser struct{}

func newClock() parse.Parser { return clockParser{} }

// Describe implements parse.Parser.
func (clockParser) Describe() parse.Description {
	return parse.Description{
		Name:    "clock",
		Version: 2,
		Doc: "readings of all clocks of the host during collection; realtime minus boottime is the boot by the clock of that moment, " +
			"and a change of it between readings is a clock step; offsets to time servers, and what the keeper of the clock last said",
		References: []string{"collect/record/FORMAT.md", "clock_gettime(2)", "adjtimex(2)"},
		Sources:    []string{"clock"},
		Fields: []string{"boot", "boottime", "errno", "error_ns", "esterror_us", "frequency_ppb", "keeper", "maxerror_us", "monotonic", "offset", "offset_ns", "path", "rtc",
			"server", "skew_ppb", "stated", "state", "status", "step_ns", "synchronised", "tai", "when"},
		Actions:  []string{"reading", "clock-step", "clock-offset"},
		Sample:   `{"when":"start","realtime":1700000000000000000,"monotonic":86399000000000,"boottime":86400000000000}`,
		PathOnly: true,
	}
}

// Claim implements parse.Parser.
func (clockParser) Claim(x *parse.Exhibit) parse.Strength {
	return max(claimRecord(x, "clock"), claimRecord(x, "clocksync"), claimRecord(x, "ntp"))
}

// stepLimit is the change of realtime minus boottime between two readings that
// is more than slewing can do: 500 ppm of an hour is 1.8 s, of the minutes a
// collection takes far less.
const stepLimit = int64(500 * time.Millisecond)

// Parse implements parse.Parser.
func (clockParser) Parse(ctx context.Context, _ *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	var last *record.Clock
	return eachRecord(ctx, x, "clock", s, func(kind string, off int64, line []byte) (bool, error) {
		var head struct {
			When     *string `json:"when"`
			Realtime *int64  `json:"realtime"`
		}
		if kind == "clock-sync" || kind == "ntp" {
			e, err := offsetEvent(kind, line)
			if err != nil || e == nil {
				return true, err
			}
			e.Origin = event.Origin{Offset: off, Length: int64(len(line))}
			return true, s.Event(e)
		}
		if kind != "" && kind != "clock" {
			return false, nil
		}
		if err := json.Unmarshal(line, &head); err != nil || head.When == nil || head.Realtime == nil {
			return false, nil
		}
		var c record.Clock
		if err := decodeRecord(line, &c); err != nil {
			return true, err
		}
		err := s.Event(clockEvent(&c, last, off, int64(len(line))))
		last = &c
		return true, err
	})
}

func clockEvent(c, last *record.Clock, off, length int64) *event.Event {
	f := &fieldList{}
	f.add("when", c.When)
	f.int("monotonic", c.Monotonic)
	f.int("boottime", c.Boottime)
	if c.Boottime > 0 {
		f.int("boot", c.Realtime-c.Boottime)
	}
	f.add("rtc", c.RTC)
	f.add("errno", c.Errno)
	if t := c.Adjtimex; t != nil {
		f.int("state", int64(t.State))
		f.int("status", int64(t.Status))
		f.int("offset", t.Offset)
		f.int("maxerror_us", t.MaxError)
		f.int("esterror_us", t.EstError)
		f.int("tai", int64(t.TAI))
		const unsync = 0x40 // STA_UNSYNC, linux/timex.h
		f.add("synchronised", strconv.FormatBool(t.State != 5 && t.Status&unsync == 0))
	}
	e := &event.Event{Time: collectedAt(c.Realtime), Meaning: "observed", Source: "clock", Action: "reading", Object: "clock",
		Message: "clocks read: " + c.When, Origin: event.Origin{Offset: off, Length: length}}
	if last != nil && c.Boottime > 0 && last.Boottime > 0 { // a reading without one says nothing of a step
		if d := (c.Realtime - c.Boottime) - (last.Realtime - last.Boottime); d > stepLimit || d < -stepLimit {
			e.Action = "clock-step"
			f.int("step_ns", d)
			e.Message = fmt.Sprintf("the clock was stepped by %s during collection, before the reading %q", time.Duration(d), c.When)
		}
	}
	e.Fields = f.sorted()
	return e
}
