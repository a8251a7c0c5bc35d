package main

import (
	"fmt"
	"sort"
	"strings"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

func (a *app) inspectText(b *bundle.Bundle) error {
	acq, s := b.Acquisition(), b.Seal()
	var t strings.Builder
	line := func(name, format string, args ...any) {
		if text := strings.Join(strings.Fields(fmt.Sprintf(format, args...)), " "); text != "" {
			fmt.Fprintf(&t, "%-11s %s\n", name, safe(text))
		}
	}
	line("BUNDLE", "%s", b.Path())
	line("RUN", "%s", acq.RunID)
	line("HOST", "%s %s %s %s", acq.Host.Hostname, acq.Host.OS, acq.Host.Kernel, acq.Host.Arch)
	line("STARTED", "%s by the host's clock, zone %s", deref(instant(acq.Clock.Realtime)), orUnknown(acq.Host.Zone))
	line("BY", "%s %s, profile %s, uid %d", orUnknown(acq.Tool.Name), acq.Tool.Version, orUnknown(acq.Profile), acq.Self.UID)
	line("OPERATOR", "%s", acq.Operator)
	line("CASE", "%s", acq.CaseID)
	line("NOTE", "%s", acq.Note)
	line("SEALED", "at the %s; state %s, seal %s", acq.Sealed, s.State, s.Hash)
	if acq.Synthetic {
		line("SYNTHETIC", "made by a generator, not collected from a live host")
	}
	line("OUTPUT", "%s", outputWords(acq.Output))
	line("HOLDS", "%d exhibits, %s, %d checkpoints", s.Items, size(s.Bytes), s.Checkpoint)
	line("MEMORY", "%s", memoryWords(b))
	if _, err := fmt.Fprintln(a.out, t.String()); err != nil {
		return err
	}
	items, err := inspectItems(b)
	if err != nil {
		return err
	}
	return a.inspectTables(items)
}

// inspectTables prints totals by source and names what was not collected.
func (a *app) inspectTables(items []inspectItem) error {
	type total struct {
		planned, collected, exhibits int
		bytes                        int64
	}
	bySource := map[string]*total{}
	var rest []*inspectItem
	for i := range items {
		it := &items[i]
		t := bySource[it.Source]
		if t == nil {
			t = &total{}
			bySource[it.Source] = t
		}
		t.planned++
		t.exhibits += it.Exhibits
		t.bytes += it.held
		if it.Outcome == bundle.Collected {
			t.collected++
		} else {
			rest = append(rest, it)
		}
	}
	names := make([]string, 0, len(bySource))
	for n := range bySource {
		names = append(names, n)
	}
	sort.Strings(names)
	out := newTable("SOURCE", "PLANNED", "COLLECTED", "OTHERWISE", "EXHIBITS", "BYTES")
	for _, n := range names {
		t := bySource[n]
		out.row(n, fmt.Sprint(t.planned), fmt.Sprint(t.collected), fmt.Sprint(t.planned-t.collected), fmt.Sprint(t.exhibits), size(t.bytes))
	}
	if err := out.write(a.out); err != nil {
		return err
	}
	if len(rest) == 0 {
		_, err := fmt.Fprintln(a.out, "\nEvery planned item was collected.")
		return err
	}
	if _, err := fmt.Fprintln(a.out); err != nil {
		return err
	}
	left := newTable("NOT COLLECTED", "SOURCE", "TARGET", "WHY")
	for i, it := range rest {
		if i == maxShown {
			left.row("...", "", fmt.Sprintf("and %d more (all with --json)", len(rest)-i), "")
			break
		}
		state := string(it.Outcome)
		if state == "" {
			state = "no outcome"
		}
		left.row(state, it.Source, it.Target, strings.TrimSpace(it.Reason+" "+it.Errno+" "+strings.Join(it.Flags, ", ")))
	}
	return left.write(a.out)
}

func deref(s *string) string {
	if s == nil {
		return "unknown"
	}
	return *s
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}
