package parser

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/parsetest"
)

// parserSeeds gives the seeds of FuzzParser: for each parser, by name, what it
// reads. A journal is cut: its tables are megabytes of zeros.
func parserSeeds(t testing.TB) map[string][][]byte {
	whole := journalFixture(t, "compact")
	seeds := map[string][][]byte{
		"audit":     {auditFixture(t)},
		"bpf":       {bpfLines(t)},
		"clock":     {clockSyncLines(t), jsonl(t, record.Clock{When: "start", Realtime: recordNow, Boottime: 5})},
		"faillog":   {loginFixture(t, "lastlog/faillog")},
		"filestat":  {jsonl(t, sampleFiles()...)},
		"journal":   {whole[:4096], whole[len(whole)-8192:]},
		"lastlog":   {append(make([]byte, 292), []byte("\x07\xdd\xe3\x65pts/0")...)},
		"lastlog2":  {loginFixture(t, "logindb/lastlog2.db")},
		"mapped":    {mappedLines(t)},
		"memory":    {[]byte(`{"t":"memory-chunk","start":4096,"length":8192}` + "\n")},
		"module":    {kernelLines(t)},
		"mount":     {jsonl(t, record.Mount{Type: "mount", At: recordNow, ID: 1, Point: record.Bytes("/"), FSType: record.Bytes("ext4")})},
		"netfilter": {firewallLines(t)},
		"netns":     {netnsLines(t)},
		"pidview":   {viewLines(t), driftLines(t)},
		"process":   {jsonl(t, sampleProcess())},
		"socket":    {jsonl(t, sampleSocket())},
		"wtmp":      {wtmpFixture(t, "wtmp"), wtmpFixture(t, "btmp")},
		"wtmpdb":    {loginFixture(t, "logindb/wtmp.db"), loginFixture(t, "logindb/open.wal")},
	}
	for _, p := range parsers() {
		name := p.Describe().Name
		if sample := p.Describe().Sample; strings.HasPrefix(sample, "{") { // a record as it stands
			seeds[name] = append(seeds[name], []byte(sample+"\n"))
		}
		files, err := filepath.Glob(filepath.Join("testdata", name, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if len(seeds[name]) > 4 || strings.Contains(f, ".gz") || strings.HasSuffix(f, ".md") {
				continue
			}
			if st, err := os.Stat(f); err != nil || st.IsDir() {
				continue
			}
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			seeds[name] = append(seeds[name], data[:min(len(data), 4000)])
		}
	}
	return seeds
}

// FuzzParser: whatever the bytes, every parser accounts for all of them, keeps
// its spans inside, and ends by itself without an error.
func FuzzParser(f *testing.F) {
	all, seeds := parsers(), parserSeeds(f)
	for i, p := range all {
		for _, data := range seeds[p.Describe().Name] {
			f.Add(byte(i), data)
		}
	}
	f.Fuzz(func(t *testing.T, which byte, data []byte) {
		p := parsetest.Forced(all[int(which)%len(all)])
		name := p.Describe().Name
		src := &parsetest.Source{Acq: host("Asia/Seoul"), Files: []parsetest.File{{Name: "data/records/" + name + ".00001.jsonl", Path: "/home/kim/" + name, Data: data, Mtime: utc("2024-03-04T00:00:00Z")}}}
		k, res := parsetest.Parse(t, src, []parse.Parser{p}, 2)
		if err := res.Exhibits[0].Err; err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, w := range k.Warnings {
			if w.Code == "unaccounted" {
				t.Errorf("%s: bytes %d+%d are not accounted for", name, w.Offset, w.Length)
			}
		}
		for _, e := range k.Events {
			if e.Time.Earliest > e.Time.Latest || e.Origin.Length <= 0 || e.Origin.Offset < 0 || e.Origin.Offset+e.Origin.Length > res.Exhibits[0].Decoded {
				t.Errorf("%s: event %+v", name, e)
			}
		}
	})
}

// TestEveryDecoderIsFuzzed: every parser has a seed, and every package of
// decoders a fuzz target that adds at least one.
func TestEveryDecoderIsFuzzed(t *testing.T) {
	seeds := parserSeeds(t)
	for _, p := range parsers() {
		if name := p.Describe().Name; len(bytes.Join(seeds[name], nil)) == 0 {
			t.Errorf("parser %s has no seed for FuzzParser", name)
		}
	}
	dirs, err := filepath.Glob("../format/*")
	if err != nil || len(dirs) < 10 {
		t.Fatalf("%d packages of decoders: %v", len(dirs), err)
	}
	for _, dir := range dirs {
		if found := fuzzTargets(t, dir); len(found) == 0 {
			t.Errorf("%s has no fuzz target with seeds", dir)
		}
	}
	if found := fuzzTargets(t, t.TempDir()); len(found) != 0 {
		t.Errorf("an empty folder has targets: %v", found)
	}
}

// fuzzTargets finds the targets of a folder that add seeds.
func fuzzTargets(t *testing.T, dir string) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	target := regexp.MustCompile(`(?ms)^func (Fuzz\w+)\(f \*testing\.F\) \{$(.*?)^\}`)
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range target.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[2], "f.Add(") || strings.Contains(m[2], "corpus(f)") {
				names = append(names, m[1])
			}
		}
	}
	return names
}
