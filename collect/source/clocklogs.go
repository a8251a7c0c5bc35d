package source

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/collect/record"
)

// ntpd reads the last line of peerstats: day (MJD), second, address, status,
// offset (positive: the host's clock is slow), delay, dispersion, jitter.
func (c *clockKeepers) ntpd() {
	confs := []string{"/etc/ntp.conf", "/etc/ntpsec/ntp.conf"}
	for _, dir := range []string{c.setting(confs, "statsdir", "/var/log/ntpstats"), "/var/log/ntpsec"} {
		var s record.ClockSync
		name := strings.TrimSuffix(dir, "/") + "/peerstats"
		line, ok := c.last(name, func(f []string) bool {
			if len(f) < 7 {
				return false
			}
			v, good := seconds(append(append([]string{}, f[:2]...), f[4:7]...))
			if !good || v[0] < 40000 || v[0] > 100000 {
				return false
			}
			s.Stated = (int64(v[0])-40587)*86400*1e9 + int64(v[1]*1e9) // MJD 40587 is 1970-01-01
			s.Server, s.Offset, s.Error = f[2], nsOf(v[2]), nsOf(math.Abs(v[3])/2+math.Abs(v[4]))
			return true
		})
		if ok {
			s.Keeper, s.From, s.Line = "ntpd", record.Bytes(name), record.Bytes(line)
			c.add(s)
		}
	}
	c.driftFile("ntpd", c.setting(confs, "driftfile", "/var/lib/ntp/ntp.drift"))
}

// seconds reads decimal numbers.
func seconds(words []string) (out []float64, ok bool) {
	for _, w := range words {
		v, err := strconv.ParseFloat(w, 64)
		if err != nil || math.IsNaN(v) || math.Abs(v) > 1e9 {
			return nil, false
		}
		out = append(out, v)
	}
	return out, true
}

func nsOf(s float64) *int64 {
	v := int64(math.Round(s * 1e9))
	return &v
}

func ppb(ppm float64) *int64 {
	v := int64(math.Round(ppm * 1000))
	return &v
}

func utcStamp(s string) (int64, bool) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return 0, false
	}
	return t.UnixNano(), true
}
