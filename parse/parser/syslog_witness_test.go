package parser

import (
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/parse/parsetest"
)

// TestYearByWitness: where the file's time only bounds the year from above, a
// line of the kernel whose text states its time in full gives the year of the
// lines before it, and the earliest year of those behind.
func TestYearByWitness(t *testing.T) {
	const (
		before = "Dec 30 10:00:00 web01 sshd[1]: Server listening on :: port 22.\n"
		rtc    = "Mar  3 11:14:09 web01 kernel: [    1.2] rtc_cmos rtc_cmos: setting system clock to 2021-03-03T02:14:07 UTC (1614737647)\n"
		audit  = "Mar  3 11:14:09 web01 kernel: audit: type=1400 audit(1614737647.123:45): apparmor=\"STATUS\"\n"
		behind = "Apr  1 10:00:00 web01 sshd[1]: Server listening on :: port 22.\n"
		rolled = "Jan  2 10:00:00 web01 sshd[1]: Server listening on :: port 22.\n"
	)
	tests := []struct {
		name, text, mtime string
		want              []string // year of instant, earliest, latest; year:unknown
	}{
		{"no witness", before + rolled, "2024-07-01T00:00:00Z", []string{"2023 1980 2023 unknown", "2024 1980 2024 unknown"}},
		{"the clock of the board", before + rtc + behind, "2024-07-01T00:00:00Z", []string{"2020 2020 2020 ", "2021 2021 2021 ", "2021 2021 2024 "}},
		{"an audit event", audit + behind, "2024-07-01T00:00:00Z", []string{"2021 2021 2021 ", "2021 2021 2024 "}},
		{"both bounds agree", before + audit + behind, "2021-07-01T00:00:00Z", []string{"2020 2020 2020 ", "2021 2021 2021 ", "2021 2021 2021 "}},
		{"a new year behind it", audit + behind + rolled, "2024-07-01T00:00:00Z", []string{"2021 2021 2021 ", "2021 2021 2024 ", "2022 2022 2024 "}},
		{"a stamp of another day is no witness", strings.Replace(audit, "Mar  3", "Mar  8", 1), "2024-07-01T00:00:00Z", []string{"2024 1980 2024 unknown"}},
		{"nor is another program", strings.Replace(audit, "kernel:", "logger:", 1), "2024-07-01T00:00:00Z", []string{"2024 1980 2024 unknown"}},
		{"a witness after the file's time", audit, "2020-07-01T00:00:00Z", []string{"2021 2021 2021 "}},
	}
	for _, tt := range tests {
		src := parsetest.Source{Acq: host("UTC"), Files: []parsetest.File{{Path: "/var/log/syslog", Data: []byte(tt.text), Mtime: utc(tt.mtime)}}}
		k, _ := parsetest.Parse(t, &src, All(), 1)
		for i, e := range k.Events {
			unknown := ""
			if strings.Contains(e.Time.Reasons.String(), "year:unknown") {
				unknown = "unknown"
			}
			got := wtmpStamp(e.Time.Instant)[:4] + " " + wtmpStamp(e.Time.Earliest)[:4] + " " + wtmpStamp(e.Time.Latest)[:4] + " " + unknown
			if i >= len(tt.want) || got != tt.want[i] {
				t.Errorf("%s: line %d is of %q, want %q", tt.name, i, got, tt.want)
			}
		}
		if len(k.Events) != len(tt.want) {
			t.Errorf("%s: %d events", tt.name, len(k.Events))
		}
	}
}
