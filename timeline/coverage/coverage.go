// Package coverage says for which time a source of a host can speak. Four
// kinds of evidence are used, in this order of worth:
//
//   - counters (journal seqnum, audit serial): joined across all files of a
//     host, a missing number is a missing record, whatever the clock says;
//   - the rhythm of a source that writes periodically: a silence far longer
//     than its usual pauses is "unknown", never "nothing happened";
//   - the words of a log daemon: between its end and its next start it wrote
//     nothing;
//   - the outcomes of the acquisition: absent, denied, skipped ...
//
// The words are present (records of this time are here), absent (records of
// this time are known to be missing or not to be in the evidence) and unknown.
// Absence of records is never "clean".
package coverage

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// The states of a source at a time.
const (
	Present = "present"
	Absent  = "absent"
	Unknown = "unknown"
)

// Series is the rhythm of one source of one host: the starts of those buckets
// of Width nanoseconds in which it has at least one event, ascending.
type Series struct {
	Host     event.HostKey
	Source   string // as in Event.Source
	Width    int64
	Occupied []int64
}

// Outcome is how a plan item of an acquisition ended.
type Outcome struct {
	Source  string // name of the collect source
	Target  string // what of it: a path, or words
	Outcome string // collected, partial, absent, denied, skipped, timed out, failed
	Reason  string
	Errno   string
	Benign  bool // partial only because something went away or grew
}

// Acquisition is what coverage needs of a bundle.
type Acquisition struct {
	Run       string
	Host      event.HostKey
	Collected int64 // start of the acquisition, ns UTC
	Plain     bool  // plain input sealed at the desk: it had no plan that could say what is missing
	Outcomes  []Outcome
	Sources   []string // event sources that its exhibits gave events of
}

// Input is everything coverage is judged from.
type Input struct {
	Acquisitions []Acquisition
	Series       []Series
	Counters     []event.Counter
	Stops        []Stop
}

// Continuous lists the sources that record all the time and can therefore be
// blind for a stretch. Login records come when somebody logs in, and histories
// when somebody types: their quiet tells nothing.
func Continuous() []string { return []string{"audit", "journal", "syslog"} }

// Expected lists the sources that every host is asked for: where one gave
// nothing, a row says so.
func Expected() []string { return append(Continuous(), "history", "wtmp") }

// tooFew is the judgement on a source whose rhythm cannot be told.
const tooFew = "events: too few or too irregular to tell quiet from a hole"

// Blind keeps the rows that say that a continuous source is blind: absent, or
// silent against its rhythm. A source of which too little is known to tell
// quiet from a hole stays "unknown" in the listing and is no blind stretch.
func Blind(rows []claim.Coverage) []claim.Coverage {
	var out []claim.Coverage
	for _, r := range rows {
		if r.State != Present && r.JudgedBy != tooFew && slices.Contains(Continuous(), r.Source) {
			out = append(out, r)
		}
	}
	return out
}

// Snapshots lists the sources that speak of the instant of acquisition only.
func Snapshots() []string { return []string{"file", "process", "socket"} }

// Momentary says whether a source speaks of the instant of acquisition only,
// so that its rhythm means nothing: snapshots, and the collector's readings of
// clocks, mounts, modules and memory.
func Momentary(source string) bool { return slices.Contains(MomentarySources(), source) }

// MomentarySources gives the names of the sources that are Momentary.
func MomentarySources() []string {
	return []string{"file", "process", "socket", "clock", "mount", "module", "bpf", "memory", "netns"}
}

type key struct {
	host   event.HostKey
	source string
}

// Build judges every source of every host and gives the rows sorted by host,
// source and time.
func Build(in Input) []claim.Coverage {
	rows := map[key][]claim.Coverage{}
	last := lastCollected(in.Acquisitions)
	counters := map[key][]event.Counter{}
	for _, c := range in.Counters {
		k := key{c.Host, c.Source}
		counters[k] = append(counters[k], c)
	}
	series := map[key]Series{}
	for _, s := range in.Series {
		series[key{s.Host, s.Source}] = s
	}
	for k, cs := range counters {
		rows[k] = fromCounters(k, cs)
	}
	for k, s := range series {
		if Momentary(k.source) {
			continue
		}
		rows[k] = append(rows[k], fromSeries(k, s, extent(rows[k]), last[k.host])...)
	}
	for _, s := range in.Stops {
		if k := (key{s.Host, s.Source}); s.To-s.From >= LeastStop {
			rows[k] = stopped(rows[k], s)
		}
	}
	for k := range rows {
		rows[k] = append(rows[k], edges(k, rows[k], last[k.host])...)
	}
	for _, a := range in.Acquisitions {
		snapshotRows(rows, a)
	}
	missingRows(rows, in.Acquisitions, last)
	return flatten(rows)
}

func isSnapshot(source string) bool { return slices.Contains(MomentarySources(), source) }

// lastCollected gives the last acquisition of each host.
func lastCollected(as []Acquisition) map[event.HostKey]int64 {
	out := map[event.HostKey]int64{}
	for _, a := range as {
		if t, ok := out[a.Host]; !ok || a.Collected > t {
			out[a.Host] = a.Collected
		}
	}
	return out
}

// edges adds the time before the first row: nothing of it is in the evidence.
func edges(k key, rows []claim.Coverage, collected int64) []claim.Coverage {
	if len(rows) == 0 {
		return nil
	}
	first, _ := bounds(rows)
	out := []claim.Coverage{{Host: k.host, Source: k.source, From: event.MinTime, To: first, State: Absent,
		JudgedBy: "events: no record is older"}}
	if _, end := bounds(rows); collected > end {
		out = append(out, claim.Coverage{Host: k.host, Source: k.source, From: end, To: collected, State: Unknown,
			JudgedBy: "events: no record from here to the acquisition"})
	}
	return out
}

func bounds(rows []claim.Coverage) (from, to int64) {
	from, to = event.MaxTime, event.MinTime
	for _, r := range rows {
		from, to = min(from, r.From), max(to, r.To)
	}
	return from, to
}

// span is a closed time range; empty when from > to.
type span struct{ from, to int64 }

func extent(rows []claim.Coverage) span {
	from, to := bounds(rows)
	return span{from, to}
}

func flatten(rows map[key][]claim.Coverage) []claim.Coverage {
	var out []claim.Coverage
	for _, rs := range rows {
		out = append(out, rs...)
	}
	slices.SortFunc(out, func(a, b claim.Coverage) int {
		return cmp.Or(slices.Compare(a.Host[:], b.Host[:]), cmp.Compare(a.Source, b.Source),
			cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.State, b.State), cmp.Compare(a.JudgedBy, b.JudgedBy))
	})
	return out
}

func plural(n uint64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
