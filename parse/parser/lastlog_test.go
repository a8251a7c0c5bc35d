package parser

import (
	"bytes"
	"compress/gzip"
	enc "encoding/binary"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/parsetest"
)

func loginFixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(name, ".gz") {
		return b
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if b, err = io.ReadAll(z); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestLoginContract(t *testing.T) {
	lastlog := loginFixture(t, "lastlog/lastlog.gz")
	tests := []struct {
		parser, path string
		data         []byte
		events       int
	}{
		{"lastlog", "/var/log/lastlog", lastlog[:292*2000], 2},
		{"faillog", "/var/log/faillog", loginFixture(t, "lastlog/faillog"), 2},
		{"lastlog2", "/var/lib/lastlog/lastlog2.db", loginFixture(t, "logindb/lastlog2.db"), 3},
		{"wtmpdb", "/var/lib/wtmpdb/wtmp.db", loginFixture(t, "logindb/wtmp.db"), 398},
	}
	for _, tt := range tests {
		t.Run(tt.parser, func(t *testing.T) {
			src := parsetest.Source{Files: []parsetest.File{{Path: tt.path, Data: tt.data}}}
			contract(t, parsetest.Case{Parser: tt.parser, Source: src, Events: tt.events})
		})
	}
}

func loginTell(s *binSink) (out []string) {
	for _, e := range s.events {
		get := func(n string) string { v, _ := e.Get(n); return v }
		out = append(out, strings.Join([]string{e.Action, e.Actor, e.Object, get("ip"), get("ended_by"), get("duration"), e.Message}, "|"))
	}
	return out
}

func TestLastlogSparse(t *testing.T) {
	f := &parse.Facts{Accounts: []parse.Account{{UID: 65534, Name: "nobody"}}}
	data := loginFixture(t, "lastlog/lastlog.gz")
	s := binParse(t, newLastlog(), f, "/x.bin", data)
	want := []string{
		"login|0|lastlog||||last login of 0 on lastlog from localhost",
		"login|1|lastlog||||last login of 1 on lastlog from localhost",
		"login|nobody|lastlog||||last login of nobody on lastlog from localhost",
	}
	if d := cmp.Diff(want, loginTell(s)); d != "" {
		t.Error(d)
	}
	if len(s.warnings) != 0 || s.events[2].Origin.Offset != 65534*292 {
		t.Errorf("offset %d, warnings %+v", s.events[2].Origin.Offset, s.warnings)
	}
	s = binParse(t, newLastlog(), f, "/x.bin", data[:292*3+7])
	if len(s.events) != 2 || s.codes()["trailing"] != 1 {
		t.Errorf("7 NULs at the end: %d events, %+v", len(s.events), s.warnings)
	}
}

// TestLastlogLayouts: 64-bit times and big-endian hosts.
func TestLastlogLayouts(t *testing.T) {
	for _, big := range []bool{false, true} {
		for _, size := range []int{292, 296} {
			var o enc.AppendByteOrder = enc.LittleEndian
			if big {
				o = enc.BigEndian
			}
			rec := o.AppendUint32(nil, 1709432047)
			if size == 296 {
				rec = o.AppendUint64(nil, 1709432047)
			}
			rec = append(append(rec, "pts/0"...), make([]byte, 27)...)
			rec = append(append(rec, "192.0.2.7"...), make([]byte, 256-9)...)
			data := append(make([]byte, size*1000), rec...)
			s := binParse(t, newLastlog(), nil, "/x.bin", data)
			if len(s.events) != 1 || s.events[0].Actor != "1000" || s.events[0].Time.Instant != 1709432047e9 {
				t.Errorf("size %d big %t: %v %+v", size, big, loginTell(s), s.warnings)
			}
			if got := newLastlog().Claim(binExhibit("/x.bin", data)); got != parse.Strong {
				t.Errorf("size %d big %t: claimed %v by content", size, big, got)
			}
		}
	}
}

func TestFaillog(t *testing.T) {
	s := binParse(t, newFaillog(), nil, "/var/log/faillog", loginFixture(t, "lastlog/faillog"))
	e := s.events[1]
	lock, _ := e.Get("lock_seconds")
	limit, _ := e.Get("max")
	if e.Action != "limit" || lock != "60" || limit != "3" || e.Time.Dated() {
		t.Errorf("%+v", e)
	}
}

func TestLastlog2(t *testing.T) {
	s := binParse(t, newLastlog2(), nil, "/x.bin", loginFixture(t, "logindb/lastlog2.db"))
	want := []string{
		"login|root|tty1||||last login of root on tty1",
		"login|deploy|pts/0|203.0.113.9|||last login of deploy on pts/0 from 203.0.113.9",
		"login|admin|pts/1|2001:db8::17|||last login of admin on pts/1 from 2001:db8::17",
	}
	if d := cmp.Diff(want, loginTell(s)); d != "" {
		t.Error(d)
	}
	if s.codes()["slack"] != 1 {
		t.Errorf("the deleted row left no warning: %+v", s.warnings)
	}
}

func TestWtmpdb(t *testing.T) {
	data := loginFixture(t, "logindb/wtmp.db")
	s := binParse(t, newWtmpdb(), nil, "/x.bin", data)
	want := []string{
		"boot||~||shutdown|255595|system boot, kernel 6.1.0-18-amd64",
		"shutdown||~|||255595|system shutdown",
		"login|deploy|pts/0|203.0.113.9|logout|1799|deploy logged in on pts/0 from 203.0.113.9",
		"logout|deploy|pts/0|203.0.113.9||1799|deploy logged out of pts/0",
		"login|admin|pts/1|2001:db8::17|open||admin logged in on pts/1 from 2001:db8::17",
		"boot||~||open||system boot, kernel 6.1.0-18-amd64",
	}
	if d := cmp.Diff(want, loginTell(s)[:len(want)]); d != "" {
		t.Error(d)
	}
	long := 0
	for _, e := range s.events {
		if len(e.Origin.Spans) > 2 {
			long++
			host, _ := e.Get("rhost")
			if len(host) != 1805 {
				t.Errorf("a long host came out as %d bytes", len(host))
			}
		}
	}
	if long != 8 || len(s.warnings) != 0 {
		t.Errorf("%d events have overflow pages, want 8; warnings %+v", long, s.warnings)
	}
}

// TestWtmpdbRawBytes: the spans of an event hold its user and host.
func TestWtmpdbRawBytes(t *testing.T) {
	data := loginFixture(t, "logindb/wtmp.db")
	for _, e := range binParse(t, newWtmpdb(), nil, "/x.bin", data).events {
		raw := data[e.Origin.Offset : e.Origin.Offset+e.Origin.Length]
		if !bytes.Contains(raw, []byte(e.Actor)) {
			t.Errorf("%q is not in the bytes of its row", e.Actor)
		}
	}
}

// TestWtmpdbWAL: a database with a write-ahead log says so.
func TestWtmpdbWAL(t *testing.T) {
	data := append([]byte(nil), loginFixture(t, "logindb/wtmp.db")...)
	data[18], data[19] = 2, 2
	if s := binParse(t, newWtmpdb(), nil, "/x.bin", data); s.codes()["wal"] != 1 || len(s.events) != 398 {
		t.Errorf("%d events, %+v", len(s.events), s.warnings)
	}
}

// TestWtmpdbDamage: a lost page costs its rows only.
func TestWtmpdbDamage(t *testing.T) {
	good := loginFixture(t, "logindb/wtmp.db")
	for page := 2; page < len(good)/512; page++ {
		data := append([]byte(nil), good...)
		for i := range 512 {
			data[page*512+i] = 0xcc
		}
		s := binParse(t, newWtmpdb(), nil, "/x.bin", data)
		if len(s.events) < 300 || len(s.warnings) == 0 {
			t.Errorf("page %d lost: %d events, %d warnings", page+1, len(s.events), len(s.warnings))
		}
	}
}

// TestWtmpdbOracle compares with the sqlite3 program.
func TestWtmpdbOracle(t *testing.T) {
	tool, err := exec.LookPath("sqlite3")
	if err != nil {
		t.Skip("sqlite3 is not installed")
	}
	out, err := exec.Command(tool, "-readonly", "testdata/logindb/wtmp.db", "SELECT ID, Login*1000 FROM wtmp ORDER BY ID").Output()
	if err != nil {
		t.Skipf("sqlite3: %v", err)
	}
	want := strings.Fields(string(out))
	var got []string
	for _, e := range binParse(t, newWtmpdb(), nil, "/x.bin", loginFixture(t, "logindb/wtmp.db")).events {
		if id, _ := e.Get("id"); e.Ordinal == 0 {
			got = append(got, id+"|"+auditUint(uint64(e.Time.Instant)))
		}
	}
	if d := cmp.Diff(want, got); d != "" || len(want) != 200 {
		t.Errorf("%d rows of 200:\n%s", len(want), d)
	}
}

// A stretch from the middle of a sparse file begins at the uid that its path
// tells, but only where the collector made it.
func TestLastlogStretch(t *testing.T) {
	data := make([]byte, 518_592)
	enc.LittleEndian.PutUint32(data[292*7:], 1_700_000_000)
	copy(data[292*7+4:], "pts/2")
	copy(data[292*7+36:], "192.0.2.9")
	for source, want := range map[string]string{"logins": "199998919", "": "7"} {
		src := parsetest.Source{Files: []parsetest.File{{Name: "data/files/var/log/lastlog@58399682304", Path: "/var/log/lastlog@58399682304", Source: source, Data: data}}}
		k, _ := parsetest.Parse(t, &src, All(), 1)
		if len(k.Events) != 1 || len(k.Warnings) != 0 || k.Events[0].Actor != want {
			t.Errorf("source %q: %+v %+v", source, k.Events, k.Warnings)
		}
	}
}
