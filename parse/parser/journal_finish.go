package parser

import (
	"fmt"

	"github.com/saksi-dfir/saksi/parse/format/journal"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// finish reports what only the whole file tells.
func (j *journalRun) finish() error {
	if j.at < j.size {
		j.b.Padding(j.at, j.size-j.at)
	}
	j.endBoots()
	j.endRun()
	if err := j.orphans(); err != nil {
		return err
	}
	j.unlisted()
	j.lostEnd()
	j.claims()
	if j.tired || j.file.Tired() {
		j.b.Warning(0, j.size, "too-much-work", "the file asks for more work than any honest file of its size: values were not all decompressed and verified")
	}
	return nil
}

// orphans reports data objects that no entry names, neighbours as one.
func (j *journalRun) orphans() error {
	var open event.Span
	count, first := 0, ""
	end := func() {
		if count > 0 {
			j.b.Warning(open.Offset, open.Length, "orphan",
				fmt.Sprintf("%d values that no entry names, the first %q: an entry was removed or lost, or was never finished", count, first))
		}
		count = 0
	}
	total := 0
	for off := range j.known.without(j.used) {
		v := j.file.Data(off)
		if v == nil {
			continue
		}
		if count > 0 && v.Offset-(open.Offset+open.Length) < 8 {
			open.Length = v.Offset + v.Size - open.Offset
			count++
			continue
		}
		end()
		open, count = event.Span{Offset: v.Offset, Length: v.Size}, 1
		first = journalCut(j.file.Key(v.Key) + "=" + v.Value)
		if total++; total%(1<<14) == 0 {
			if err := j.flush(); err != nil {
				return err
			}
		}
	}
	end()
	return nil
}

func journalCut(s string) string {
	if len(s) > 80 {
		return s[:80] + "..."
	}
	return s
}

// lostEnd tells of entries that the header speaks of and that would lie behind
// the last that is there.
func (j *journalRun) lostEnd() {
	h, f := j.file.Header(), &j.found
	if h.TailObject <= uint64(f.tail) || h.TailSeqnum <= f.lastSeq || !journalTime(h.TailRealtime).Dated() {
		return
	}
	from := min(max(f.end, j.file.Start()), j.size)
	has := "holds none of them"
	if f.entries > 0 {
		has = fmt.Sprintf("ends with %d", f.lastSeq)
	}
	until := j.size
	if h.TailObject < uint64(j.size) {
		until = max(from, int64(h.TailObject))
	}
	j.b.Warning(from, until-from, "lost-end", fmt.Sprintf("the header speaks of entries up to seqnum %d of %s, the file %s: the rest was lost in a crash, cut off or wiped",
		h.TailSeqnum, wtmpStamp(int64(h.TailRealtime)*1000), has))
}

// claims holds the header against what was found.
func (j *journalRun) claims() {
	h, f := j.file.Header(), &j.found
	live := h.State == journal.Online
	add := func(what string, claimed, found uint64) {
		if claimed == found || (live && found > claimed) {
			return
		}
		j.b.Warning(0, j.file.Start(), "header-mismatch", fmt.Sprintf("the header claims %s %d, found %d", what, claimed, found))
	}
	add("entries:", h.Entries, f.entries)
	add("objects:", h.Objects, f.objects)
	if h.HeaderSize >= 224 {
		add("data objects:", h.Datas, f.datas)
		add("fields:", h.Fields, f.fields)
	}
	if h.HeaderSize >= 240 {
		add("tags:", h.Tags, f.tags)
		add("entry arrays:", h.EntryArrays, f.arrays)
	}
	add("the last object at", h.TailObject, uint64(f.tail))
	if f.entries > 0 {
		add("first seqnum", h.HeadSeqnum, f.firstSeq)
		add("last seqnum", h.TailSeqnum, f.lastSeq)
		add("first time (us)", h.HeadRealtime, f.firstTime)
		add("last time (us)", h.TailRealtime, f.lastTime)
	}
}
