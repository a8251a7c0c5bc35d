package journal

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
)

// form is how a test file is written.
type form struct {
	compact, keyed bool
	codec          uint8 // 0, 1 XZ, 2 LZ4, 4 ZSTD: for values over 64 bytes
}

func forms() []form {
	var out []form
	for _, compact := range []bool{false, true} {
		for _, keyed := range []bool{false, true} {
			for _, codec := range []uint8{0, 1, 2, 4} {
				out = append(out, form{compact, keyed, codec})
			}
		}
	}
	return out
}

// writer makes small journal files without hash tables and arrays, which the
// reader does not follow.
type writer struct {
	form
	tb   testing.TB
	b    []byte
	data map[string]int64
}

func newWriter(tb testing.TB, f form) *writer {
	w := &writer{form: f, tb: tb, b: make([]byte, 272), data: map[string]int64{}}
	copy(w.b, Signature)
	flags := uint32(0)
	if f.compact {
		flags |= flagCompact
	}
	if f.keyed {
		flags |= flagKeyed
	}
	flags |= map[uint8]uint32{0: 0, 1: flagXZ, 2: flagLZ4, 4: flagZSTD}[f.codec]
	binary.LittleEndian.PutUint32(w.b[12:], flags)
	copy(w.b[24:], "file-id-16-bytes")
	copy(w.b[72:], "seqnum-id-sixtee")
	binary.LittleEndian.PutUint64(w.b[88:], 272)
	return w
}

func (w *writer) object(typ, flags byte, body []byte) int64 {
	for len(w.b)%8 != 0 {
		w.b = append(w.b, 0)
	}
	at := int64(len(w.b))
	h := make([]byte, 16)
	h[0], h[1] = typ, flags
	binary.LittleEndian.PutUint64(h[8:], uint64(16+len(body)))
	w.b = append(append(w.b, h...), body...)
	return at
}

func (w *writer) compress(p []byte) (out []byte, flag byte) {
	if w.codec == 0 || len(p) < 64 {
		return p, 0
	}
	switch w.codec {
	case 1:
		var b bytes.Buffer
		x, err := xz.WriterConfig{DictCap: 1 << 18}.NewWriter(&b)
		if err == nil {
			_, err = x.Write(p)
		}
		if err == nil {
			err = x.Close()
		}
		if err != nil {
			w.tb.Fatal(err)
		}
		return b.Bytes(), 1
	case 2:
		b := make([]byte, 8+lz4.CompressBlockBound(len(p)))
		binary.LittleEndian.PutUint64(b, uint64(len(p)))
		n, err := lz4.CompressBlock(p, b[8:], nil)
		if err != nil || n == 0 {
			return p, 0
		}
		return b[:8+n], 2
	}
	z, err := zstd.NewWriter(nil)
	if err != nil {
		w.tb.Fatal(err)
	}
	return z.EncodeAll(p, nil), 4
}

func (w *writer) hash(p []byte) uint64 {
	if w.keyed {
		return siphash([16]byte([]byte("file-id-16-bytes")), p)
	}
	return jenkins(p)
}

func (w *writer) field(s string) int64 {
	if at, ok := w.data[s]; ok {
		return at
	}
	p, flag := w.compress([]byte(s))
	body := make([]byte, 48, 64+len(p))
	if w.compact {
		body = make([]byte, 56, 64+len(p))
	}
	binary.LittleEndian.PutUint64(body, w.hash([]byte(s)))
	w.data[s] = w.object(1, flag, append(body, p...))
	return w.data[s]
}

// entry adds an entry; real and mono in microseconds.
func (w *writer) entry(seq, real, mono uint64, fields ...string) int64 {
	body := make([]byte, 48)
	le := binary.LittleEndian
	le.PutUint64(body, seq)
	le.PutUint64(body[8:], real)
	le.PutUint64(body[16:], mono)
	copy(body[24:40], "boot-id-16-bytes")
	xor := uint64(0)
	for _, s := range fields {
		at := w.field(s)
		xor ^= jenkins([]byte(s))
		if w.compact {
			body = le.AppendUint32(body, uint32(at))
			continue
		}
		body = le.AppendUint64(body, uint64(at))
		body = le.AppendUint64(body, w.hash([]byte(s)))
	}
	le.PutUint64(body[40:], xor)
	return w.object(3, 0, body)
}

// sample is a file of n entries with short and long values.
func sample(tb testing.TB, f form, n int) []byte {
	w := newWriter(tb, f)
	for i := range n {
		long := "LONG=" + string(bytes.Repeat([]byte{'a' + byte(i%26)}, 600))
		w.entry(uint64(i+1), 1709432047000000+uint64(i)*1000, uint64(i)*1000, "MESSAGE=entry "+string(rune('0'+i%10)), "_PID=812", long)
	}
	return w.b
}
