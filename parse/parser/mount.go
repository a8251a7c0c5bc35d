package parser

import (
	"context"
	"fmt"
	"strconv"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// mountParser reads the mount records of the collector.
type mountParser struct{}

func newMount() parse.Parser { return mountParser{} }

// Describe implements parse.Parser.
func (mountParser) Describe() parse.Description {
	return parse.Description{
		Name:       "mount",
		Version:    1,
		Doc:        "mounts seen at collection, and whether the walk of file times covered them",
		References: []string{"collect/record/FORMAT.md", "proc_pid_mountinfo(5)"},
		Sources:    []string{"mount"},
		Fields:     []string{"denied", "dev", "device", "dirs", "files", "fstype", "id", "options", "parent", "path", "reason", "root", "super", "walked"},
		Actions:    []string{"mounted"},
		Sample:     `{"t":"mount","at":1700000000000000000,"id":25,"parent":1,"dev":2049,"root":"/","point":"/","fstype":"ext4","source":"/dev/sda1","options":"rw","super":"rw","walked":true}`,
		PathOnly:   true,
	}
}

// Claim implements parse.Parser.
func (mountParser) Claim(x *parse.Exhibit) parse.Strength { return claimRecord(x, "mount") }

// Parse implements parse.Parser.
func (mountParser) Parse(ctx context.Context, _ *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	return eachRecord(ctx, x, "mount", s, func(kind string, off int64, line []byte) (bool, error) {
		if kind != "mount" {
			return false, nil
		}
		var m record.Mount
		if err := decodeRecord(line, &m); err != nil {
			return true, err
		}
		return true, s.Event(mountEvent(&m, off, int64(len(line))))
	})
}

func mountEvent(m *record.Mount, off, length int64) *event.Event {
	f := &fieldList{}
	f.int("id", int64(m.ID))
	f.int("parent", int64(m.Parent))
	f.uint("dev", m.Dev)
	f.add("root", string(m.Root))
	f.add("path", string(m.Point))
	f.add("fstype", string(m.FSType))
	f.add("device", string(m.Source))
	f.add("options", string(m.Options))
	f.add("super", string(m.Super))
	f.add("walked", strconv.FormatBool(m.Walked))
	f.add("reason", m.Reason)
	if m.Walked {
		f.int("dirs", m.Dirs)
		f.int("files", m.Files)
		f.int("denied", m.Denied)
	}
	message := fmt.Sprintf("%s (%s) mounted on %s", m.Source, m.FSType, m.Point)
	if !m.Walked && m.Reason != "" {
		message += ", not walked: " + m.Reason
	}
	return &event.Event{Time: collectedAt(m.At), Meaning: "observed", Source: "mount", Action: "mounted", Object: string(m.Point), Message: message,
		Fields: f.sorted(), Origin: event.Origin{Offset: off, Length: length}}
}
