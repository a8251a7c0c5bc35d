package rule

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/detect"
)

// HistoryEnv finds processes whose environment sends every history to
// /dev/null: HOME=/tmp, HISTFILE=/dev/null and MYSQL_HISTFILE=/dev/null, all
// three together. One of them alone is a habit of many administrators.
type HistoryEnv struct{}

// Describe tells what the detector is.
func (HistoryEnv) Describe() detect.Description {
	return detect.Description{
		Name: "history-env", Version: 1,
		Doc:         "the environment of a process sends shell and database histories to /dev/null and has /tmp as home",
		Technique:   "T1562.003",
		References:  []string{"https://man7.org/linux/man-pages/man5/proc_pid_environ.5.html", "https://attack.mitre.org/techniques/T1562/003/"},
		Alternative: "a job or container whose author did not want histories and had no home directory",
		Sources:     []string{"process"},
	}
}

// Detect looks at the environment variables that the parser keeps.
func (d HistoryEnv) Detect(ctx context.Context, ev detect.Events, _ detect.Coverage, emit func(claim.Finding) error) error {
	procs, err := processes(ctx, ev)
	if err != nil {
		return err
	}
	var hits []*process
	for _, p := range procs {
		vars := strings.Fields(p.histEnv)
		if !p.self && slices.Contains(vars, "HOME=/tmp") && slices.Contains(vars, "HISTFILE=/dev/null") && slices.Contains(vars, "MYSQL_HISTFILE=/dev/null") {
			hits = append(hits, p)
		}
	}
	slices.SortFunc(hits, byPID)
	for _, p := range hits {
		f := claim.Finding{Host: p.key.host, PID: p.pid(), Path: exePath(p.exe), Events: p.events, Time: p.started, Level: claim.High, Confidence: "medium",
			Title:  fmt.Sprintf("process %d (%s) has an environment that keeps no history", p.pid(), orNone(short(exePath(p.exe)))),
			Detail: short(p.histEnv) + "\nparent process: " + fmt.Sprint(p.ppid) + "\ncommand line: " + p.shown()}
		if err := emit(f); err != nil {
			return err
		}
	}
	return nil
}
