package rule

import (
	"context"
	"fmt"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/detect"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// Hidden finds what one view of the kernel shows and another leaves out: a
// process that opens by its number but is missing from the list, a module with
// symbols that /proc/modules lacks, an eBPF object that opens by its id but is
// not enumerated. The collector checked more than once before it wrote so.
type Hidden struct{}

// Describe tells what the detector is.
func (Hidden) Describe() detect.Description {
	return detect.Description{
		Name: "hidden-object", Version: 1,
		Doc:       "one view of the kernel shows a process, module or eBPF object that another view leaves out",
		Technique: "T1014",
		References: []string{
			"https://attack.mitre.org/techniques/T1014/",
			"https://man7.org/linux/man-pages/man2/pidfd_open.2.html",
			"https://man7.org/linux/man-pages/man2/bpf.2.html",
		},
		Alternative: "it came or went between the two readings, or a namespace, a security module or the rights of the collector hide it from one view",
		Sources:     []string{"process", "module", "bpf"},
	}
}

// Detect looks at the comparisons that the collector made.
func (d Hidden) Detect(ctx context.Context, ev detect.Events, _ detect.Coverage, emit func(claim.Finding) error) error {
	q := both(either(source("process"), source("module"), source("bpf")), either(term("action", "hidden"), term("action", "not-listed")))
	for e, err := range ev.Events(ctx, q) {
		if err != nil {
			return fmt.Errorf("read views: %w", err)
		}
		if e.Action != "hidden" && e.Action != "not-listed" || own(e) {
			continue
		}
		f := claim.Finding{Host: e.Host, Events: []event.ID{e.ID()}, Time: e.Time, Level: claim.High, Confidence: "medium", Detail: e.Message}
		switch e.Source {
		case "process":
			f.PID = int(max(number(e, "pid"), 0))
			f.Title = fmt.Sprintf("process %d (%s) is shown by %s and not by %s", f.PID, orNone(field(e, "comm")), orNone(field(e, "views")), orNone(field(e, "missed")))
		case "module":
			f.Title = fmt.Sprintf("kernel module %s is shown by %s and not by %s", orNone(field(e, "name")), orNone(field(e, "views")), orNone(field(e, "missing")))
			f.Technique = "T1547.006"
		case "bpf":
			f.Title = "eBPF " + strings.TrimSpace(e.Object) + " opens by its id and is not listed"
			if field(e, "view") == "symbols" {
				f.Title = "eBPF programs stand in the kernel's symbols and are not listed: " + short(orNone(field(e, "name")))
			}
		default:
			continue
		}
		if err := emit(f); err != nil {
			return err
		}
	}
	return nil
}
