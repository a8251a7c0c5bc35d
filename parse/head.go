package parse

import (
	"errors"
	"fmt"
	"io"
)

func readHead(x *Exhibit) error {
	r, err := x.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	room := int64(smallest)
	if x.Size >= 0 {
		room = min(x.Size, headSize)
	}
	x.Head = make([]byte, 0, max(room, 1))
	for len(x.Head) < headSize {
		if len(x.Head) == cap(x.Head) {
			x.Head = grown(x.Head, headSize)
		}
		n, err := r.Read(x.Head[len(x.Head):cap(x.Head)])
		x.Head = x.Head[:len(x.Head)+n]
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read exhibit %q: %w", x.Name, err)
		}
	}
	return nil
}

// smallest is the room, in bytes, with which a buffer begins whose content may
// be small: a bundle can hold a million tiny exhibits.
const smallest = 4 << 10

// grown gives b four times its room, limit at most.
func grown(b []byte, limit int) []byte {
	return append(make([]byte, 0, min(max(4*cap(b), smallest), limit)), b...)
}

func readTail(c io.ReaderAt, size int64) []byte {
	n := min(size, headSize)
	if n <= 0 {
		return nil
	}
	b := make([]byte, n)
	if m, err := c.ReadAt(b, size-n); int64(m) < n || (err != nil && !errors.Is(err, io.EOF)) {
		return nil
	}
	return b
}
