package coverage

import (
	"testing"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// A syslog daemon that says it ended, and started again half an hour later,
// wrote nothing meanwhile: the rhythm of a source with a line an hour cannot
// show it.
func TestStopsOfTheDaemon(t *testing.T) {
	host := event.MakeHostKey("", "web01")
	const t0, min = int64(1_710_000_000e9), int64(60e9)
	s := Series{Host: host, Source: "syslog", Width: 10 * min}
	for i := range int64(100) {
		s.Occupied = append(s.Occupied, t0+i*60*min)
	}
	in := Input{Series: []Series{s}, Stops: []Stop{
		{host, "syslog", t0 + 600*min, t0 + 630*min},
		{host, "syslog", t0 + 700*min, t0 + 701*min}, // a restart
		{host, "audit", t0 + 600*min, t0 + 630*min},  // of a source that has no records
	}}
	m := NewMap(Build(in))
	for at, want := range map[int64]string{599: Present, 615: Absent, 631: Present, 700: Present} {
		if got := m.State(host, "syslog", t0+at*min); got != want {
			t.Errorf("minute %d: %s, want %s", at, got, want)
		}
	}
	absent := 0
	for _, r := range Build(in) {
		if r.Source == "syslog" && r.State == Absent && r.From != event.MinTime {
			absent++
			if r.From != t0+600*min || r.To != t0+630*min {
				t.Errorf("%+v", r)
			}
		}
		if r.Source == "audit" && r.From != event.MinTime {
			t.Errorf("%+v", r)
		}
	}
	if absent != 1 {
		t.Errorf("%d rows of a stop, want 1", absent)
	}
}
