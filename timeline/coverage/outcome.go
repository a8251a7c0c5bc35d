package coverage

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// EventSources names the event sources that a plan item can feed, from the
// name of the collect source and the target: "/var/log/audit" feeds audit.
func EventSources(source, target string) []string {
	base := path.Base(target)
	log := strings.Contains(target, "/log/") || strings.HasPrefix(target, "log/")
	switch {
	case strings.Contains(target, "/log/audit"), log && strings.HasPrefix(base, "audit.log"):
		return []string{"audit"}
	case strings.Contains(target, "/log/journal"), strings.HasSuffix(base, ".journal"), strings.HasSuffix(base, ".journal~"):
		return []string{"journal"}
	case !strings.HasPrefix(target, "/etc/") && hasAnyPrefix(base, "wtmp", "btmp", "utmp", "lastlog"):
		return []string{base[:len(base)-len(strings.TrimLeft(base, "abcdefghijklmnopqrstuvwxyz"))]}
	case strings.HasSuffix(base, "_history"), source == "history":
		return []string{"history"}
	case log && hasAnyPrefix(base, "auth.log", "secure", "syslog", "messages", "daemon.log", "kern.log", "cron"):
		return []string{"syslog"}
	}
	switch source {
	case "filestat", "file", "statx":
		return []string{"file"}
	case "process", "socket", "bpf", "module", "mount", "clock":
		return []string{source}
	}
	return nil
}

func hasAnyPrefix(s string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// tally counts how the plan items of one event source ended.
type tally struct {
	items   int
	ended   map[string]int
	reasons []string
}

func tallies(a Acquisition) map[string]*tally {
	out := map[string]*tally{}
	for _, o := range a.Outcomes {
		for _, s := range EventSources(o.Source, o.Target) {
			t := out[s]
			if t == nil {
				t = &tally{ended: map[string]int{}}
				out[s] = t
			}
			t.items++
			if o.Outcome == "partial" && o.Benign {
				o.Outcome = "collected" // something went away or grew meanwhile: what was there was read
			}
			t.ended[o.Outcome]++
			if why := strings.TrimSpace(o.Reason + " " + o.Errno); why != "" && o.Outcome != "collected" && !slices.Contains(t.reasons, why) {
				t.reasons = append(t.reasons, why)
			}
		}
	}
	return out
}

// words lists the endings in a fixed order: "outcome: 3 collected, 1 denied (EACCES)".
func (t *tally) words() string {
	var parts []string
	for _, o := range []string{"collected", "partial", "absent", "denied", "skipped", "timed out", "failed"} {
		if n := t.ended[o]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, o))
		}
	}
	w := "outcome: " + strings.Join(parts, ", ")
	if len(t.reasons) > 0 {
		slices.Sort(t.reasons)
		if len(t.reasons) > 3 {
			t.reasons = append(t.reasons[:3:3], "...")
		}
		w += " (" + strings.Join(t.reasons, "; ") + ")"
	}
	return w
}

// state is what the endings allow to say of a snapshot: present when all was
// taken, absent when all was absent, else unknown.
func (t *tally) state() string {
	switch {
	case t == nil:
		return Absent
	case t.ended["collected"] == t.items:
		return Present
	case t.ended["absent"] == t.items:
		return Absent
	case t.ended["collected"]+t.ended["absent"] == t.items:
		return Present
	}
	return Unknown
}

func notPart(a Acquisition) string {
	if a.Collected == 0 {
		return "outcome: not among the plain inputs"
	}
	return "outcome: not part of the acquisition"
}

// unread says that of plain inputs some could not be read: what is not among
// the others may be there. "" when all were read.
func unread(a Acquisition) string {
	if a.Collected != 0 {
		return ""
	}
	t := &tally{ended: map[string]int{}}
	for _, o := range a.Outcomes {
		if o.Source == "plain" && !o.Benign && slices.Contains([]string{"partial", "denied", "timed out", "failed"}, o.Outcome) {
			t.ended[o.Outcome]++
			t.items++
		}
	}
	if t.items == 0 {
		return ""
	}
	return t.words() + " of the plain inputs: it may be among what was not read"
}

// snapshotRows adds one row per snapshot source at the instant of the
// acquisition. What was taken in part only is "unknown": what is missing may
// be the very thing.
func snapshotRows(rows map[key][]claim.Coverage, a Acquisition) {
	ts := tallies(a)
	from, to := a.Collected, a.Collected
	if a.Collected == 0 { // plain input: there was no acquisition on the host
		from, to = event.MinTime, event.MaxTime
	}
	for _, s := range Snapshots() {
		t, got := ts[s], slices.Contains(a.Sources, s)
		row := claim.Coverage{Host: a.Host, Source: s, From: from, To: to, State: t.state(), JudgedBy: notPart(a)}
		switch {
		case t != nil:
			row.JudgedBy = t.words()
		case got:
			row.State, row.JudgedBy = Unknown, "events: records are here, no plan says whether they are all"
		}
		if why := unread(a); why != "" && row.State == Absent && t == nil {
			row.State, row.JudgedBy = Unknown, why
		}
		k := key{a.Host, s}
		rows[k] = append(rows[k], row)
	}
}

// missingRows adds one row for every expected source of which a host has no
// records at all.
func missingRows(rows map[key][]claim.Coverage, as []Acquisition, last map[event.HostKey]int64) {
	for _, a := range as {
		ts := tallies(a)
		for _, s := range Expected() {
			k := key{a.Host, s}
			if len(rows[k]) > 0 {
				continue
			}
			row := claim.Coverage{Host: a.Host, Source: s, From: event.MinTime, To: last[a.Host], State: Absent, JudgedBy: notPart(a)}
			if row.To == 0 {
				row.To = event.MaxTime
			}
			if why := unread(a); why != "" {
				row.State, row.JudgedBy = Unknown, why
			}
			if slices.Contains(a.Sources, s) {
				row.State, row.JudgedBy = Unknown, "events: records are here, none bears a date of its own"
			}
			if t := ts[s]; t != nil {
				row.JudgedBy = t.words()
				if t.ended["absent"] != t.items {
					row.State = Unknown
				}
				if t.ended["collected"] > 0 {
					row.JudgedBy += ", without a dated record"
				}
			}
			rows[k] = []claim.Coverage{row}
		}
	}
}
