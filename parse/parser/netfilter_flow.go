package parser

import (
	"fmt"
	"strings"

	"github.com/saksi-dfir/saksi/parse/format/netfilter"
)

// flow makes the event of one tracked connection.
func (r *netfilterReader) flow(c *netfilter.Flow) error {
	f := &fieldList{}
	f.add("proto", netfilter.ProtocolName(c.Protocol))
	f.add("local_ip", c.From.Addr().String())
	f.int("local_port", int64(c.From.Port()))
	f.add("ip", c.To.Addr().String())
	f.int("port", int64(c.To.Port()))
	f.add("state", c.State)
	if c.Packets > 0 {
		f.uint("packets", c.Packets)
		f.uint("bytes", c.Bytes)
	}
	if c.Mark != 0 {
		f.uint("mark", uint64(c.Mark))
	}
	if c.Start != 0 {
		f.uint("since", c.Start)
	}
	message := fmt.Sprintf("tracked %s from %s to %s %s", netfilter.ProtocolName(c.Protocol), c.From, c.To, c.State)
	if c.ReplyFrom.IsValid() && c.ReplyFrom != c.To {
		f.add("reply", c.ReplyFrom.String())
		message += ", translated to " + c.ReplyFrom.String()
	}
	return r.emit("connection", c.To.String(), strings.TrimSpace(message), f)
}
