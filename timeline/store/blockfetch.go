package store

import (
	"fmt"
	"hash/crc32"
	"slices"
)

// leadBytes are read of a block at first: the heads of its sections and, of most,
// the sections that tell which rows match and where they lie. Values and messages
// are read when they are asked for.
const leadBytes = 4 << 10

// entryHead is how many bytes an entry of a value log has before the block, at most.
const entryHead = 2 + 3*5 + 9 + badgerStamp

// open reads the frame of a block into a new one, or one that is of no use any more.
func (s *segment) open(n int, b *block) (err error) {
	b.tab, b.u, b.place, b.no, b.log = &s.man.tab, s.r.u, s, n, nil
	var size int
	if n >= len(s.at) || s.at[n].n == 0 { // a short block lies in the table
		b.lead, err = s.gen.view(blockKey(s.no, n)) // what leaves a block is unpacked or copied
		if size = len(b.lead); err != nil {
			return err
		}
	} else if size, err = b.begin(s.gen.places, s.at[n]); err != nil {
		return s.inBlock(n, err)
	}
	if err := b.open(size, s.man.blocks[n].rows); err != nil {
		return s.inBlock(n, err)
	}
	return nil
}

// begin reads the first bytes of a block that lies in a value log, and gives how
// many it has. The checksum of the entry is not compared: a block has those of
// its parts.
func (b *block) begin(p *blockPlaces, at logPointer) (size int, err error) {
	l := p.logs[at.file]
	if l == nil {
		return 0, fmt.Errorf("%w: value log %d is not there", errCorrupt, at.file)
	}
	if err := l.open(); err != nil {
		return 0, err
	}
	if int64(at.at)+int64(at.n) > l.size {
		return 0, fmt.Errorf("%w: a value beyond the end of %q", errCorrupt, l.path)
	}
	l.meet(int64(at.at))
	n := int(min(at.n, entryHead+leadBytes))
	b.mem = slices.Grow(b.mem[:0], n)[:n]
	if err := l.read(b.mem, int64(at.at)); err != nil {
		return 0, err
	}
	s := scan{b: b.mem}
	s.bytes(2) // meta, user meta
	key, value := s.uv(), s.uv()
	s.uv() // expiry
	head := uint64(n - len(s.b))
	if s.err != nil || key > keyLimit || value > valueLimit || head+key+value+crc32.Size != uint64(at.n) {
		return 0, fmt.Errorf("%w: an entry of %q at %d that is none", errCorrupt, l.path, at.at)
	}
	s.bytes(int(min(key, uint64(len(s.b))))) // a longer one leaves nothing of the block
	b.lead = s.b[:min(value, uint64(len(s.b)))]
	b.log, b.at = l, int64(at.at)+int64(head+key)
	return int(value), nil
}

// fetch gives a section with its bytes, which lie in mem, or in memory of their
// own when that is too small, unless they are there already.
func (b *block) fetch(p *packed, mem []byte) (packed, error) {
	x := *p
	if x.stored != nil || x.size == 0 {
		return x, nil
	}
	x.stored = slices.Grow(mem[:0], x.size)[:x.size]
	if err := b.log.read(x.stored, b.at+int64(x.off)); err != nil {
		return x, b.named(err)
	}
	return x, nil
}

// unpack gives the raw bytes of a section in memory of their own.
func (b *block) unpack(p *packed) ([]byte, error) {
	if p.stored != nil || p.size == 0 {
		raw, err := b.u.open(*p)
		if err != nil {
			return nil, b.named(err)
		}
		return raw, nil
	}
	if p.plain {
		x, err := b.fetch(p, nil)
		if err == nil {
			if err = x.check(); err != nil {
				err = b.named(err)
			}
		}
		return x.stored, err
	}
	buf := b.u.buffer()
	defer b.u.spare.Put(buf)
	x, err := b.fetch(p, *buf)
	if err != nil {
		return nil, err
	}
	*buf = x.stored
	raw, err := b.u.unpack(x, nil)
	if err != nil {
		return nil, b.named(err)
	}
	return raw, nil
}
