package parser

import (
	"context"
	"fmt"
	"strings"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// mappedParser reads the collector's records of odd files that processes have
// mapped as code.
type mappedParser struct{}

func newMapped() parse.Parser { return mappedParser{} }

// Describe implements parse.Parser.
func (mappedParser) Describe() parse.Description {
	return parse.Description{
		Name:    "mapped",
		Version: 1,
		Doc: "files mapped as code by running processes that have no name any more, lie where anybody may write or in hidden directories, or that anybody may " +
			"write: the collector's grounds stand in the field why",
		References: []string{"collect/record/FORMAT.md", "proc_pid_maps(5)", "MITRE ATT&CK T1055", "MITRE ATT&CK T1574.006"},
		Sources:    []string{"process"},
		Fields:     []string{"copy", "errno", "inode", "mode", "path", "perms", "pid", "sha256", "size", "start_ticks", "uid", "why"},
		Actions:    []string{"mapped"},
		Sample:     `{"t":"mapped","at":1700000000000000000,"pid":42,"start":5,"range":"7f00-7f01","perms":"r-xp","path":"/dev/shm/l.so","why":["it lies below /dev/shm"]}`,
		PathOnly:   true,
	}
}

// Claim implements parse.Parser.
func (mappedParser) Claim(x *parse.Exhibit) parse.Strength { return claimRecord(x, "mapped") }

// Parse implements parse.Parser.
func (mappedParser) Parse(ctx context.Context, _ *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	return eachRecord(ctx, x, "mapped", s, func(kind string, off int64, line []byte) (bool, error) {
		if kind != "mapped" {
			return false, nil
		}
		var m record.Mapped
		if err := decodeRecord(line, &m); err != nil {
			return true, err
		}
		e := mappedEvent(&m)
		e.Origin = event.Origin{Offset: off, Length: int64(len(line))}
		return true, s.Event(e)
	})
}

func mappedEvent(m *record.Mapped) *event.Event {
	f := &fieldList{}
	f.add("path", string(m.Path))
	f.int("pid", int64(m.PID))
	f.int("start_ticks", int64(m.Start))
	f.add("perms", m.Perms)
	f.add("why", strings.Join(m.Why, "; "))
	f.add("sha256", m.SHA256)
	f.add("copy", m.Bag)
	f.add("errno", m.Errno)
	if m.Ino != 0 {
		f.int("inode", int64(m.Ino))
		f.add("mode", fmt.Sprintf("%o", m.Mode))
		f.int("uid", int64(m.UID))
		f.int("size", m.Size)
	}
	e := &event.Event{Time: collectedAt(m.At), Meaning: "observed", Source: "process", Action: "mapped", Object: string(m.Path),
		Message: fmt.Sprintf("process %d has %s mapped as code: %s", m.PID, m.Path, strings.Join(m.Why, "; "))}
	e.Fields = f.sorted()
	return e
}
