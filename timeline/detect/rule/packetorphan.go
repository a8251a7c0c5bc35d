package rule

import (
	"context"
	"fmt"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/detect"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// PacketOrphan finds packet sockets that the kernel lists and no process shows
// a descriptor of. It speaks only where the acquisition could read all
// processes: without the rights for that every socket looks like this.
type PacketOrphan struct{}

// Describe tells what the detector is.
func (PacketOrphan) Describe() detect.Description {
	return detect.Description{
		Name: "packet-orphan", Version: 1,
		Doc:         "a packet socket is open and no visible process holds it",
		Technique:   "T1564.001",
		References:  []string{"https://man7.org/linux/man-pages/man7/packet.7.html", "https://man7.org/linux/man-pages/man5/proc_pid_fd.5.html"},
		Alternative: "the process ended between the two readings, the socket was on its way from one process to another, or a part of the kernel holds it",
		Sources:     []string{"socket", "process"},
	}
}

// Detect looks at every packet socket.
func (d PacketOrphan) Detect(ctx context.Context, ev detect.Events, cov detect.Coverage, emit func(claim.Finding) error) error {
	for e, err := range ev.Events(ctx, both(source("socket"), either(term("domain", "packet"), term("domain", "17")))) {
		if err != nil {
			return fmt.Errorf("read socket events: %w", err)
		}
		if e.Source != "socket" || !isPacket(field(e, "domain")) || own(e) || (field(e, "pid") != "" || number(e, "holders") > 0) && field(e, "via") != "io_uring" {
			continue
		}
		if cov.State(e.Host, "process", event.MinTime) != "present" || cov.State(e.Host, "socket", event.MinTime) != "present" {
			continue
		}
		f := claim.Finding{Host: e.Host, Events: []event.ID{e.ID()}, Time: e.Time, Level: claim.Medium, Confidence: "low",
			Title:  fmt.Sprintf("packet socket %s (protocol %s) is open and no visible process holds it", orNone(field(e, "ino")), orNone(field(e, "protocol"))),
			PID:    int(max(number(e, "pid"), 0)),
			Detail: fmt.Sprintf("network namespace %s, interface index %s, read by %s", orNone(field(e, "netns")), orNone(field(e, "ifindex")), orNone(field(e, "method")))}
		if field(e, "via") == "io_uring" {
			f.Title = fmt.Sprintf("packet socket %s (protocol %s) of process %d is held by an io_uring and by no descriptor", orNone(field(e, "ino")), orNone(field(e, "protocol")), f.PID)
			f.Path = field(e, "exe")
		}
		if err := emit(f); err != nil {
			return err
		}
	}
	return nil
}
