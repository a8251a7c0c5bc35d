package infection

import (
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/timeline/claim"
)

// TestServedPathAlone: of a web shell that only access logs know, requests are
// all there is: neither a boot, nor a file system, nor an acquisition that saw
// processes and files says anything of it.
func TestServedPathAlone(t *testing.T) {
	first := ev(1, "r1", "weblog", "request", t0, "status=200", "path=/uploads/a.php")
	last := ev(2, "r1", "weblog", "request", t0+hour, "status=200", "path=/uploads/a.php")
	miss := ev(3, "r1", "weblog", "request", t0-day, "status=404", "path=/uploads/a.php")
	boot := ev(4, "r1", "wtmp", "boot", t0-hour)
	root := ev(5, "r1", "file", "timestamp", t0-hour, "object=/lost+found", "meaning=...b")
	in := Input{Acquisitions: []Acquisition{{Run: "r1", Host: host(), Collected: t0 + day, Processes: "present", Files: "present"}, {Run: "r2", Host: host(), Collected: t0 + 2*day, Processes: "present", Files: "present"}}}
	finding := claim.Finding{ID: "f", Rule: "web-shell", Level: claim.Low, Host: host(), Implant: "web:/uploads/a.php"}
	for _, withMiss := range []bool{false, true} {
		f := finding
		f.Events = append(f.Events, first.ID(), last.ID())
		if withMiss {
			f.Events = append(f.Events, miss.ID())
		}
		in.Findings = []claim.Finding{f}
		row := one(t, analyze(t, in, first, last, miss, boot, root))
		if row.State != "possible" || row.NotAfter.Event != first.ID() || row.EndNotBefore.Event != last.ID() || row.EndNotAfter.Known || row.PresentAtCollect {
			t.Errorf("%+v", row)
		}
		if row.NotBefore.Known != withMiss || withMiss && (row.NotBefore.Event != miss.ID() || row.NotBefore.Time != t0-day || !strings.Contains(row.NotBefore.Reason, "404")) {
			t.Errorf("with an answer that nothing was there %v: %+v", withMiss, row.NotBefore)
		}
	}
}

// TestStateOfFindings: how much the findings agree.
func TestStateOfFindings(t *testing.T) {
	f := func(rule string, l claim.Level) claim.Finding { return claim.Finding{Rule: rule, Level: l} }
	for want, fs := range map[string][]claim.Finding{
		"confirmed": {f("a", claim.High), f("b", claim.High), f("c", claim.Low)},
		"probable":  {f("a", claim.High), f("a", claim.High), f("c", claim.Low)},
		"possible":  {f("a", claim.Low), f("b", claim.Info)},
	} {
		if got := state(fs); got != want {
			t.Errorf("%s: %s", want, got)
		}
	}
}
