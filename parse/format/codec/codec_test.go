package codec

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
)

// packed gives text in every codec that can be written here.
func packed(t testing.TB, text []byte) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for name, open := range map[string]func(io.Writer) (io.WriteCloser, error){
		"gz":  func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil },
		"xz":  func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) },
		"zst": func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) },
		"lz4": func(w io.Writer) (io.WriteCloser, error) { return lz4.NewWriter(w), nil },
	} {
		var b bytes.Buffer
		w, err := open(&b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		out[name] = b.Bytes()
	}
	return out
}

func TestRoundTrip(t *testing.T) {
	text := bytes.Repeat([]byte("Mar  3 02:14:07 web01 sshd[812]: x\n"), 3000)
	for name, data := range packed(t, text) {
		if got := Detect(data); got != name {
			t.Errorf("%s is taken for %q", name, got)
		}
		r, err := New(name, bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestConcatenatedStreams(t *testing.T) {
	for name, data := range packed(t, []byte("one\n")) {
		r, err := New(name, bytes.NewReader(append(bytes.Clone(data), data...)))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != "one\none\n" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestDetectIsNotFooled(t *testing.T) {
	for _, s := range []string{"", "BZ", "BZh9 is a text", "BZhello world, this is text", "\x1f\x8b", "PK\x03\x04", "hello",
		"\xff\xfe", "\xff\xfe\x00\x00m\x00\x00\x00", "\xff\xfea\x00\x00\x00", "\xff\xfe\x00\xdca\x00 \x00", "\xff\xfe" + strings.Repeat("a\x00", 90), "a\x00b\x00", "\x01\x2a\x4d\x18\x05\x00\x00\x00"} {
		if got := Detect([]byte(s)); got != "" {
			t.Errorf("%q is taken for %q", s, got)
		}
	}
}

func TestTrim(t *testing.T) {
	for in, want := range map[string]string{"/a.log.gz": "/a.log", "/a.xz": "/a", "/a.log": "/a.log", "/a.zst": "/a", "/a.bz2": "/a", "/a.lz4": "/a"} {
		if got := TrimAny(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	if got := Trim("/a.gz", "xz"); got != "/a.gz" {
		t.Errorf("another codec's suffix is cut: %s", got)
	}
}

// TestHugeDictionaryIsRefused: an xz header that asks for 4 GiB.
func TestHugeDictionaryIsRefused(t *testing.T) {
	data := packed(t, []byte("x"))["xz"]
	head := bytes.Clone(data)
	i := bytes.Index(head[12:24], []byte{0x21, 0x01})
	if i < 0 {
		t.Fatal("no LZMA2 filter in the header")
	}
	head[12+i+2] = 40
	read := func(data []byte) (string, error) {
		r, err := New("xz", bytes.NewReader(data))
		if err != nil {
			return "", err
		}
		got, err := io.ReadAll(r)
		return string(got), err
	}
	if _, err := read(head); !errors.Is(err, ErrWindow) {
		t.Errorf("first block: error %v, want %v", err, ErrWindow)
	}
	// In a later stream, behind padding, and behind several chunks.
	long := packed(t, bytes.Repeat([]byte("0123456789abcdefghij"), 20_000))["xz"]
	for name, before := range map[string][]byte{"second stream": data, "behind padding": append(bytes.Clone(data), 0, 0, 0, 0), "behind chunks": long} {
		got, err := read(append(bytes.Clone(before), head...))
		if !errors.Is(err, ErrWindow) || len(got) == 0 {
			t.Errorf("%s: %d bytes, error %v, want %v", name, len(got), err, ErrWindow)
		}
		if got, err := read(append(bytes.Clone(before), data...)); err != nil || got[len(got)-1] != 'x' {
			t.Errorf("%s, good: %d bytes, %v", name, len(got), err)
		}
	}
}

// FuzzNew: no stream panics or gives without end.
func FuzzNew(f *testing.F) {
	seeds := packed(f, []byte("Mar  3 02:14:07 web01 sshd[812]: x\n"))
	for name, data := range wide("Mar  3 02:14:07 web01 sshd[812]: 한글 😀 x\n") {
		seeds[name] = data
	}
	for _, data := range seeds {
		f.Add(data)
	}
	if len(seeds) == 0 {
		f.Fatal("the seed corpus is empty")
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		name := Detect(data)
		if name == "" {
			return
		}
		r, err := New(name, bytes.NewReader(data))
		if err != nil {
			return
		}
		n, err := io.Copy(io.Discard, io.LimitReader(r, 1<<20)) // an error is an answer
		if closed := r.Close(); err == nil && closed != nil && n < 1<<20 {
			t.Error(closed)
		}
	})
}
