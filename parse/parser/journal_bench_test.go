package parser

import (
	"context"
	"os"
	"testing"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// countSink counts and forgets.
type countSink struct{ events, warnings int }

func (c *countSink) Event(*event.Event) error    { c.events++; return nil }
func (c *countSink) Warning(event.Warning) error { c.warnings++; return nil }
func (*countSink) Counter(event.Counter) error   { return nil }
func (*countSink) Padding(offset, n int64) error { return nil }

// BenchmarkJournal reads the file that SAKSI_BENCH_JOURNAL names.
func BenchmarkJournal(b *testing.B) {
	name := os.Getenv("SAKSI_BENCH_JOURNAL")
	data, err := os.ReadFile(name)
	if err != nil {
		b.Skip("set SAKSI_BENCH_JOURNAL to a journal file: ", err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		s := &countSink{}
		if err := newJournal().Parse(context.Background(), &parse.Facts{}, binExhibit("/x.journal", data), s); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(s.events), "events")
		b.ReportMetric(float64(s.warnings), "warnings")
	}
}
