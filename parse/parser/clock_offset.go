package parser

import (
	"fmt"
	"strconv"
	"time"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// ntpLine is one exchange of the collector with a time server.
type ntpLine struct {
	Server  string `json:"server"`
	Address string `json:"address"`
	T4      int64  `json:"t4"`
	Offset  int64  `json:"offset"`
	Error   int64  `json:"error"`
	Stratum int    `json:"stratum"`
}

// offsetEvent tells how far the clock was off: by an exchange with a time
// server, or as its keeper last said.
func offsetEvent(kind string, line []byte) (*event.Event, error) {
	var c record.ClockSync
	if kind == "ntp" {
		var n ntpLine
		if err := decodeRecord(line, &n); err != nil {
			return nil, err
		}
		c = record.ClockSync{At: n.T4, Stated: n.T4, Keeper: "ntp", Server: n.Server, Offset: &n.Offset, Error: &n.Error}
	} else if err := decodeRecord(line, &c); err != nil {
		return nil, err
	}
	f := &fieldList{}
	f.add("keeper", c.Keeper)
	f.add("path", string(c.From))
	f.add("server", c.Server)
	for name, v := range map[string]*int64{"offset_ns": c.Offset, "error_ns": c.Error, "frequency_ppb": c.Frequency, "skew_ppb": c.Skew} {
		if v != nil {
			f.int(name, *v)
		}
	}
	if c.Stated != 0 {
		f.add("stated", time.Unix(0, c.Stated).UTC().Format(time.RFC3339Nano))
	}
	if c.Synced != nil {
		f.add("synchronised", strconv.FormatBool(*c.Synced))
	}
	e := &event.Event{Time: collectedAt(c.At), Meaning: "observed", Source: "clock", Action: "clock-offset", Object: "clock", Message: offsetWords(&c)}
	e.Fields = f.sorted()
	return e, nil
}

func offsetWords(c *record.ClockSync) string {
	switch {
	case c.Offset != nil && c.Error != nil:
		return fmt.Sprintf("%s: true time was %s ahead of the host's clock, +- %s", c.Keeper, time.Duration(*c.Offset), time.Duration(*c.Error))
	case c.Error != nil:
		return fmt.Sprintf("%s: the host's clock was within %s of its source", c.Keeper, time.Duration(*c.Error))
	case c.Frequency != nil:
		return fmt.Sprintf("%s: the clock runs wrong by %d ppb by itself", c.Keeper, *c.Frequency)
	case c.Synced != nil && !*c.Synced:
		return c.Keeper + ": the host's clock is not synchronised"
	}
	return c.Keeper + ": the clock was kept by it"
}
