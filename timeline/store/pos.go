package store

import "math"

// pos is a row's place in the order of the timeline.
type pos struct {
	undated bool
	key     int64
	host    uint64
	id      [2]uint64
}

func (p *pos) cmp(o *pos) int {
	switch {
	case p.undated != o.undated:
		if o.undated {
			return -1
		}
		return 1
	case p.key != o.key:
		return cmp64(p.key, o.key)
	case p.host != o.host:
		return cmp64(p.host, o.host)
	case p.id[0] != o.id[0]:
		return cmp64(p.id[0], o.id[0])
	}
	return cmp64(p.id[1], o.id[1])
}

func (c *Cursor) pos() pos {
	p := pos{undated: c.Undated, key: c.Time, host: hostNumber(c.Host), id: idNumbers(c.ID)}
	if c.Undated {
		p.key = 0
	}
	return p
}

func (p *pos) cursor() Cursor {
	c := Cursor{Time: p.key, Host: hostKey(p.host), Undated: p.undated, Set: true}
	for i := range 8 {
		c.ID[i] = byte(p.id[0] >> (56 - 8*i))
		c.ID[8+i] = byte(p.id[1] >> (56 - 8*i))
	}
	return c
}

// beside gives the place just before or just after p, p itself at the ends of
// the order.
func (p pos) beside(before bool) pos {
	was, step, edge := p, uint64(1), ^uint64(0)
	if before {
		step, edge = ^uint64(0), 0
	}
	for _, n := range []*uint64{&p.id[1], &p.id[0], &p.host} {
		over := *n == edge
		if *n += step; !over {
			return p
		}
	}
	switch {
	case p.undated && before: // the last dated place
		return upperBound(false, math.MaxInt64)
	case p.undated, before && p.key == math.MinInt64, !before && p.key == math.MaxInt64:
		return was
	}
	p.key += int64(step)
	return p
}

// posOf gives the place of a row of a block.
func (s *segment) posOf(b *block, i int) (pos, error) {
	t, err := b.time()
	if err != nil {
		return pos{}, err
	}
	c, err := b.small()
	if err != nil {
		return pos{}, err
	}
	return pos{undated: s.man.drawer == undated, key: t.keys[i], host: hostNumber(b.tab.hosts[c.host.at(i)]), id: idNumbers(c.id(b.tab, i))}, nil
}
