package main

import (
	"io"
	"strings"
	"testing"
	"time"
)

// Bounds that make no sense are refused with an example, not run without.
func TestBoundsAreChecked(t *testing.T) {
	for args, want := range map[string]string{
		"--max-time 5": "such as 90s", "--max-time -5s": "such as 90s", "--stall soon": "such as 90s", "--max-cpu -1": "no whole number",
		"--workers x": "no whole number", "--max-rate fast": "such as 500K",
	} {
		var stderr strings.Builder
		code := runCommand(append([]string{"--out", "unused"}, strings.Fields(args)...), io.Discard, &stderr)
		if code != exitUsage || !strings.Contains(stderr.String(), want) {
			t.Errorf("%s: exit %d, %q", args, code, stderr.String())
		}
	}
	var o options
	fs := newFlags("run", "", "", io.Discard, io.Discard)
	o.runFlags(fs)
	if o.stall != span(time.Minute) || o.workers != 1 || o.maxTime != 0 || o.maxCPU != 0 {
		t.Errorf("defaults: %v %d %v %d", o.stall, o.workers, o.maxTime, o.maxCPU)
	}
}
