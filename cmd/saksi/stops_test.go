package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestStopsOfRsyslog: between the words "exiting" and "start" of the daemon the
// log is absent, unless another one wrote meanwhile.
func TestStopsOfRsyslog(t *testing.T) {
	if testing.Short() {
		t.Skip("runs whole programs, which the race detector slows tenfold; make test has it")
	}
	for _, meanwhile := range []bool{false, true} {
		dir := t.TempDir()
		var log strings.Builder
		t0 := time.Date(2024, 3, 3, 0, 0, 0, 0, time.UTC)
		line := func(m int, text string) {
			fmt.Fprintf(&log, "%s web01 %s\n", t0.Add(time.Duration(m)*time.Minute).Format("2006-01-02T15:04:05.000000-07:00"), text)
		}
		for m := 0; m < 1440; m += 60 {
			line(m, "CRON[9]: (root) CMD (true)")
			if m == 600 {
				line(602, `rsyslogd: [origin software="rsyslogd" swVersion="8.2302.0" x-pid="412" x-info="https://www.rsyslog.com"] exiting on signal 15.`)
				if meanwhile {
					line(615, "sshd[7]: Received signal 15; terminating.")
				}
				line(630, `rsyslogd: [origin software="rsyslogd" swVersion="8.2302.0" x-pid="413" x-info="https://www.rsyslog.com"] start`)
			}
		}
		file := filepath.Join(dir, "syslog")
		if err := os.WriteFile(file, []byte(log.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		d := &desk2{t, filepath.Join(dir, "case")}
		d.must(exitDone, "ingest", "--case", d.dir, "--host", "web01", "--zone", "UTC", file)
		found := false
		for _, c := range lines[coverageJSON](d, "coverage") {
			if c.Source == "syslog" && c.State == "absent" && c.From != nil {
				found = true
				if !within(t, c.From, "2024-03-03T10:02:00Z", time.Second) || !within(t, c.To, "2024-03-03T10:30:00Z", time.Second) {
					t.Errorf("%+v", c)
				}
			}
		}
		if found == meanwhile {
			t.Errorf("a record meanwhile: %v, a row of the stop: %v", meanwhile, found)
		}
	}
}
