package parser

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// pidviewParser reads the records in which the collector compares views of
// the process list.
type pidviewParser struct{}

func newPidview() parse.Parser { return pidviewParser{} }

// Describe implements parse.Parser.
func (pidviewParser) Describe() parse.Description {
	return parse.Description{
		Name:    "pidview",
		Version: 2,
		Doc: "views of the process list by the collector: a process that one way of looking shows and another does not; what came and went in this " +
			"and other views (modules, namespaces, mounts, logins, eBPF programs, sockets) while it ran; the totals",
		References: []string{"collect/record/FORMAT.md", "pidfd_open(2)", "MITRE ATT&CK T1014"},
		Sources:    []string{"process"},
		Fields:     []string{"checks", "comm", "counts", "errno", "errnos", "missed", "pid", "view", "views"},
		Actions:    []string{"came", "hidden", "views", "went"},
		Sample:     `{"t":"pid-views","at":1700000000000000000,"pid":666,"views":["pidfd","lookup"],"missed":["readdir"],"checks":3,"comm":"x"}`,
		PathOnly:   true,
	}
}

// Claim implements parse.Parser.
func (pidviewParser) Claim(x *parse.Exhibit) parse.Strength {
	return max(claimRecord(x, "view"), claimRecord(x, "drift"))
}

// Parse implements parse.Parser.
func (pidviewParser) Parse(ctx context.Context, _ *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	return eachRecord(ctx, x, "pidview", s, func(kind string, off int64, line []byte) (bool, error) {
		if kind == "drift" {
			var d record.Drift
			if err := decodeRecord(line, &d); err != nil {
				return true, err
			}
			e := driftEvent(&d)
			e.Origin = event.Origin{Offset: off, Length: int64(len(line))}
			return true, s.Event(e)
		}
		if kind != "pid-views" {
			return false, nil
		}
		var v record.PIDViews
		if err := decodeRecord(line, &v); err != nil {
			return true, err
		}
		e := viewEvent(&v)
		e.Origin = event.Origin{Offset: off, Length: int64(len(line))}
		return true, s.Event(e)
	})
}

// drifted fills in a process that came or went during collection, which is no
// difference of views.
func drifted(e *event.Event, v *record.PIDViews) bool {
	switch {
	case slices.Contains(v.Missed, "start"):
		e.Action, e.Message = "came", fmt.Sprintf("process %d %s came while the collector ran", v.PID, v.Comm)
	case slices.Contains(v.Missed, "end"):
		e.Action, e.Message = "went", fmt.Sprintf("process %d went while the collector ran", v.PID)
	default:
		return false
	}
	return true
}

// driftEvent tells what came or went in a view of names, or its totals.
func driftEvent(d *record.Drift) *event.Event {
	f := &fieldList{}
	f.add("view", d.View)
	f.add("errno", d.Errno)
	e := &event.Event{Time: collectedAt(d.At), Meaning: "observed", Source: "process", Action: "views", Object: d.View}
	what := strings.TrimSuffix(d.View, "s")
	switch d.Change {
	case "came", "went":
		e.Action, e.Object = d.Change, what+" "+string(d.Name)
		e.Message = fmt.Sprintf("%s %s %s while the collector ran", what, d.Name, d.Change)
	default:
		counts := fmt.Sprintf("before=%d now=%d came=%d went=%d", d.Before, d.Now, d.Came, d.Went)
		if d.Changed > 0 {
			counts += fmt.Sprintf(" changed=%d", d.Changed)
		}
		f.add("counts", counts)
		e.Message = fmt.Sprintf("drift of %s while the collector ran: %d before, %d now, %d came, %d went", d.View, d.Before, d.Now, d.Came, d.Went)
		if d.Errno != "" {
			e.Message = fmt.Sprintf("drift of %s cannot be told: %s", d.View, d.Errno)
		}
	}
	e.Fields = f.sorted()
	return e
}

func viewEvent(v *record.PIDViews) *event.Event {
	f := &fieldList{}
	e := &event.Event{Time: collectedAt(v.At), Meaning: "observed", Source: "process"}
	if v.PID != 0 {
		f.int("pid", int64(v.PID))
		f.add("comm", string(v.Comm))
		f.add("views", strings.Join(v.Views, ","))
		f.add("missed", strings.Join(v.Missed, ","))
		f.int("checks", int64(v.Checks))
		e.Object = fmt.Sprintf("process %d", v.PID)
		if drifted(e, v) {
			e.Fields = f.sorted()
			return e
		}
		e.Action = "hidden"
		e.Message = fmt.Sprintf("process %d %s is shown by %s but not by %s, in %d of %d checks", v.PID, v.Comm, strings.Join(v.Views, ", "),
			strings.Join(v.Missed, ", "), v.Checks, v.Checks)
		e.Fields = f.sorted()
		return e
	}
	var counts, errnos []string
	for _, k := range slices.Sorted(maps.Keys(v.Counts)) {
		counts = append(counts, fmt.Sprintf("%s=%d", k, v.Counts[k]))
	}
	for _, k := range slices.Sorted(maps.Keys(v.Errnos)) {
		errnos = append(errnos, k+"="+v.Errnos[k])
	}
	f.add("counts", strings.Join(counts, " "))
	f.add("errnos", strings.Join(errnos, " "))
	e.Action, e.Object = "views", "process list"
	e.Message = "views of the process list: " + strings.Join(counts, ", ")
	e.Fields = f.sorted()
	return e
}
