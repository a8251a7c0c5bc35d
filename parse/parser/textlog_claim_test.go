package parser

import (
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/parse"
)

// TestTextlogClaim: a log rises; a change log falls, and prose names a date.
func TestTextlogClaim(t *testing.T) {
	entry := func(day string) string {
		return "2023-01-" + day + " 19:29:34 +0000  Kim Minseo <minseo@example.org>\n\n\t* NEWS:\n\t* README:\n\t  Release 1.22.0\n\n"
	}
	for name, tt := range map[string]struct {
		text string
		want parse.Strength
	}{
		"log":              {"2023-01-21 19:29:34 start\n2023-01-21 19:29:35 stop\n", parse.Weak},
		"one second":       {strings.Repeat("2023-01-21 19:29:34 start\n", 9), parse.Weak},
		"clock set back":   {"2023-01-21 19:29:34 a\n2023-01-21 19:29:36 b\n2023-01-21 18:29:36 c\n2023-01-21 18:29:37 d\n", parse.Weak},
		"one line":         {"2023-01-21 19:29:34 start\n", parse.Weak},
		"trace":            {"2023-01-21 19:29:34 ERROR x\n" + strings.Repeat("\tat a.b(C.java:7)\n", 40) + "2023-01-21 19:29:35 INFO y\n", parse.Weak},
		"change log":       {entry("23") + entry("21") + entry("20"), parse.No},
		"change log, head": {"=== release 1.22.0 ===\n\n" + entry("23") + entry("21"), parse.No},
		"prose":            {"2023-01-21 19:29:34 is when we met.\n" + strings.Repeat("And then nothing.\n", 20), parse.No},
	} {
		if got := newTextlog().Claim(binExhibit("/x.bin", []byte(tt.text))); got != tt.want {
			t.Errorf("%s: claimed %v, want %v", name, got, tt.want)
		}
	}
}
