package timeline_test

import (
	"fmt"
	"testing"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/detect/rule"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// big is the infected sample with n further log lines.
func big(b *testing.B, n int64) (*timeline.Case, *sample) {
	b.Helper()
	c, dir := newCase(b)
	s := infected()
	for i := range n {
		s.add("data/files/var/log/syslog.1", fmt.Sprintf("cron[%d]: (root) CMD (run-parts)", i), event.Event{Source: "syslog", Action: "exec", Actor: "root", Time: event.At(t0+i*10e9, event.Second)})
	}
	ingest(b, c, s, s.write(b, dir))
	return c, s
}

// BenchmarkDetect runs all detectors and analyses over 200,000 events.
func BenchmarkDetect(b *testing.B) {
	c, _ := big(b, 200_000)
	for b.Loop() {
		if err := c.Detect(b.Context(), rule.All()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRaw reads the bytes of one event again from the sealed bundle.
func BenchmarkRaw(b *testing.B) {
	c, s := big(b, 20_000)
	i := 0
	for b.Loop() {
		i = (i + 7919) % len(s.events)
		r, err := c.Raw(b.Context(), s.events[i].ID())
		if err != nil || r.Problem != "" {
			b.Fatal(err, r.Problem)
		}
	}
}

// BenchmarkOpen opens a case, asks for its hosts and a first page, and closes it.
func BenchmarkOpen(b *testing.B) {
	c, _ := big(b, 200_000)
	for b.Loop() {
		o, err := timeline.Open(c.Dir())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := o.Hosts(b.Context()); err != nil {
			b.Fatal(err)
		}
		if _, err := o.Page(b.Context(), nil, timeline.PageRequest{Limit: 100}); err != nil {
			b.Fatal(err)
		}
		if err := o.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
