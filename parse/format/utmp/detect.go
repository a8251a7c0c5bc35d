package utmp

import "bytes"

// Evidence is what Detect saw in support of a layout.
type Evidence struct {
	Records int // whole records looked at, without zeroed ones
	Strict  int // those that are records beyond doubt
	Zeroed  int // records of NULs only
}

// Detect finds the layout that explains the first bytes of a file best. size
// is the file's size, or -1 when it is not known. ok is false when no layout
// explains at least half of the records and at least one of them.
func Detect(head []byte, size int64) (l Layout, e Evidence, ok bool) {
	best := -1
	for _, c := range Layouts() {
		if len(head) < c.Size {
			continue
		}
		v := weigh(head, c)
		if v.Strict == 0 || v.Strict*2 < v.Records {
			continue
		}
		score := v.Strict * 1000 / max(v.Records, 1)
		if size >= 0 && size%int64(c.Size) == 0 {
			score += 100
		}
		if score > best {
			best, l, e, ok = score, c, v, true
		}
	}
	return l, e, ok
}

// weigh reads b in one layout, across damage. Bytes that are no record count
// as the records they take the place of.
func weigh(b []byte, l Layout) Evidence {
	var e Evidence
	odd := int64(0)
	err := Scan(bytes.NewReader(b), l, func(p *Piece) error {
		switch p.Kind {
		case Zeroed:
			e.Zeroed++
		case Damaged:
			odd += p.Length
		case Whole:
			e.Records++
			if p.Record.Strict() {
				e.Strict++
			}
		case Trailing:
		}
		return nil
	})
	if err != nil { // a byte slice does not fail
		return Evidence{}
	}
	e.Records += int(odd / int64(l.Size))
	return e
}

// next finds where the next record starts in b, which begins with bytes that
// are no record: in step with the last record (phase is the distance of b from
// the last step), or anywhere when the record there passes Strict. ok is false
// when there is none.
func (l Layout) next(b []byte, phase int) (n int, ok bool) {
	for n = 0; n+l.Size <= len(b); n++ {
		c := b[n : n+l.Size]
		if (phase+n)%l.Size == 0 {
			if zero(c) {
				return n, true
			}
			if r := l.Decode(c); r.Problem() == "" {
				return n, true
			}
			continue
		}
		kind := int(c[0]) | int(c[1]) // one of them is 0 in either byte order
		if c[2] != 0 || c[3] != 0 || kind == 0 || kind > Accounting {
			continue // cheap refusal before decoding
		}
		if r := l.Decode(c); r.Strict() {
			return n, true
		}
	}
	return 0, false
}
