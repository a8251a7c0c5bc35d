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

// TestConformance meets every row of expected.tsv whose kind we read.
func TestConformance(t *testing.T) {
	rows, err := os.ReadFile(filepath.Join(conformanceDir(), "expected.tsv"))
	if err != nil {
		t.Skipf("%s: not present (SAKSI_CONFORMANCE=DIR names another)", conformanceDir())
	}
	kinds := map[string]string{}
	for _, p := range All() {
		kinds[p.Describe().Name] = p.Describe().Name
	}
	kinds["utmp"] = "wtmp"
	for line := range strings.Lines(string(rows)) {
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") || len(f) < 4 {
			continue
		}
		t.Run(f[0], func(t *testing.T) {
			if f[1] == "audit" {
				t.Skipf("%s: one event is several records; see the audit tests", f[0])
			}
			if kinds[f[1]] == "" {
				unlisted(t, f[0], f[1])
				return
			}
			conform(t, f[0], kinds[f[1]], f[2], f[3])
		})
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
	seen := map[int64]bool{} // one record may give several events
	for _, e := range k.Events {
		seen[e.Origin.Offset] = true
	}
	if want, _ := strconv.Atoi(records); len(seen) != want {
		t.Errorf("%d records, want %s", len(seen), records)
		for _, e := range k.Events {
			t.Logf("%d+%d %s %q", e.Origin.Offset, e.Origin.Length, e.Parser, e.Message)
		}
	}
	switch want, err := strconv.Atoi(unreadable); {
	case err == nil && len(k.Warnings) != want, err != nil && len(k.Warnings) == 0:
		t.Errorf("%d warnings, want %s: %+v", len(k.Warnings), unreadable, k.Warnings)
	}
}
