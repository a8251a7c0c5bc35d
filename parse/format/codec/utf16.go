package codec

import (
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// The names of the text encodings that New decodes like codecs: what comes out
// is UTF-8, and offsets are counted in that.
const (
	UTF16LE = "utf-16le"
	UTF16BE = "utf-16be"
)

// ErrHalf says that a UTF-16 text ends with half a unit.
var ErrHalf = errors.New("the text ends in the middle of a UTF-16 unit")

// unmarked is how many units of plain ASCII, without a byte order mark, are
// taken for UTF-16: a rotation cuts a text off behind its mark.
const unmarked = 32

// detectUTF16 names the UTF-16 that head is text in, "" for none. A byte order
// mark alone does not make a text: what follows must be characters, with some
// blank, digit or line end among them, as every log has.
func detectUTF16(head []byte) string {
	head = head[:min(len(head), HeadSize)&^1]
	if len(head) < 4 {
		return ""
	}
	for name, order := range map[string]binary.ByteOrder{UTF16LE: binary.LittleEndian, UTF16BE: binary.BigEndian} {
		marked := order.Uint16(head) == 0xfeff
		if !marked && (len(head) < 2*unmarked || head[0] != 0 && head[1] != 0) {
			continue
		}
		if plainUTF16(head, order, marked) {
			return name
		}
	}
	return ""
}

func plainUTF16(head []byte, order binary.ByteOrder, marked bool) bool {
	blanks, low := 0, false // a high surrogate came before
	for i := 0; i < len(head); i += 2 {
		u := order.Uint16(head[i:])
		switch {
		case u == 0xfeff && i == 0 && marked:
		case low != (u >= 0xdc00 && u <= 0xdfff), u == 0xffff, u == 0xfffe:
			return false
		case u < ' ' && u != '\t' && u != '\n' && u != '\r' && u != 0x1b, u == 0x7f:
			return false
		case u > 0x7e && !marked:
			return false
		case u <= ' ', u >= '0' && u <= '9':
			blanks++
		}
		low = u >= 0xd800 && u <= 0xdbff
	}
	return blanks*32 >= len(head)/2
}

// utf16Reader turns UTF-16 into UTF-8. A surrogate without its fellow becomes
// the three bytes that UTF-8 would have for it, so that nothing is lost.
type utf16Reader struct {
	r     io.Reader
	order binary.ByteOrder
	in    []byte // read and not decoded
	out   []byte // decoded and not given
	began bool
	err   error
}

func newUTF16(name string, r io.Reader) io.ReadCloser {
	d := &utf16Reader{r: r, order: binary.LittleEndian}
	if name == UTF16BE {
		d.order = binary.BigEndian
	}
	return io.NopCloser(d)
}

// Read gives UTF-8.
func (d *utf16Reader) Read(p []byte) (int, error) {
	for len(d.out) == 0 {
		if d.err != nil {
			return 0, d.err
		}
		d.fill()
	}
	n := copy(p, d.out)
	d.out = d.out[n:]
	return n, nil
}

// fill reads a piece and decodes it.
func (d *utf16Reader) fill() {
	const piece = 32 << 10
	kept := len(d.in)
	buf := append(make([]byte, 0, kept+piece), d.in...)
	n, err := d.r.Read(buf[kept : kept+piece])
	d.in, d.err = buf[:kept+n], err
	d.out = make([]byte, 0, 2*len(d.in))
	at := 0
	for ; at+2 <= len(d.in); at += 2 {
		u := rune(d.order.Uint16(d.in[at:]))
		if u == 0xfeff && !d.began {
			d.began = true
			continue
		}
		d.began = true
		if u >= 0xd800 && u <= 0xdbff {
			if at+4 > len(d.in) && err == nil {
				break // its fellow may follow
			}
			if at+4 <= len(d.in) {
				if both := utf16.DecodeRune(u, rune(d.order.Uint16(d.in[at+2:]))); both != utf8.RuneError {
					d.out = utf8.AppendRune(d.out, both)
					at += 2
					continue
				}
			}
		}
		if utf16.IsSurrogate(u) {
			d.out = append(d.out, 0xe0|byte(u>>12), 0x80|byte(u>>6)&0x3f, 0x80|byte(u)&0x3f)
			continue
		}
		d.out = utf8.AppendRune(d.out, u)
	}
	d.in = d.in[at:]
	if errors.Is(err, io.EOF) && len(d.in) > 0 {
		d.err = ErrHalf
	}
}
