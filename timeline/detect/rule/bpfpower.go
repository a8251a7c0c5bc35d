package rule

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/detect"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// BPFPower finds loaded eBPF programs that call a helper with which results of
// the kernel can be forged: writing into the memory of programs, overriding
// what a system call returns, sending signals. Monitoring rarely needs them.
type BPFPower struct{}

// Describe tells what the detector is.
func (BPFPower) Describe() detect.Description {
	return detect.Description{
		Name: "bpf-power", Version: 1,
		Doc:         "a loaded eBPF program calls a helper that changes what programs see or do",
		Technique:   "T1014",
		References:  []string{"https://man7.org/linux/man-pages/man7/bpf-helpers.7.html"},
		Alternative: "fault injection, a security product that blocks calls or ends processes, or a debugger",
		Sources:     []string{"bpf"},
	}
}

// Detect looks at the helpers of every program.
func (d BPFPower) Detect(ctx context.Context, ev detect.Events, _ detect.Coverage, emit func(claim.Finding) error) error {
	seen := map[string]bool{}
	for e, err := range ev.Events(ctx, source("bpf")) {
		if err != nil {
			return fmt.Errorf("read eBPF events: %w", err)
		}
		if e.Source != "bpf" || field(e, "calls") == "" || own(e) {
			continue
		}
		var calls []string
		level := claim.Low
		for _, c := range list(e, "calls") {
			switch strings.TrimPrefix(c, "bpf_") {
			case "probe_write_user", "override_return":
				level = claim.High
				calls = append(calls, c)
			case "send_signal", "send_signal_thread":
				calls = append(calls, c)
			}
		}
		k := e.Host.String() + e.Origin.Run + field(e, "id")
		if len(calls) == 0 || seen[k] {
			continue
		}
		seen[k] = true
		slices.Sort(calls)
		f := claim.Finding{Host: e.Host, Path: field(e, "exe"), PID: int(max(number(e, "pid"), 0)), Events: []event.ID{e.ID()}, Time: e.Time, Level: level, Confidence: "medium",
			Title:  fmt.Sprintf("eBPF %s (%s) calls %s", strings.TrimSpace(e.Object), orNone(field(e, "type")), strings.Join(calls, ", ")),
			Detail: "held by: " + orNone(field(e, "holders")) + "\ntag: " + orNone(field(e, "tag"))}
		if err := emit(f); err != nil {
			return err
		}
	}
	return nil
}
