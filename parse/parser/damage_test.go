package parser

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/parse/format/lastlog"
	"github.com/saksi-dfir/saksi/parse/format/utmp"
	"github.com/saksi-dfir/saksi/parse/parsetest"
)

// damageCases are the fixtures of all parsers, each as a file of its own where
// it lies on a host.
func damageCases(t testing.TB) []parsetest.Case {
	t.Helper()
	var out []parsetest.Case
	add := func(parser string, f parsetest.File) {
		if f.Mtime == 0 && f.Path != "" {
			f.Mtime = utc("2026-11-21T23:00:00Z")
		}
		src := parsetest.Source{Acq: host("Europe/Berlin"), Files: []parsetest.File{f, {Path: "/etc/passwd", Data: []byte("root:x:0:0::/root:/bin/bash\nkim:x:1001:1002::/home/kim:/bin/bash\n")}}}
		c := parsetest.Case{Parser: parser, Source: src}
		if parser == "wtmp" { // the layout of a file is that of most of its records
			c.Promised = func(data []byte) bool {
				l, _, ok := utmp.Detect(data[:min(len(data), 64<<10)], int64(len(data)))
				return ok && l == utmp.Layouts()[0]
			}
		}
		if parser == "lastlog" {
			c.Promised = func(data []byte) bool {
				tail := data[max(0, len(data)-64<<10):]
				return lastlog.Guess(data[:min(len(data), 64<<10)], tail, int64(len(data)-len(tail)), int64(len(data))) == lastlog.Layouts()[0]
			}
		}
		if parser == "faillog" {
			c.Promised = func(data []byte) bool {
				return lastlog.DetectFail(data[:min(len(data), 64<<10)]) == lastlog.FailLayout{Size: 32}
			}
		}
		out = append(out, c)
	}
	file := func(parser, path string, data []byte) { add(parser, parsetest.File{Path: path, Data: data}) }
	lines := func(parser, stream string, data []byte) {
		add(parser, parsetest.File{Name: "data/records/" + stream + ".00001.jsonl", Source: stream, Data: data})
	}
	for _, p := range parsers() {
		name := p.Describe().Name
		files, err := filepath.Glob(filepath.Join("testdata", name, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			st, err := os.Stat(path)
			if ext := filepath.Ext(path); err != nil || st.IsDir() || ext == ".md" || ext == ".sh" || ext == ".py" || ext == ".conf" || ext == ".gz" || name == "wtmp" && ext != "" || name == "lastlog" || name == "netfilter" {
				continue
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			where := "/var/log/" + filepath.Base(path)
			if name == "shellhistory" {
				where = "/home/kim/." + map[string]string{"stamped": "bash_history", "plain": "bash_history", "zsh": "zsh_history"}[filepath.Base(path)]
			}
			file(name, where, data)
		}
	}
	last := loginFixture(t, "lastlog/lastlog.gz")
	file("lastlog", "/var/log/lastlog", last[:292*2000])
	file("faillog", "/var/log/faillog", loginFixture(t, "lastlog/faillog"))
	file("lastlog2", "/var/lib/lastlog/lastlog2.db", loginFixture(t, "logindb/lastlog2.db"))
	file("wtmpdb", "/var/lib/wtmpdb/wtmp.db", loginFixture(t, "logindb/wtmp.db"))
	file("wtmpdb", "/var/lib/wtmpdb/wtmp.db-wal", loginFixture(t, "logindb/open.wal"))
	lines("bpf", "bpf", bpfLines(t))
	lines("clock", "clock", append(clockSyncLines(t), jsonl(t, record.Clock{When: "start", Realtime: recordNow, Boottime: 5})...))
	lines("filestat", "filestat", jsonl(t, sampleFiles()...))
	lines("mapped", "mapped", mappedLines(t))
	lines("memory", "memory", memoryLines(t))
	lines("module", "kernel", kernelLines(t))
	lines("mount", "mount", jsonl(t, record.Mount{Type: "mount", At: recordNow, ID: 1, Point: record.Bytes("/"), FSType: record.Bytes("ext4")}))
	lines("netfilter", "netfilter", firewallLines(t))
	lines("netns", "netns", netnsLines(t))
	lines("pidview", "view", append(viewLines(t), driftLines(t)...))
	lines("process", "process", jsonl(t, sampleProcess()))
	lines("socket", "socket", jsonl(t, sampleSocket()))
	for _, p := range parsers() {
		if d := p.Describe(); d.Name == "hashes" || d.Name == "privatekey" || d.Name == "runfacts" {
			lines(d.Name, strings.TrimSuffix(d.Name, "facts"), []byte(d.Sample+"\n"))
		}
	}
	for _, name := range []string{"compact", "regular"} {
		file("journal", "/var/log/journal/1/system.journal", journalFixture(t, name))
	}
	return out
}

// damageGrown repeats a small fixture until it is longer than the buffers of
// readers, so that damage and records lie across their borders. A format that
// has a header, or counts by places, is not repeated.
func damageGrown(c parsetest.Case) (parsetest.Case, bool) {
	f := c.Source.Files[0]
	switch c.Parser {
	case "journal", "lastlog", "faillog", "lastlog2", "wtmpdb":
		return c, false
	}
	if len(f.Data) > 250<<10 {
		return c, false
	}
	f.Data = bytes.Repeat(f.Data, (330<<10)/len(f.Data)+1)
	if parts := len(f.Data); parts > 1<<20 {
		return c, false
	}
	src := c.Source
	src.Files = append([]parsetest.File{f}, src.Files[1:]...)
	c.Source = src
	return c, true
}

// TestDamage damages every fixture in many ways and holds what comes out to
// the contract of parsetest.Hurt. SAKSI_DAMAGE says how many times each
// (default 4), SAKSI_DAMAGE_SEED with which first seed, SAKSI_DAMAGE_ONLY of
// which parser.
func TestDamage(t *testing.T) {
	rounds, first := 4, 1
	if testing.Short() {
		rounds = 1 // and of each fourth fixture
	}
	for name, v := range map[string]*int{"SAKSI_DAMAGE": &rounds, "SAKSI_DAMAGE_SEED": &first} {
		if s := os.Getenv(name); s != "" {
			n, err := strconv.Atoi(s)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			*v = n
		}
	}
	cases := damageCases(t)
	var aliens [][]byte
	seen := map[string]bool{}
	for _, c := range cases {
		seen[c.Parser] = true
		if d := c.Source.Files[0].Data; len(d) < 1<<20 {
			aliens = append(aliens, d)
		}
	}
	for _, p := range parsers() {
		if name := p.Describe().Name; !seen[name] {
			t.Errorf("no fixture of parser %q is damaged", name)
		}
	}
	for i, c := range cases {
		if only := os.Getenv("SAKSI_DAMAGE_ONLY"); only != "" && only != c.Parser || testing.Short() && i%4 != 0 {
			continue
		}
		t.Run(c.Parser+"/"+strings.Trim(filepath.Base(c.Source.Files[0].Path+c.Source.Files[0].Name), "."), func(t *testing.T) {
			hurtCase(t, c, aliens, rounds, uint64(first+i*1_000_000))
		})
	}
}

// hurtCase damages one fixture so many times, and its grown form each third.
func hurtCase(t *testing.T, c parsetest.Case, aliens [][]byte, rounds int, seed uint64) {
	t.Helper()
	whole := parsetest.Whole(t, All(), c)
	grown, large := damageGrown(c)
	var all *parsetest.Kept
	if large {
		all = parsetest.Whole(t, All(), grown)
	}
	if c.Parser == "journal" {
		rounds = (rounds + 2) / 3
	}
	for i := range uint64(rounds) {
		if large && i%3 == 2 {
			parsetest.Hurt(t, All(), grown, all, aliens, seed+i)
		} else {
			parsetest.Hurt(t, All(), c, whole, aliens, seed+i)
		}
		if t.Failed() {
			return
		}
	}
}

// damageFillers are what no buffer holds, or what readers stumble over.
func damageFillers(good []byte) map[string][]byte {
	first, _, _ := bytes.Cut(good, []byte("\n"))
	long := bytes.Repeat([]byte("A"), 1_200_000)
	return map[string][]byte{
		"a long line":               append(bytes.Clone(long), '\n'),
		"a record of a long line":   append(append(bytes.Clone(first), long...), '\n'),
		"a long line with NULs":     append(append(append(bytes.Clone(long), make([]byte, 500)...), long...), '\n'),
		"NULs":                      make([]byte, 300_001),
		"NULs and half a line":      append(make([]byte, 262_144-63), first[:len(first)/2]...),
		"blank lines":               bytes.Repeat([]byte("\r\n"), 40_000),
		"lines that are no records": bytes.Repeat([]byte("  at java.lang.Thread.run(Thread.java:833)\n"), 8_000),
		"a byte order mark":         []byte("\xef\xbb\xbf"),
	}
}

// TestBetween puts odd things between a fixture and a copy of it: one of them
// for each parser, all when SAKSI_DAMAGE is set.
func TestBetween(t *testing.T) {
	if testing.Short() {
		t.Skip("long lines take a while")
	}
	seen := map[string]bool{}
	for _, c := range damageCases(t) {
		if f := c.Source.Files[0]; seen[c.Parser] || len(f.Data) > 1<<20 || parsetest.SurvivalRule(c.Parser).Still {
			continue
		}
		seen[c.Parser] = true
		t.Run(c.Parser, func(t *testing.T) {
			want := parsetest.Whole(t, All(), c)
			fillers := damageFillers(c.Source.Files[0].Data)
			names := slices.Sorted(maps.Keys(fillers))
			if os.Getenv("SAKSI_DAMAGE") == "" {
				names = names[len(seen)%len(names):][:1]
			}
			for _, name := range names {
				parsetest.Between(t, All(), c, want, name, fillers[name])
			}
		})
	}
}
