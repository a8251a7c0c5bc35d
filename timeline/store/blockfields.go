package store

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"unsafe"
)

// texts is a column of strings. They lie in one piece of memory, and so do
// their starts: a page opens many blocks for a few rows of each, and strings
// of their own for all rows would cost more than unpacking.
type texts struct {
	all    string
	starts []uint32 // one more than texts
}

func (t *texts) at(i int) string { return t.all[t.starts[i]:t.starts[i+1]] }

// texts reads n lengths and the bytes behind them. The bytes are not copied:
// those that s reads must stay as they are.
func (s *scan) texts(n int) texts {
	t := texts{starts: s.ints(n + 1)}
	b, at, sum := s.b, 0, uint64(0)
	for i := range n {
		v := uint64(0)
		if at < len(b) && b[at] < 0x80 {
			v = uint64(b[at])
			at++
		} else {
			k := 0
			if v, k = binary.Uvarint(b[at:]); k <= 0 {
				s.fail("varint")
				return texts{starts: make([]uint32, n+1)}
			}
			at += k
		}
		if sum += v; v > uint64(len(b)) || sum > uint64(len(b)) {
			s.fail("text beyond the end")
			return texts{starts: make([]uint32, n+1)}
		}
		t.starts[i+1] = uint32(sum) // len(b) is below rawLimit
	}
	s.b = b[at:]
	raw := s.bytes(int(sum))
	if s.err != nil {
		return texts{starts: make([]uint32, n+1)}
	}
	t.all = unsafe.String(unsafe.SliceData(raw), len(raw))
	return t
}

// dictionary is a column of few distinct strings.
type dictionary struct {
	texts
	index []uint32 // text of each row; nil: row i has text i
}

func (d *dictionary) row(i int) string {
	if d.index != nil {
		i = int(d.index[i])
	}
	return d.at(i)
}

func (s *scan) dictionary(n int) dictionary {
	k := s.num(n + 1)
	d := dictionary{texts: s.texts(k)}
	switch {
	case k == n:
	case k == 1:
		d.index = s.ints(n)
	default:
		d.index = s.column(n, k)
	}
	return d
}

// valueCols are the columns of actor, object and fields. Rows of one shape have
// the same field names; the values of a name stand in the order of rows.
type valueCols struct {
	actor, object dictionary
	shapes        [][]uint32 // names of each shape
	local         [][]uint32 // the same as places in cols
	cols          []nameColumn
	shapeOf       []uint32 // shape of each row
	first         []uint32 // place of the first field of each row in at
	at            []uint32 // place of each field in its column
	from          int      // row of the block that is row 0 here
}

// names gives the field names of a row.
func (c *valueCols) names(i int) []uint32 { return c.shapes[c.shapeOf[i]] }

// field gives the value of the j-th field of a row.
func (c *valueCols) field(i, j int) string {
	col := &c.cols[c.local[c.shapeOf[i]][j]]
	if col.num != nil {
		return strconv.FormatUint(col.num.at(c.from+i), 10)
	}
	return col.texts.at(int(c.at[int(c.first[i])+j]))
}

// nameColumn is the values of one field name, taken in the order of rows.
type nameColumn struct {
	texts
	name  uint32
	count uint32
	num   *numberCol // that has the values instead
}

// read is the inverse of blockWriter.valueSection for the n rows of a block from
// the row `from` on, and so many names in the table. What c held is overwritten.
func (c *valueCols) read(s *scan, from, n, names int, nums numberCols) error {
	c.from = from
	c.actor, c.object = s.dictionary(n), s.dictionary(n)
	c.readShapes(s, n, names, nums)
	c.readFields(s, n)
	c.checkNumbers(s, n, nums)
	if err := s.end(); err != nil {
		return fmt.Errorf("values: %w", err)
	}
	return nil
}

// fewColumns is up to how many names are looked for one by one.
const fewColumns = 16

// readShapes reads the lists of field names.
func (c *valueCols) readShapes(s *scan, n, names int, nums numberCols) {
	c.shapes, c.local, c.cols = c.shapes[:0], c.local[:0], c.cols[:0]
	var known map[uint32]int // place of each name once there are many
	for range s.num(n + 1) {
		shape := s.column(s.count(), names)
		local := s.ints(len(shape))
		for j, name := range shape {
			k, ok := known[name]
			if known == nil {
				k = slices.IndexFunc(c.cols, func(x nameColumn) bool { return x.name == name })
				ok = k >= 0
			}
			if !ok {
				k = len(c.cols)
				c.cols = append(c.cols, nameColumn{name: name, num: nums.of(name)})
				if known != nil {
					known[name] = k
				} else if len(c.cols) > fewColumns {
					known = map[uint32]int{}
					for i := range c.cols {
						known[c.cols[i].name] = i
					}
				}
			}
			if local[j] = uint32(k); c.cols[k].num != nil && slices.Contains(local[:j], uint32(k)) {
				s.fail("two numbers of one name")
			}
		}
		c.shapes, c.local = append(c.shapes, shape), append(c.local, local)
	}
}

func (c *valueCols) readFields(s *scan, n int) {
	if len(c.shapes) == 1 {
		c.shapeOf = s.ints(n)
	} else {
		c.shapeOf = s.column(n, len(c.shapes))
	}
	if s.err != nil {
		return
	}
	c.first = s.ints(n)
	total := 0
	for i, k := range c.shapeOf {
		c.first[i] = uint32(total)
		if total += len(c.shapes[k]); total > len(s.b)+n*numberFields { // numbers take no byte here
			s.fail("more fields than bytes")
			return
		}
	}
	c.at = s.ints(total)[:0]
	for _, k := range c.shapeOf {
		for _, l := range c.local[k] {
			c.at = append(c.at, c.cols[l].count)
			c.cols[l].count++
		}
	}
	order := s.ints(len(c.cols))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return cmp64(uint64(c.cols[a].name), uint64(c.cols[b].name)) })
	for _, k := range order {
		if c.cols[k].num == nil {
			c.cols[k].texts = s.texts(int(c.cols[k].count))
		}
	}
}

// checkNumbers wants a number for each row that has the field, and for no other.
func (c *valueCols) checkNumbers(s *scan, n int, nums numberCols) {
	if len(nums) == 0 || s.err != nil {
		return
	}
	for i, k := range c.shapeOf {
		for _, l := range c.local[k] {
			if x := c.cols[l].num; x != nil && !x.has(c.from+i) {
				s.fail("no number for a row")
			}
		}
	}
	for i := range nums {
		x, have := &nums[i], 0
		if k := slices.IndexFunc(c.cols, func(col nameColumn) bool { return col.num == x }); k >= 0 {
			have = int(c.cols[k].count)
		}
		if x.count(c.from+n)-x.count(c.from) != have {
			s.fail("a number for no row")
		}
	}
}

// value gives the values of the piece of a row, and the row's place there.
func (b *block) value(row int) (c *valueCols, at int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := &b.pieces[row/pieceRows]
	if p.values != nil {
		return p.values, row % pieceRows, nil
	}
	nums, err := b.numbersOf()
	if err != nil {
		return nil, 0, err
	}
	raw, err := b.unpack(&p.parts[partValues])
	if err != nil {
		return nil, 0, err
	}
	c = &valueCols{}
	if err := c.read(&scan{b: raw}, row/pieceRows*pieceRows, p.n, len(b.tab.names), nums); err != nil {
		return nil, 0, b.named(err)
	}
	p.values = c
	return c, row % pieceRows, nil
}
