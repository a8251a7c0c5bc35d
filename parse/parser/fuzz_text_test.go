package parser

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/parsetest"
)

// textParsers are those whose fixtures seed FuzzText.
func textParsers() []parse.Parser {
	var out []parse.Parser
	for _, p := range parsers() {
		switch p.(type) {
		case *syslogParser, *weblogParser, *historyParser, *aptParser, *lineLog:
			out = append(out, p)
		}
	}
	return out
}

// FuzzText: whatever the bytes, every text parser accounts for all of them,
// gives intervals around their instants, and stops by itself.
func FuzzText(f *testing.F) {
	seeds := 0
	for i, p := range textParsers() {
		files, err := filepath.Glob(filepath.Join("testdata", p.Describe().Name, "*"))
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(byte(i), data[:min(len(data), 2000)])
			seeds++
		}
	}
	if seeds == 0 {
		f.Fatal("the seed corpus is empty")
	}
	all := textParsers()
	f.Fuzz(func(t *testing.T, which byte, data []byte) {
		p := parsetest.Forced(all[int(which)%len(all)])
		src := &parsetest.Source{Acq: host("Europe/Berlin"), Files: []parsetest.File{{Path: "/home/kim/x.log", Data: data, Mtime: utc("2024-03-04T00:00:00Z")}}}
		k, res := parsetest.Parse(t, src, []parse.Parser{p}, 1)
		if err := res.Exhibits[0].Err; err != nil {
			t.Error(err)
		}
		for _, w := range k.Warnings {
			if w.Code == "unaccounted" {
				t.Errorf("bytes %d+%d are not accounted for", w.Offset, w.Length)
			}
		}
		for _, e := range k.Events {
			if e.Time.Earliest > e.Time.Latest || e.Origin.Length <= 0 {
				t.Errorf("event %+v", e)
			}
		}
	})
}
