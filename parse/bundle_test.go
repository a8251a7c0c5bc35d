package parse_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/seal"
	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/parsetest"
)

// sealed writes a bundle of one exhibit of lines that do not compress.
func sealed(t *testing.T, text []byte) []byte {
	t.Helper()
	key, err := seal.NewRunKey(bytes.NewReader(bytes.Repeat([]byte{7}, 64)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w, err := bundle.NewWriter(&out, bundle.Options{
		Acquisition: bundle.Acquisition{Version: bundle.FormatVersion, RunID: "web01-20240303T000000Z-00000000", Sealed: "host", Host: bundle.HostClaims{Hostname: "web01"}},
		Plan:        []bundle.PlanItem{{Item: 1, Source: "log", Target: "/var/log/a"}}, Signer: key,
	})
	if err != nil {
		t.Fatal(err)
	}
	x := bundle.Exhibit{Name: bundle.BagName("data/files", []byte("/var/log/a")), Item: 1, Source: "log", Path: []byte("/var/log/a"), Method: "read"}
	if _, err := w.File(x, int64(len(text)), bytes.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Outcome(bundle.Outcome{Item: 1, Source: "log", Target: "/var/log/a", Outcome: bundle.Collected, Exhibits: 1, Bytes: int64(len(text))}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func noiseLines(n int) []byte {
	rnd := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	b.WriteString("words\n")
	for b.Len() < n {
		fmt.Fprintf(&b, "%016x%016x%016x\n", rnd.Uint64(), rnd.Uint64(), rnd.Uint64())
	}
	return b.Bytes()
}

func runBundle(t *testing.T, data []byte) (*parsetest.Kept, parse.Result) {
	t.Helper()
	b, err := bundle.OpenReader(bytes.NewReader(data), int64(len(data)), bundle.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	k := new(parsetest.Kept)
	res, err := parse.Run(context.Background(), b, []parse.Parser{words{}}, parse.Options{Sink: k, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	k.Sort()
	return k, res
}

// TestEveryOriginReadsEqual cuts each event's bytes out of the bundle again.
func TestEveryOriginReadsEqual(t *testing.T) {
	data := sealed(t, noiseLines(3<<20))
	k, res := runBundle(t, data)
	if len(k.Warnings) != 0 || res.Events != int64(len(k.Events)) || res.Facts.Hostname != "web01" {
		t.Fatalf("%d events, %v", res.Events, k.Warnings)
	}
	b, err := bundle.OpenReader(bytes.NewReader(data), int64(len(data)), bundle.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	x, err := b.Exhibit(1)
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.OpenExhibit(x)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range k.Events {
		buf := make([]byte, e.Origin.Length)
		if _, err := r.ReadAt(buf, e.Origin.Offset); err != nil && err != io.EOF || string(buf) != e.Message {
			t.Fatalf("offset %d: %q, %v, want %q", e.Origin.Offset, buf, err, e.Message)
		}
	}
}

// TestDamagedFrameIsAWarning: the rest of the exhibit is used, no event comes
// of the damaged bytes, and all bytes are accounted for.
func TestDamagedFrameIsAWarning(t *testing.T) {
	text := noiseLines(6 << 20)
	data := sealed(t, text)
	whole, _ := runBundle(t, data)
	hurt := bytes.Clone(data)
	hurt[len(hurt)/2] ^= 1
	k, res := runBundle(t, hurt)
	if !strings.Contains(warnings(k), "damaged") {
		t.Fatalf("warnings %s", warnings(k))
	}
	if strings.Contains(warnings(k), "unaccounted") || res.Exhibits[0].Err != nil {
		t.Errorf("%s %v", warnings(k), res.Exhibits[0].Err)
	}
	if n := len(k.Events); n < len(whole.Events)/2 || n >= len(whole.Events) {
		t.Errorf("%d events of %d", n, len(whole.Events))
	}
	for _, e := range k.Events {
		if at := e.Origin.Offset; string(text[at:at+e.Origin.Length]) != e.Message {
			t.Errorf("offset %d: %q was never in the exhibit", at, e.Message)
		}
	}
}

// TestFromMemory: exhibits that are in memory give what those of the bundle
// give, and the bundle is read for those that are not.
func TestFromMemory(t *testing.T) {
	text := noiseLines(3 << 20)
	data := sealed(t, text)
	want, _ := runBundle(t, data)
	b, err := bundle.OpenReader(bytes.NewReader(data), int64(len(data)), bundle.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range []bool{true, false} {
		asked := 0
		src := parse.FromMemory(b, func(x bundle.Exhibit) ([]byte, bool) {
			asked++
			return text, in && x.Number == 1 && x.Size == int64(len(text))
		})
		k := new(parsetest.Kept)
		if _, err := parse.RunSource(context.Background(), src, []parse.Parser{words{}}, parse.Options{Sink: k, Workers: 2}); err != nil {
			t.Fatal(err)
		}
		k.Sort()
		if asked == 0 || len(k.Events) == 0 || fmt.Sprint(len(k.Events), k.Warnings) != fmt.Sprint(len(want.Events), want.Warnings) {
			t.Fatalf("in memory %t, asked %d times: %d events, %+v, want %d", in, asked, len(k.Events), k.Warnings, len(want.Events))
		}
		for i, e := range k.Events {
			if w := want.Events[i]; e.ID() != w.ID() || e.Message != w.Message || e.Origin.SHA256 != w.Origin.SHA256 {
				t.Fatalf("in memory %t: event %d is %+v, want %+v", in, i, e, w)
			}
		}
	}
	x, err := b.Exhibit(1)
	if err != nil {
		t.Fatal(err)
	}
	c, err := parse.FromMemory(b, func(bundle.Exhibit) ([]byte, bool) { return text, true }).OpenExhibit(x)
	if err != nil {
		t.Fatal(err)
	}
	p, ok := c.(interface {
		Piece(off int64) (data []byte, from int64, done func(), err error)
	})
	if !ok {
		t.Fatalf("%T gives no pieces", c)
	}
	got, from, done, err := p.Piece(x.Size - 1)
	if err != nil || from != 0 || !bytes.Equal(got, text) {
		t.Errorf("piece of %d bytes at %d, %v", len(got), from, err)
	}
	done()
	for _, off := range []int64{-1, x.Size} {
		if got, _, _, err := p.Piece(off); err == nil {
			t.Errorf("byte %d of %d is in a piece of %d", off, x.Size, len(got))
		}
	}
	if rest, err := io.ReadAll(c); err != nil || !bytes.Equal(rest, text) || c.Size() != x.Size || c.Close() != nil {
		t.Errorf("%d bytes read, %v", len(rest), err)
	}
}
