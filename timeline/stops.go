package timeline

import (
	"cmp"
	"context"
	"slices"

	"github.com/saksi-dfir/saksi/timeline/coverage"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// maxStops bounds the pauses of one host that are looked at; a daemon that ends
// more often is one that does not stay.
const maxStops = 1000

// turn is the start or the end of a log daemon.
type turn struct {
	at    int64
	start bool
}

// logDaemons are the programs that write the source syslog.
func logDaemons() []string { return []string{"rsyslogd", "syslogd", "syslog-ng"} }

// stops gives the stretches between the end of a syslog daemon and its next
// start in which no record of the source is stamped.
func (v *events) stops(ctx context.Context, strays map[exhibitKey]string) ([]coverage.Stop, error) {
	var programs []*query.Node
	for _, p := range logDaemons() {
		programs = append(programs, equal("program", p))
	}
	q := &query.Node{Op: query.And, Kids: []*query.Node{or(equal("action", "start"), equal("action", "stop")), equal("parser", "daemon"), or(programs...)}}
	turns := map[event.HostKey][]turn{}
	err := v.Slim(ctx, without(q, strays), []string{"program"}, func(e *event.Slim) error {
		if e.Source == "syslog" && e.Parser == "daemon" && (e.Action == "start" || e.Action == "stop") && slices.Contains(logDaemons(), e.Values[0]) && e.Time.Dated() && e.Time.Width() < coverage.LeastStop {
			turns[e.Host] = append(turns[e.Host], turn{e.Time.Instant, e.Action == "start"})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out []coverage.Stop
	for host, list := range turns {
		slices.SortFunc(list, func(a, b turn) int { return cmp.Compare(a.at, b.at) })
		n := 0
		for i := 1; i < len(list) && n < maxStops; i++ {
			s := coverage.Stop{Host: host, Source: "syslog", From: list[i-1].at, To: list[i].at}
			if list[i-1].start || !list[i].start || s.To-s.From < coverage.LeastStop {
				continue
			}
			n++
			quiet, err := v.quiet(ctx, s)
			if err != nil {
				return nil, err
			}
			if quiet {
				out = append(out, s)
			}
		}
	}
	slices.SortFunc(out, func(a, b coverage.Stop) int {
		return cmp.Or(slices.Compare(a.Host[:], b.Host[:]), cmp.Compare(a.From, b.From))
	})
	return out, nil
}

// quiet says whether no record of the source is stamped inside a stop, the
// minutes at its ends left out: another daemon may have written meanwhile.
func (v *events) quiet(ctx context.Context, s coverage.Stop) (bool, error) {
	const minute = int64(60e9)
	from, to := s.From+minute-mod(s.From, minute), s.To-mod(s.To, minute)
	if from >= to {
		return false, nil
	}
	bs, err := v.s.r.Histogram(ctx, v.on(s.Host, equal("source", s.Source)), from, to, 1, nil)
	if err != nil {
		return false, err
	}
	for _, b := range bs {
		if b.Count > 0 {
			return false, nil
		}
	}
	return true, nil
}
