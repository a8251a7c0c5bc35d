package store

import "fmt"

// piece holds the values and messages of pieceRows rows of a block, the last
// one those of the rest.
type piece struct {
	parts   [2]packed
	n       int
	values  *valueCols
	texts   *textCol
	visited bool // for one row, of which nothing was kept
}

// The sections of a piece.
const (
	partValues = iota
	partMessages
)

// bytes is what the sections of a piece unpack to.
func (p *piece) bytes() int { return p.parts[partValues].raw + p.parts[partMessages].raw }

// textCol is the column of messages of a piece.
type textCol struct {
	texts
	folded []byte
	ends   []int // end of each folded message; nil until folded
}

func (c *textCol) message(i int) string { return c.at(i) }

// text gives the messages of the piece of a row, and the row's place there.
func (b *block) text(row int) (c *textCol, at int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err = b.textOf(row / pieceRows)
	return c, row % pieceRows, err
}

// textOf gives the messages of a piece; mu is held.
func (b *block) textOf(n int) (*textCol, error) {
	p := &b.pieces[n]
	if p.texts != nil {
		return p.texts, nil
	}
	raw, err := b.unpack(&p.parts[partMessages])
	if err != nil {
		return nil, err
	}
	c := &textCol{}
	if err := c.read(&scan{b: raw}, p.n); err != nil {
		return nil, b.named(err)
	}
	p.texts = c
	return c, nil
}

// read is the inverse of blockWriter.messages for n rows.
func (c *textCol) read(s *scan, n int) error {
	c.texts = s.texts(n)
	if err := s.end(); err != nil {
		return fmt.Errorf("messages: %w", err)
	}
	return nil
}
