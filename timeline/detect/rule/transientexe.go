package rule

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/detect"
)

// TransientExe finds processes that run from a file in a memory file system or
// a directory for temporary files, where the file is still there. Alone this is
// common during builds; a device directory, a hidden name and a process without
// terminal and unit raise it.
type TransientExe struct{}

// Describe tells what the detector is.
func (TransientExe) Describe() detect.Description {
	return detect.Description{
		Name: "transient-exe", Version: 1,
		Doc:         "a process runs a file that lies in a memory file system or a directory for temporary files",
		Technique:   "T1564",
		References:  []string{"https://refspecs.linuxfoundation.org/FHS_3.0/fhs/index.html"},
		Alternative: "a build, a test, an installer or a self-extracting program",
		Sources:     []string{"process"},
	}
}

// Detect looks at every process whose executable still has its name.
func (d TransientExe) Detect(ctx context.Context, ev detect.Events, _ detect.Coverage, emit func(claim.Finding) error) error {
	procs, err := processes(ctx, ev)
	if err != nil {
		return err
	}
	var hits []*process
	for _, p := range procs {
		if !p.self && !p.gone() && p.exe != "" && transient(p.exe) {
			hits = append(hits, p)
		}
	}
	slices.SortFunc(hits, byPID)
	for _, p := range hits {
		if err := emit(d.finding(p)); err != nil {
			return err
		}
	}
	return nil
}

func (TransientExe) finding(p *process) claim.Finding {
	f := claim.Finding{Host: p.key.host, PID: p.pid(), Path: p.exe, Events: p.events, Time: p.started, Level: claim.Low, Confidence: "low",
		Title: fmt.Sprintf("process %d runs %s, which lies in a directory for temporary files", p.pid(), short(p.exe))}
	points := 0
	var why []string
	add := func(n int, w string) { points += n; why = append(why, w) }
	if strings.HasPrefix(p.exe, "/dev/") {
		add(2, "no program is installed below /dev")
	}
	if strings.HasPrefix(path.Base(p.exe), ".") || strings.Contains(path.Dir(p.exe), "/.") {
		add(1, "the name is hidden")
	}
	if !p.supervised() && !p.terminal() {
		add(1, "no service unit and no terminal are known for it")
	}
	if p.kernelName() || p.claimsProgram() {
		add(1, "it shows another name, "+short(p.argv0))
	}
	if points >= 3 {
		f.Level, f.Confidence, f.Implant = claim.Medium, "medium", p.implant()
	}
	f.Detail = strings.Join(append(why, "command line: "+p.shown()), "\n")
	return f
}
