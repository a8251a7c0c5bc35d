package infection

import (
	"strings"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// Where the clock was set back before the implant was planted, the birth of its
// file is of the second time that this hour came by, if it is not of the first:
// the bound must hold for both.
func TestClockSetBackBeforePlanting(t *testing.T) {
	const p = "/srv/www/a.php"
	back := 30 * day
	file := func(at int64) *event.Event {
		return ev(2, "run", "file", "timestamp", at, "object="+p, "meaning=...b")
	}
	step := ev(1, "run", "journal", "clock-step", t0-back, "step=-2592000.000000", "before="+rfc(t0), "after="+rfc(t0-back))
	chronyd := ev(1, "run", "syslog", "clock-step", t0-back, "offset_s=-2592000.5")
	chronyd.Parser = "chrony"
	for _, c := range []struct {
		name string
		more []*event.Event
		at   int64
		want int64
	}{
		{"no step on record", nil, t0 - back + hour, t0 - back + hour + 999_999_999},
		{"in the time that came by twice", []*event.Event{step}, t0 - back + hour, t0 + hour + 999_999_999},
		{"before it", []*event.Event{step}, t0 - back - hour, t0 - back - hour + 999_999_999},
		{"after it", []*event.Event{step}, t0 + hour, t0 + hour + 999_999_999},
		{"a step of seconds", []*event.Event{ev(1, "run", "journal", "clock-step", t0-back, "step=-2.0", "before="+rfc(t0), "after="+rfc(t0-2e9))}, t0 - 1e9, t0 - 1e9 + 999_999_999},
		{"forward", []*event.Event{ev(1, "run", "journal", "clock-step", t0, "step=2592000.0", "before="+rfc(t0-back), "after="+rfc(t0))}, t0 - back + hour, t0 - back + hour + 999_999_999},
		{"chrony", []*event.Event{chronyd}, t0 - back + hour, t0 + hour + 999_999_999 + 500_000_000},
		{"wtmp", []*event.Event{ev(5, "run", "wtmp", "clock-old", t0), ev(6, "run", "wtmp", "clock-new", t0-back)}, t0 - back + hour, t0 + hour + 999_999_999},
		{"wtmp, not a pair", []*event.Event{ev(5, "run", "wtmp", "clock-old", t0), ev(7, "run", "wtmp", "clock-new", t0-back)}, t0 - back + hour, t0 - back + hour + 999_999_999},
	} {
		f := file(c.at)
		in := Input{Findings: []claim.Finding{{ID: "f", Host: host(), Implant: "file:" + p, Path: p, Level: claim.Medium, Events: []event.ID{f.ID()}}}}
		row := one(t, analyze(t, in, append(c.more, f)...))
		if row.NotAfter.Time != c.want || row.NotAfter.Event != f.ID() || strings.Contains(row.NotAfter.Reason, "set back") != (c.want > c.at+hour) {
			t.Errorf("%s: not after %s (%s), want %s", c.name, rfc(row.NotAfter.Time), row.NotAfter.Reason, rfc(c.want))
		}
		if row.EndNotBefore.Time > c.at {
			t.Errorf("%s: ended not before %s: that the second time was meant is not proven", c.name, rfc(row.EndNotBefore.Time))
		}
	}
}

func rfc(ns int64) string { return time.Unix(0, ns).UTC().Format(time.RFC3339Nano) }
