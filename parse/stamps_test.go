package parse_test

import (
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/parse/parser"
	"github.com/saksi-dfir/saksi/parse/parsetest"
)

// TestStampsOutOfPlace: stamps behind the acquisition and before Linux keep
// their time, and one warning of each kind tells how many and how far.
func TestStampsOutOfPlace(t *testing.T) {
	const taken = int64(1_711_000_000_000_000_000) // 2024-03-21T05:46:40Z
	for name, tt := range map[string]struct {
		text string
		want map[string]string // code to a part of the message
	}{
		"in place": {"2024-03-21T05:46:39Z web01 a: b\n2024-03-22T04:00:00Z web01 a: a day is no remark\n", nil},
		"fifty years later": {"2024-03-21T05:46:39Z web01 a: b\n2074-03-21T05:46:40+09:00 web01 a: c\n2024-03-25T00:00:00Z web01 a: d\n",
			map[string]string{"after-collection": "2 of the events are stamped over a day after the acquisition (2024-03-21T05:46:40Z), this one first, that at 32 furthest (2074-03-20T20:46:40Z)"}},
		"without a battery": {"1970-01-01T00:00:09Z web01 a: b\n2024-03-21T05:46:39Z web01 a: c\n", map[string]string{"before-linux": "1 of the events are stamped before there was Linux"}},
		"1900":              {"1900-01-01T00:00:09Z web01 a: b\n", map[string]string{"before-linux": "1 of"}},
		"unknown zone":      {"2024-03-22 12:00:00 web01 a: its zone may be 14 h east\n", nil},
	} {
		src := &parsetest.Source{Acq: bundle.Acquisition{Clock: record.Clock{Realtime: taken}}, Files: []parsetest.File{{Path: "/var/log/syslog", Data: []byte(tt.text), Mtime: taken}}}
		k, res := parsetest.Parse(t, src, parser.All(), 2)
		if len(k.Events) != strings.Count(tt.text, "\n") || len(k.Warnings) != len(tt.want) || res.Warnings != int64(len(tt.want)) {
			t.Errorf("%s: %d events, %+v", name, len(k.Events), k.Warnings)
		}
		for _, w := range k.Warnings {
			if part := tt.want[w.Code]; part == "" || !strings.Contains(w.Message, part) || w.Length == 0 {
				t.Errorf("%s: %+v", name, w)
			}
		}
		for _, e := range k.Events {
			if !e.Time.Dated() {
				t.Errorf("%s: %+v", name, e.Time)
			}
		}
	}
}
