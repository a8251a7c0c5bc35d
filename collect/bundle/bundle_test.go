package bundle

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/collect/seal"
)

// testKey is a key from a fixed seed.
func testKey(t testing.TB, seed byte) *seal.Key {
	t.Helper()
	k, err := seal.NewRunKey(bytes.NewReader(bytes.Repeat([]byte{seed}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

var start = time.Date(2026, 4, 3, 2, 14, 7, 123456789, time.UTC)

// pinned gives options whose clock moves one millisecond at each reading.
func pinned(t testing.TB) Options {
	n := 0
	return Options{
		Acquisition: Acquisition{RunID: "web01-20260403T021407Z-9f3c01aa", Sealed: "host", Tool: Tool{Name: "saksi-collect", Version: "test"},
			Host: HostClaims{Hostname: "web01.example.net"}, Clock: record.Clock{When: "start", Realtime: start.UnixNano()}},
		Plan: []PlanItem{
			{Item: 1, Source: "process", Target: "all processes", Bytes: -1},
			{Item: 2, Source: "logs", Target: "/var/log/auth.log", Bytes: 100},
			{Item: 3, Source: "logs", Target: "/var/log/big.log", Bytes: 5 << 20},
		},
		Signer: testKey(t, 1),
		Now: func() time.Time {
			n++
			return start.Add(time.Duration(n) * time.Millisecond)
		},
		CheckpointBytes: 1 << 20,
	}
}

// noise is n bytes that compress little, text that compresses well when flat.
func noise(seed uint64, n int, flat bool) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, 0, n)
	for len(b) < n {
		if flat {
			b = fmt.Appendf(b, "Apr  3 02:14:%02d web01 sshd[%d]: session opened for user deploy\n", r.IntN(60), r.IntN(9999))
		} else {
			b = append(b, byte(r.Uint32()))
		}
	}
	return b[:n]
}

type item struct {
	path string
	data []byte
}

func items() []item {
	return []item{
		{"/var/log/auth.log", noise(1, 3000, true)},
		{"/etc/empty", nil},
		{"/tmp/\xff\xfe%=\\ odd\n..", []byte("odd name")},
		{"/tmp/../escape", []byte("dots")},
		{"/home/가나다/.bash_history", []byte("ls\n")},
		{"/var/log/big.log", noise(2, 3<<20+700, false)},
		{"/var/log/big.log", []byte("same path again")},
		{"/" + strings.Repeat("long/", 60) + "name", []byte("long")},
		{"/var/log/after.log", noise(3, 1500, true)},
	}
}

// write makes the sample bundle of the tests.
func write(t testing.TB, o Options) ([]byte, Summary) {
	t.Helper()
	var buf bytes.Buffer
	w, err := NewWriter(&buf, o)
	if err != nil {
		t.Fatal(err)
	}
	recs, err := w.Records(Exhibit{Item: 1, Source: "process", Method: "procfs"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		if err := recs.Record(map[string]any{"t": "process", "pid": i}); err != nil {
			t.Fatal(err)
		}
	}
	if n, _, err := recs.Close(); err != nil || n != 1 {
		t.Fatalf("records: %d parts, %v", n, err)
	}
	if err := w.Outcome(Outcome{Item: 1, Outcome: Collected, Exhibits: 1}); err != nil {
		t.Fatal(err)
	}
	for i, it := range items() {
		x := Exhibit{Item: 2, Source: "logs", Path: record.Bytes(it.path), Method: "read",
			Stat: &Stat{Ino: uint64(i), Mode: 0o100640, Size: int64(len(it.data)), Mtime: start.UnixNano() - int64(i)*1e9}}
		if _, err := w.File(x, int64(len(it.data)), bytes.NewReader(it.data)); err != nil {
			t.Fatal(err)
		}
	}
	for n := 2; n <= 3; n++ {
		if err := w.Outcome(Outcome{Item: n, Outcome: Collected}); err != nil {
			t.Fatal(err)
		}
	}
	s, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	if s.Bytes != int64(buf.Len()) {
		t.Fatalf("summary says %d bytes, %d written", s.Bytes, buf.Len())
	}
	return buf.Bytes(), s
}

func openBytes(t testing.TB, b []byte) *Bundle {
	t.Helper()
	bd, err := OpenReader(bytes.NewReader(b), int64(len(b)), OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bd.Close() })
	return bd
}

func verify(t testing.TB, b *Bundle, o VerifyOptions) Report {
	t.Helper()
	r, err := b.Verify(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRoundTrip(t *testing.T) {
	data, s := write(t, pinned(t))
	b := openBytes(t, data)
	if b.Seal().State != Whole || b.Seal().Hash != s.Seal {
		t.Fatalf("seal %+v, want whole %s", b.Seal(), s.Seal)
	}
	want := items()
	n := 0
	for x, err := range b.Exhibits() {
		if err != nil {
			t.Fatal(err)
		}
		n++
		if int(x.Number) != n {
			t.Fatalf("exhibit %d at place %d", x.Number, n)
		}
		if n == 1 {
			continue
		}
		w := want[n-2]
		if string(x.Path) != w.path {
			t.Errorf("path %q, want %q", x.Path, w.path)
		}
		r, err := b.OpenExhibit(x)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(got, w.data) {
			t.Errorf("%s: %d bytes, %v; want %d", x.Name, len(got), err, len(w.data))
		}
		if len(w.data) > 1000 {
			p := make([]byte, 500)
			if _, err := r.ReadAt(p, int64(len(w.data)-500)); err != nil || !bytes.Equal(p, w.data[len(w.data)-500:]) {
				t.Errorf("%s: read at the end: %v", x.Name, err)
			}
		}
	}
	if n != len(want)+1 || int(s.Exhibits) != n {
		t.Fatalf("%d exhibits, summary %d", n, s.Exhibits)
	}
	outs, err := b.Outcomes()
	if err != nil || len(outs) != 3 || outs[2].Target != "/var/log/big.log" {
		t.Fatalf("outcomes %+v %v", outs, err)
	}
	r := verify(t, b, VerifyOptions{})
	if !r.OK || r.Integrity != IntegrityOK || r.Signer != "unknown" || len(r.Problems) > 0 || len(r.Missing) > 0 || r.Proven.Items != n {
		t.Fatalf("report %+v", r)
	}
	r = verify(t, b, VerifyOptions{Signers: []byte(s.SignerLine + "\n")})
	if !r.OK || r.Signer != "ok" {
		t.Fatalf("report with signer %+v", r)
	}
	r = verify(t, b, VerifyOptions{Signers: []byte(testKey(t, 9).AllowedSignersLine("*") + "\n")})
	if r.OK || r.Trust != string(seal.Unknown) {
		t.Fatalf("report with a foreign list %+v", r)
	}
}

// TestDeterministic: workers do not change bytes, nor does a second writing.
func TestDeterministic(t *testing.T) {
	first, _ := write(t, pinned(t))
	for _, workers := range []int{0, 1, 2, 4} {
		o := pinned(t)
		o.Workers = workers
		again, _ := write(t, o)
		if !bytes.Equal(first, again) {
			t.Errorf("%d workers give other bytes", workers)
		}
	}
}

func TestNamesStayInside(t *testing.T) {
	for path, want := range map[string]string{
		"/var/log/auth.log": "data/files/var/log/auth.log",
		"/a/../b":           "data/files/a/=2E=2E/b",
		"//a//b/":           "data/files/a/b",
		"/a=b%c\\d":         "data/files/a=3Db=25c=5Cd",
		"/x\xffy\n":         "data/files/x=FFy=0A",
		"":                  "data/files/=00",
		"/가/\u202e":         "data/files/가/=E2=80=AE",
	} {
		if got := BagName("data/files", []byte(path)); got != want {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
		if err := checkName(BagName("data/files", []byte(path))); err != nil {
			t.Errorf("%q: %v", path, err)
		}
	}
	long := BagName("data/files", []byte(strings.Repeat("/"+strings.Repeat("\xff", 255), 16)))
	if len(long) > maxEscaped || checkName(long) != nil {
		t.Errorf("long path: %d bytes", len(long))
	}
}

// TestShortAndUnreadable: what did not come is zeros with a label.
func TestShortAndUnreadable(t *testing.T) {
	var buf bytes.Buffer
	w, err := NewWriter(&buf, pinned(t))
	if err != nil {
		t.Fatal(err)
	}
	short, err := w.File(Exhibit{Path: record.Bytes("/short"), Source: "x"}, 100, strings.NewReader("abc"))
	if err != nil || len(short.States) != 1 || short.States[0] != (StateRange{Offset: 3, Length: 97, State: BytesShort}) {
		t.Fatalf("short: %+v %v", short.States, err)
	}
	bad := &badReader{}
	x, err := w.File(Exhibit{Path: record.Bytes("/bad"), Source: "x"}, 3<<20, bad)
	if err != nil || len(x.States) != 1 || x.States[0].State != BytesUnreadable || x.States[0].Length != 1<<20 || x.States[0].Offset != 4 {
		t.Fatalf("unreadable: %+v %v", x.States, err)
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	b := openBytes(t, buf.Bytes())
	if r := verify(t, b, VerifyOptions{}); !r.OK || len(r.Missing) != 3 {
		t.Fatalf("%+v", r)
	}
}

type badReader struct{ n int }

func (r *badReader) Read(p []byte) (int, error) {
	r.n++
	switch r.n {
	case 1:
		return copy(p, "good"), nil
	case 2:
		return 0, &UnreadableError{Length: 1 << 20, Err: os.ErrPermission}
	}
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func save(t testing.TB, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "b.tar.zst")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
