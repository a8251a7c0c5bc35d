package codec

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
)

func gzipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestGzipMembers: all members are read, and what follows them is named with
// its place in the compressed bytes.
func TestGzipMembers(t *testing.T) {
	one, large := gzipped(t, "one\n"), gzipped(t, strings.Repeat("a long text of some size\n", 40000))
	for name, tt := range map[string]struct {
		behind []byte
		want   bool // an error that names the place
	}{
		"nothing":        {nil, false},
		"a text":         {[]byte("not of this stream"), true},
		"one byte":       {[]byte{'x'}, true},
		"half a header":  {[]byte{0x1f, 0x8b, 8, 0}, true},
		"zeros":          {make([]byte, 512), true},
		"more than read": {bytes.Repeat([]byte("garbage\n"), 5000), true},
	} {
		for _, first := range [][]byte{one, large} {
			data := bytes.Join([][]byte{first, one, tt.behind}, nil)
			r, err := New("gz", bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			out, err := io.ReadAll(r)
			var behind *BehindError
			if errors.As(err, &behind) != tt.want || (err != nil) != tt.want {
				t.Errorf("%s: error %v", name, err)
			}
			if tt.want && behind != nil && behind.Offset != int64(len(first)+len(one)) {
				t.Errorf("%s: behind from %d, want %d", name, behind.Offset, len(first)+len(one))
			}
			if !strings.HasSuffix(string(out), "\none\n") && string(out) != "one\none\n" {
				t.Errorf("%s: %d bytes came out", name, len(out))
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestUnread: forms that are not decoded are named, and texts are not taken for them.
func TestUnread(t *testing.T) {
	wide := func(s string, at int) string {
		var b strings.Builder
		for _, c := range []byte(s) {
			u := [4]byte{}
			u[at] = c
			b.Write(u[:])
		}
		return b.String()
	}
	for head, want := range map[string]string{
		"\x5d\x00\x00\x80\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00\x3d\x88": "lzma", // xz --format=lzma
		"\x5d\x00\x00\x10\x00\x2c\x01\x00\x00\x00\x00\x00\x00\x00\x3d":     "lzma",
		"\x5d\x00\x00\x10\x01\x2c\x01\x00\x00\x00\x00\x00\x00\x00\x3d":     "",
		"\x5d\x00\x00\x80\x00\xff\xff\xff\xff\xff\xff\xff\xff\x01\x3d":     "",
		"] a line of text that begins with a bracket":                      "",
		wide("Mar  3 02:14:07 web01", 0):                                   "utf-32le",
		wide("Mar  3 02:14:07 web01", 3):                                   "utf-32be",
		"\xff\xfe\x00\x00" + wide("Mar", 0):                                "utf-32le",
		"\x00\x00\xfe\xff" + wide("Mar", 3):                                "utf-32be",
		"\xff\xfe\x00\x00":                                                 "",
		wide("Mar  3", 0):                                                  "",
		strings.Repeat("\x00", 64):                                         "",
		strings.Repeat("\x01\x00\x00\x00", 16):                             "",
		"Mar  3 02:14:07 web01 sshd[1]: x":                                 "",
		"":                                                                 "",
	} {
		if got := Unread([]byte(head)); got != want {
			t.Errorf("%.40q: %q, want %q", head, got, want)
		}
	}
}
