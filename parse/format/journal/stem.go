package journal

// Stem is how the lists of many entries begin. Entries name their data objects
// in file order: host, unit and program, which many share, lie before what an
// entry has for itself.
type Stem struct {
	Data  []*Data // the first fields of the entries; all are sound
	Known any     // for the caller: what these fields give

	off  int64 // of the last of Data
	last *Data
	xor  uint64
	next []*Stem // one field longer
}

const (
	stemNamed = 8    // so many entries must name a data object
	stemNext  = 64   // ways to go on from one stem
	stemData  = 64   // fields
	stemsMost = 1024 // stems of a view
)

// stems are those that a view has met, a tree.
type stems struct {
	root Stem
	n    int
}

// follow finds the longest stem of a list of items of one size; nil when none fits.
func (t *stems) follow(list []byte, size int64) *Stem {
	s := &t.root
next:
	for ; len(list) > 0; list = list[size:] {
		it := itemAt(list, size)
		for i, n := range s.next {
			if n.off == it.off && (size == 4 || n.last.Hash == it.hash) {
				if i > 0 { // what comes often is found soon
					s.next[i-1], s.next[i] = n, s.next[i-1]
				}
				s = n
				continue next
			}
		}
		break
	}
	if s == &t.root {
		return nil
	}
	return s
}

// learn makes the stem of an entry longer, by fields that many entries name.
// All of data, which begins with the stem, must be sound.
func (t *stems) learn(s *Stem, data []*Data) {
	if s == nil {
		s = &t.root
	}
	for n := len(s.Data); n < len(data); n++ {
		d := data[n]
		if d.named < stemNamed {
			d.named++
			continue
		}
		if n != len(s.Data) || n >= stemData || len(s.next) == stemNext || t.n == stemsMost {
			continue
		}
		longer := &Stem{Data: append(append(make([]*Data, 0, n+1), s.Data...), d), off: d.Offset, last: d, xor: s.xor ^ d.jenkins}
		s.next = append(s.next, longer)
		t.n++
		s = longer
	}
}

func (t *stems) forget() { *t = stems{} }
