package source

import (
	"context"
	"fmt"
	"math"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/record"
)

func clockSync() collect.Source { return clockSyncSource{} }

// clockSyncSource reads what the keepers of the clock last knew of its error.
type clockSyncSource struct{}

// Describe implements collect.Source.
func (clockSyncSource) Describe() collect.Description {
	return collect.Description{
		Name: "clocksync",
		Doc: "how far the host's clock was off when its keeper last looked, with the bound of the error: last measurements of chrony and ntpd, last " +
			"synchronisation of systemd-timesyncd, and the bound that the kernel itself keeps. Nothing is sent; --ntp measures anew.",
		Effects:    "page cache only",
		References: []string{"chrony.conf(5) log", "ntp.conf(5) statistics", "systemd-timesyncd.service(8)", "adjtimex(2)", "RFC 5905 section 11.2 (root distance)"},
		Group:      collect.GroupClock,
		MinKernel:  "3.10",
		Profiles:   []string{collect.ProfileSweep, collect.ProfileTriage, collect.ProfileFull},
	}
}

// Plan implements collect.Source.
func (clockSyncSource) Plan(context.Context, *collect.Env) ([]bundle.PlanItem, error) {
	return []bundle.PlanItem{{Target: "state of chrony, ntpd, timesyncd and the kernel's clock", Bytes: 4096}}, nil
}

// Collect implements collect.Source.
func (clockSyncSource) Collect(_ context.Context, env *collect.Env, _ bundle.PlanItem) (bundle.Outcome, error) {
	c := &clockKeepers{env: env}
	c.chrony()
	c.ntpd()
	c.timesyncd()
	c.kernel()
	if len(c.found) == 0 {
		return bundle.Outcome{Outcome: bundle.Absent, Reason: "no keeper of the clock has left any state"}, nil
	}
	stream, err := env.Out.Records(bundle.Exhibit{Name: "data/records/clocksync", Source: "clocksync", Method: "open, read; adjtimex"})
	if err != nil {
		return bundle.Outcome{}, fmt.Errorf("clock records: %w", err)
	}
	for i := range c.found {
		if err := stream.Record(&c.found[i]); err != nil {
			return bundle.Outcome{}, fmt.Errorf("clock records: %w", err)
		}
	}
	if _, _, err := stream.Close(); err != nil {
		return bundle.Outcome{}, fmt.Errorf("clock records: %w", err)
	}
	return bundle.Outcome{Outcome: bundle.Collected, Reason: c.words()}, nil
}

// clockKeepers gathers what each keeper says.
type clockKeepers struct {
	env   *collect.Env
	found []record.ClockSync
}

func (c *clockKeepers) add(s record.ClockSync) {
	s.Type, s.At = "clock-sync", time.Now().UnixNano()
	c.found = append(c.found, s)
}

// words names the measurement with the smallest bound.
func (c *clockKeepers) words() string {
	var best *record.ClockSync
	for i := range c.found {
		if s := &c.found[i]; s.Error != nil && s.Offset != nil && (best == nil || *s.Error < *best.Error) {
			best = s
		}
	}
	if best == nil {
		return fmt.Sprintf("%d states, none with an offset", len(c.found))
	}
	return fmt.Sprintf("%s: true time was %s ahead of the host's clock, +- %s, at %s", best.Keeper, time.Duration(*best.Offset), time.Duration(*best.Error),
		time.Unix(0, best.Stated).UTC().Format(time.RFC3339))
}

const (
	maxClockLog  = 64 << 20 // bytes of a log that is looked into
	clockLogTail = 64 << 10 // read from its end
)

