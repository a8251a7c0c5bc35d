package parser

import (
	"testing"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// TestNoStamp: a line of RFC 5424 whose sender had no clock is an event without
// a time, not after the last write of the file, whatever stands around it.
func TestNoStamp(t *testing.T) {
	const none = "<34>1 - web01 sshd 812 - - Failed password for root from 203.0.113.9 port 22 ssh2\n"
	const dated = "<34>1 2024-03-03T02:14:07Z web01 sshd 812 - - Connection closed by 203.0.113.9 port 22\n"
	for text, n := range map[string]int{none + none: 2, dated + none + dated: 1, none: 1} {
		k := parseLog(t, "UTC", "2024-03-04T00:00:00Z", text)
		if len(k.Warnings) != 0 {
			t.Errorf("%q: %+v", text, k.Warnings)
		}
		for _, e := range k.Events {
			if e.Time.Dated() {
				continue
			}
			n--
			if e.Action != "failed-login" || e.Actor != "root" || e.Time.Earliest != event.MinTime || e.Time.Latest != utc("2024-03-04T00:00:00Z") || e.Time.Reasons.String() != "stamp:none,bound:mtime" {
				t.Errorf("%q: %s %q [%d..%d] %s", text, e.Action, e.Actor, e.Time.Earliest, e.Time.Latest, e.Time.Reasons)
			}
		}
		if n != 0 {
			t.Errorf("%q: %d lines without a time are missing", text, n)
		}
	}
}
