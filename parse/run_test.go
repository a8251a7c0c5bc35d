package parse_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/parsetest"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// words is a parser for tests: every line an event; a line "panic" panics, a
// line "fail" fails, a line "silent" is passed over.
type words struct{}

func (words) Describe() parse.Description { return parse.Description{Name: "words", Version: 3} }
func (words) Claim(x *parse.Exhibit) parse.Strength {
	if bytes.HasPrefix(x.Head, []byte("words")) {
		return parse.Strong
	}
	return parse.No
}
func (words) Parse(ctx context.Context, _ *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	return parse.EachChunk(ctx, x, s, parse.TextOptions{Workers: x.Workers}, func(c *parse.Chunk, b *parse.Batch) error {
		at := int64(0)
		for line := range strings.Lines(c.Data) {
			switch strings.TrimSpace(line) {
			case "panic":
				panic("a planted fault")
			case "fail":
				return errors.New("a planted failure")
			case "silent":
			default:
				e := b.Event()
				e.Time = event.Undated()
				e.Origin.Offset, e.Origin.Length, e.Message = c.Offset+at, int64(len(line)), line
				b.Field("b", "2")
				b.Field("a", "1")
				e.Fields = b.Take()
			}
			at += int64(len(line))
		}
		return nil
	})
}

func run(t *testing.T, files ...parsetest.File) (*parsetest.Kept, parse.Result) {
	t.Helper()
	return parsetest.Parse(t, &parsetest.Source{Files: files}, []parse.Parser{words{}}, 2)
}

func warnings(k *parsetest.Kept) string {
	var out []string
	for _, w := range k.Warnings {
		out = append(out, fmt.Sprintf("%d %s %d+%d", w.Exhibit, w.Code, w.Offset, w.Length))
	}
	return strings.Join(out, "; ")
}

func TestRunCompletesEvents(t *testing.T) {
	k, res := run(t, parsetest.File{Path: "/var/log/a", Data: []byte("words\nx\n")}, parsetest.File{Path: "/var/log/b", Data: []byte("other")})
	if len(k.Events) != 2 || res.Events != 2 || res.Exhibits[0].Events != 2 || res.Exhibits[1].Parser != "" {
		t.Fatalf("%+v", res)
	}
	e := k.Events[1]
	if e.Parser != "words" || e.Origin.Run != "test-run" || e.Origin.Exhibit != 1 || e.Origin.Path != "data/files/var/log/a" || e.Host.IsZero() || e.Origin.SHA256 == [32]byte{} {
		t.Errorf("incomplete event %+v", e)
	}
	if e.Fields[0].Name != "a" || e.Fields[1].Name != "b" {
		t.Errorf("fields %v are not sorted", e.Fields)
	}
}

func TestRunFailuresBecomeWarnings(t *testing.T) {
	for _, c := range []struct{ text, warnings, err string }{
		{"words\nsilent\nx\n", "1 unaccounted 6+7", ""},
		{"words\nfail\nx\n", "1 unparsed 0+0; 1 unparsed 0+13", "a planted failure"},
		{"words\npanic\n", "1 unparsed 0+0; 1 unparsed 0+12", "parser words stopped by a planted fault"},
	} {
		for _, workers := range []int{1, 2} {
			k, res := parsetest.Parse(t, &parsetest.Source{Files: []parsetest.File{{Path: "/a", Data: []byte(c.text)}}}, []parse.Parser{words{}}, workers)
			if got := warnings(k); got != c.warnings {
				t.Errorf("%q: warnings %s, want %s", c.text, got, c.warnings)
			}
			err := fmt.Sprint(res.Exhibits[0].Err)
			if c.err == "" && res.Exhibits[0].Err != nil || c.err != "" && !strings.Contains(err, "a planted f") {
				t.Errorf("%q: error %s, want %q", c.text, err, c.err)
			}
		}
	}
}

type full struct{ parsetest.Kept }

var errFull = errors.New("disk full")

func (*full) Event(*event.Event) error { return errFull }

func TestRunStopsWithTheSink(t *testing.T) {
	src := &parsetest.Source{Files: []parsetest.File{{Path: "/a", Data: []byte("words\n")}}}
	_, err := parse.RunSource(context.Background(), src, []parse.Parser{words{}}, parse.Options{Sink: new(full)})
	if !errors.Is(err, errFull) {
		t.Errorf("error %v", err)
	}
}

