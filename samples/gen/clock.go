package gen

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// zoneName is the zone of all three hosts.
const zoneName = "Asia/Seoul"

// kst is fixed: Korea has had one offset since 1988.
func kst() *time.Location { return time.FixedZone("KST", 9*3600) }

// at reads a local time of the scenario, "2006-01-02 15:04:05".
func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04:05", s, kst())
	if err != nil {
		panic(fmt.Sprintf("scenario time %q: %v", s, err)) // a broken promise of this package's own text
	}
	return t
}

// stamp3164 is the stamp of RFC 3164 as rsyslog writes it: no year, no zone.
func stamp3164(t time.Time) string { return t.In(kst()).Format("Jan _2 15:04:05") }

// dice is the fixed chance of one host.
func dice(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x5a6b)) }
