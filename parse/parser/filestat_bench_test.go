package parser

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// countingSink counts events and keeps none.
type countingSink struct{ events atomic.Int64 }

func (c *countingSink) Event(*event.Event) error    { c.events.Add(1); return nil }
func (c *countingSink) Warning(event.Warning) error { return nil }
func (c *countingSink) Counter(event.Counter) error { return nil }
func (c *countingSink) Padding(int64, int64) error  { return nil }

// BenchmarkFilestat parses 100,000 statx records as the collector writes them.
func BenchmarkFilestat(b *testing.B) {
	var data []byte
	for i := range 100_000 {
		t := int64(1_600_000_000_000_000_000) + int64(i)*1_234_567_891
		f := record.File{Type: "file", Path: record.Bytes(fmt.Sprintf("/usr/share/doc/package-%05d/examples/file-%06d.txt", i/40, i)), Dev: 2049, Ino: uint64(100000 + i),
			MntID: 25, Mode: 0o100644, Nlink: 1, Size: int64(i * 7), Atime: t + 5e9, Mtime: t, Ctime: t + 1e9, Btime: t + 1e9, Attrs: 0x80000}
		line, err := json.Marshal(&f)
		if err != nil {
			b.Fatal(err)
		}
		data = append(append(data, line...), '\n')
	}
	src := recordSource("filestat", data)
	p := []parse.Parser{newFilestat()}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		sink := &countingSink{}
		if _, err := parse.RunSource(context.Background(), &src, p, parse.Options{Sink: sink, Workers: runtime.NumCPU()}); err != nil {
			b.Fatal(err)
		}
		if sink.events.Load() != 300_000 {
			b.Fatalf("%d events", sink.events.Load())
		}
	}
	b.ReportMetric(100_000*float64(b.N)/b.Elapsed().Seconds(), "files/s")
}
