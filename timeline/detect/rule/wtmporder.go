package rule

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/detect"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// WtmpOrder finds marks of editing in wtmp: records that are all zeros, and
// times that go back without a record of a clock change. wtmp is only ever
// appended to, so the order of its records is the order in which they were
// written.
type WtmpOrder struct{}

// Describe tells what the detector is.
func (WtmpOrder) Describe() detect.Description {
	return detect.Description{
		Name: "wtmp-order", Version: 1,
		Doc:         "wtmp holds zeroed records, or its times go back without a clock change on record",
		Technique:   "T1070.002",
		References:  []string{"https://man7.org/linux/man-pages/man5/utmp.5.html"},
		Alternative: "the clock was wrong at boot and set later, a crash left zeros, or files of several hosts were put together",
		Sources:     []string{"wtmp"},
	}
}

// backStep is how far times may go back without meaning anything: several
// programs write wtmp, each with the stamp of its own moment.
const backStep = int64(120e9)

type wtmpFile struct {
	host    event.HostKey
	run     string
	exhibit uint32
}

type wtmpRecord struct {
	offset int64
	at     int64
	id     event.ID
	time   event.Time
	action string
}

// Detect looks at each wtmp file in the order of its records.
func (d WtmpOrder) Detect(ctx context.Context, ev detect.Events, _ detect.Coverage, emit func(claim.Finding) error) error {
	files := map[wtmpFile][]wtmpRecord{}
	for e, err := range ev.Events(ctx, source("wtmp")) {
		if err != nil {
			return fmt.Errorf("read wtmp events: %w", err)
		}
		if e.Source != "wtmp" {
			continue
		}
		k := wtmpFile{e.Host, e.Origin.Run, e.Origin.Exhibit}
		files[k] = append(files[k], wtmpRecord{e.Origin.Offset, e.Time.Instant, e.ID(), e.Time, e.Action})
	}
	keys := make([]wtmpFile, 0, len(files))
	for k := range files {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b wtmpFile) int {
		return cmp.Or(slices.Compare(a.host[:], b.host[:]), cmp.Compare(a.run, b.run), cmp.Compare(a.exhibit, b.exhibit))
	})
	for _, k := range keys {
		if err := d.file(k, files[k], emit); err != nil {
			return err
		}
	}
	return nil
}

func (d WtmpOrder) file(k wtmpFile, rs []wtmpRecord, emit func(claim.Finding) error) error {
	slices.SortFunc(rs, func(a, b wtmpRecord) int { return cmp.Compare(a.offset, b.offset) })
	zero := claim.Finding{Host: k.host, Level: claim.Medium, Confidence: "medium", Time: event.Undated()}
	var prev *wtmpRecord
	for i := range rs {
		r := &rs[i]
		if r.action == "empty" {
			if len(zero.Events) == 0 {
				zero.Time = r.time
			}
			zero.Events = append(zero.Events, r.id)
			continue
		}
		if r.at == event.NoInstant {
			continue
		}
		if prev != nil && prev.at-r.at > backStep && !changed(prev.action) && !changed(r.action) && r.action != "boot" {
			f := claim.Finding{Host: k.host, Level: claim.Low, Confidence: "low", Time: r.time, Events: []event.ID{prev.id, r.id},
				Title: fmt.Sprintf("a wtmp record is stamped %s before the record that stands before it", time.Duration(prev.at-r.at).Round(time.Second))}
			if err := emit(f); err != nil {
				return err
			}
		}
		prev = r
	}
	if len(zero.Events) == 0 {
		return nil
	}
	zero.Title = fmt.Sprintf("wtmp holds %d records without content between others", len(zero.Events))
	zero.Detail = "wtmp is appended to, never preallocated; programs that hide a login write zeros over its record"
	return emit(zero)
}

// changed says whether a record tells of a clock change.
func changed(action string) bool { return action == "clock-old" || action == "clock-new" }
