package collect

import (
	"fmt"
	"time"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// clock writes one reading of all clocks as an exhibit of its own, so that a
// run that is cut has every reading up to the cut.
func (r *runner) clock(when string) error {
	return r.record(clockSource, "clock_gettime, adjtimex, /sys/class/rtc", r.c.Plan.env.Host.Clock(when))
}

// record writes one line of Run's own plan items as one part of their stream.
func (r *runner) record(source, method string, v any) error {
	s, err := r.c.Writer.Records(bundle.Exhibit{Item: r.itemOf(source), Source: source, Method: method})
	if err != nil {
		return fmt.Errorf("%s: %w", source, err)
	}
	if err := s.Record(v); err != nil {
		return fmt.Errorf("%s: %w", source, err)
	}
	parts, n, err := s.Close()
	if err != nil {
		return fmt.Errorf("%s: %w", source, err)
	}
	r.own[source] += parts
	r.beat(n)
	return nil
}

func (r *runner) itemOf(source string) int {
	for _, it := range r.c.Plan.Items {
		if it.Source == source {
			return it.Item
		}
	}
	return 0
}

// runFacts is the line of the stream "run": how the host was read.
type runFacts struct {
	Type  string   `json:"t"`
	At    int64    `json:"at"` // CLOCK_REALTIME ns
	Facts []string `json:"facts"`
	Ended string   `json:"ended,omitempty"` // why the run ended early
}

// finish takes the last reading, writes how the host was read, and closes
// Run's own items.
func (r *runner) finish() error {
	if err := r.clock("end"); err != nil {
		return err
	}
	facts := runFacts{Type: "run", At: r.c.Now().UnixNano(), Facts: r.c.Plan.env.Host.Facts(), Ended: errText(r.ended)}
	if how := r.c.Plan.env.Written; how != nil && how() != "" {
		facts.Facts = append(facts.Facts, "output: "+how())
	}
	if err := r.record(runSource, "remarks of the collector", facts); err != nil {
		return err
	}
	for _, it := range r.c.Plan.Items {
		if r.done[it.Item-1] {
			continue
		}
		o := bundle.Outcome{Outcome: bundle.Collected, Exhibits: r.own[it.Source], Started: r.start.UnixNano(), Ended: r.c.Now().UnixNano()}
		if err := r.outcome(it, o); err != nil {
			return err
		}
	}
	r.res.Ended = r.ended
	return nil
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

const reportEvery = 200 * time.Millisecond

// report calls Progress until the returned function is called.
func (r *runner) report() (stop func()) {
	if r.c.Progress == nil {
		return func() {}
	}
	quit, ended := make(chan struct{}), make(chan struct{})
	planned := r.c.Plan.Bytes()
	go func() {
		defer close(ended)
		t := time.NewTicker(reportEvery)
		defer t.Stop()
		last, quiet := int64(0), time.Now()
		for {
			select {
			case <-quit:
				return
			case <-t.C:
			}
			if b := r.beats.Load(); b != last {
				last, quiet = b, time.Now()
			}
			p := Progress{Items: len(r.c.Plan.Items), Bytes: r.bytes.Load(), Planned: planned,
				Elapsed: time.Since(r.start), Wait: time.Since(quiet) > 3*time.Second}
			if p.Item = int(r.item.Load()); p.Item > 0 {
				it := r.c.Plan.Items[p.Item-1]
				p.Source, p.Target = it.Source, it.Target
			}
			r.c.Progress(p)
		}
	}()
	return func() { close(quit); <-ended }
}
