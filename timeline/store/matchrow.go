package store

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

func matchExhibit(n *query.Node, x *exhibitRef) bool {
	return query.MatchValue(n, x.Path) || !n.Prefix && n.Value == strconv.FormatUint(uint64(x.Number), 10)
}

// match decides a row that the indexes left open, reading only the columns
// that are needed.
func (sp *segPlan) match(n *pnode, b *block, i int, ord uint32) (bool, error) {
	set := &sp.sets[n.n]
	if set.must.Contains(ord) {
		return true, nil
	}
	if !set.may.Contains(ord) {
		return false, nil
	}
	switch n.Op {
	case query.And:
		for _, k := range n.kids {
			if ok, err := sp.match(k, b, i, ord); err != nil || !ok {
				return false, err
			}
		}
		return true, nil
	case query.Or:
		for _, k := range n.kids {
			if ok, err := sp.match(k, b, i, ord); err != nil || ok {
				return ok, err
			}
		}
		return false, nil
	case query.Not:
		ok, err := sp.match(n.kids[0], b, i, ord)
		return !ok, err
	case query.Text:
		c, at, err := b.folded(i)
		if err != nil {
			return false, err
		}
		return bytes.Contains(c.fold(at), n.folded), nil
	case query.Time:
		t, err := b.time()
		if err != nil {
			return false, err
		}
		return query.MatchTime(n.Node, event.Time{Earliest: t.earliest(i), Latest: t.latest(i)}), nil
	case query.Num:
		if ok, known, err := matchNumber(n, b, i); known || err != nil {
			return ok, err
		}
		return matchValues(n, b, i)
	case query.CIDR:
		return matchValues(n, b, i)
	case query.Term:
		return sp.matchTerm(n, b, i)
	}
	return true, nil
}

// matchNumber decides a row by the fields that are kept as numbers; known says
// that the field is one of them.
func matchNumber(n *pnode, b *block, i int) (ok, known bool, err error) {
	nums, err := b.numbers()
	if err != nil {
		return false, false, err
	}
	for k := range nums {
		if c := &nums[k]; b.tab.names[c.name] == n.Field {
			return c.has(i) && n.Cmp.Holds(float64(c.at(i)), n.Number), true, nil
		}
	}
	return false, false, nil
}

// matchValues looks at the fields of a row.
func matchValues(n *pnode, b *block, i int) (bool, error) {
	v, i, err := b.value(i)
	if err != nil {
		return false, err
	}
	for j, name := range v.names(i) {
		field, value := b.tab.names[name], v.field(i, j)
		if n.Op == query.CIDR {
			if a, ok := query.FieldIP(field, value); ok && n.Net.Contains(a) {
				return true, nil
			}
		} else if field == n.Field {
			if x, ok := query.Number(value); ok && n.Cmp.Holds(x, n.Number) {
				return true, nil
			}
		}
	}
	return false, nil
}

func (sp *segPlan) matchTerm(n *pnode, b *block, i int) (bool, error) {
	switch n.Field {
	case "source", "parser", "action", "meaning", "bundle", "held_by", "tag", "id":
		return sp.matchSmall(n, b, i)
	case "message":
		c, at, err := b.text(i)
		if err != nil {
			return false, err
		}
		return query.MatchValue(n.Node, c.message(at)), nil
	}
	v, i, err := b.value(i)
	if err != nil {
		return false, err
	}
	is := func(name string) bool { return name == n.Field }
	switch n.Field {
	case "actor":
		return query.MatchValue(n.Node, v.actor.row(i)), nil
	case "object":
		return query.MatchValue(n.Node, v.object.row(i)), nil
	case "path":
		if o := v.object.row(i); strings.HasPrefix(o, "/") && query.MatchValue(n.Node, o) {
			return true, nil
		}
		is = query.PathName
	case "ip":
		is = query.IPName
	}
	for j, name := range v.names(i) {
		if is(b.tab.names[name]) && query.MatchValue(n.Node, v.field(i, j)) {
			return true, nil
		}
	}
	return false, nil
}

func (sp *segPlan) matchSmall(n *pnode, b *block, i int) (bool, error) {
	c, err := b.small()
	if err != nil {
		return false, err
	}
	t := b.tab
	switch n.Field {
	case "source":
		return query.MatchValue(n.Node, t.sources[c.source.at(i)]), nil
	case "parser":
		return query.MatchValue(n.Node, t.parsers[c.parser.at(i)]), nil
	case "action":
		return query.MatchValue(n.Node, t.actions[c.action.at(i)]), nil
	case "meaning":
		return query.MatchValue(n.Node, t.meanings[c.meaning.at(i)]), nil
	case "bundle":
		return query.MatchValue(n.Node, t.exhibits[c.exhibit.at(i)].Run), nil
	case "held_by":
		k := c.heldBy.at(i)
		return k > 0 && n.isHost(t.hosts[k-1]), nil
	case "id":
		return query.MatchValue(n.Node, c.id(t, i).String()), nil
	}
	for _, tag := range c.tagsOf(i) { // tag
		if query.MatchValue(n.Node, t.tags[tag]) {
			return true, nil
		}
	}
	if sp.p.res != nil {
		for _, tag := range sp.p.res.Tags(c.id(t, i)) {
			if query.MatchValue(n.Node, tag) {
				return true, nil
			}
		}
	}
	return false, nil
}

// id computes the event id of a row.
func (c *smallCols) id(t *tables, i int) event.ID {
	x := &t.exhibits[c.exhibit.at(i)]
	return event.MakeID(x.Run, x.Number, c.offset[i], c.length[i], t.parsers[c.parser.at(i)], c.ordinal.at(i))
}

// folded is text with letter case removed.
func (b *block) folded(row int) (c *textCol, at int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err = b.textOf(row / pieceRows)
	if err != nil {
		return nil, 0, err
	}
	if c.ends == nil {
		buf := make([]byte, 0, len(c.all)+len(c.all)/8)
		ends := make([]int, len(c.starts)-1)
		for i := range ends {
			buf = query.AppendFold(buf, c.message(i))
			ends[i] = len(buf)
		}
		c.folded, c.ends = buf, ends
	}
	return c, row % pieceRows, nil
}

func (c *textCol) fold(i int) []byte {
	from := 0
	if i > 0 {
		from = c.ends[i-1]
	}
	return c.folded[from:c.ends[i]]
}
