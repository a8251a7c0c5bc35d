package parser

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// TestAuditLots: a log of many lots, with damage in it, gives the same at any
// number of workers, and loses nothing.
func TestAuditLots(t *testing.T) {
	data := auditSynthetic()[:6<<20]
	for i := 1 << 19; i < len(data); i += 1 << 19 {
		copy(data[i:], "\x00\x00\x00no record\n\n \r\n")
	}
	tell := func(workers int) (out []string) {
		x, s := binExhibit("/x.bin", data), &binSink{}
		x.Workers = workers
		if err := newAudit().Parse(context.Background(), &parse.Facts{}, x, s); err != nil {
			t.Fatal(err)
		}
		if at := s.gap(int64(len(data))); at >= 0 {
			t.Fatalf("%d workers: byte %d is in no event, warning or padding", workers, at)
		}
		if len(s.events) < 9000 || len(s.warnings) < 11 {
			t.Fatalf("%d events, %d warnings", len(s.events), len(s.warnings))
		}
		for _, e := range s.events {
			out = append(out, fmt.Sprint(e.Origin, e.Time, e.Action, e.Message, e.Fields))
		}
		for _, w := range s.warnings {
			out = append(out, fmt.Sprint(w))
		}
		return append(out, fmt.Sprint(s.counters))
	}
	if d := cmp.Diff(tell(1), tell(4)); d != "" {
		t.Errorf("1 and 4 workers differ:\n%.2000s", d)
	}
}

// TestAuditManyOpen: millions of serials that never end, each with one record
// of many, stay within the window: all come out.
func TestAuditManyOpen(t *testing.T) {
	var b bytes.Buffer
	const n = 50_000
	for i := range n {
		fmt.Fprintf(&b, "type=SYSCALL msg=audit(1709432047.%03d:%d): arch=c000003e syscall=59 success=yes items=2 pid=1\n", i%1000, i*7919%n+1)
	}
	x, s := binExhibit("/x.bin", b.Bytes()), &binSink{}
	x.Workers = 2
	if err := newAudit().Parse(context.Background(), &parse.Facts{}, x, s); err != nil {
		t.Fatal(err)
	}
	serials := map[string]bool{}
	for _, e := range s.events {
		v, _ := e.Get("serial")
		serials[v] = true
	}
	if len(serials) != n || s.codes()["incomplete"] != n {
		t.Errorf("%d serials, warnings %v", len(serials), s.codes())
	}
	if !slices.ContainsFunc(s.events[0].Fields, func(f event.Field) bool { return f.Name == "types" && f.Value == "SYSCALL" }) {
		t.Errorf("fields %v", s.events[0].Fields)
	}
}
