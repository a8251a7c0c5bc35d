package source

import (
	"errors"
	"fmt"
	"slices"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// A file that is indexed by a number, such as lastlog by uid, can be hundreds
// of GiB long and hold next to nothing: accounts of a directory service have
// uids of 200,000,000 and more. When such a file is longer than
// the cap of its source, its first bytes are taken as they are, and what lies
// behind them stretch by stretch, each as an exhibit whose path ends in "@" and the
// offset of its first byte.
const (
	// stretchStep is what the offset of a stretch is a multiple of, bytes: the
	// least common multiple of the sizes of a record of lastlog (292, 296),
	// faillog (24, 32) and tallylog (64), so that each begins with a whole one.
	stretchStep = 518_592
	stretchGap  = 1 << 20           // holes up to this length do not part two stretches
	sparseHead  = 128 * stretchStep // taken as one, holes and all: the uids of local accounts
	maxStretch  = 4096              // stretches of one file
	maxBeyond   = 1 << 30           // bytes of all stretches of one file
	mostlyHoles = 8                 // a file that holds more than one byte in so many is not sparse
)

// stretch is a range of a file, [from, to).
type stretch struct{ from, to int64 }

// stretches lists where a file holds data from an offset on. ok is false when
// the file is not sparse there, or holds more than is taken in this way.
func stretches(f host.File, off, size int64) ([]stretch, bool) {
	s, ok := f.(interface {
		NextData(off, size int64) (from, to int64)
	})
	if !ok {
		return nil, false
	}
	list, total := []stretch{}, int64(0)
	for pos := off; pos < size; {
		from, to := s.NextData(pos, size)
		if from >= size {
			break
		}
		if to <= from { // the file changed between the two questions
			return nil, false
		}
		pos = to
		from -= from % stretchStep
		to = min(size, (to+stretchStep-1)/stretchStep*stretchStep)
		if n := len(list); n > 0 && from-list[n-1].to <= stretchGap {
			total += to - list[n-1].to
			list[n-1].to = to
		} else {
			total += to - from
			list = append(list, stretch{from, to})
		}
		if len(list) > maxStretch || total > maxBeyond || total > (size-off)/mostlyHoles {
			return nil, false
		}
	}
	return list, true
}

// parts says how a file is taken: its first bytes as one exhibit, and, when it
// is longer than the cap and sparse, the stretches behind them; nil for none.
func (t *taker) parts(f host.File, st record.File) (head int64, rest []stretch) {
	if t.src.cap < sparseHead || st.Size <= t.src.cap || st.Size < holeFile {
		return t.src.size(st), nil
	}
	rest, ok := stretches(f, sparseHead, st.Size)
	if !ok {
		return t.src.size(st), nil
	}
	return sparseHead, rest
}

// beyond takes the stretches behind the first bytes, and then calls the file
// collected: what is left out are holes. x is the exhibit of the first bytes
// before it was written, o the outcome so far. lost says that a read hangs and
// keeps the descriptor.
func (t *taker) beyond(f host.File, rest []stretch, x bundle.Exhibit, o bundle.Outcome) (_ bundle.Outcome, lost bool, _ error) {
	if o.Errno != "" {
		return o, false, nil // the first bytes could not be read: no more is tried
	}
	bad := ""
	for _, s := range rest {
		y := x
		y.Path = record.Bytes(fmt.Sprintf("%s@%d", x.Path, s.from))
		y.Flags = append(slices.Clone(x.Flags), fmt.Sprintf("bytes from %d of a sparse file", s.from))
		r := newFileReader(t.ctx, t.env, f, s.to)
		r.pos, r.sparse = s.from, false
		y, err := t.env.Out.File(y, s.to-s.from, r)
		if err != nil {
			return o, errors.Is(err, host.ErrTimeout), fmt.Errorf("%w", err)
		}
		o.Exhibits++
		o.Bytes += y.Size
		for _, st := range y.States {
			if st.State != bundle.BytesRead && st.State != bundle.BytesZero {
				bad = fmt.Sprintf("%d bytes from %d %s", st.Length, s.from+st.Offset, st.State)
			}
		}
	}
	o.Cap, o.Outcome, o.Reason = 0, bundle.Collected, ""
	if bad != "" {
		o.Outcome, o.Reason = bundle.Partial, bad
	}
	o.Flags = append(o.Flags, fmt.Sprintf("behind the first %d bytes only the %d stretches that are no holes, as exhibits of their own", int64(sparseHead), len(rest)))
	return o, false, nil
}
