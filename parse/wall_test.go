package parse

import (
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// TestWall: local times of named zones as intervals, among them hours that a
// clock skips or shows twice, leap seconds, and days that are none.
func TestWall(t *testing.T) {
	utc := func(s string) int64 {
		v, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		return v.UnixNano()
	}
	for name, tt := range map[string]struct {
		zone                 string
		c                    Civil
		instant, first, last string // "": undated
	}{
		"plain":                 {"Europe/Berlin", Civil{Year: 2024, Month: 3, Day: 3, Hour: 2, Minute: 14, Second: 7}, "2024-03-03T01:14:07Z", "2024-03-03T01:14:07Z", "2024-03-03T01:14:07.999999999Z"},
		"milliseconds":          {"Asia/Seoul", Civil{Year: 2024, Month: 3, Day: 3, Hour: 2, Nanos: 5e6, Digits: 3}, "2024-03-02T17:00:00.005Z", "2024-03-02T17:00:00.005Z", "2024-03-02T17:00:00.005999999Z"},
		"shown twice":           {"Europe/Berlin", Civil{Year: 2024, Month: 10, Day: 27, Hour: 2, Minute: 30}, "2024-10-27T00:30:00Z", "2024-10-27T00:30:00Z", "2024-10-27T01:30:00.999999999Z"},
		"first of twice":        {"Europe/Berlin", Civil{Year: 2024, Month: 10, Day: 27, Hour: 2}, "2024-10-27T00:00:00Z", "2024-10-27T00:00:00Z", "2024-10-27T01:00:00.999999999Z"},
		"before twice":          {"Europe/Berlin", Civil{Year: 2024, Month: 10, Day: 27, Hour: 1, Minute: 59, Second: 59}, "2024-10-26T23:59:59Z", "2024-10-26T23:59:59Z", "2024-10-26T23:59:59.999999999Z"},
		"behind twice":          {"Europe/Berlin", Civil{Year: 2024, Month: 10, Day: 27, Hour: 3}, "2024-10-27T02:00:00Z", "2024-10-27T02:00:00Z", "2024-10-27T02:00:00.999999999Z"},
		"skipped":               {"Europe/Berlin", Civil{Year: 2024, Month: 3, Day: 31, Hour: 2, Minute: 30}, "2024-03-31T00:30:00Z", "2024-03-31T00:30:00Z", "2024-03-31T01:30:00.999999999Z"},
		"behind skipped":        {"Europe/Berlin", Civil{Year: 2024, Month: 3, Day: 31, Hour: 3}, "2024-03-31T01:00:00Z", "2024-03-31T01:00:00Z", "2024-03-31T01:00:00.999999999Z"},
		"half an hour twice":    {"Australia/Lord_Howe", Civil{Year: 2024, Month: 4, Day: 7, Hour: 1, Minute: 45}, "2024-04-06T14:45:00Z", "2024-04-06T14:45:00Z", "2024-04-06T15:15:00.999999999Z"},
		"a day that was not":    {"Pacific/Apia", Civil{Year: 2011, Month: 12, Day: 30, Hour: 12}, "2011-12-29T22:00:00Z", "2011-12-29T22:00:00Z", "2011-12-30T22:00:00.999999999Z"},
		"no zone":               {"", Civil{Year: 2024, Month: 3, Day: 3, Hour: 12}, "2024-03-03T12:00:00Z", "2024-03-02T22:00:00Z", "2024-03-04T00:00:00.999999999Z"},
		"leap second":           {"UTC", Civil{Year: 2016, Month: 12, Day: 31, Hour: 23, Minute: 59, Second: 60}, "2017-01-01T00:00:00Z", "2017-01-01T00:00:00Z", "2017-01-01T00:00:00.999999999Z"},
		"second 61":             {"UTC", Civil{Year: 2016, Month: 12, Day: 31, Hour: 23, Minute: 59, Second: 61}, "", "", ""},
		"30 February":           {"UTC", Civil{Year: 2024, Month: 2, Day: 30}, "", "", ""},
		"29 February 2023":      {"UTC", Civil{Year: 2023, Month: 2, Day: 29}, "", "", ""},
		"29 February 1900":      {"UTC", Civil{Year: 1900, Month: 2, Day: 29}, "", "", ""},
		"1900":                  {"UTC", Civil{Year: 1900, Month: 1, Day: 1}, "1900-01-01T00:00:00Z", "1900-01-01T00:00:00Z", "1900-01-01T00:00:00.999999999Z"},
		"2106":                  {"UTC", Civil{Year: 2106, Month: 2, Day: 7, Hour: 6, Minute: 28, Second: 16}, "2106-02-07T06:28:16Z", "2106-02-07T06:28:16Z", "2106-02-07T06:28:16.999999999Z"},
		"1678":                  {"", Civil{Year: 1678, Month: 1, Day: 1}, "1678-01-01T00:00:00Z", "1677-12-31T10:00:00Z", "1678-01-01T12:00:00.999999999Z"},
		"1677":                  {"UTC", Civil{Year: 1677, Month: 12, Day: 31}, "", "", ""},
		"2262":                  {"", Civil{Year: 2262, Month: 1, Day: 31, Hour: 23}, "2262-01-31T23:00:00Z", "2262-01-31T09:00:00Z", "2262-02-01T11:00:00.999999999Z"},
		"behind its January":    {"UTC", Civil{Year: 2262, Month: 2, Day: 1}, "", "", ""},
		"beyond what is stored": {"UTC", Civil{Year: 2300, Month: 1, Day: 1}, "", "", ""},
		"hour 24":               {"UTC", Civil{Year: 2024, Month: 1, Day: 1, Hour: 24}, "", "", ""},
	} {
		f := &Facts{}
		if tt.zone != "" {
			loc, err := LoadZone(tt.zone)
			if err != nil {
				t.Fatal(err)
			}
			f.Zone, f.ZoneFrom = loc, event.ZoneHost
		}
		w := NewWall(f)
		for range 2 { // the second time from the cache of the hour
			got := w.Local(&tt.c)
			if tt.instant == "" {
				if got.Dated() || !got.Reasons.Has(event.StampInvalid) {
					t.Errorf("%s: %+v is no invalid stamp", name, got)
				}
				continue
			}
			if got.Instant != utc(tt.instant) || got.Earliest != utc(tt.first) || got.Latest != utc(tt.last) {
				t.Errorf("%s: %s in [%s, %s]", name, time.Unix(0, got.Instant).UTC(), time.Unix(0, got.Earliest).UTC(), time.Unix(0, got.Latest).UTC())
			}
			if zone := got.Reasons.Has(event.ZoneUnknown); zone != (tt.zone == "") {
				t.Errorf("%s: reasons %s", name, got.Reasons)
			}
			if tt.zone == "" && got.Latest-got.Earliest < 26*3600e9 {
				t.Errorf("%s: only %d s wide", name, (got.Latest-got.Earliest)/1e9)
			}
		}
	}
}
