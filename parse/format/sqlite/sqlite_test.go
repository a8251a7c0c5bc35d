package sqlite

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// read opens a database and lists rows by table; all spans must lie inside.
func read(t testing.TB, data []byte) (rows map[string]int, problems []Problem, covered int64) {
	t.Helper()
	inside := func(s Span) {
		if s.Offset < 0 || s.Length < 0 || s.Offset+s.Length > int64(len(data)) {
			t.Fatalf("span %+v outside of %d bytes", s, len(data))
		}
		covered += s.Length
	}
	rows = map[string]int{}
	f, err := Open(bytes.NewReader(data), int64(len(data)), func(p Problem) {
		problems = append(problems, p)
		inside(p.Span)
	}, inside)
	if err != nil {
		if !errors.Is(err, ErrNotSQLite) {
			t.Fatal(err)
		}
		return rows, nil, 0
	}
	for _, x := range f.Schema() {
		if x.Kind == "index" && x.Root > 0 {
			f.Index(x.Root)
		}
		if x.Kind != "table" || x.Root == 0 {
			continue
		}
		err := f.Rows(x.Root, func(r *Row) error {
			rows[x.Name]++
			for _, s := range r.Spans {
				inside(s)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	f.Rest()
	return rows, problems, covered
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("../../parser/testdata/logindb/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRows(t *testing.T) {
	for name, want := range map[string]map[string]int{"wtmp.db": {"wtmp": 200}, "lastlog2.db": {"Lastlog2": 3}} {
		data := fixture(t, name)
		rows, _, covered := read(t, data)
		if d := cmp.Diff(want, rows); d != "" {
			t.Errorf("%s:\n%s", name, d)
		}
		if covered != int64(len(data)) {
			t.Errorf("%s: %d of %d bytes are accounted for, or some twice", name, covered, len(data))
		}
	}
}

func TestColumns(t *testing.T) {
	for sql, want := range map[string][]string{
		"CREATE TABLE wtmp(ID INTEGER PRIMARY KEY, User TEXT NOT NULL) STRICT":           {"id", "user"},
		`CREATE TABLE "a" ("x y" DECIMAL(1,2), [b] TEXT, PRIMARY KEY(b), CHECK (b > 0))`: {"x", "b"},
		"CREATE TABLE broken":                       nil,
		"CREATE TABLE open(a TEXT, b":               {"a"},
		"CREATE TABLE c(a, CONSTRAINT u UNIQUE(a))": {"a"},
	} {
		if d := cmp.Diff(want, columns(sql)); d != "" {
			t.Errorf("%s:\n%s", sql, d)
		}
	}
}

func TestVarint(t *testing.T) {
	for _, tt := range []struct {
		in   []byte
		v    int64
		size int
	}{
		{[]byte{0x7f}, 127, 1}, {[]byte{0x81, 0x00}, 128, 2}, {bytes.Repeat([]byte{0xff}, 9), -1, 9}, {[]byte{0x80}, 0, 0}, {nil, 0, 0},
	} {
		if v, n := varint(tt.in); v != tt.v || n != tt.size {
			t.Errorf("% x: %d, %d", tt.in, v, n)
		}
	}
}

func TestValues(t *testing.T) {
	f := &File{encoding: 1}
	got, why := f.record([]byte{8, 0, 1, 2, 7, 8, 9, 13 + 6, 0xff, 0x01, 0x02, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 'a', 'b', 'c'})
	want := []Value{{}, {Kind: Int, Int: -1}, {Kind: Int, Int: 258}, {Kind: Float, Float: 1.5}, {Kind: Int}, {Kind: Int, Int: 1}, {Kind: Text, Text: "abc"}}
	if d := cmp.Diff(want, got); d != "" || why != "" {
		t.Error(why, d)
	}
	f.encoding = 2
	if got := f.text([]byte{'a', 0, 0xac, 0x20}); got != "a€" {
		t.Errorf("UTF-16: %q", got)
	}
}

// TestCycle: a page that is its own child ends the walk with a problem.
func TestCycle(t *testing.T) {
	data := append([]byte(nil), fixture(t, "wtmp.db")...)
	for page := 1; page < len(data)/512; page++ {
		if p := data[page*512:]; p[0] == 5 {
			p[8], p[9], p[10], p[11] = 0, 0, 0, byte(page+1)
		}
	}
	_, problems, _ := read(t, data)
	found := false
	for _, p := range problems {
		found = found || p.Text == "page 2 is used twice"
	}
	if !found {
		t.Errorf("%+v", problems)
	}
}

func FuzzRows(f *testing.F) {
	wtmp := fixture(f, "wtmp.db")
	f.Add(wtmp)
	f.Add(fixture(f, "lastlog2.db"))
	f.Add(wtmp[:3000])
	f.Fuzz(func(t *testing.T, data []byte) { read(t, data) })
}

func FuzzLog(f *testing.F) {
	log := fixture(f, "open.wal")
	f.Add(log)
	f.Add(log[:5000])
	f.Fuzz(func(t *testing.T, data []byte) {
		covered := make([]bool, len(data))
		cover := func(s Span) {
			if s.Offset < 0 || s.Length < 0 || s.Offset+s.Length > int64(len(data)) {
				t.Fatalf("span %+v outside of %d bytes", s, len(data))
			}
			for i := s.Offset; i < s.Offset+s.Length; i++ {
				covered[i] = true
			}
		}
		l, err := OpenLog(bytes.NewReader(data), int64(len(data)), func(p Problem) { cover(p.Span) }, cover)
		if err != nil {
			if !errors.Is(err, ErrNotLog) {
				t.Fatal(err)
			}
			return
		}
		err = l.Logged(NewKnown(), func(r *Row) bool { return len(r.Values) == 8 }, func(r *Row, _ LogState) error {
			for _, s := range r.Spans {
				cover(s)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		l.Unlogged()
		for i, c := range covered {
			if !c {
				t.Fatalf("byte %d of %d is not accounted for", i, len(data))
			}
		}
	})
}
