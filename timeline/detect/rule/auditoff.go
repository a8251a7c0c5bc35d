package rule

import (
	"context"
	"fmt"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/detect"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// AuditOff finds that auditing was switched off while the host ran: a record
// of the kernel that says so, or an end of auditd without a shutdown near it.
type AuditOff struct{}

// Describe tells what the detector is.
func (AuditOff) Describe() detect.Description {
	return detect.Description{
		Name: "audit-off", Version: 1,
		Doc:         "auditing was switched off, or auditd ended, while the host went on running",
		Technique:   "T1562.012",
		References:  []string{"https://man7.org/linux/man-pages/man8/auditctl.8.html", "https://attack.mitre.org/techniques/T1562/012/"},
		Alternative: "an administrator restarted or reconfigured auditing, or a package upgrade did",
		Sources:     []string{"audit", "wtmp"},
	}
}

// nearby is how far from an end of auditd a shutdown or a new start explains it, ns.
const nearby = int64(120e9)

// Detect looks at the records that the audit system keeps about itself.
func (d AuditOff) Detect(ctx context.Context, ev detect.Events, _ detect.Coverage, emit func(claim.Finding) error) error {
	explained := map[event.HostKey][]event.Time{}
	var ends []*event.Event
	q := either(term("action", "audit-config"), term("action", "audit-stop"), term("action", "audit-start"), term("action", "shutdown"), term("action", "boot"))
	for e, err := range ev.Events(ctx, q) {
		if err != nil {
			return fmt.Errorf("read audit events: %w", err)
		}
		switch {
		case e.Action == "shutdown", e.Action == "boot", e.Action == "audit-start" && e.Source == "audit":
			explained[e.Host] = append(explained[e.Host], e.Time)
		case e.Source != "audit":
		case e.Action == "audit-config" && field(e, "audit_enabled") == "0" && was(e, "audit_enabled") != "0" && field(e, "success") != "no":
			if err := emit(d.finding(e, fmt.Sprintf("%s switched auditing off", who(e)), claim.Medium)); err != nil {
				return err
			}
		case e.Action == "audit-stop":
			c := *e
			ends = append(ends, &c)
		}
	}
	for _, e := range ends {
		if near(e.Time, explained[e.Host]) {
			continue
		}
		if err := emit(d.finding(e, "auditd ended, and neither a shutdown nor a new start is on record near it", claim.Low)); err != nil {
			return err
		}
	}
	return nil
}

// was gives the value before a change, as audit records write it.
func was(e *event.Event, name string) string {
	for _, n := range []string{"old-" + name, "old"} {
		if v := field(e, n); v != "" {
			return v
		}
	}
	return ""
}

func near(t event.Time, others []event.Time) bool {
	for _, o := range others {
		if !o.Dated() || !t.Dated() {
			continue
		}
		if o.Earliest-t.Latest <= nearby && t.Earliest-o.Latest <= nearby {
			return true
		}
	}
	return false
}

func (AuditOff) finding(e *event.Event, title string, l claim.Level) claim.Finding {
	return claim.Finding{Host: e.Host, Events: []event.ID{e.ID()}, Time: e.Time, Level: l, Confidence: "medium", Title: title, Detail: e.Message}
}
