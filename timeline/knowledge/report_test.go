package knowledge

import (
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// A scanner's report names a tool and nobody: grade K1, apart from sightings.
func TestReportsOfTools(t *testing.T) {
	const p = "/dev/shm/kdmt"
	for _, c := range []struct {
		name string
		e    *event.Event
		rung string // "" for no row
	}{
		{"found", ev(1, "clamav", "found", t0+day, "program=clamd", "object="+p, "path="+p, "signature=Unix.X"), "malware-present"},
		{"moved", ev(1, "clamav", "moved", t0+day, "program=clamscan", "path="+p), "malware-present"},
		{"scanned and clean", ev(1, "clamav", "clean", t0+day, "program=clamd", "path="+p), ""},
		{"not readable", ev(1, "clamav", "scan-error", t0+day, "program=clamd", "path="+p), ""},
		{"another file", ev(1, "clamav", "found", t0+day, "program=clamd", "path="+p+"2"), ""},
		{"aide", ev(1, "syslog", "file-added", t0+day, "parser=daemon", "program=aide", "path="+p, "object="+p), "odd-event"},
		{"another daemon", ev(1, "syslog", "file-added", t0+day, "parser=daemon", "program=sftp", "path="+p), ""},
		{"scheduled scan that names it", ev(1, "syslog", "note", t0+day, "parser=syslog", "program=x", "path="+p), ""},
	} {
		out, err := Analyze(t.Context(), memory{c.e}, infected())
		if err != nil {
			t.Fatal(err)
		}
		if c.rung == "" {
			if len(out) != 0 {
				t.Errorf("%s: %+v", c.name, out)
			}
			continue
		}
		if len(out) != 1 {
			t.Errorf("%s: %+v", c.name, out)
			continue
		}
		s := out[0]
		if s.Kind != claim.Tool || s.Grade != Reported || s.Rung != c.rung || s.Person != "" || !strings.HasPrefix(s.Who(), "tool ") || !strings.Contains(s.Alternative, "nothing here shows") || len(s.Events) != 1 {
			t.Errorf("%s: %+v", c.name, s)
		}
	}
}

// The tool's own log and its line in syslog are one report.
func TestReportToldTwice(t *testing.T) {
	a := ev(1, "clamav", "found", t0+day, "program=clamd", "path=/dev/shm/kdmt")
	b := ev(2, "syslog", "found", t0+day, "parser=clamav", "program=clamd", "path=/dev/shm/kdmt")
	out, err := Analyze(t.Context(), memory{a, b}, infected())
	if err != nil || len(out) != 1 || out[0].Channel != "clamav, syslog" || len(out[0].Events) != 2 {
		t.Errorf("%+v %v", out, err)
	}
}
