package store

import (
	"context"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// fileBag is where exhibits lie that are copies of files: only of them can two
// hold the same record. Records of the collector are readings of their own.
const fileBag = "data/files/"

// maxTwins bounds how many rows of one host and instant are compared; beyond
// it copies of that instant stay rows of their own.
const maxTwins = 1 << 18

// exhibitSpan is where an exhibit's rows of one parser lie in time.
type exhibitSpan struct {
	first, last int64
}

// findWitnesses looks for copies of one record: rows of the same host, parser,
// time and content from different files, the n-th of one with the n-th of the
// other. The smallest event id is shown; the others are its witnesses. It gives
// the pairs that keep this.
func (r *Reader) findWitnesses(ctx context.Context) ([]kv, error) {
	windows, err := r.overlaps()
	if err != nil || len(windows) == 0 {
		return nil, err
	}
	found := map[*segment]*witnessed{}
	w := &twins{r: r, windows: windows, found: found, seed: maphash.MakeSeed()}
	if err := w.run(ctx); err != nil {
		return nil, err
	}
	var out []kv
	for _, s := range r.segs {
		x := found[s]
		if x == nil {
			continue
		}
		out = append(out, kv{otherKey("k", s.gen.name, s.no), x.pack()})
	}
	return out, nil
}

// voice is one parser on the files of one host.
type voice struct {
	host   event.HostKey // of the bundle
	parser string
}

// overlaps gives the stretch of time in which two files of a host speak
// through one parser.
func (r *Reader) overlaps() (map[voice]exhibitSpan, error) {
	spans := map[speaker]exhibitSpan{}
	for _, s := range r.segs {
		if err := s.speakers(spans); err != nil {
			return nil, err
		}
	}
	byVoice := map[voice][]exhibitSpan{}
	for k, x := range spans {
		byVoice[k.voice] = append(byVoice[k.voice], x)
	}
	out := map[voice]exhibitSpan{}
	for v, list := range byVoice {
		if x, ok := overlap(list); ok {
			out[v] = x
		}
	}
	return out, nil
}

// speaker is what one parser read from one exhibit.
type speaker struct {
	voice
	run     string
	exhibit uint32
}

// The rows of an exhibit are met one by one unless there are many of them and
// few parsers: what a segment costs never is exhibits times parsers.
const (
	fewVoices = 64
	manyRows  = 4096
)

// speakers widens the spans by what a segment holds.
func (s *segment) speakers(spans map[speaker]exhibitSpan) error {
	v := voices{s: s, many: manyRows}
	if err := v.read(); err != nil {
		return err
	}
	for i := range s.man.tab.exhibits {
		x := &s.man.tab.exhibits[i]
		if !strings.HasPrefix(x.Path, fileBag) {
			continue
		}
		of, err := s.exact(kindExhibit, be32(uint32(i)))
		if err != nil {
			return err
		}
		if s.hidden != nil {
			of = roaring.AndNot(of, s.hidden)
		}
		for _, u := range v.of(of) {
			k := speaker{voice{s.r.bundles[x.Run].Host, s.man.tab.parsers[u.parser]}, x.Run, x.Number}
			first, last := s.bounds(u.first, u.last)
			if old, ok := spans[k]; ok {
				first, last = min(first, old.first), max(last, old.last)
			}
			spans[k] = exhibitSpan{first, last}
		}
	}
	return nil
}

// voices finds which parsers made some rows of a segment.
type voices struct {
	s     *segment
	many  int
	rows  []*roaring.Bitmap // of each parser
	byRow []uint32          // parser of each row; nil until it is needed
	place places
	list  []utterance
}

// utterance is the first and the last row of a parser.
type utterance struct{ parser, first, last uint32 }

// read takes the rows of each parser.
func (v *voices) read() error {
	for _, p := range v.s.man.tab.parsers {
		rows, err := v.s.exact(kindParser, cutTerm(p))
		if err != nil {
			return err
		}
		v.rows = append(v.rows, rows)
	}
	return nil
}

// of gives the parsers of rows; what it gives holds until the next call.
func (v *voices) of(rows *roaring.Bitmap) []utterance {
	v.list = v.list[:0]
	if len(v.rows) <= fewVoices && int(rows.GetCardinality()) > v.many {
		for p, own := range v.rows {
			if both := roaring.And(rows, own); !both.IsEmpty() {
				v.list = append(v.list, utterance{uint32(p), both.Minimum(), both.Maximum()})
			}
		}
		return v.list
	}
	if v.byRow == nil {
		v.byRow = make([]uint32, v.s.man.rows)
		for p, own := range v.rows {
			for it := own.Iterator(); it.HasNext(); {
				v.byRow[it.Next()] = uint32(p)
			}
		}
	}
	v.place.begin()
	for it := rows.Iterator(); it.HasNext(); {
		row := it.Next()
		n, first := v.place.of(v.byRow[row])
		if first {
			v.list = append(v.list, utterance{v.byRow[row], row, row})
		}
		v.list[n].last = row
	}
	return v.list
}

// bounds gives bounds of the sort keys of rows, from the manifest alone.
func (s *segment) bounds(from, to uint32) (first, last int64) {
	a, b := s.man.blockAt(int(from)), s.man.blockAt(int(to))
	return s.man.blocks[a].first, s.man.lastKey(b)
}

// overlap gives the hull of all stretches that two of the spans share.
func overlap(list []exhibitSpan) (out exhibitSpan, any bool) {
	slices.SortFunc(list, func(a, b exhibitSpan) int { return cmp64(a.first, b.first) })
	for i, end := 0, int64(0); i < len(list); i++ {
		x := list[i]
		if i > 0 && x.first <= end {
			if !any {
				out = exhibitSpan{x.first, x.first}
			}
			out.last, any = max(out.last, min(x.last, end)), true
		}
		if i == 0 || x.last > end {
			end = x.last
		}
	}
	return out, any
}

// witnessed is what is known of the witnesses of one segment.
type witnessed struct {
	hidden []uint32       // rows that another row stands for
	more   map[uint32]int // rows that stand for others, and for how many
}

// pack writes str postings, uv rows, and as many pairs uv ordinal, uv witnesses.
func (x *witnessed) pack() []byte {
	slices.Sort(x.hidden)
	b := putUv(putStr(nil, packPostings(nil, x.hidden)), uint64(len(x.more)))
	ords := make([]uint32, 0, len(x.more))
	for o := range x.more {
		ords = append(ords, o)
	}
	slices.Sort(ords)
	for _, o := range ords {
		b = putUv(putUv(b, uint64(o)), uint64(x.more[o]))
	}
	return b
}

func (s *segment) readWitnesses(value []byte) error {
	f := scan{b: value}
	rows, err := unpackPostings(f.bytes(f.count()), s.man.rows)
	if err != nil {
		return fmt.Errorf("witnesses: %w", err)
	}
	s.copies, s.more = rows, map[uint32]int{}
	for range f.count() {
		o := f.num(s.man.rows)
		s.more[uint32(o)] = f.num(1 << 30)
	}
	return f.end()
}
