package parser

import (
	"bytes"
	"context"
	"io"
	"sort"
	"testing"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// binSink keeps what a parser hands over.
type binSink struct {
	events   []*event.Event
	warnings []event.Warning
	counters []event.Counter
	padding  []event.Span
}

func (s *binSink) Event(e *event.Event) error    { s.events = append(s.events, e); return nil }
func (s *binSink) Warning(w event.Warning) error { s.warnings = append(s.warnings, w); return nil }
func (s *binSink) Counter(c event.Counter) error { s.counters = append(s.counters, c); return nil }
func (s *binSink) Padding(off, n int64) error {
	s.padding = append(s.padding, event.Span{Offset: off, Length: n})
	return nil
}

// codes counts the warnings by code.
func (s *binSink) codes() map[string]int {
	m := map[string]int{}
	for _, w := range s.warnings {
		m[w.Code]++
	}
	return m
}

// gap finds the first byte of [0,size) that nothing accounts for; -1 if none.
func (s *binSink) gap(size int64) int64 {
	var all []event.Span
	for _, e := range s.events {
		if e.Origin.Spans == nil {
			all = append(all, event.Span{Offset: e.Origin.Offset, Length: e.Origin.Length})
		}
		all = append(all, e.Origin.Spans...)
	}
	for _, w := range s.warnings {
		all = append(all, event.Span{Offset: w.Offset, Length: w.Length})
	}
	all = append(all, s.padding...)
	sort.Slice(all, func(i, j int) bool { return all[i].Offset < all[j].Offset })
	at := int64(0)
	for _, a := range all {
		if a.Offset > at {
			return at
		}
		at = max(at, a.Offset+a.Length)
	}
	if at < size {
		return at
	}
	return -1
}

// binExhibit wraps bytes as the runner does.
func binExhibit(path string, data []byte) *parse.Exhibit {
	return &parse.Exhibit{
		Run: "test", Number: 1, Name: "data/files" + path, Path: path, Size: int64(len(data)),
		Head: data[:min(len(data), 64<<10)], Tail: data[max(0, len(data)-64<<10):],
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil },
		At:   bytes.NewReader(data),
	}
}

// binParse runs one parser over bytes and checks what holds for any input:
// every byte is accounted for, and every span lies inside the input.
func binParse(t testing.TB, p parse.Parser, f *parse.Facts, path string, data []byte) *binSink {
	t.Helper()
	if f == nil {
		f = &parse.Facts{}
	}
	return parseExhibit(t, p, f, binExhibit(path, data))
}

// parseExhibit is binParse of an exhibit.
func parseExhibit(t testing.TB, p parse.Parser, f *parse.Facts, x *parse.Exhibit) *binSink {
	t.Helper()
	s := &binSink{}
	if err := p.Parse(context.Background(), f, x, s); err != nil {
		t.Fatalf("parse: %v", err)
	}
	data := make([]byte, x.Size)
	if at := s.gap(int64(len(data))); at >= 0 {
		t.Errorf("byte %d of %d is in no event, warning or padding", at, len(data))
	}
	for _, e := range s.events {
		for _, sp := range append([]event.Span{{Offset: e.Origin.Offset, Length: e.Origin.Length}}, e.Origin.Spans...) {
			if sp.Offset < 0 || sp.Length <= 0 || sp.Offset+sp.Length > int64(len(data)) {
				t.Fatalf("span %+v outside of %d bytes", sp, len(data))
			}
		}
		if !sort.SliceIsSorted(e.Fields, func(i, j int) bool { return e.Fields[i].Name < e.Fields[j].Name }) {
			t.Fatalf("fields not sorted: %v", e.Fields)
		}
	}
	return s
}
