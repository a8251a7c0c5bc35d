package parser

import (
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/collect/record"
)

// A zombie has no executable to read; a leader that exited before its threads
// has one that was not read, which is another thing.
func TestZombiesAreNotUnreadable(t *testing.T) {
	for _, c := range []struct{ state, threads, want string }{
		{"Z", "1", "ended"}, {"Z", "0", "ended"}, {"X", "1", "ended"}, {"Z", "2", "unreadable"}, {"S", "1", "unreadable"},
	} {
		p := sampleProcess()
		p.Exe = &record.Link{Errno: "ENOENT"}
		stat := "4117 (x) " + c.state + " 1 4117 4117 0 4117 4194560 1 2 3 4 5 6 7 8 20 0 " + c.threads + " 0 12345 0 0 0 1 2 3"
		p.Files["stat"] = &record.Piece{Data: record.Bytes(stat)}
		k := parseRecords(t, "process", jsonl(t, p))
		if len(k.Events) == 0 {
			t.Fatalf("%+v: no event, warnings %v", c, k.Warnings)
		}
		if got, _ := k.Events[0].Get("exe_state"); got != c.want {
			t.Errorf("state %s, %s threads: %q, want %q (%s)", c.state, c.threads, got, c.want, k.Events[0].Message)
		}
		if readable := strings.Contains(k.Events[0].Message, "not readable"); readable != (c.want == "unreadable") {
			t.Errorf("%+v: %s", c, k.Events[0].Message)
		}
	}
}
