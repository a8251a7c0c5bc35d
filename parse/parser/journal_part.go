package parser

import (
	"context"
	"sync"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/journal"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// A file is read in parts of so many bytes, several at once. A part begins at
// the first object beyond doubt in its stretch; it counts only when the part
// before it ends just there, else it is read again from where that one ends.
// So the result depends on the file alone, not on how many read it.
const (
	journalPartBytes = 256 << 10
	journalPartText  = 32 << 20 // values and messages of one part
	journalUsual     = 512      // bytes of an entry with its own values, as a rule
	journalBefore    = 1 << 14  // data objects before a part that are listed one by one
)

// journalNote is what goes from an entry to the next.
type journalNote struct {
	e              *event.Event
	boot           journal.ID
	seqnum         uint64
	real, mono     uint64 // us
	offset, length int64
}

// journalPart is what was read of one stretch.
type journalPart struct {
	from, end   int64 // of what was read; from is -1 when no object begins in the stretch
	limit       int64 // end of the stretch
	b           *parse.Batch
	found       journalFound
	known, used journalMark
	entries     journalMark
	tired       bool
	journalLists
}

// journalLists are lists of a part whose memory goes to another part.
type journalLists struct {
	notes  []journalNote
	before []int64 // data objects before the part that its entries name; used has the rest
}

// journalSpare keeps the memory of parts that are taken.
type journalSpare struct {
	mu   sync.Mutex
	list []journalLists
}

func (s *journalSpare) get() (l journalLists) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.list); n > 0 {
		l, s.list = s.list[n-1], s.list[:n-1]
	}
	return l
}

// put takes lists that nobody uses any more.
func (s *journalSpare) put(l journalLists) {
	const most = 8
	clear(l.notes) // events are let go of
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.list) < most {
		s.list = append(s.list, journalLists{l.notes[:0], l.before[:0]})
	}
}

// parts reads the file.
func (j *journalRun) parts(ctx context.Context, workers int) error {
	next, at := j.file.Start(), j.file.Start()
	return parse.Ordered[int64, *journalPart]{
		Next: func() (int64, bool, error) {
			from := next
			next = (from/j.stride + 1) * j.stride
			return from, from < j.size, nil
		},
		Work: func(from int64) (*journalPart, error) {
			return j.part(ctx, from, min((from/j.stride+1)*j.stride, j.size), true)
		},
		Done: func(p *journalPart) (err error) {
			for limit := p.limit; at < limit; at = p.end {
				if p.from != at {
					if p, err = j.part(ctx, at, limit, false); err != nil {
						return err
					}
				}
				if err := j.take(p); err != nil {
					return err
				}
			}
			return nil
		},
	}.Run(ctx, workers)
}

// part reads [from, to) and beyond, to the end of the object that lies across
// to. With search, it begins at the first object beyond doubt.
func (j *journalRun) part(ctx context.Context, from, to int64, search bool) (*journalPart, error) {
	view := j.file.View(j.stride)
	defer view.Close()
	p := &journalPart{from: from, end: from, limit: to, b: j.x.NewBatch(), journalLists: j.spare.get()}
	if p.notes == nil {
		p.notes = make([]journalNote, 0, (to-from)/journalUsual+1)
	}
	p.known.bits, p.used.bits, p.entries.bits = journalBits{}, journalBits{}, journalBits{}
	if search {
		at, ok := view.Border(from, to)
		if !ok {
			p.from = -1
			return p, nil
		}
		p.from = at
	}
	r := &journalReader{ctx: ctx, run: j, file: view, journalPart: p, at: p.from, noStem: journalStem{last: -1, sorted: true}}
	end, err := view.Walk(p.from, to, r.piece)
	if p.end, p.tired = end, view.Tired(); r.at < end {
		p.b.Padding(r.at, end-r.at) // alignment
	}
	return p, err
}

// take goes on with the next part: the one before it is handed over.
func (j *journalRun) take(p *journalPart) error {
	if p.from > j.at {
		j.b.Padding(j.at, p.from-j.at) // alignment
	}
	j.at = p.end
	j.tired = j.tired || p.tired
	j.found.add(&p.found)
	j.known.merge(p.known.bits)
	j.used.merge(p.used.bits)
	for _, off := range p.before {
		j.used.set(off)
	}
	j.list.entries.merge(p.entries.bits)
	j.list.read(j.file, p.end)
	j.taken++
	for i := range p.notes {
		j.note(&p.notes[i])
		j.follow(&p.notes[i])
	}
	j.spare.put(p.journalLists)
	p.journalLists = journalLists{}
	if err := j.flush(); err != nil {
		return err
	}
	j.pending, j.waits = p.b, j.taken
	return nil
}

func (f *journalFound) add(p *journalFound) {
	f.objects += p.objects
	f.entries += p.entries
	f.datas += p.datas
	f.fields += p.fields
	f.tags += p.tags
	f.arrays += p.arrays
	if p.objects > 0 {
		f.tail, f.end = p.tail, p.end
	}
}

// journalReader reads one part.
type journalReader struct {
	*journalPart
	ctx   context.Context
	run   *journalRun
	file  *journal.File
	plan  []journalField // by key
	n     int            // objects and stretches met
	text  int            // bytes held by the events
	at    int64          // up to here the part is accounted for
	host  journalHost
	audit *auditView

	noStem journalStem // of entries whose fields are their own
}

// piece takes one stretch of the file.
func (j *journalReader) piece(p *journal.Piece) error {
	if j.n++; j.n%1024 == 0 {
		if err := j.ctx.Err(); err != nil {
			return err
		}
	}
	if p.Offset > j.at {
		j.b.Padding(j.at, p.Offset-j.at) // alignment
	}
	j.at = max(j.at, p.Offset+p.Size)
	switch p.Kind {
	case journal.Unused:
		j.b.Padding(p.Offset, p.Size)
		return nil
	case journal.Wiped:
		j.warn(p.Offset, p.Size, "zeroed", p.Why)
		return nil
	case journal.Damaged:
		j.warn(p.Offset, p.Size, "damaged", p.Why)
		return nil
	}
	j.object(p)
	if int64(j.text)+j.file.Held() > journalPartText {
		return journal.ErrStop
	}
	return nil
}

// warn adds a warning; it counts as text, of which a part holds only so much.
func (j *journalReader) warn(offset, length int64, code, message string) {
	j.text += len(message) + 128
	j.b.Warning(offset, length, code, message)
}

func (j *journalReader) object(p *journal.Piece) {
	f := &j.found
	f.objects++
	f.tail, f.end = p.Offset, p.Offset+p.Size
	if p.Why != "" {
		j.warn(p.Offset, p.Size, journalCode(p), p.Type.String()+": "+p.Why)
	}
	switch p.Type {
	case journal.TypeEntry:
		f.entries++
		j.entries.set(p.Offset)
		j.entry(p)
		return
	case journal.TypeData:
		f.datas++
		j.known.set(p.Offset)
		return
	case journal.TypeField:
		f.fields++
	case journal.TypeTag:
		f.tags++
	case journal.TypeEntryArray:
		f.arrays++
	}
	j.b.Padding(p.Offset, p.Size)
}

func journalCode(p *journal.Piece) string {
	if p.Kind == journal.Recovered {
		return "bad-size"
	}
	return "mismatch"
}
