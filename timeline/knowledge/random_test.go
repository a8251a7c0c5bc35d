package knowledge

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// Whatever the events say, the analysis ends, names accounts only, and every
// row cites events within its interval's order.
func TestAnyEvents(t *testing.T) {
	values := []string{"", "kim", "/dev/shm/kdmt", "./kdmt", "kill -9 812", "rm /dev/shm/kdmt", "cat /proc/812/exe", "4294967295", "1000", "no", "\xff\x00", "sh -c 'rm kdmt'", "2024-03-09T20:00:00Z", "ssh web01 /dev/shm/kdmt", "'"}
	names := []string{"command", "cmdline", "cwd", "auid", "success", "exe", "path", "session_end", "runas", "rhost", "ip"}
	rapid.Check(t, func(rt *rapid.T) {
		var evs memory
		for i := range rapid.IntRange(0, 30).Draw(rt, "n") {
			e := ev(i, rapid.SampledFrom([]string{"syslog", "audit", "history", "wtmp", "utmp", "process", "journal"}).Draw(rt, "source"),
				rapid.SampledFrom([]string{"exec", "login", "session-start", "open", "logout", ""}).Draw(rt, "action"), rapid.Int64().Draw(rt, "at"))
			e.Actor, e.Object = rapid.SampledFrom(values).Draw(rt, "actor"), rapid.SampledFrom(values).Draw(rt, "object")
			if rapid.Bool().Draw(rt, "undated") {
				e.Time = event.Between(rapid.Int64().Draw(rt, "from"), rapid.Int64().Draw(rt, "to"))
			}
			for range rapid.IntRange(0, 5).Draw(rt, "fields") {
				e.Fields = append(e.Fields, event.Field{Name: rapid.SampledFrom(names).Draw(rt, "name"), Value: rapid.SampledFrom(values).Draw(rt, "value")})
			}
			if rapid.Bool().Draw(rt, "other") {
				e.Host = event.MakeHostKey("", "other")
			}
			evs = append(evs, e)
		}
		ss, err := Analyze(t.Context(), evs, infected())
		if err != nil {
			rt.Fatal(err)
		}
		for _, s := range ss {
			if s.Account == "" || s.Person != "" || len(s.Events) == 0 || s.Host != host() || s.Grade != Touched && s.Grade != Presence {
				rt.Fatalf("%+v", s)
			}
		}
	})
}
