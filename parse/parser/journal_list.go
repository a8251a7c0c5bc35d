package parser

import (
	"fmt"
	"slices"

	"github.com/saksi-dfir/saksi/parse/format/journal"
)

// journalList follows the list of entries that a file keeps, a chain of arrays.
// journalctl shows what it finds there; we read the objects themselves, and so
// see what was taken out of the list.
type journalList struct {
	next    int64       // the array that goes on; 0 at the end of the chain
	last    int64       // the last entry that it names
	listed  journalMark // entries that it names
	entries journalBits // entries that were met
}

func newJournalList(file *journal.File) journalList {
	l := journalList{entries: journalBits{}, listed: journalMark{bits: journalBits{}}}
	if at := file.Header().EntryArray; at < uint64(file.Size()) {
		l.next = int64(at)
	}
	return l
}

// read goes on with the arrays that lie before an offset. The writer makes
// each behind the one before: a chain that turns back is broken.
func (l *journalList) read(file *journal.File, before int64) {
	for l.next > 0 && l.next < before {
		next, ok := file.EntryArray(l.next, func(off int64) {
			l.listed.set(off)
			l.last = max(l.last, off)
		})
		if !ok || next <= l.next {
			next = 0
		}
		l.next = next
	}
}

// journalGroups bounds the warnings about entries that are not listed.
const journalGroups = 256

// unlisted reports entries that are not in the list of the file, neighbours as
// one. In a copy of a file that is being written, the last may not be there yet.
func (j *journalRun) unlisted() {
	missing := slices.Collect(j.list.entries.without(j.list.listed.bits))
	if len(missing) == 0 || j.file.Header().State == journal.Online && missing[0] > j.list.last {
		return
	}
	all := slices.Collect(j.list.entries.without(nil))
	groups := 0
	for len(missing) > 0 {
		at, _ := slices.BinarySearch(all, missing[0])
		n := 1
		for n < len(missing) && at+n < len(all) && missing[n] == all[at+n] {
			n++
		}
		if groups++; groups == journalGroups {
			n = len(missing)
		}
		what, show := "this entry is", "it"
		if n > 1 {
			what, show = fmt.Sprintf("%d entries from here on are", n), "them"
		}
		from, until := missing[0], missing[n-1]+8
		j.b.Warning(from, until-from, "unlisted", what+" not in the list that the file keeps of its entries, so that journalctl does not show "+show+": "+
			"taken out of it, the list is damaged, or the writer was stopped before it had listed them")
		missing = missing[n:]
	}
}
