package store

import (
	"bytes"
	"math"
	"math/bits"

	"github.com/saksi-dfir/saksi/timeline/query"
)

// allRows are the rows of a piece.
const allRows = math.MaxUint64

// sieve gives the rows of a piece that may match, lowest first, as columns that
// are looked at as a whole tell: all texts at once, and numbers without a value
// being made of each. What costs least comes first.
func (sp *segPlan) sieve(n *pnode, b *block, piece int) (rows uint64, err error) {
	switch n.Op {
	case query.Text:
		c, _, err := b.folded(piece * pieceRows)
		if err != nil || !bytes.Contains(c.folded, n.folded) {
			return 0, err
		}
	case query.Num:
		nums, err := b.numbers()
		if err != nil {
			return 0, err
		}
		for k := range nums {
			if c := &nums[k]; b.tab.names[c.name] == n.Field {
				return c.holding(n.Node, piece), nil
			}
		}
	case query.And:
		rows = allRows
		for _, cheap := range []bool{true, false} {
			for _, k := range n.kids {
				if (k.Op == query.Num) != cheap || rows == 0 {
					continue
				}
				x, err := sp.sieve(k, b, piece)
				if err != nil {
					return 0, err
				}
				rows &= x
			}
		}
		return rows, nil
	case query.Or:
		for _, k := range n.kids {
			x, err := sp.sieve(k, b, piece)
			if rows |= x; err != nil || rows == allRows {
				return rows, err
			}
		}
		return rows, nil
	}
	return allRows, nil
}

// sifted is what the sieve left of a piece.
type sifted struct {
	block, piece int
	rows         uint64
	known        bool
}

// sift gives the row of a block at i or beyond, in walking direction, that is
// the next one that may match, or the first one beyond the piece of row i.
func (f *sifted) sift(sp *segPlan, b *block, i int, back bool) (int, error) {
	piece := i / pieceRows
	if !f.known || f.block != b.no || f.piece != piece {
		rows, err := sp.sieve(sp.p.root, b, piece)
		if err != nil {
			return i, err
		}
		*f = sifted{b.no, piece, rows, true}
	}
	if back {
		if left := f.rows << (pieceRows - 1 - i%pieceRows); left != 0 {
			return i - bits.LeadingZeros64(left), nil
		}
		return piece*pieceRows - 1, nil
	}
	if left := f.rows >> (i % pieceRows); left != 0 {
		return i + bits.TrailingZeros64(left), nil
	}
	return (piece + 1) * pieceRows, nil
}
