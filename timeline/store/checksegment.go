package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// segmentCheck holds what a segment says of its rows against the rows.
type segmentCheck struct {
	s       *segment
	last    pos
	rows    [kindEnd]*rowSums // of the terms of the small columns
	minutes map[int64]int
	ids     [][]byte // chunks of the id index
}

// check reads a whole segment: rows in order and as the manifest has them, each
// in the id index, in the minute table and under its terms; every other index
// value read.
func (s *segment) check(ctx context.Context) error {
	c := &segmentCheck{s: s, minutes: map[int64]int{}}
	for kind := range c.rows {
		c.rows[kind] = newRowSums()
	}
	if err := c.readIDs(); err != nil {
		return err
	}
	for n := range s.man.blocks {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := c.block(n); err != nil {
			return fmt.Errorf("block %d: %w", n, err)
		}
	}
	if c.last.key != s.man.last {
		return fmt.Errorf("%w: the last row lies at %d, the manifest has %d", errCorrupt, c.last.key, s.man.last)
	}
	if err := c.minuteTable(); err != nil {
		return err
	}
	for kind := kindHost; kind < kindEnd; kind++ {
		if err := c.terms(kind); err != nil {
			return fmt.Errorf("index %d: %w", kind, err)
		}
	}
	width := sigRowBytes(len(s.man.blocks))
	for n := range s.man.sigs {
		if _, err := s.sigChunk(n, width, new([]byte)); err != nil {
			return err
		}
	}
	return nil
}

// block checks the rows of a block.
func (c *segmentCheck) block(n int) error {
	s := c.s
	b, err := s.block(n, false)
	if err != nil {
		return err
	}
	info := &s.man.blocks[n]
	for i := range b.n {
		p, err := s.posOf(b, i)
		if err != nil {
			return err
		}
		if (n > 0 || i > 0) && c.last.cmp(&p) >= 0 || i == 0 && p.key != info.first {
			return fmt.Errorf("%w: row %d is out of order", errCorrupt, i)
		}
		c.last = p
		e, err := b.event(i)
		if err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
		if before, after := sides(&e.Time, p.key); before > info.before || after > info.after {
			return fmt.Errorf("%w: the interval of row %d is wider than the manifest has it", errCorrupt, i)
		}
		ord := uint32(s.man.starts[n] + i)
		if !c.knows(p.id[0], n) {
			return fmt.Errorf("%w: the id index does not know row %d", errCorrupt, i)
		}
		c.minutes[floorMinute(p.key)]++
		c.note(b, i, ord, &e)
		if r, ok := s.r.bundles[e.Origin.Run]; (!ok || r.Run != e.Origin.Run) && (s.hidden == nil || !s.hidden.Contains(ord)) {
			return fmt.Errorf("%w: row %d is of bundle %q, which the store does not have", errCorrupt, i, e.Origin.Run)
		}
	}
	return nil
}

// note takes down which terms of the small columns a row must be under.
func (c *segmentCheck) note(b *block, i int, ord uint32, e *event.Event) {
	under := func(kind int, term string) { c.rows[kind].add(term, ord) }
	under(kindHost, string(e.Host[:]))
	under(kindSource, cutTerm(e.Source))
	under(kindParser, cutTerm(e.Parser))
	under(kindActor, cutTerm(e.Actor))
	under(kindAction, cutTerm(e.Action))
	under(kindMeaning, cutTerm(e.Meaning))
	under(kindBundle, cutTerm(e.Origin.Run))
	under(kindExhibit, be32(b.smalls.exhibit.at(i))) // read by event
	for _, tag := range e.Tags {
		under(kindTag, cutTerm(tag))
	}
	for _, f := range e.Fields {
		under(kindField, cutTerm(f.Name))
	}
}

// terms compares the terms of a kind with those that the rows have. Addresses
// and directories are read only.
func (c *segmentCheck) terms(kind int) error {
	found := 0
	p := postings{s: c.s}
	err := c.s.eachTerm(kind, "", func(e *termEntry) (bool, error) {
		rows, err := p.rows(e)
		if err != nil {
			return false, err
		}
		if int(rows.GetCardinality()) != e.rows {
			return false, fmt.Errorf("%w: term %q has %d rows, %d announced", errCorrupt, e.term, rows.GetCardinality(), e.rows)
		}
		found++
		if kind != kindIP && kind != kindDir && !c.rows[kind].equal(e.term, rows) {
			return false, fmt.Errorf("%w: term %q does not name the rows that have it", errCorrupt, e.term)
		}
		return true, nil
	})
	if err == nil && kind != kindIP && kind != kindDir && found != len(c.rows[kind].list) {
		err = fmt.Errorf("%w: %d terms, the rows have %d", errCorrupt, found, len(c.rows[kind].list))
	}
	return err
}

func (c *segmentCheck) minuteTable() error {
	t, err := c.s.minuteTable()
	if err != nil {
		return err
	}
	for i, m := range t.minute {
		if rows := int(t.start[i+1] - t.start[i]); rows != c.minutes[m] {
			return fmt.Errorf("%w: minute %d has %d rows, %d announced", errCorrupt, m, c.minutes[m], rows)
		}
	}
	if len(t.minute) != len(c.minutes) {
		return fmt.Errorf("%w: %d minutes, the rows have %d", errCorrupt, len(t.minute), len(c.minutes))
	}
	return nil
}

// readIDs reads the id index: ends of buckets that ascend to as many entries as
// there are rows.
func (c *segmentCheck) readIDs() error {
	rows := 0
	buckets := min(idBuckets, 1<<idShift(c.s.man.rows))
	for n := range c.s.man.ids {
		chunk, err := c.s.gen.get(chunk16('d', c.s.no, n))
		if err != nil {
			return err
		}
		if len(chunk) < 4*buckets || (len(chunk)-4*buckets)%3 != 0 {
			return fmt.Errorf("%w: id index of %d bytes", errCorrupt, len(chunk))
		}
		last := uint32(0)
		for b := range buckets {
			end := binary.LittleEndian.Uint32(chunk[4*b:])
			if end < last || int(end) > (len(chunk)-4*buckets)/3 {
				return fmt.Errorf("%w: bucket %d of the id index ends at %d", errCorrupt, b, end)
			}
			last = end
		}
		rows += int(last)
		c.ids = append(c.ids, chunk)
	}
	if rows != c.s.man.rows {
		return fmt.Errorf("%w: %d ids of %d rows", errCorrupt, rows, c.s.man.rows)
	}
	return nil
}

// knows says whether the id index names a block for an id.
func (c *segmentCheck) knows(hi uint64, block int) bool {
	bucket, _ := idPlace(hi, idShift(c.s.man.rows))
	places, err := findID(c.ids[bucket/idBuckets], hi, c.s.man.rows)
	return err == nil && slices.Contains(places, block&(1<<idBlockBits-1))
}
