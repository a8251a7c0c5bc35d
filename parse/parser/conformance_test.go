package parser

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/parse/parsetest"
)

// conformanceDir holds real logs that are not part of the project: the folder
// that SAKSI_CONFORMANCE names, else the one beside the checkout.
func conformanceDir() string {
	if dir := os.Getenv("SAKSI_CONFORMANCE"); dir != "" {
		return dir
	}
	return "../../../shared/conformance"
}

// TestConformance meets every row of expected.tsv whose kind we read, with the
// numbers that stand there, and says of the others why not. One line is printed
// for each row.
func TestConformance(t *testing.T) {
	rows, err := os.ReadFile(filepath.Join(conformanceDir(), "expected.tsv"))
	if err != nil {
		t.Skipf("%s: not present (SAKSI_CONFORMANCE=DIR names another)", conformanceDir())
	}
	kinds := map[string]bool{}
	for _, p := range All() {
		kinds[p.Describe().Name] = true
	}
	n := 0
	for line := range strings.Lines(string(rows)) {
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			continue
		}
		if n++; len(f) < 4 {
			t.Errorf("row %q has %d columns, want file, kind, records, unreadable", line, len(f))
			continue
		}
		t.Run(f[0], func(t *testing.T) {
			kind := f[1]
			if kind == "utmp" {
				kind = "wtmp"
			}
			if !kinds[kind] {
				unlisted(t, f[0], kind)
				return
			}
			conform(t, f[0], kind, f[2], f[3])
		})
	}
	if n == 0 {
		t.Error("expected.tsv has no row")
	}
}

// unlisted looks at a file of a format that nothing here reads: it is left
// alone, or its dated lines are kept as plain text, with the unknown zone said.
func unlisted(t *testing.T, name, kind string) {
	data, err := os.ReadFile(filepath.Join(conformanceDir(), "data", name))
	if err != nil {
		t.Fatal(err)
	}
	k, res := parsetest.Parse(t, &parsetest.Source{Files: []parsetest.File{{Path: "/srv/" + name, Data: data}}}, All(), 1)
	if p := res.Exhibits[0].Parser; p != "" && p != "textlog" {
		t.Errorf("claimed by %q", p)
	}
	for _, e := range k.Events {
		if !e.Time.Dated() || len(e.Time.Reasons.List()) == 0 {
			t.Errorf("%s: time %+v", e.Message, e.Time)
		}
	}
	t.Logf("%s: no parser of kind %s; %d dated lines as plain text, %d warnings", name, kind, len(k.Events), len(k.Warnings))
}

func conform(t *testing.T, name, kind, records, unreadable string) {
	data, err := os.ReadFile(filepath.Join(conformanceDir(), "data", name))
	if err != nil {
		t.Fatal(err)
	}
	path := "/var/log/" + name
	if kind == "shellhistory" {
		path = "/root/." + name
	}
	src := &parsetest.Source{Files: []parsetest.File{{Path: path, Data: data, Mtime: time.Date(2026, 11, 21, 20, 20, 0, 0, time.UTC).UnixNano()}}}
	k, res := parsetest.Parse(t, src, All(), 1)
	if res.Exhibits[0].Parser != kind {
		t.Fatalf("claimed by %q, want %q", res.Exhibits[0].Parser, kind)
	}
	seen := map[int64]int{} // one record may give several events, and one audit event is several records
	for _, e := range k.Events {
		seen[e.Origin.Offset] = 1
		if types, ok := e.Get("types"); ok && kind == "audit" {
			seen[e.Origin.Offset] += strings.Count(types, ",")
		}
	}
	got := 0
	for _, n := range seen {
		got += n
	}
	want, err := strconv.Atoi(records)
	if err != nil {
		t.Fatalf("records %q is no number", records)
	}
	if got != want {
		t.Errorf("%d records, want %s", got, records)
		for _, e := range k.Events {
			t.Logf("%d+%d %s %q", e.Origin.Offset, e.Origin.Length, e.Parser, e.Message)
		}
	}
	bad := 0 // a doubt about bytes that were read as records is no unreadable piece
	for _, w := range k.Warnings {
		if w.Code != "incomplete" && w.Code != "torn" && w.Code != "time-backwards" {
			bad++
		}
	}
	if unreadable == "-" {
		if bad == 0 {
			t.Error("nothing is reported as unreadable, want at least one piece")
		}
	} else if want, err := strconv.Atoi(unreadable); err != nil || bad != want {
		t.Errorf("%d unreadable pieces, want %s (%v): %+v", bad, unreadable, err, k.Warnings)
	}
	t.Logf("%s: %d of %s records, %d of %s unreadable, parser %s: met=%t", name, got, records, bad, unreadable, kind, !t.Failed())
}
