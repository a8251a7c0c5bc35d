package parser

import (
	"strings"
	"testing"
)

func TestJournalClaim(t *testing.T) {
	for _, tt := range []struct {
		path, head string
		want       string
	}{
		{"/x.bin", "LPKSHHRH" + strings.Repeat("\x00", 300), "certain"},
		{"/var/log/journal/a/system.journal", "damaged", "by name"},
		{"/x.bin", "damaged", "no"},
	} {
		got := map[int]string{0: "no", 1: "by name", 4: "certain"}[int(newJournal().Claim(binExhibit(tt.path, []byte(tt.head))))]
		if got != tt.want {
			t.Errorf("%s: claimed %q, want %q", tt.path, got, tt.want)
		}
	}
}
