package parsetest

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"

	"github.com/saksi-dfir/saksi/parse"
)

// packed gives the fixture compressed, as rotations lie on disk: the same
// events, offsets in the decompressed stream, every byte of it accounted for.
// What the collector writes itself is never compressed.
func packed(t *testing.T, parsers []parse.Parser, c Case, want *Kept) {
	t.Helper()
	f := c.Source.Files[0]
	if strings.HasPrefix(f.Name, "data/records/") || strings.HasPrefix(f.Name, "data/kernel/") {
		return
	}
	for layer, open := range map[string]func(io.Writer) (io.WriteCloser, error){
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
		if _, err := w.Write(f.Data); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		s := only(c, b.Bytes())
		s.Files[0].Path += "." + layer
		if f.Name == "" {
			s.Files[0].Name = "data/files" + f.Path // ids do not hold the path
		}
		got, res := Parse(t, s, parsers, 2)
		if x := res.Exhibits[0]; x.Parser != c.Parser || x.Layer != layer || x.Err != nil || x.Decoded != int64(len(f.Data)) {
			t.Errorf("%s: claimed by %q, layer %q, %d of %d bytes, %v", layer, x.Parser, x.Layer, x.Decoded, len(f.Data), x.Err)
			continue
		}
		if d := cmp.Diff(ids(want), ids(got)); d != "" {
			t.Errorf("%s: other events:\n%.2000s", layer, d)
		}
		account(t, got, res)
	}
}
