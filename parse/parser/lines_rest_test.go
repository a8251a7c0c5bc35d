package parser

import (
	"testing"

	"github.com/saksi-dfir/saksi/parse"
)

// TestNewlineInsideRecord: the newlines and blank lines inside a record of
// several lines are part of it, and those behind it are padding, never both.
func TestNewlineInsideRecord(t *testing.T) {
	for name, tt := range map[string]struct {
		p    parse.Parser
		text string
		pad  int64 // bytes behind the records
	}{
		"textlog": {newTextlog(), "2024-03-03 02:14:07 ERROR a\n  at x\n\n  at y\n\n2024-03-03 02:14:08 INFO b\n", 3},
		"dmesg":   {newDmesg(), "[    1.000000] a\n   b\n\n[    2.000000] c", 2},
		"weblog":  {newWeblog(), "2024/03/03 02:14:07 [error] 812#812: *1 a\nPHP b\n\nc\r\n\n2024/03/03 02:14:08 [error] 812#812: *1 d\n", 4},
	} {
		s := binParse(t, tt.p, nil, "/var/log/x.log", []byte(tt.text))
		var pads int64
		for _, p := range s.padding {
			pads += p.Length
			for _, e := range s.events {
				if p.Offset < e.Origin.Offset+e.Origin.Length && p.Offset+p.Length > e.Origin.Offset {
					t.Errorf("%s: padding %+v lies in the event at %d+%d", name, p, e.Origin.Offset, e.Origin.Length)
				}
			}
		}
		if len(s.events) != 2 || pads != tt.pad {
			t.Errorf("%s: %d events, %d bytes of padding, want 2 and %d", name, len(s.events), pads, tt.pad)
		}
	}
}