// last gives the last line of a file that fn takes, from its end.
func (c *clockKeepers) last(name string, fn func(fields []string) bool) (line string, ok bool) {
	f, err := c.env.Host.Open(name)
	if err != nil {
		return "", false
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil || st.Size > maxClockLog {
		return "", false
	}
	buf := make([]byte, min(st.Size, clockLogTail))
	n, _ := f.ReadAt(buf, st.Size-int64(len(buf)))
	lines := strings.Split(string(buf[:n]), "\n")
	for _, l := range slices.Backward(lines) {
		if fn(strings.Fields(l)) {
			return l, true
		}
	}
	return "", false
}

// setting reads one directive of a configuration.
func (c *clockKeepers) setting(names []string, key, otherwise string) string {
	for _, name := range names {
		text, _, err := c.env.Host.ReadFile(name, maxConf)
		if err != nil {
			continue
		}
		for line := range strings.SplitSeq(string(text), "\n") {
			if w := strings.Fields(line); len(w) > 1 && w[0] == key && strings.HasPrefix(w[1], "/") {
				return path.Clean(w[1])
			}
		}
	}
	return otherwise
}

func (c *clockKeepers) chrony() {
	confs := []string{"/etc/chrony.conf", "/etc/chrony/chrony.conf"}
	logs := c.setting(confs, "logdir", "/var/log/chrony")
	c.chronyMeasurement(logs + "/measurements.log")
	c.chronyTracking(logs + "/tracking.log")
	c.driftFile("chrony", c.setting(confs, "driftfile", "/var/lib/chrony/drift"))
}

// chronyMeasurement reads the last exchange with a server: 12 offset (positive:
// the host's clock is slow), 13 delay, 14 dispersion, 15 root delay, 16 root dispersion.
func (c *clockKeepers) chronyMeasurement(name string) {
	var s record.ClockSync
	line, ok := c.last(name, func(f []string) bool {
		if len(f) < 16 {
			return false
		}
		at, ok := utcStamp(f[0] + "T" + f[1] + "Z")
		v, good := seconds(f[11:16])
		if !ok || !good {
			return false
		}
		s.Stated, s.Server, s.Offset = at, f[2], nsOf(v[0])
		s.Error = nsOf(math.Abs(v[1])/2 + math.Abs(v[2]) + math.Abs(v[3])/2 + math.Abs(v[4]))
		return true
	})
	if ok {
		s.Keeper, s.From, s.Line = "chrony", record.Bytes(name), record.Bytes(line)
		c.add(s)
	}
}

// chronyTracking reads the last update: 5 frequency, 6 skew (ppm), 7 offset, 11 remaining correction,
// 14 maximum error. The clock is being slewed, so that the sum of their sizes is the bound.
func (c *clockKeepers) chronyTracking(name string) {
	var s record.ClockSync
	line, ok := c.last(name, func(f []string) bool {
		if len(f) < 13 {
			return false
		}
		at, ok := utcStamp(f[0] + "T" + f[1] + "Z")
		rate, good := seconds(f[4:7])
		if !ok || !good {
			return false
		}
		s.Stated, s.Server = at, f[2]
		s.Frequency, s.Skew = ppb(rate[0]), ppb(rate[1])
		rest, good := seconds(append([]string{f[10]}, f[11:13]...))
		bound := math.Abs(rate[2])
		switch {
		case !good:
			return true
		case len(f) > 13:
			most, good := seconds(f[13:14])
			if !good {
				return true
			}
			bound += math.Abs(rest[0]) + math.Abs(most[0])
		default: // before 2.2 no maximum: root delay and root dispersion
			bound += math.Abs(rest[0]) + math.Abs(rest[1])/2 + math.Abs(rest[2])
		}
		s.Error = nsOf(bound)
		return true
	})
	if ok {
		s.Keeper, s.From, s.Line = "chrony", record.Bytes(name), record.Bytes(line)
		synced := s.Server != "0.0.0.0"
		s.Synced = &synced
		c.add(s)
	}
}

// driftFile reads "frequency [skew]" in ppm; its time is when it was written.
func (c *clockKeepers) driftFile(keeper, name string) {
	text, _, err := c.env.Host.ReadFile(name, 4096)
	w := strings.Fields(string(text))
	if err != nil || len(w) == 0 {
		return
	}
	v, ok := seconds(w[:1])
	if !ok {
		return
	}
	s := record.ClockSync{Keeper: keeper, From: record.Bytes(name), Line: record.Bytes(strings.TrimSpace(string(text))), Frequency: ppb(v[0])}
	if len(w) > 1 {
		if v, ok := seconds(w[1:2]); ok {
			s.Skew = ppb(v[0])
		}
	}
	if st, err := c.env.Host.Stat(name); err == nil {
		s.Stated = st.Mtime
	}
	c.add(s)
}

// timesyncd touches one file at each synchronisation, another now and then.
func (c *clockKeepers) timesyncd() {
	for _, name := range []string{"/run/systemd/timesync/synchronized", "/var/lib/systemd/timesync/clock", "/var/lib/private/systemd/timesync/clock"} {
		if st, err := c.env.Host.Stat(name); err == nil {
			synced := strings.HasPrefix(name, "/run/")
			s := record.ClockSync{Keeper: "timesyncd", From: record.Bytes(name), Stated: st.Mtime}
			if synced {
				s.Synced = &synced
			}
			c.add(s)
		}
	}
}

// kernel states the bound that the kernel keeps: it grows by 500 ppm from the
// last word of the keeper on. Unsynchronised, it means nothing.
func (c *clockKeepers) kernel() {
	if !c.env.Host.Live() {
		return
	}
	reading := c.env.Host.Clock("clocksync")
	t := reading.Adjtimex
	if t == nil {
		return
	}
	const unsync, nano, timeError = 0x40, 0x2000, 5 // STA_UNSYNC, STA_NANO, TIME_ERROR: linux/timex.h
	synced := t.Status&unsync == 0 && t.State != timeError
	s := record.ClockSync{Keeper: "kernel", From: record.Bytes("adjtimex(2)"), Stated: reading.Realtime, Synced: &synced,
		Line: record.Bytes(fmt.Sprintf("state %d status %#x offset %d maxerror %d esterror %d", t.State, t.Status, t.Offset, t.MaxError, t.EstError))}
	if synced {
		pending := t.Offset // what is still being slewed
		if t.Status&nano == 0 {
			pending *= 1000
		}
		bound := t.MaxError*1000 + max(pending, -pending)
		s.Error = &bound
	}
	c.add(s)
}
