package parser

import (
	"testing"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// TestAuditNode: records with node= speak of that host, and this one held them.
func TestAuditNode(t *testing.T) {
	own, other := event.MakeHostKey("", "log01"), event.MakeHostKey("", "web02")
	f := &parse.Facts{Host: own, Hostname: "log01", HostFor: func(name string) event.HostKey {
		if name == "log01" {
			return event.HostKey{}
		}
		return event.MakeHostKey("", name)
	}}
	n := 0
	for _, e := range binParse(t, newAudit(), f, "/x.bin", auditFixture(t)).events {
		name, _ := e.Get("hostname")
		if name == "" {
			if !e.Host.IsZero() || !e.HeldBy.IsZero() {
				t.Errorf("an own event is given to %s", e.Host)
			}
			continue
		}
		n++
		if name != "web02" || e.Host != other || e.HeldBy != own {
			t.Errorf("%q: host %s held by %s", name, e.Host, e.HeldBy)
		}
	}
	if n != 1 {
		t.Errorf("%d events of another host, want 1", n)
	}
}
