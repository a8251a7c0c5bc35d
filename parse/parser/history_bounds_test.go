package parser

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/parse/parsetest"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// TestHistoryBounds: what bounds a line without a stamp, and what does not.
func TestHistoryBounds(t *testing.T) {
	born, home, mtime := utc("2024-03-01T00:00:00Z"), utc("2023-05-05T05:05:05Z"), utc("2024-03-04T00:00:00Z")
	walk := func(path string, mode uint32, btime int64) parsetest.File {
		var b strings.Builder
		for _, f := range []record.File{{Type: "file", Path: []byte("/home"), Mode: 0o040755, Btime: 5}, {Type: "file", Path: []byte(path), Mode: mode, Btime: btime},
			{Type: "file", Path: []byte("/home/kim/x"), Mode: 0o100644, Btime: 9}} {
			line, err := json.Marshal(f)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "%s\n", line)
		}
		return parsetest.File{Name: "data/records/filestat.00001.jsonl", Source: "filestat", Data: []byte(b.String())}
	}
	for name, tt := range map[string]struct {
		text, sealed string
		records      []parsetest.File
		earliest     int64
		reason       event.Reason
	}{
		"file":              {"ls\nid\n", "host", nil, born, event.BoundBirth},
		"desk":              {"ls\nid\n", "desk", nil, event.MinTime, event.BoundMtime},
		"trimmed":           {strings.Repeat("ls\n", 500), "host", nil, event.MinTime, event.BoundMtime},
		"home":              {"ls\nid\n", "host", []parsetest.File{walk("/home/kim", 0o040700, home)}, home, event.BoundHome},
		"home, trimmed":     {strings.Repeat("ls\n", 500), "host", []parsetest.File{walk("/home/kim", 0o040700, home)}, home, event.BoundHome},
		"home is a link":    {"ls\nid\n", "host", []parsetest.File{walk("/home/kim", 0o120777, home)}, born, event.BoundBirth},
		"another's home":    {"ls\nid\n", "host", []parsetest.File{walk("/home/kimm", 0o040700, home)}, born, event.BoundBirth},
		"home was restored": {"#1600000000\nls\n\nid\n", "host", []parsetest.File{walk("/home/kim", 0o040700, home)}, event.MinTime, event.BoundMtime},
		"home, at a desk":   {"ls\nid\n", "desk", []parsetest.File{walk("/home/kim", 0o040700, home)}, event.MinTime, event.BoundMtime},
	} {
		acq := host("UTC")
		acq.Sealed = tt.sealed
		src := &parsetest.Source{Acq: acq, Files: append([]parsetest.File{
			{Path: "/home/kim/.bash_history", Data: []byte(tt.text), Mtime: mtime, Btime: born},
			{Path: "/etc/passwd", Data: []byte("kim:x:1001:1002::/home/kim:/bin/bash\n")},
		}, tt.records...)}
		k, _ := parsetest.Parse(t, src, All(), 1)
		n := 0
		for _, e := range k.Events {
			if e.Source != "history" || e.Time.Dated() {
				continue
			}
			n++
			if e.Time.Earliest != tt.earliest || e.Time.Latest != mtime || !e.Time.Reasons.Has(tt.reason) || !e.Time.Reasons.Has(event.StampNone) {
				t.Fatalf("%s: %q: %+v %s", name, e.Message, e.Time, e.Time.Reasons)
			}
			if tt.earliest == event.MinTime && (e.Time.Reasons.Has(event.BoundBirth) || e.Time.Reasons.Has(event.BoundHome)) {
				t.Errorf("%s: a reason without a bound: %s", name, e.Time.Reasons)
			}
		}
		if n == 0 {
			t.Errorf("%s: no undated line", name)
		}
	}
}

// TestHistoryStampThatCannotBe: its line is bounded like one without a stamp.
func TestHistoryStampThatCannotBe(t *testing.T) {
	born, mtime := utc("2024-03-01T00:00:00Z"), utc("2024-03-04T00:00:00Z")
	src := &parsetest.Source{Acq: host("UTC"), Files: []parsetest.File{{Path: "/home/kim/.bash_history", Data: []byte("#99999999999999\nls\n#0000000000\nid\n"), Mtime: mtime, Btime: born}}}
	k, _ := parsetest.Parse(t, src, All(), 1)
	if len(k.Events) != 2 {
		t.Fatalf("%d events", len(k.Events))
	}
	for _, e := range k.Events {
		if r := e.Time.Reasons; e.Time.Dated() || e.Time.Earliest != born || e.Time.Latest != mtime || !r.Has(event.StampInvalid) || r.Has(event.StampNone) {
			t.Errorf("%q: %+v %s", e.Message, e.Time, r)
		}
	}
}
