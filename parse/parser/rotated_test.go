package parser

import (
	"bytes"
	"encoding/hex"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/saksi-dfir/saksi/parse/parsetest"
)

const rotatedLine = "Mar  3 02:14:07 web01 sshd[812]: Accepted password for kim from 203.0.113.9 port 50022 ssh2\n"

// bzipped is rotatedLine as bzip2 1.0.8 packs it.
const bzipped = "425a6839314159265359358195e60000185f80001040017ef02002000a3f6adc802000543546d09a69a0034da81faa151ea7829a3d4f53469a0005da725ebea2618adef16ad9e8382b587288f06890200080068b49a1ce49c7abcacd322ae9023e613136def12300fae21c1ac858d4fc5dc914e14240d6065798"

func joined(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func squeezed(t *testing.T, data []byte, open func(io.Writer) (io.WriteCloser, error)) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := open(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func units(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

// TestRotations: the forms in which rotated logs lie on disk, whole and not.
// What can be read is, and what cannot is warned about with its offset.
func TestRotations(t *testing.T) {
	gz := squeezed(t, []byte(rotatedLine), func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil })
	long := squeezed(t, []byte(strings.Repeat(rotatedLine, 4000)), func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, gzip.NoCompression) })
	xzs := squeezed(t, []byte(rotatedLine), func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) })
	zst := squeezed(t, []byte(rotatedLine), func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) }) // streamed: no content size
	bz, err := hex.DecodeString(bzipped)
	if err != nil {
		t.Fatal(err)
	}
	skip := []byte("\x50\x2a\x4d\x18\x05\x00\x00\x00hello")
	wide := joined([]byte("\xff\xfe"), units(rotatedLine))
	for name, tt := range map[string]struct {
		data     []byte
		layer    string
		events   int
		warnings string // codes
	}{
		"two members":        {joined(gz, gz), "gz", 2, ""},
		"cut in the middle":  {long[:len(long)/2], "gz", 1999, "codec"},
		"garbage behind":     {joined(gz, []byte("not of this stream")), "gz", 1, "codec"},
		"packed twice":       {squeezed(t, gz, func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil }), "gz+gz", 1, ""},
		"two streams, xz":    {joined(xzs, xzs), "xz", 2, ""},
		"padding, xz":        {joined(xzs, make([]byte, 8), xzs), "xz", 2, ""},
		"skippable frames":   {joined(skip, zst, skip, zst), "zst", 2, ""},
		"two streams, bz2":   {joined(bz, bz), "bz2", 2, ""},
		"cut bz2":            {bz[:len(bz)/2], "bz2", 0, "codec"},
		"UTF-16":             {wide, "utf-16le", 1, ""},
		"UTF-16, half":       {wide[:len(wide)-1], "utf-16le", 1, "codec"},
		"packed UTF-16":      {squeezed(t, wide, func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil }), "gz+utf-16le", 1, ""},
		"UTF-16 inside":      {joined([]byte(rotatedLine), units(strings.TrimSpace(rotatedLine)), []byte("\n"+rotatedLine)), "", 2, "encoding"},
		"EUC-KR and UTF-8":   {[]byte(strings.Replace(rotatedLine, "kim", "\xb0\xa1\xb3\xaa", 1) + strings.Replace(rotatedLine, "kim", "가나", 1)), "", 2, ""},
		"noise behind a log": {joined([]byte(rotatedLine), []byte("\x01\x02\x03\x04\x05\x06\n")), "", 1, "binary"},
	} {
		t.Run(name, func(t *testing.T) {
			k, res := parsetest.Parse(t, &parsetest.Source{Acq: host("UTC"), Files: []parsetest.File{{Path: "/var/log/auth.log.1", Data: tt.data, Mtime: utc("2024-03-04T00:00:00Z")}}}, All(), 2)
			var codes []string
			for _, w := range k.Warnings {
				codes = append(codes, w.Code)
			}
			n := len(k.Events)
			if tt.warnings == "codec" && tt.events > 1000 { // the last line is cut
				n = min(n, tt.events)
			}
			if x := res.Exhibits[0]; n != tt.events || x.Layer != tt.layer || strings.Join(codes, " ") != tt.warnings {
				t.Errorf("%d events, layer %q, warnings %+v", len(k.Events), x.Layer, k.Warnings)
			}
			for _, e := range k.Events {
				if e.Action == "accept" && e.Time.Instant != utc("2024-03-03T02:14:07Z") {
					t.Errorf("%+v", e.Time)
				}
			}
		})
	}
}

// TestBehindGzip: bytes behind a compressed stream are named where they lie in
// the file; a form that is not decoded is named, and a cut block said to be lost.
func TestBehindGzip(t *testing.T) {
	gz := squeezed(t, []byte(rotatedLine), func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil })
	zst := squeezed(t, []byte(strings.Repeat(rotatedLine, 9000)), func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) })
	mark := "\xff\xfe\x00\x00M\x00\x00\x00a\x00\x00\x00r\x00\x00\x00"
	for name, tt := range map[string]struct {
		path           string
		data           []byte
		offset, length int64
		layer, message string
	}{
		"garbage": {"/var/log/auth.log.1.gz", joined(gz, []byte("not of this stream")), int64(len(gz)), 18, "", "follow its compressed stream"},
		"lzma":    {"/var/log/auth.log.1.lzma", []byte("\x5d\x00\x00\x80\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00\x3d\x88"), 0, 16, "", "lzma"},
		"utf-32":  {"/srv/x.txt", []byte(mark), 0, 16, "", "utf-32le"},
		"cut zst": {"/var/log/auth.log.1.zst", zst[:len(zst)-40], -1, 0, "zst", "up to 128 KiB"},
	} {
		t.Run(name, func(t *testing.T) {
			k, res := parsetest.Parse(t, &parsetest.Source{Acq: host("UTC"), Files: []parsetest.File{{Path: tt.path, Data: tt.data, Mtime: utc("2024-03-04T00:00:00Z")}}}, All(), 2)
			if len(k.Warnings) != 1 || res.Warnings != 1 {
				t.Fatalf("%d counted of %+v", res.Warnings, k.Warnings)
			}
			w := k.Warnings[0]
			if w.Code != "codec" || w.Layer != tt.layer || tt.offset >= 0 && w.Offset != tt.offset || w.Length != tt.length || !strings.Contains(w.Message, tt.message) {
				t.Errorf("%+v", w)
			}
		})
	}
}

// TestNotALastlog: a text under the name of a lastlog gives no logins.
func TestNotALastlog(t *testing.T) {
	text := strings.Repeat("daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n", 60)
	k, res := parsetest.Parse(t, &parsetest.Source{Acq: host("UTC"), Files: []parsetest.File{{Path: "/var/log/lastlog", Data: []byte(text)}}}, All(), 1)
	if len(k.Events) != 0 || len(k.Warnings) == 0 {
		t.Errorf("claimed by %q: %d events, %d warnings", res.Exhibits[0].Parser, len(k.Events), len(k.Warnings))
	}
	if code, _ := unlettered("\x00\x00\x12\x00\x00\x00 \x01\x00\x00\x00\x00\x08\x00\x00\x00\x10\x00\x00\x00\x20\x00"); code != "binary" {
		t.Errorf("a table of numbers is taken for %s", code)
	}
}
