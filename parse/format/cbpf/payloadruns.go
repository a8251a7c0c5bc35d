package cbpf

import "slices"

// addRuns adds payload bits that were tested piece by piece: byte compares,
// single bits. Bytes that were compared one by one become one constant; a run
// that word compares say already is left out.
func (r *reader) addRuns(p *Path) {
	payload := map[place]maskedByte{}
	for at, b := range r.known {
		if r.t.bases[at.base].kind == fromOpaque {
			continue
		}
		if f, _ := r.locate(at.base, at.off); carriesPayload(f) {
			payload[at] = b
		}
	}
	p.Payload = slices.DeleteFunc(p.Payload, func(o Compare) bool {
		return o.Op == Equal && slices.ContainsFunc(p.Payload, func(c Compare) bool { return says(c, o) })
	})
	for _, v := range runs(payload) {
		r.split(v, Equal, func(c Compare) {
			if c.Size > 1 && bytewise(p.Payload, c) {
				p.Payload = slices.DeleteFunc(p.Payload, func(o Compare) bool { return o.Op == Equal && within(o, c) })
				p.add(c)
			} else if !covered(p.Payload, c) {
				p.add(c)
			}
		})
	}
}

// says tells whether a compare demands all that another one of the same bytes
// does, and more.
func says(c, o Compare) bool {
	return c.Op == Equal && c.Field == o.Field && c.Offset == o.Offset && c.Size == o.Size && c.Mask != o.Mask && c.Mask&o.Mask == o.Mask
}

// within says whether a compare lies inside another.
func within(o, c Compare) bool {
	return o.Field == c.Field && o.Offset >= c.Offset && o.Offset+o.Size <= c.Offset+c.Size
}

// bytewise says whether all that the list compares inside c are single bytes.
func bytewise(list []Compare, c Compare) bool {
	for _, o := range list {
		if o.Op == Equal && o.Field == c.Field && o.Offset < c.Offset+c.Size && c.Offset < o.Offset+o.Size && o.Size > 1 {
			return false
		}
	}
	return true
}

// covered says whether each bit of c is said by some compare of the list.
func covered(list []Compare, c Compare) bool {
	for i := range c.Size {
		need := byte(c.Mask >> (8 * (c.Size - 1 - i)))
		for _, o := range list {
			at := c.Offset + i - o.Offset
			if o.Field == c.Field && o.Op == Equal && at >= 0 && at < o.Size {
				need &^= byte(o.Mask >> (8 * (o.Size - 1 - at)))
			}
		}
		if need != 0 {
			return false
		}
	}
	return true
}
