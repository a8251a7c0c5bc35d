package parse

import (
	"testing"
	"time"
)

// TestLoadZone: offsets in all forms that logs and people write, and none that
// no place on earth has.
func TestLoadZone(t *testing.T) {
	for name, want := range map[string]int{"+09:00": 9 * 3600, "+0545": 5*3600 + 45*60, "-03": -3 * 3600, "+14:00": 14 * 3600, "-12:00": -12 * 3600, "+00:00": 0, "UTC": 0, "Asia/Kathmandu": 5*3600 + 45*60} {
		l, err := LoadZone(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, off := time.Unix(1_709_432_047, 0).In(l).Zone(); off != want {
			t.Errorf("%s: %d s, want %d", name, off, want)
		}
	}
	for _, name := range []string{"", "Local", "+14:01", "-12:30", "+25:00", "+9", "+", "-", "+09:60", "KST-9", "../etc/passwd"} {
		if l, err := LoadZone(name); err == nil {
			t.Errorf("%q is taken for %s", name, l)
		}
	}
}
