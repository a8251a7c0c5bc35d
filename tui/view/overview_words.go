package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/tui/widget"
)

// Between writes the bounds of the earliest infection: its start lies between
// the two instants.
func Between(ins []claim.Infection, zone *time.Location, w int) string {
	if len(ins) == 0 {
		return "-"
	}
	first := ins[0]
	for _, in := range ins[1:] {
		if in.NotAfter.Known && (!first.NotAfter.Known || in.NotAfter.Time < first.NotAfter.Time) {
			first = in
		}
	}
	more := ""
	if len(ins) > 1 {
		more = fmt.Sprintf(" +%d", len(ins)-1)
	}
	if !first.NotBefore.Known && !first.NotAfter.Known {
		return "unknown" + more
	}
	for _, n := range []int{19, 16, 10} {
		if s := interval(first, zone, n) + more; len(s) <= w {
			return s
		}
	}
	if !first.NotAfter.Known {
		return "unknown"
	}
	return "by " + at(first.NotAfter.Time, zone).Format("2006-01-02")
}

// interval writes both bounds with n characters each; the date is not repeated.
func interval(in claim.Infection, zone *time.Location, n int) string {
	side := func(b claim.Bound) string {
		if !b.Known {
			return "unknown"
		}
		return at(b.Time, zone).Format("2006-01-02 15:04:05")[:n]
	}
	l, r := side(in.NotBefore), side(in.NotAfter)
	if n > 10 && len(l) == n && len(r) == n && l[:10] == r[:10] {
		r = r[11:]
	}
	return l + " .. " + r
}

// findingWords counts findings, the highest levels named.
func findingWords(f map[claim.Level]int, w int) string {
	total := 0
	for _, n := range f {
		total += n
	}
	if total == 0 {
		return "-"
	}
	s := widget.Short(int64(total))
	for _, l := range []claim.Level{claim.High, claim.Medium, claim.Low, claim.Info} {
		if n := f[l]; n > 0 {
			if w >= 15 {
				s += fmt.Sprintf(" (%d %s)", n, l)
			} else if w >= 7 {
				s += fmt.Sprintf(" (%d%c)", n, strings.ToUpper(string(l))[0])
			}
			break
		}
	}
	return s
}

func blindWords(h *timeline.HostInfo) string {
	switch {
	case len(h.Bundles) == 0 && h.Events == 0:
		return "all"
	case h.BlindDays < 0:
		return "?"
	case h.BlindDays == 1:
		return "1 day"
	}
	return widget.Number(int64(h.BlindDays)) + " days"
}

func bundleWords(h *timeline.HostInfo) string {
	if len(h.Bundles) == 0 {
		if h.Events > 0 {
			return "missing (others name it)"
		}
		return "missing"
	}
	s := "signer " + text(h.Trust)
	if h.Integrity != "" && h.Integrity != "ok" {
		s = strings.ToUpper(text(h.Integrity)) + ", " + s
	}
	if len(h.Bundles) > 1 {
		s = fmt.Sprintf("%d: %s", len(h.Bundles), s)
	}
	return s
}

func bundleStyle(th *widget.Theme, h *timeline.HostInfo) string {
	switch bundleRank(h) {
	case 0, 1:
		return th.Bad
	case 2:
		return th.Warn
	}
	return th.Good
}

func parsedWords(h *timeline.HostInfo) string {
	if h.Exhibits == 0 {
		return "-"
	}
	s := fmt.Sprintf("%d of %d", h.Exhibits-h.Unparsed-h.Failed, h.Exhibits)
	if h.Failed > 0 {
		s += fmt.Sprintf(", %d failed", h.Failed)
	}
	return s
}
