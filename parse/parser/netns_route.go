package parser

import (
	"fmt"
	"strings"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/netfilter"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// netDump makes the events of one answer of rtnetlink. Neighbours of IPv4 stand
// in the file arp of the same record.
func netDump(d *record.NetDump, origin event.Origin, s parse.Sink) error {
	list, rest := netfilter.Messages(d.Data)
	if len(rest) > 0 {
		if err := s.Warning(event.Warning{Offset: origin.Offset, Length: origin.Length, Parser: "netns", Code: "unreadable",
			Message: fmt.Sprintf("%d bytes at the end of the answer are no message", len(rest))}); err != nil {
			return err
		}
	}
	ordinal := uint32(0)
	emit := func(action, object, message string, f *fieldList) error {
		f.uint("netns", d.NetNS)
		e := &event.Event{Time: collectedAt(d.At), Meaning: "observed", Source: "netns", Action: action, Object: object, Message: message,
			Fields: f.sorted(), Origin: origin, Ordinal: ordinal}
		ordinal++
		return s.Event(e)
	}
	lost := rowLoss{}
	for _, m := range list {
		i, ok := netfilter.Route(m)
		if !ok {
			lost.bad++
			continue
		}
		if i.Kind == "neighbour" && (i.MAC == "" || !strings.Contains(i.Address, ":")) {
			continue
		}
		if ordinal > maxRows {
			lost.over++
			continue
		}
		f := &fieldList{}
		if i.Index != 0 {
			f.int("ifindex", int64(i.Index))
		}
		f.add("mac", i.MAC)
		if i.Kind == "neighbour" || i.Kind == "address" {
			f.add("ip", i.Address)
		}
		f.add("text", i.Text)
		object := i.Address
		if object == "" {
			object, _, _ = strings.Cut(i.Text, " ")
		}
		if err := emit(i.Kind, object, i.Kind+" "+i.Text, f); err != nil {
			return err
		}
	}
	if err := lost.warn(s, "netns", "the answer "+d.Of, origin); err != nil {
		return err
	}
	f := &fieldList{}
	f.add("errno", d.Errno)
	message := fmt.Sprintf("%d entries of %s", len(list), d.Of)
	if d.Errno != "" {
		message += ", then " + d.Errno
	}
	if d.Cap {
		message += ", cut at the cap"
	}
	return emit("view", d.Of, message, f)
}
