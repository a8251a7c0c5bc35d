package codec

import (
	"fmt"
	"io"
)

// xzGuard passes xz streams through and reads along (xz file format 1.1): it
// fails before the library sees a block header that asks for too large a
// dictionary, for the library allocates whatever any block asks for.
type xzGuard struct {
	r     io.Reader
	limit int64
	state xzState
	head  []byte // of the part that is being gathered
	need  int    // bytes of that part
	skip  int64  // bytes of the part that follows
	size  int64  // of the block's data, or of the index, so far
	check int64  // bytes of the check of each block
	err   error

	seen    int64 // bytes read
	at      int64 // bytes read along
	whole   int64 // bytes up to the end of the last whole stream, and padding
	between bool  // no stream began behind them

	left   int64 // numbers of the index that follow; -1 before the first
	number uint64
	shift  uint
}

type xzState uint8

const (
	xzStream  xzState = iota // stream header
	xzBlock                  // size byte of a block header, or index indicator
	xzHeader                 // rest of a block header
	xzChunk                  // control byte of an LZMA2 chunk
	xzLengths                // rest of its header
	xzIndex                  // a byte of the index
	xzPadding                // four bytes between streams
	xzLost                   // the library will refuse it
)

func newXZGuard(r io.Reader, limit int64) *xzGuard {
	return &xzGuard{r: r, limit: limit, need: 12, between: true}
}

// Read reads on, up to the start of a bad header.
func (g *xzGuard) Read(p []byte) (int, error) {
	if g.err != nil {
		return 0, g.err
	}
	n, err := g.r.Read(p)
	g.seen += int64(n)
	if n, g.err = g.see(p[:n]); g.err != nil && n == 0 {
		return 0, g.err
	}
	if g.err != nil {
		err = nil // told at the next read
	}
	return n, err
}

// see reads along; n is how many bytes may be passed on.
func (g *xzGuard) see(p []byte) (n int, err error) {
	for n < len(p) && g.state != xzLost {
		if g.skip > 0 {
			k := int(min(g.skip, int64(len(p)-n)))
			g.skip -= int64(k)
			g.at += int64(k)
			n += k
			continue
		}
		k := min(g.need-len(g.head), len(p)-n)
		g.head = append(g.head, p[n:n+k]...)
		g.at += int64(k)
		n += k
		if len(g.head) < g.need {
			return n, nil
		}
		part := g.head
		g.head = nil
		if err := g.part(part); err != nil {
			return max(0, n-len(part)), err
		}
	}
	return len(p), nil
}

// part takes a whole part and says which one comes next.
func (g *xzGuard) part(b []byte) error {
	switch g.state {
	case xzStream:
		if string(b[:6]) != "\xfd7zXZ\x00" {
			g.state = xzLost
			return nil
		}
		g.between = false
		g.check = [...]int64{0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64}[b[7]&15]
		g.state, g.need = xzBlock, 1
	case xzBlock:
		if b[0] == 0 {
			g.state, g.need, g.size, g.left, g.number, g.shift = xzIndex, 1, 1, -1, 0, 0
			return nil
		}
		g.state, g.need = xzHeader, (int(b[0])+1)*4
		g.head = append(make([]byte, 0, g.need), b[0])
		return nil
	case xzHeader:
		if dict := xzDictionary(append(make([]byte, 12), b...)); dict > g.limit {
			return fmt.Errorf("xz: dictionary of %d bytes: %w", dict, ErrWindow)
		}
		g.state, g.need, g.size = xzChunk, 1, 0
	case xzChunk:
		g.size++
		switch {
		case b[0] == 0: // end of the block: padding to 4 bytes, check
			g.state, g.need = xzBlock, 1
			g.skip = -g.size&3 + g.check
		case b[0] >= 0xc0: // lengths and properties
			g.lengths(b[0], 6)
		case b[0] >= 0x80:
			g.lengths(b[0], 5)
		case b[0] <= 2: // stored
			g.lengths(b[0], 3)
		default:
			g.state = xzLost // no LZMA2
		}
	case xzLengths:
		n := int64(b[len(b)-1]) | int64(b[len(b)-2])<<8
		if b[0] >= 0x80 {
			n = int64(b[3])<<8 | int64(b[4])
		}
		g.skip = n + 1
		g.size += int64(len(b)) - 1 + g.skip
		g.state, g.need = xzChunk, 1
	case xzIndex:
		g.index(b[0])
	case xzPadding:
		if b[0]|b[1]|b[2]|b[3] != 0 {
			g.state, g.need = xzStream, 12
			g.head = append(make([]byte, 0, 12), b...)
			return nil
		}
		g.whole = g.at
	}
	return nil
}

// index takes a byte of the index: the number of records, then two numbers for
// each; then come padding, a check and the footer of the stream.
func (g *xzGuard) index(c byte) {
	g.size++
	g.number |= uint64(c&0x7f) << g.shift
	if g.shift += 7; c >= 0x80 && g.shift < 63 {
		return
	}
	if g.left < 0 {
		g.left = int64(min(g.number, 1<<50)) * 2
	} else {
		g.left--
	}
	g.number, g.shift = 0, 0
	if g.left == 0 {
		g.skip = -g.size&3 + 4 + 12
		g.state, g.need = xzPadding, 4
		g.whole, g.between = g.at+g.skip, true
	}
}

// lengths gathers the rest of a chunk header of n bytes behind its control byte.
func (g *xzGuard) lengths(control byte, n int) {
	g.state, g.need = xzLengths, n
	g.head = append(make([]byte, 0, n), control)
}
