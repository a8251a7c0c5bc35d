package parser

import (
	"bytes"
	"compress/gzip"
	"testing"

	"github.com/saksi-dfir/saksi/parse/parsetest"
)

// TestLastlogClaim: compressed files whose length or first bytes look like
// those of lastlog are none.
func TestLastlogClaim(t *testing.T) {
	record := make([]byte, 292)
	copy(record, "\x7f\xdc\xe3\x65pts/0")
	copy(record[36:], "203.0.113.9")
	for name, tt := range map[string]struct {
		data []byte
		want string
	}{
		"records":        {bytes.Repeat(record, 43), "lastlog"},
		"sparse":         {append(make([]byte, 292*42), record...), "lastlog"},
		"cut":            {bytes.Repeat(record, 43)[:42*292+100], ""},
		"text":           {bytes.Repeat([]byte("<entry id=\"7\">"), 897)[:43*292], ""},
		"zeros":          {make([]byte, 43*292), ""},
		"times of 1970":  {bytes.Repeat(append([]byte("\x01\x00\x00\x00pts/0"), make([]byte, 283)...), 43), ""},
		"one bad record": {append(bytes.Repeat(record, 42), bytes.Repeat([]byte("ab"), 146)...), ""},
	} {
		var gz bytes.Buffer
		z := gzip.NewWriter(&gz)
		if _, err := z.Write(tt.data); err != nil || z.Close() != nil {
			t.Fatal(err)
		}
		for path, data := range map[string][]byte{"/usr/share/doc/x.pdf.db": tt.data, "/usr/share/doc/x.pdf.db.gz": gz.Bytes()} {
			_, res := parsetest.Parse(t, &parsetest.Source{Files: []parsetest.File{{Path: path, Data: data}}}, All(), 1)
			if got := res.Exhibits[0].Parser; got != tt.want {
				t.Errorf("%s, %s: claimed by %q, want %q", name, path, got, tt.want)
			}
		}
	}
}
