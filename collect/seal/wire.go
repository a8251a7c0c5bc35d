package seal

import (
	"encoding/binary"
	"fmt"
)

// wire reads the primitive types of RFC 4251; the first error sticks.
type wire struct {
	b   []byte
	err error
}

func (w *wire) take(n int) []byte {
	if w.err != nil || n > len(w.b) {
		if w.err == nil {
			w.err = fmt.Errorf("cut: %d bytes wanted, %d left", n, len(w.b))
		}
		return nil
	}
	p := w.b[:n]
	w.b = w.b[n:]
	return p
}

func (w *wire) u8() byte {
	if p := w.take(1); p != nil {
		return p[0]
	}
	return 0
}

func (w *wire) u32() uint32 {
	if p := w.take(4); p != nil {
		return binary.BigEndian.Uint32(p)
	}
	return 0
}

func (w *wire) u64() uint64 {
	if p := w.take(8); p != nil {
		return binary.BigEndian.Uint64(p)
	}
	return 0
}

func (w *wire) str() []byte {
	n := w.u32()
	if uint64(n) > uint64(len(w.b)) {
		n = uint32(len(w.b)) + 1 // take reports the cut
	}
	return w.take(int(n))
}
