package parser

import (
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/parse/parsetest"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// memoryLines are the records of an image that was stopped: two parts, one bad
// page, a rest.
func memoryLines(t testing.TB) []byte {
	whole := []record.MemoryRange{{Start: 0x1000, End: 0x9f000}, {Start: 0x100000, End: 0x8000000}}
	return jsonl(t,
		&record.MemoryPlan{Type: "memory-plan", At: recordNow, Boottime: 3_600_000_000_000, Source: "kcore", Kernel: "6.1.0-56-cloud-amd64", Offset: 0xffff888000000000,
			Listed: whole, Wanted: whole, Unlisted: []record.MemoryRange{{Start: 0x40000000, End: 0x40001000}}, Output: "direct", Resumes: "run-1"},
		&record.MemoryChunk{Type: "memory-chunk", At: recordNow + 1, Boottime: 3_600_000_000_001, Start: 0x1000, Length: 0x9e000,
			States: []record.MemoryState{{Length: 0x9e000, State: "read"}}},
		&record.MemoryChunk{Type: "memory-chunk", At: recordNow + 2, Boottime: 3_600_000_000_002, Start: 0x100000, Length: 0x100000,
			States: []record.MemoryState{{Length: 0x1000, State: "unreadable", Errno: "EIO"}, {Offset: 0x1000, Length: 0xfe000, State: "zero"}, {Offset: 0xff000, Length: 0x1000, State: "unreadable", Errno: "no answer in time"}}},
		&record.MemorySummary{Type: "memory-summary", At: recordNow + 60_000_000_000, Boottime: 3_660_000_000_000, Source: "kcore", Kernel: "6.1.0-56-cloud-amd64", Offset: 0xffff888000000000,
			Ranges: []record.MemoryRange{{Start: 0x1000, End: 0x9f000}, {Start: 0x100000, End: 0x180000}, {Start: 0x180000, End: 0x200000}},
			Read:   0x9e000, Zero: 0xfe000, Unreadable: 0x2000, Left: 0x64000, Missing: []record.MemoryRange{{Start: 0x200000, End: 0x264000}}, Output: "direct", Started: recordNow},
	)
}

func fieldOf(e *event.Event, name string) string {
	for _, f := range e.Fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

func TestMemoryRecords(t *testing.T) {
	data := memoryLines(t)
	parsetest.Run(t, All(), parsetest.Case{Parser: "memory", Source: recordSource("memory", data), Events: 2})
	k := parseRecords(t, "memory", data)
	begun, done := k.Events[0], k.Events[1]
	if begun.Action != "image-begun" {
		begun, done = done, begun
	}
	want := map[string]string{"booted": "2024-03-21T04:46:40Z", "kernel": "6.1.0-56-cloud-amd64", "direct_map": "0xffff888000000000", "output": "direct"}
	for name, v := range want {
		for _, e := range k.Events {
			if got := fieldOf(e, name); got != v {
				t.Errorf("%s: %s is %q, want %q", e.Action, name, got, v)
			}
		}
	}
	for name, v := range map[string]string{"ranges": "1000-9efff 100000-1fffff", "missing": "200000-263fff", "coverage": "80.16 %", "left": "409600"} {
		if got := fieldOf(done, name); got != v {
			t.Errorf("%s is %q, want %q", name, got, v)
		}
	}
	if fieldOf(begun, "resumes") != "run-1" || fieldOf(begun, "unlisted") != "40000000-40000fff" || done.Time.Latest-done.Time.Earliest < 60_000_000_000 {
		t.Errorf("%+v %+v", begun, done.Time)
	}
	if len(k.Warnings) != 1 || !strings.Contains(k.Warnings[0].Message, "0x100000: EIO") || !strings.Contains(k.Warnings[0].Message, "0x1ff000: no answer") {
		t.Errorf("warnings %+v", k.Warnings)
	}
}

func FuzzMemoryRecords(f *testing.F) {
	f.Add(memoryLines(f))
	f.Add([]byte(`{"t":"memory-summary","ranges":[{"start":5,"end":1}],"read":-9223372036854775808,"left":9223372036854775807}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 0 {
			parseRecords(t, "memory", data)
		}
	})
}
