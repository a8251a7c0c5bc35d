package parser

import (
	"encoding/binary"
	"testing"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// TestStampsBeyondNanoseconds: seconds that 64 bits of ns do not hold are said
// to be impossible; they never come out as another time.
func TestStampsBeyondNanoseconds(t *testing.T) {
	wide := make([]byte, 400)
	binary.LittleEndian.PutUint16(wide, 7)
	copy(wide[8:], "pts/0")
	copy(wide[44:], "kim")
	good := append([]byte(nil), wide...)
	binary.LittleEndian.PutUint64(good[344:], 1709432047)
	binary.LittleEndian.PutUint64(wide[344:], 1<<35)
	data := append(append(append([]byte(nil), good...), wide...), good...)
	s := binParse(t, newWtmp(), nil, "/var/log/wtmp", data)
	if len(s.events) != 3 || s.events[1].Time.Dated() || !s.events[1].Time.Reasons.Has(event.StampInvalid) {
		t.Errorf("wtmp: %d events, %+v", len(s.events), s.events[1].Time)
	}
	text := "type=LOGIN msg=audit(34359738368.000:5): pid=1\ntype=LOGIN msg=audit(1709432047.123:6): pid=1\n"
	s = binParse(t, newAudit(), nil, "/var/log/audit/audit.log", []byte(text))
	if len(s.events) != 2 || s.events[0].Time.Dated() || !s.events[0].Time.Reasons.Has(event.StampInvalid) || len(s.counters) != 1 {
		t.Errorf("audit: %+v, %+v", s.events[0].Time, s.counters)
	}
	s = binParse(t, newAudit(), nil, "/var/log/audit/audit.log", []byte("type=LOGIN msg=audit(8999999999.999:5): pid=1\n"))
	if len(s.events) != 1 || s.events[0].Time.Instant != 8_999_999_999_999e6 {
		t.Errorf("audit of the year 2255: %+v", s.events[0].Time)
	}
}

// TestStartedAt: what cannot have begun when it says is not dated.
func TestStartedAt(t *testing.T) {
	const at, up = int64(1_711_000_000_000_000_000), int64(5_000_000_000_000)
	for _, tt := range []struct {
		name         string
		at, boottime int64
		since        uint64
		instant      int64
		reason       event.Reason
	}{
		{"plain", at, up, 123e9, at - up + 123e9, event.BootDerived},
		{"in the tick of the reading", at, up, uint64(up) + 9e6, at + 9e6, event.BootDerived},
		{"without a reading", 0, up, 123e9, event.NoInstant, event.StampNone},
		{"without a time since boot", at, 0, 123e9, event.NoInstant, event.StampNone},
		{"after it was seen", at, up, uint64(up) + 2e9, event.NoInstant, event.StampInvalid},
		{"beyond 64 bits", at, up, ticks(1 << 63), event.NoInstant, event.StampInvalid},
		{"up since before 1970", at, at + 1, 5, event.NoInstant, event.StampInvalid},
	} {
		got := startedAt(tt.at, tt.boottime, tt.since, event.Tick, event.ResolutionTick)
		if got.Instant != tt.instant || !got.Reasons.Has(tt.reason) || got.Earliest > got.Latest {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}

// TestClockRecordsUndated: the two records of a change of the clock, the first
// without a time, tell no step.
func TestClockRecordsUndated(t *testing.T) {
	data := wtmpFixture(t, "wtmp")[:384*4]
	data[384], data[384*2] = 4, 3
	clear(data[384+340 : 384+348])
	for _, e := range binParse(t, newWtmp(), nil, "/x.bin", data).events {
		if step, ok := e.Get("step"); ok {
			t.Errorf("step %q of %+v", step, e)
		}
	}
}

// TestMemoryChunkStates: a chunk whose states do not tell all its bytes, or
// tell of none known, is warned about.
func TestMemoryChunkStates(t *testing.T) {
	for name, tt := range map[string]struct {
		states []record.MemoryState
		warns  int
	}{
		"whole":   {[]record.MemoryState{{Length: 4096, State: "read"}, {Offset: 4096, Length: 4096, State: "zero"}}, 0},
		"none":    {nil, 1},
		"unknown": {[]record.MemoryState{{Length: 8192, State: "seen"}}, 1},
		"gap":     {[]record.MemoryState{{Length: 4096, State: "read"}, {Offset: 6000, Length: 2192, State: "read"}}, 1},
		"minus":   {[]record.MemoryState{{Length: -4096, State: "read"}}, 1},
		"short":   {[]record.MemoryState{{Length: 4096, State: "read"}}, 1},
	} {
		k := parseRecords(t, "memory", jsonl(t, &record.MemoryChunk{Type: "memory-chunk", At: recordNow, Start: 4096, Length: 8192, States: tt.states}))
		if len(k.Warnings) != tt.warns {
			t.Errorf("%s: %+v", name, k.Warnings)
		}
	}
}
