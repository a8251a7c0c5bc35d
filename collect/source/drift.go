package source

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// drift is the source that looks at the process list again at the end.
func drift() collect.Source { return driftSource{} }

type driftSource struct{}

// groupEnd comes after everything else.
const groupEnd = collect.GroupWalk + 10

// Describe implements collect.Source.
func (driftSource) Describe() collect.Description {
	return collect.Description{
		Name:       "drift",
		Doc:        "the process list once more when everything else was read: which processes came and went while the collector ran",
		Effects:    "reads the directory of /proc and one small file for each process",
		References: []string{"proc_pid_stat(5)"},
		Group:      groupEnd,
		MinKernel:  "3.10",
		LiveOnly:   true,
		Profiles:   []string{"triage", "full"},
		Again:      true,
	}
}

// Plan implements collect.Source.
func (driftSource) Plan(context.Context, *collect.Env) ([]bundle.PlanItem, error) {
	return []bundle.PlanItem{{Source: "drift", Target: "process list at the end", Bytes: -1}}, nil
}

// startTimes gives the start of every process, in ticks since boot.
func startTimes(ctx context.Context, proc host.Proc) (map[int]uint64, map[int][]byte, error) {
	pids, err := proc.PIDs()
	if err != nil {
		return nil, nil, fmt.Errorf("list processes: %w", err)
	}
	starts, comms := map[int]uint64{}, map[int][]byte{}
	for _, pid := range pids {
		c, cancel := context.WithTimeout(ctx, taskWait)
		stat, _, err := proc.Read(c, strconv.Itoa(pid)+"/stat", statCap)
		cancel()
		if err != nil {
			continue
		}
		if comm, start, ok := statFacts(stat); ok {
			starts[pid], comms[pid] = start, comm
		}
	}
	return starts, comms, nil
}

// Collect implements collect.Source.
func (driftSource) Collect(ctx context.Context, env *collect.Env, item bundle.PlanItem) (bundle.Outcome, error) {
	proc := env.Host.Proc()
	if proc == nil {
		return bundle.Outcome{Outcome: bundle.Skipped, Reason: "not a live host"}, nil
	}
	if env.Seen == nil || len(env.Seen.Starts) == 0 {
		return bundle.Outcome{Outcome: bundle.Skipped, Reason: "the process list was not read at the start"}, nil
	}
	now, comms, err := startTimes(ctx, proc)
	if err != nil {
		return bundle.Outcome{}, err
	}
	stream, err := env.Out.Records(bundle.Exhibit{Name: "data/records/drift", Source: "drift", Item: item.Item, Method: method(proc)})
	if err != nil {
		return bundle.Outcome{}, fmt.Errorf("open the drift record: %w", err)
	}
	clock := newWatch(env.Host, "drift")
	at, _ := clock.now()
	came, went := changed(now, env.Seen.Starts), changed(env.Seen.Starts, now)
	for _, pid := range came {
		if err == nil {
			err = stream.Record(&record.PIDViews{Type: "pid-views", At: at, PID: pid, Views: []string{"end"}, Missed: []string{"start"}, Comm: comms[pid]})
		}
	}
	for _, pid := range went {
		if err == nil {
			err = stream.Record(&record.PIDViews{Type: "pid-views", At: at, PID: pid, Views: []string{"start"}, Missed: []string{"end"}})
		}
	}
	if err == nil {
		err = stream.Record(&record.PIDViews{Type: "pid-views", At: at,
			Counts: map[string]int{"start": len(env.Seen.Starts), "end": len(now), "came": len(came), "went": len(went)}})
	}
	parts, size, closeErr := stream.Close()
	if err = firstError(err, closeErr); err != nil {
		return bundle.Outcome{}, fmt.Errorf("write the drift record: %w", err)
	}
	return bundle.Outcome{Outcome: bundle.Collected, Exhibits: parts, Bytes: size, Method: method(proc)}, nil
}

// changed lists the processes of a that b does not have, or has under a pid
// that was used again.
func changed(a, b map[int]uint64) []int {
	var out []int
	for pid, start := range a {
		if s, ok := b[pid]; !ok || s != start {
			out = append(out, pid)
		}
	}
	slices.Sort(out)
	return out
}
