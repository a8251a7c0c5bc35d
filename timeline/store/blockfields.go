package store

import "slices"

// nameColumn is the values of one field name, taken in the order of rows.
type nameColumn struct {
	name   uint32
	count  int
	all    string
	starts []int
	next   int
}

// readShapes reads the lists of field names; local holds the same as places in
// cols, so that rows need no look-up.
func (s *scan) readShapes(n, names int) (shapes [][]uint32, local [][]int, cols []nameColumn) {
	shapes = make([][]uint32, s.num(n+1))
	local = make([][]int, len(shapes))
	at := map[uint32]int{}
	for i := range shapes {
		shapes[i] = s.column(s.count(), names)
		for _, name := range shapes[i] {
			k, ok := at[name]
			if !ok {
				k = len(cols)
				at[name] = k
				cols = append(cols, nameColumn{name: name})
			}
			local[i] = append(local[i], k)
		}
	}
	return shapes, local, cols
}

func (c *valueCols) readFields(s *scan, n, names int) {
	shapes, local, cols := s.readShapes(n, names)
	c.names, c.fields = make([][]uint32, n), make([][]string, n)
	shapeOf := make([]int, n)
	total := 0
	for i := range c.names {
		k := 0
		if len(shapes) != 1 {
			k = s.num(len(shapes))
		}
		if s.err != nil {
			return
		}
		shapeOf[i], c.names[i] = k, shapes[k]
		for _, l := range local[k] {
			cols[l].count++
		}
		if total += len(shapes[k]); total > len(s.b) {
			s.fail("more fields than bytes")
			return
		}
	}
	order := make([]int, len(cols))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp64(uint64(cols[a].name), uint64(cols[b].name)) })
	for _, k := range order {
		cols[k].all, cols[k].starts = s.texts(cols[k].count)
	}
	if s.err != nil {
		return
	}
	flat := make([]string, total)
	for i, k := range shapeOf {
		list := local[k]
		c.fields[i], flat = flat[:len(list):len(list)], flat[len(list):]
		for j, l := range list {
			col := &cols[l]
			c.fields[i][j] = col.all[col.starts[col.next]:col.starts[col.next+1]]
			col.next++
		}
	}
}
