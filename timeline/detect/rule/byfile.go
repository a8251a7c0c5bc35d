package rule

import (
	"fmt"
	"path"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// maxCited is how many events one finding cites.
const maxCited = 64

// hostFile is a path on a host.
type hostFile struct {
	host event.HostKey
	file string
}

// byFile gathers events into one finding for each host and file, in the order
// in which the files came.
type byFile struct {
	found  map[hostFile]*claim.Finding
	counts map[hostFile]int
	order  []hostFile
}

func newByFile() *byFile {
	return &byFile{found: map[hostFile]*claim.Finding{}, counts: map[hostFile]int{}}
}

// add counts an event of a file; begin makes the finding at its first.
func (b *byFile) add(e *event.Event, file string, begin func(e *event.Event, file string) *claim.Finding) {
	k := hostFile{e.Host, path.Clean(file)}
	f := b.found[k]
	if f == nil {
		f = begin(e, k.file)
		b.found[k] = f
		b.order = append(b.order, k)
	}
	b.counts[k]++
	if len(f.Events) < maxCited {
		f.Events = append(f.Events, e.ID())
	}
}

// emit hands the findings over, each with how often its file came.
func (b *byFile) emit(emit func(claim.Finding) error) error {
	for _, k := range b.order {
		f := b.found[k]
		if n := b.counts[k]; n > 1 {
			f.Title += fmt.Sprintf(", %d times", n)
		}
		if err := emit(*f); err != nil {
			return err
		}
	}
	return nil
}
