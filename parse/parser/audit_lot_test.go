package parser

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/parsetest"
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

// TestAuditTorn: an event that a rotation tore apart is warned about on both
// sides, also where one side lies compressed; copies of one log are not torn.
func TestAuditTorn(t *testing.T) {
	var log bytes.Buffer
	for i := range 200 {
		id := fmt.Sprintf("audit(1709432047.%03d:%d): ", i, 1000+i)
		fmt.Fprintf(&log, "type=SYSCALL msg=%sarch=c000003e syscall=2 success=yes items=0 pid=1\ntype=CWD msg=%scwd=\"/\"\ntype=PROCTITLE msg=%sproctitle=\"x\"\n", id, id, id)
	}
	lines := bytes.SplitAfter(log.Bytes(), []byte("\n"))
	older, newer := bytes.Join(lines[:301], nil), bytes.Join(lines[301:], nil) // serial 1100 is torn
	var gz bytes.Buffer
	z := gzip.NewWriter(&gz)
	if _, err := z.Write(older); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	file := func(name string, data []byte) parsetest.File {
		return parsetest.File{Path: "/var/log/audit/" + name, Data: data}
	}
	for name, tt := range map[string]struct {
		files []parsetest.File
		want  string
	}{
		"torn":    {[]parsetest.File{file("audit.log", newer), file("audit.log.1", older)}, "1 /var/log/audit/audit.log.1 | 2 /var/log/audit/audit.log"},
		"gz":      {[]parsetest.File{file("audit.log", newer), file("audit.log.1.gz", gz.Bytes())}, "1 /var/log/audit/audit.log.1.gz | 2 /var/log/audit/audit.log"},
		"whole":   {[]parsetest.File{file("audit.log", bytes.Join(lines[300:], nil)), file("audit.log.1", bytes.Join(lines[:300], nil))}, ""},
		"copies":  {[]parsetest.File{file("audit.log", newer), file("audit.log.1", newer)}, ""},
		"another": {[]parsetest.File{file("audit.log", newer), {Path: "/srv/copy/audit.log.1", Data: older}}, ""},
	} {
		k, _ := parsetest.Parse(t, &parsetest.Source{Files: tt.files}, All(), 2)
		var got []string
		for _, w := range k.Warnings {
			if w.Code == "torn" {
				_, where, _ := strings.Cut(w.Message, "others stand in ")
				got = append(got, fmt.Sprint(w.Exhibit, " ", where))
			}
		}
		if g := strings.Join(got, " | "); g != tt.want {
			t.Errorf("%s: %q, want %q", name, g, tt.want)
		}
	}
}

// TestAuditTornLine: a rotation that cut a record in the middle of its line is
// told in both files, and costs that record only.
func TestAuditTornLine(t *testing.T) {
	whole := auditFile(t, "kernel-raw.log")
	at := bytes.Index(whole[len(whole)/2:], []byte("type=CWD")) + len(whole)/2 + 45
	src := func(first, second []byte) *parsetest.Source {
		return &parsetest.Source{Files: []parsetest.File{{Path: "/var/log/audit/audit.log.1", Data: first, Mtime: 1}, {Path: "/var/log/audit/audit.log", Data: second, Mtime: 2}}}
	}
	k, _ := parsetest.Parse(t, src(whole[:at], whole[at:]), All(), 2)
	var told []string
	for _, w := range k.Warnings {
		if w.Code == "cut" || w.Code == "torn" && w.Offset == 0 {
			told = append(told, fmt.Sprintf("%d %s %s", w.Exhibit, w.Code, w.Message))
		}
		if w.Code == "bad-record" {
			t.Errorf("%+v", w)
		}
	}
	want := []string{
		"1 cut the last line has no end: the record is cut, its rest stands at the start of /var/log/audit/audit.log",
		"2 torn the rest of a record that a rotation cut: it begins at the end of /var/log/audit/audit.log.1",
	}
	if d := cmp.Diff(want, told); d != "" {
		t.Error(d)
	}
	serials := map[string]bool{}
	for _, e := range k.Events {
		n, _ := e.Get("serial")
		serials[n] = true
	}
	sound, _ := parsetest.Parse(t, src(whole, nil), All(), 2)
	for _, e := range sound.Events {
		if n, _ := e.Get("serial"); !serials[n] {
			t.Errorf("serial %s is lost", n)
		}
	}
	alone, _ := parsetest.Parse(t, &parsetest.Source{Files: []parsetest.File{{Path: "/x.bin", Data: whole[:at]}}}, All(), 1)
	if w := alone.Warnings; len(w) == 0 || w[0].Code != "cut" && w[len(w)-1].Code != "cut" {
		t.Errorf("%+v", w)
	}
}
