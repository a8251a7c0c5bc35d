package parser

import (
	"fmt"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// rowLoss counts the rows of a table inside a record that gave no event: those
// that could not be read, and those beyond the bound of one table.
type rowLoss struct{ bad, over int }

// warn tells of them, on the bytes of the record they stand in.
func (l rowLoss) warn(s parse.Sink, parser, table string, o event.Origin) error {
	say := func(code, message string) error {
		return s.Warning(event.Warning{Offset: o.Offset, Length: o.Length, Parser: parser, Code: code, Message: message})
	}
	if l.bad > 0 {
		if err := say("unreadable", fmt.Sprintf("%d rows of %s are not made as the kernel makes them", l.bad, table)); err != nil {
			return err
		}
	}
	if l.over > 0 {
		return say("too-many", fmt.Sprintf("%d more rows of %s are in the record and give no event", l.over, table))
	}
	return nil
}

// pieceTrouble says why there is no more of a kernel file than there is: its
// errno, or that the cap of the collector cut it. A file that the kernel does
// not have is none.
func pieceTrouble(p *record.Piece) string {
	switch {
	case p == nil || p.Errno == "ENOENT":
		return ""
	case p.Errno != "":
		return p.Errno
	case p.Cap:
		return "cut at the cap"
	}
	return ""
}
