package parser

import (
	"testing"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

func TestAuditLines(t *testing.T) {
	a := newAuditLines()
	tests := []struct{ text, action, object, path string }{
		{`audit: type=1400 audit(1709432071.010:12): apparmor="DENIED" operation="open" class="file" profile="/usr/sbin/x" name="/etc/shadow" pid=7 comm="x"`,
			"denied", "/etc/shadow", "AVC"},
		{`audit: type=1326 audit(1709432071.010:13): auid=1000 uid=1000 gid=1000 ses=2 pid=9 comm="x" exe="/x" sig=31 arch=c000003e syscall=257`, "seccomp", "/x", "SECCOMP"},
		{`audit: type=1700 audit(1709432071.010:14): dev=eth0 prom=256 old_prom=0 auid=0 uid=0 gid=0 ses=1`, "promiscuous", "eth0", "ANOM_PROMISCUOUS"},
		{`audit: backlog limit exceeded`, "", "", ""},
		{`type=`, "", "", ""},
	}
	for _, tt := range tests {
		e, b := &event.Event{Message: "as logged"}, &parse.Batch{}
		ok := a.decode(&msg{e: e, b: b}, tt.text)
		e.Fields = b.Take()
		types, _ := e.Get("types")
		if ok != (tt.action != "") || e.Action != tt.action || e.Object != tt.object || types != tt.path || e.Message != "as logged" {
			t.Errorf("%s:\n%t %+v", tt.text, ok, e)
		}
	}
}
