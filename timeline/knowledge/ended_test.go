package knowledge

import (
	"testing"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// TestPresenceOfSession: a login before the infection counts when the record
// of its end shows that it lasted into it.
func TestPresenceOfSession(t *testing.T) {
	before := t0 - 9*hour
	in := func(source string, n int, at int64, fields ...string) *event.Event {
		return ev(n, source, "login", at, append([]string{"actor=kim"}, fields...)...)
	}
	for name, tt := range map[string]struct {
		events []*event.Event
		latest int64 // 0: no sighting
	}{
		"sshd": {[]*event.Event{in("syslog", 1, before, "parser=sshd", "program=sshd", "pid=812"),
			ev(2, "syslog", "session-close", t0+hour, "parser=pam", "actor=kim", "program=sshd", "pid=812")}, t0 + hour},
		"sshd-session": {[]*event.Event{in("journal", 1, before, "program=sshd-session", "pid=812"),
			ev(2, "journal", "session-close", t0+hour, "object=kim", "program=sshd", "pid=812")}, t0 + hour},
		"audit": {[]*event.Event{ev(1, "audit", "session-start", before, "actor=kim", "exe=/usr/sbin/sshd", "ses=7", "pid=900"),
			in("audit", 2, before+1e9, "exe=/usr/sbin/sshd", "ses=7", "pid=900"),
			ev(3, "audit", "session-end", t0+hour, "actor=kim", "exe=/usr/sbin/sshd", "ses=7", "pid=900")}, t0 + hour},
		"sudo inside": {[]*event.Event{in("audit", 1, before, "ses=7", "pid=900"),
			ev(2, "audit", "session-end", t0+hour, "actor=kim", "exe=/usr/bin/sudo", "ses=7", "pid=955")}, 0},
		"ended before": {[]*event.Event{in("syslog", 1, before, "program=sshd", "pid=812"),
			ev(2, "syslog", "session-close", before+hour, "actor=kim", "program=sshd", "pid=812")}, 0},
		"no end": {[]*event.Event{in("syslog", 1, before, "program=sshd", "pid=812")}, 0},
		"another account": {[]*event.Event{in("syslog", 1, before, "program=sshd", "pid=812"),
			ev(2, "syslog", "session-close", t0+hour, "actor=lee", "program=sshd", "pid=812")}, 0},
		"pid anew": {[]*event.Event{in("syslog", 1, before, "program=sshd", "pid=812"),
			ev(2, "syslog", "login", before+hour, "actor=lee", "program=sshd", "pid=812"),
			ev(3, "syslog", "session-close", t0+hour, "actor=kim", "program=sshd", "pid=812")}, 0},
		"boot between": {[]*event.Event{in("syslog", 1, before, "program=sshd", "pid=812"), ev(2, "wtmp", "boot", before+hour),
			ev(3, "syslog", "session-close", t0+hour, "actor=kim", "program=sshd", "pid=812")}, 0},
		"another program": {[]*event.Event{in("syslog", 1, before, "program=sshd", "pid=812"),
			ev(2, "syslog", "session-close", t0+hour, "actor=kim", "program=cron", "pid=812")}, 0},
	} {
		var latest int64
		cited := 0
		for _, s := range analyze(t, tt.events...) {
			if s.Grade == Presence && s.Account == "kim" {
				latest, cited = s.Latest, len(s.Events)
			}
		}
		if tt.latest == 0 && latest != 0 || tt.latest != 0 && (latest < tt.latest || latest > tt.latest+1e9) {
			t.Errorf("%s: present until %d, want %d", name, latest, tt.latest)
		}
		if tt.latest != 0 && cited < 2 {
			t.Errorf("%s: the end is not cited", name)
		}
	}
}
