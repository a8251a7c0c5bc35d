package infection

import (
	"testing"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// The file that a process runs from dates the implant even where no walk shows
// it: its birth stands in the process record.
func TestBirthReadThroughTheProcess(t *testing.T) {
	for _, state := range []string{"deleted", "plain"} {
		p := ev(1, "run", "process", "observed", t0, "exe="+shm, "exe_state="+state, "pid=9", "exe_born=2024-03-08T10:00:00.5Z")
		in := Input{Findings: []claim.Finding{{ID: "f", Host: host(), Implant: "exe:" + shm, Path: shm, Level: claim.High, Events: []event.ID{p.ID()}}},
			Acquisitions: []Acquisition{{Run: "run", Host: host(), Collected: t0, Processes: "present", Files: "present"}}}
		rows, err := Analyze(t.Context(), memory{p}, in)
		if err != nil || len(rows) != 1 {
			t.Fatalf("%+v %v", rows, err)
		}
		if na := rows[0].NotAfter; na.Time != 1709892000500000000 || na.Event != p.ID() {
			t.Errorf("%s: %+v", state, na)
		}
	}
}

// A process in a container runs another file than the one at the same path of
// the host, whose birth says nothing about it.
func TestFileOfAnotherRootIsNoProof(t *testing.T) {
	p := ev(1, "run", "process", "observed", t0, "exe=/usr/bin/agent", "exe_state=plain", "pid=9", "exe_dev=48", "exe_ino=7")
	for _, c := range []struct {
		dev, ino string
		want     int64
	}{{"2049", "7", t0 + 999_999_999}, {"48", "8", t0 + 999_999_999}, {"48", "7", t0 - 90*day + 999_999_999}} {
		f := ev(2, "run", "file", "timestamp", t0-90*day, "object=/usr/bin/agent", "meaning=...b", "dev="+c.dev, "inode="+c.ino)
		in := Input{Findings: []claim.Finding{{ID: "f", Host: host(), Implant: "exe:/usr/bin/agent", Path: "/usr/bin/agent", Level: claim.High, Events: []event.ID{p.ID()}}},
			Acquisitions: []Acquisition{{Run: "run", Host: host(), Collected: t0, Processes: "present", Files: "present"}}}
		rows, err := Analyze(t.Context(), memory{p, f}, in)
		if err != nil || len(rows) != 1 || rows[0].NotAfter.Time != c.want {
			t.Errorf("device %s inode %s: %+v %v, want %d", c.dev, c.ino, rows, err, c.want)
		}
	}
}

// A scanner that removed the file leaves its log only: the file was there when
// it read it, and what came before and after is not known.
func TestScannerLogAlone(t *testing.T) {
	found := ev(1, "run", "clamav", "found", t0, "path=/srv/www/a.php", "signature=Php.X")
	gone := ev(2, "run", "clamav", "removed", t0+hour, "path=/srv/www/a.php")
	clean := ev(3, "run", "clamav", "clean", t0-hour, "path=/srv/www/a.php")
	in := Input{Findings: []claim.Finding{{ID: "f", Host: host(), Implant: "file:/srv/www/a.php", Path: "/srv/www/a.php", Level: claim.Medium, Events: []event.ID{found.ID()}}}}
	row := one(t, analyze(t, in, found, gone, clean))
	if row.NotBefore.Known || row.NotAfter.Event != found.ID() || row.EndNotBefore.Event != gone.ID() || row.EndNotAfter.Event != gone.ID() || row.PresentAtCollect || row.State != "probable" {
		t.Errorf("%+v", row)
	}
	if row = one(t, analyze(t, in, found, clean)); row.EndNotAfter.Known {
		t.Errorf("nothing was removed: %+v", row)
	}
	later := ev(4, "run", "clamav", "found", t0+2*hour, "path=/srv/www/a.php", "signature=Php.X")
	if row = one(t, analyze(t, in, found, gone, later)); row.EndNotAfter.Known || row.EndNotBefore.Event != later.ID() {
		t.Errorf("it was there again afterwards: %+v", row)
	}
}

// Who removed the file of a program ended no process that runs from it.
func TestRemovalEndsNoProcess(t *testing.T) {
	events, f := live("r1", t0, t0+day, shm)
	rm := ev(9, "r1", "audit", "delete", t0+2*day, "path="+shm, "success=yes", "exe=/usr/bin/rm", "auid=1000")
	row := one(t, analyze(t, Input{Findings: []claim.Finding{f}}, append(events, rm)...))
	if row.EndNotAfter.Known || row.EndNotBefore.Event != rm.ID() {
		t.Errorf("%+v", row)
	}
	f.Implant, f.Path = "file:/srv/www/a.php", "/srv/www/a.php"
	rm = ev(9, "r1", "audit", "delete", t0+2*day, "path=/srv/www/a.php", "success=yes", "exe=/usr/bin/rm", "auid=1000")
	row = one(t, analyze(t, Input{Findings: []claim.Finding{f}}, append(events, rm)...))
	if row.EndNotAfter.Event != rm.ID() {
		t.Errorf("%+v", row)
	}
}
