package rule

import (
	"testing"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/detect/detecttest"
	"github.com/saksi-dfir/saksi/timeline/event"
)

func TestScannerReport(t *testing.T) {
	report := func(path, signature string, more ...string) *event.Event {
		return detecttest.Event(1, "h", "clamav", "found", t0, append(more, "path="+path, "signature="+signature)...)
	}
	one := func(e *event.Event) []*event.Event { return []*event.Event{e} }
	silent(t, ScannerReport{},
		quiet{"a stream without a path", one(report("instream(local)", "Unix.Trojan.X-1"))},
		quiet{"clean", one(detecttest.Event(1, "h", "clamav", "clean", t0, "path=/a/b"))},
		quiet{"another program's word", one(detecttest.Event(1, "h", "syslog", "found", t0, "path=/a/b", "signature=Unix.X"))},
	)
	levels(t, ScannerReport{},
		loud{"for Linux", one(report("/dev/shm/kdmt", "Unix.Backdoor.X-1")), claim.Medium, true},
		loud{"a script", one(report("/srv/www/a.php", "Php.Webshell.X-1.UNOFFICIAL")), claim.Medium, true},
		loud{"stored for others", one(report("/srv/share/bill.doc", "Doc.Downloader.X-1")), claim.Low, false},
		loud{"test file", one(report("/tmp/e.com", "Eicar-Test-Signature")), claim.Low, false},
		loud{"test file of a platform", one(report("/tmp/e.com", "Unix.Test.EICAR-1")), claim.Low, false},
		loud{"heuristics", one(report("/srv/a.zip", "Heuristics.Encrypted.Zip")), claim.Low, false},
	)
	fs := detecttest.Find(t, ScannerReport{}, report("/dev/shm/kdmt", "Unix.Backdoor.X-1"), detecttest.Event(2, "h", "clamav", "found", t0+9e9, "path=/dev/shm/kdmt", "signature=Unix.Backdoor.X-1"))
	if len(fs) != 1 || len(fs[0].Events) != 2 || fs[0].Implant != "file:/dev/shm/kdmt" {
		t.Errorf("%+v", fs)
	}
	fs = detecttest.Find(t, ScannerReport{}, append(proc(5, "h", "9", "/dev/shm/kdmt (deleted)", "deleted"), report("/dev/shm/kdmt", "Unix.Backdoor.X-1"))...)
	if len(fs) != 1 || fs[0].Implant != "exe:/dev/shm/kdmt" {
		t.Errorf("a file that ran is the implant of the process: %+v", fs)
	}
}
