package parser

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// socketLimits makes the event of what a look at the sockets could not see:
// the absence of a filter among the others says nothing about these.
func socketLimits(off int64, line []byte, s parse.Sink) error {
	var l record.SocketLimits
	if err := decodeRecord(line, &l); err != nil {
		return err
	}
	f := &fieldList{}
	f.int("processes", int64(l.Processes))
	count := func(name string, n int) {
		if n > 0 {
			f.int(name, int64(n))
		}
	}
	count("denied", l.Denied)
	count("beyond", l.Beyond)
	count("no_holder", l.NoHolder)
	count("rings", l.Rings)
	f.add("packet_diag", l.PacketDiag)
	f.add("ptrace_scope", l.PtraceScope)
	var unread, carriers []string
	total := 0
	for _, errno := range slices.Sorted(maps.Keys(l.Unread)) {
		unread = append(unread, fmt.Sprintf("%s=%d", errno, l.Unread[errno]))
		total += l.Unread[errno]
	}
	for _, c := range l.Carriers {
		carriers = append(carriers, fmt.Sprintf("%d fd %d: %d", c.PID, c.FD, c.FDs))
	}
	f.add("unread", strings.Join(unread, ","))
	f.add("carriers", listed(carriers, same))
	message := fmt.Sprintf("sockets of %d processes read", l.Processes)
	if total > 0 {
		message += fmt.Sprintf(", filters of %d not readable (%s)", total, strings.Join(unread, ", "))
	}
	if l.Denied > 0 {
		message += fmt.Sprintf(", no right to see those of %d processes", l.Denied)
	}
	if l.NoHolder > 0 {
		message += fmt.Sprintf(", %d without a holder", l.NoHolder)
	}
	if len(carriers) > 0 {
		message += fmt.Sprintf(", %d sockets carry descriptors in messages", len(carriers))
	}
	message += ", packet_diag: " + l.PacketDiag
	return s.Event(&event.Event{Time: collectedAt(l.At), Meaning: "observed", Source: "socket", Action: "limits", Object: "sockets", Message: message,
		Fields: f.sorted(), Origin: event.Origin{Offset: off, Length: int64(len(line))}})
}