// bzipped is "words\nx\n" as bzip2 1.0.8 packs it.
func bzipped() []byte {
	return []byte("\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\xf3\xf1\x80\x53\x00\x00\x03\x41\x80\x00\x10\x04\x00\x98\xc0\x20\x00\x31\x0c\x01\x06\x99\xa1\x20\x06\x51\x77\x24\x53\x85\x09\x0f\x3f\x18\x05\x30")
}

func pack(t *testing.T, text string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	must(t, z, text)
	out["gz"] = slices.Clone(b.Bytes())
	b.Reset()
	x, err := xz.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	must(t, x, text)
	out["xz"] = slices.Clone(b.Bytes())
	b.Reset()
	s, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	must(t, s, text)
	out["zst"] = slices.Clone(b.Bytes())
	b.Reset()
	must(t, lz4.NewWriter(&b), text)
	out["lz4"] = slices.Clone(b.Bytes())
	return out
}

func must(t *testing.T, w interface {
	Write([]byte) (int, error)
	Close() error
}, text string) {
	t.Helper()
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestLayers(t *testing.T) {
	packed := pack(t, "words\nx\n")
	packed["bz2"] = bzipped()
	for layer, data := range packed {
		k, res := run(t, parsetest.File{Path: "/var/log/a.log." + layer, Data: data})
		if len(k.Events) != 2 || len(k.Warnings) != 0 {
			t.Errorf("%s: %d events, %v", layer, len(k.Events), k.Warnings)
			continue
		}
		if e := k.Events[1]; e.Origin.Offset != 6 || e.Origin.Layer != layer || res.Exhibits[0].Path != "/var/log/a.log" || res.Exhibits[0].Decoded != 8 {
			t.Errorf("%s: %+v, %+v", layer, e.Origin, res.Exhibits[0])
		}
	}
	inner := packed["gz"]
	twice := pack(t, string(inner))["xz"]
	k, _ := run(t, parsetest.File{Path: "/a.gz.xz", Data: twice})
	if len(k.Events) != 2 || k.Events[0].Origin.Layer != "xz+gz" {
		t.Errorf("gz in xz: %+v", k.Events)
	}
}

func TestCutLayer(t *testing.T) {
	for layer, data := range pack(t, "words\n"+strings.Repeat("0123456789abcdef hello\n", 40_000)) {
		k, res := run(t, parsetest.File{Path: "/a", Data: data[:len(data)-9]})
		n := res.Exhibits[0].Events
		if w := warnings(k); !strings.Contains(w, "codec") {
			t.Errorf("%s: %d events, warnings %s", layer, n, w)
		}
		if layer != "zst" && layer != "lz4" && n == 0 {
			t.Errorf("%s: what was decoded before the cut is lost", layer)
		}
	}
}

func TestStatesAreWarned(t *testing.T) {
	k, _ := run(t, parsetest.File{Path: "/a", Data: []byte("words\n"), States: []bundle.StateRange{{Offset: 2, Length: 3, State: bundle.BytesUnreadable, Errno: "EIO"}}})
	if got := warnings(k); got != "1 unreadable 2+3" {
		t.Errorf("warnings %s", got)
	}
}

func TestSkipAndProgress(t *testing.T) {
	src := &parsetest.Source{Files: []parsetest.File{{Path: "/a", Data: []byte("words\n")}, {Path: "/b", Data: []byte("words\n")}}}
	var done, total int64
	k := new(parsetest.Kept)
	res, err := parse.RunSource(context.Background(), src, []parse.Parser{words{}}, parse.Options{Sink: k,
		Skip:     func(x bundle.Exhibit, p string, v int) bool { return x.Number == 1 && p == "words" && v == 3 },
		Progress: func(d, n int64) { done, total = d, n }})
	if err != nil || len(k.Events) != 1 || !res.Exhibits[0].Skipped || done != 12 || total != 12 {
		t.Errorf("%v %d events, %d of %d bytes, %+v", err, len(k.Events), done, total, res.Exhibits)
	}
}
