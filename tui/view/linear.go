package view

import (
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/timeline"
)

// Sentence is a row as one line for the linear form.
func Sentence(sh *Shared, in *timeline.Row) string {
	r := makeRow(sh.Case, *in)
	parts := []string{stampOf(r.Event.Time, sh.Case.Zone(), 23), r.host, r.source}
	if r.actor != "" {
		parts = append(parts, r.actor)
	}
	parts = append(parts, r.message)
	if r.Level != "" {
		parts = append(parts, "(cited by a finding of level "+string(r.Level)+")")
	}
	return strings.Join(parts, "  ")
}

// Details are the lines of the fields form, with what analysts wrote, for the
// linear form.
func Details(sh *Shared, in *timeline.Row, mark timeline.Mark) []string {
	r := makeRow(sh.Case, *in)
	r.mark = mark
	var out []string
	for _, p := range fieldLines(sh, &r, 120) {
		out = append(out, linearLine(p))
	}
	return out
}

// RawLines are the lines of the raw form, for the linear form.
func RawLines(sh *Shared, raw timeline.Raw) []string {
	d := detail{mode: modeRaw, raw: &raw}
	var out []string
	for _, p := range d.rawLines(sh, 120) {
		out = append(out, linearLine(p))
	}
	return out
}

func linearLine(p pair) string {
	if strings.TrimSpace(p.name) == "" {
		return p.value
	}
	return p.name + ": " + p.value
}

// BundleWords says what is known of a host's bundles.
func BundleWords(h *timeline.HostInfo) string { return bundleWords(h) }

// Instant is a time of the store in a zone.
func Instant(ns int64, zone *time.Location) time.Time { return at(ns, zone) }

// AtTime is the place before the first event at or after an instant.
func AtTime(ns int64) Anchor { return atTime(ns) }
