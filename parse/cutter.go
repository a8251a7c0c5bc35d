package parse

import (
	"bytes"
	"errors"
	"io"
)

// cutter cuts a stream into chunks.
type cutter struct {
	r      io.Reader
	starts func([]byte) bool
	buf    []byte
	n      int   // bytes in buf
	off    int64 // of buf[0]
	eof    bool
	first  bool
}

// byteOrderMark is the length of the UTF-8 byte order mark that editors put
// before a text; 0 for none. Binary formats that begin with these bytes are
// not texts: a printable byte must follow.
func byteOrderMark(b []byte) int {
	if len(b) > 3 && string(b[:3]) == "\xef\xbb\xbf" && b[3] >= ' ' && b[3] < 0x7f {
		return 3
	}
	return 0
}

// fill reads until buf, of chunkSize at least, is full or the stream ends.
func (c *cutter) fill() error {
	for !c.eof {
		if c.n == len(c.buf) {
			if len(c.buf) >= chunkSize {
				break
			}
			c.buf = append(c.buf, make([]byte, min(max(3*len(c.buf), smallest), chunkSize-len(c.buf)))...)
		}
		m, err := c.r.Read(c.buf[c.n:])
		c.n += m
		if errors.Is(err, io.EOF) {
			c.eof = true
		} else if err != nil {
			return err
		}
	}
	return nil
}

// take makes a chunk of the first n bytes of buf.
func (c *cutter) take(n int) *Chunk {
	k := &Chunk{Data: string(c.buf[:n]), Offset: c.off, First: c.first}
	c.drop(n)
	return k
}

func (c *cutter) drop(n int) {
	copy(c.buf, c.buf[n:c.n])
	c.n -= n
	c.off += int64(n)
	c.first = false
}

// next gives the next chunk, nil at the end.
func (c *cutter) next() (*Chunk, error) {
	if err := c.fill(); err != nil {
		return nil, err
	}
	if c.n == 0 {
		return nil, nil
	}
	if n := byteOrderMark(c.buf[:c.n]); n > 0 && c.off == 0 {
		c.drop(n)
		c.first = true
		return c.next()
	}
	if n := nuls(c.buf[:c.n]); n >= nulRun {
		return c.skipNuls()
	}
	if i := bytes.Index(c.buf[:c.n], zeros()); i > 0 {
		return c.take(i), nil
	}
	if c.eof && (c.n < len(c.buf) || c.n < chunkSize) {
		return c.take(c.n), nil
	}
	if at := c.boundary(); at > 0 {
		return c.take(at), nil
	}
	if len(c.buf) < lineLimit {
		c.buf = append(c.buf, make([]byte, lineLimit-len(c.buf))...)
		return c.next()
	}
	return c.longLine()
}

func zeros() []byte { return make([]byte, nulRun) }

func nuls(b []byte) int {
	for i, v := range b {
		if v != 0 {
			return i
		}
	}
	return len(b)
}

func (c *cutter) skipNuls() (*Chunk, error) {
	k := &Chunk{Offset: c.off, First: c.first}
	for {
		n := nuls(c.buf[:c.n])
		k.Nul += int64(n)
		full := n == c.n
		c.drop(n)
		if !full {
			return k, nil
		}
		if err := c.fill(); err != nil {
			return k, err
		}
		if c.n == 0 {
			return k, nil
		}
	}
}

// boundary finds the last place at which a record starts, else the last line.
func (c *cutter) boundary() int {
	last := bytes.LastIndexByte(c.buf[:c.n], '\n') + 1
	if last <= 0 {
		return 0
	}
	if c.starts == nil || last == c.n && c.eof {
		return last
	}
	for at := last; at > 0; at = bytes.LastIndexByte(c.buf[:at-1], '\n') + 1 {
		line := c.buf[at:c.n]
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line = line[:i]
		} else if len(line) < 64 {
			continue // too short to tell
		}
		if c.starts(line) {
			return at
		}
	}
	return last
}

// longLine gives the head of a line without an end in buf, and reads over the rest.
func (c *cutter) longLine() (*Chunk, error) {
	k := &Chunk{Data: string(c.buf[:lineHead]), Offset: c.off, First: c.first}
	c.drop(lineHead)
	for {
		i := bytes.IndexByte(c.buf[:c.n], '\n')
		if i >= 0 {
			k.Cut += int64(i + 1)
			c.drop(i + 1)
			break
		}
		k.Cut += int64(c.n)
		c.drop(c.n)
		if c.eof {
			break
		}
		if err := c.fill(); err != nil {
			return nil, err
		}
	}
	c.buf = c.buf[:max(chunkSize, c.n)]
	return k, nil
}
