//go:build linux

package source

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/record"
)

func TestClockSync(t *testing.T) {
	dir := t.TempDir()
	plantFiles(t, dir, map[string]string{
		"etc/chrony.conf":   "pool ntp.example.com iburst\n logdir /data/chrony\ndriftfile /data/chrony/drift\n",
		"data/chrony/drift": "            -3.541000             0.075000\n",
		"data/chrony/tracking.log": "===\n   Date (UTC) Time     IP Address   St   Freq ppm   Skew ppm     Offset L Co  Offset sd Rem. corr. Root delay Root disp. Max. error\n===\n" +
			"2024-04-11 00:00:00 203.0.113.15     2     -3.541      0.075 -8.621e-06 N  2  2.940e-03 -2.084e-04  1.534e-02  3.472e-04  8.304e-03\n" +
			"2024-04-11 00:10:00 203.0.113.15     2     -3.600      0.080  1.000e-03 N  2  2.940e-03 -2.000e-03  1.534e-02  3.472e-04  4.000e-03\n\ngarbage line\n",
		"data/chrony/measurements.log":      "2024-04-11 00:10:01 203.0.113.15    N  2 111 111 1111  10 10 1.0  -4.966e-03  2.000e-01  1.000e-03  1.000e-01  7.000e-03 CB00717B 4B D K\n",
		"var/log/ntpstats/peerstats":        "60411 600.5 198.51.100.7 9614 37.000000 0.020 0.001 0.0001\n",
		"run/systemd/timesync/synchronized": "",
	})
	when := time.Date(2024, 4, 11, 1, 2, 3, 0, time.UTC)
	if err := os.Chtimes(dir+"/run/systemd/timesync/synchronized", when, when); err != nil {
		t.Fatal(err)
	}
	s := take(t, dir, collect.Selection{Only: []string{"clocksync"}}, clockSync())
	got := map[string]record.ClockSync{}
	for line := range bytes.Lines(s.records["clocksync"]) {
		var c record.ClockSync
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		got[string(c.From)] = c
	}
	ms := int64(time.Millisecond)
	near := func(name string, p *int64, want int64) {
		if p == nil || *p-want > 1000 || want-*p > 1000 {
			t.Errorf("%s: %v, want %d", name, p, want)
		}
	}
	m := got["/data/chrony/measurements.log"]
	near("offset of the measurement", m.Offset, -4966*ms/1000)
	near("its bound", m.Error, (100+1+50+7)*ms)
	if m.Server != "203.0.113.15" || m.Stated != time.Date(2024, 4, 11, 0, 10, 1, 0, time.UTC).UnixNano() {
		t.Errorf("measurement %+v", m)
	}
	tr := got["/data/chrony/tracking.log"]
	near("bound of the tracking", tr.Error, (1+2+4)*ms)
	near("frequency", tr.Frequency, -3600)
	if tr.Offset != nil || tr.Stated != time.Date(2024, 4, 11, 0, 10, 0, 0, time.UTC).UnixNano() {
		t.Errorf("tracking %+v", tr)
	}
	near("drift", got["/data/chrony/drift"].Frequency, -3541)
	p := got["/var/log/ntpstats/peerstats"]
	near("offset of ntpd", p.Offset, 37_000*ms)
	near("its bound", p.Error, 11*ms)
	if p.Stated != time.Date(2024, 4, 11, 0, 10, 0, 500_000_000, time.UTC).UnixNano() {
		t.Errorf("peerstats stated at %s", time.Unix(0, p.Stated).UTC())
	}
	if ts := got["/run/systemd/timesync/synchronized"]; ts.Stated != when.UnixNano() || ts.Synced == nil || ts.Offset != nil {
		t.Errorf("timesyncd %+v", ts)
	}
	if _, ok := got["adjtimex(2)"]; ok {
		t.Error("the clock of the machine that examines a tree was taken for the tree's")
	}
	for _, o := range s.outcomes {
		if o.Source == "clocksync" && (o.Outcome != bundle.Collected || !strings.Contains(o.Reason, "ntpd: true time was 37s ahead")) {
			t.Errorf("outcome %+v", o)
		}
	}
}

func TestClockSyncOfThisHost(t *testing.T) {
	env, k := liveEnv(t)
	gather(t, env, clockSync())
	for _, c := range lines[record.ClockSync](t, k, "clocksync") {
		if c.Keeper == "kernel" && c.Synced != nil && (c.Error != nil) == *c.Synced {
			return
		}
	}
	t.Errorf("no word of the kernel: %v", k.lines)
}

func FuzzClockLogs(f *testing.F) {
	f.Add("2024-04-11 00:00:00 203.0.113.15 2 -3.541 0.075 -8.621e-06 N 2 2.940e-03 -2.084e-04 1.534e-02 3.472e-04 8.304e-03", "60411 600.5 198.51.100.7 9614 37 0.02 0.001 0")
	f.Fuzz(func(t *testing.T, chrony, peers string) {
		dir := t.TempDir()
		plantFiles(t, dir, map[string]string{"var/log/chrony/tracking.log": chrony, "var/log/chrony/measurements.log": chrony, "var/log/ntpstats/peerstats": peers, "var/lib/chrony/drift": peers})
		c := &clockKeepers{env: webEnv(t, dir)}
		c.chrony()
		c.ntpd()
		for _, s := range c.found {
			if s.Error != nil && *s.Error < 0 {
				t.Errorf("bound %d", *s.Error)
			}
		}
	})
}
