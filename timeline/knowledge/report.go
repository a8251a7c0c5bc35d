package knowledge

import (
	"cmp"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// altReport is what the log line of a tool cannot say.
const altReport = "the tool wrote this to a log; nothing here shows that it was sent to anybody, or that anybody read it"

// report reads an event by which a tool that looks over the host tells of the
// implant's very path: which tool it was, and what its words amount to. A line
// that names the path for another reason (scanned, clean, not readable) is none.
func (t target) report(e *event.Event) (tool, rung string) {
	if slices.Contains(e.Tags, "unvouched") {
		return "", ""
	}
	switch e.Parser {
	case "clamav":
		tool = cmp.Or(get(e, "program"), "clamav")
		switch e.Action {
		case "found", "moved", "removed":
			rung = "malware-present"
		}
	case "daemon":
		tool = get(e, "program")
		if tool == "aide" && (e.Action == "file-added" || e.Action == "file-changed" || e.Action == "file-removed") {
			rung = "odd-event"
		}
	}
	if rung == "" || !slices.Contains(t.paths, get(e, "path")) && !slices.Contains(t.paths, e.Object) {
		return "", ""
	}
	return tool, rung
}

// reported adds a tool's report to those it repeats: a scanner tells its own
// log and syslog.
func (f *finder) reported(e *event.Event, tool, rung string) {
	if id := e.ID(); !f.seen[id] {
		f.seen[id] = true
		f.reports = add(f.reports, touch{account: tool, core: rung + "\x00" + e.Action, time: e.Time, channels: []string{e.Source}, events: []event.ID{id}})
	}
}

// reportRows makes a row of each report: grade K1, an opportunity to know, and
// nobody's sight. The tool stands where an account would; it is none.
func reportRows(t target, reports []touch) []claim.Sighting {
	out := make([]claim.Sighting, 0, len(reports))
	for _, r := range repeated(reports) {
		slices.Sort(r.channels)
		slices.SortFunc(r.events, func(x, y event.ID) int { return slices.Compare(x[:], y[:]) })
		rung, _, _ := strings.Cut(r.core, "\x00")
		out = append(out, claim.Sighting{Kind: claim.Tool, Account: r.account, Infection: t.inf.ID, Host: t.inf.Host, Rung: rung, Grade: Reported,
			Earliest: r.time.Earliest, Latest: r.time.Latest, EventDate: r.time.Instant, StatementDate: event.NoInstant,
			Channel: strings.Join(r.channels, ", "), Events: r.events, Alternative: altReport})
	}
	return out
}
