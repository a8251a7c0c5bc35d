package rule

import (
	"context"
	"fmt"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/detect"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// TransientExec finds, in audit records, that a file in a memory file system or
// a directory for temporary files was executed, whether or not anything of it
// is left. Executions of one file are one finding.
type TransientExec struct{}

// Describe tells what the detector is.
func (TransientExec) Describe() detect.Description {
	return detect.Description{
		Name: "transient-exec", Version: 1,
		Doc:         "audit has the execution of a file in a memory file system or a directory for temporary files",
		Technique:   "T1059.004",
		References:  []string{"https://man7.org/linux/man-pages/man8/auditctl.8.html", "https://refspecs.linuxfoundation.org/FHS_3.0/fhs/index.html"},
		Alternative: "a build, a test, an installer or a self-extracting program",
		Sources:     []string{"audit"},
	}
}

// Detect gathers executions by host and file.
func (d TransientExec) Detect(ctx context.Context, ev detect.Events, _ detect.Coverage, emit func(claim.Finding) error) error {
	var kids []*query.Node
	for _, dir := range []string{"/dev/", "/run/", "/tmp/", "/var/tmp/", "/var/run/"} {
		kids = append(kids, below(dir))
	}
	found := newByFile()
	for e, err := range ev.Events(ctx, both(source("audit"), term("action", "exec"), either(kids...))) {
		if err != nil {
			return fmt.Errorf("read executions: %w", err)
		}
		exe := field(e, "exe")
		if e.Source != "audit" || e.Action != "exec" || !transient(exe) || field(e, "success") == "no" || field(e, "syscall") == "" {
			continue
		}
		found.add(e, exe, d.begin)
	}
	return found.emit(emit)
}

func (TransientExec) begin(e *event.Event, exe string) *claim.Finding {
	f := &claim.Finding{Host: e.Host, Path: exe, Time: e.Time, Level: claim.Low, Confidence: "low",
		Title: fmt.Sprintf("%s executed %s, which lies in a directory for temporary files", who(e), short(exe)), Detail: "first command line: " + clip(line(e))}
	if strings.HasPrefix(exe, "/dev/") {
		f.Level, f.Confidence, f.Implant = claim.Medium, "medium", implantKey(exe, "")
	}
	return f
}
