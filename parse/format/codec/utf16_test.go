package codec

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/pierrec/lz4/v4"
)

// wide gives a text in UTF-16, with a byte order mark.
func wide(s string) map[string][]byte {
	le, be := []byte{0xff, 0xfe}, []byte{0xfe, 0xff}
	for _, u := range utf16.Encode([]rune(s)) {
		le, be = binary.LittleEndian.AppendUint16(le, u), binary.BigEndian.AppendUint16(be, u)
	}
	return map[string][]byte{UTF16LE: le, UTF16BE: be}
}

func decode(t *testing.T, name string, data []byte) (string, error) {
	t.Helper()
	r, err := New(name, iotest.OneByteReader(bytes.NewReader(data)))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	return string(b), err
}

func TestUTF16(t *testing.T) {
	n := 700
	if testing.Short() {
		n = 200
	}
	text := strings.Repeat("Mar  3 02:14:07 web01 sshd[812]: 로그인 실패 😀\r\n", n)
	plain := strings.Repeat("Mar  3 02:14:07 web01 sshd[812]: x\n", 50)
	for name, data := range wide(text) {
		if got := Detect(data); got != name {
			t.Errorf("%s is taken for %q", name, got)
		}
		if got, err := decode(t, name, data); got != text || err != nil {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		if got, err := decode(t, name, data[:len(data)-1]); got != text[:len(text)-1] || !errors.Is(err, ErrHalf) {
			t.Errorf("%s, half a unit: %d bytes, %v", name, len(got), err)
		}
		if bare := wide(plain)[name][2:]; Detect(bare) != name {
			t.Errorf("%s without a mark is taken for %q", name, Detect(bare))
		}
	}
	// Surrogates without their fellows stay what they are.
	if got, err := decode(t, UTF16LE, []byte("a\x00\x3d\xd8b\x00\x00\xde\x3d\xd8")); got != "a\xed\xa0\xbdb\xed\xb8\x80\xed\xa0\xbd" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// TestFramesBefore: skippable frames and the older frames of lz4.
func TestFramesBefore(t *testing.T) {
	skip := []byte("\x5a\x2a\x4d\x18\x05\x00\x00\x00hello")
	all := packed(t, []byte("one\n"))
	var legacy bytes.Buffer
	w := lz4.NewWriter(&legacy)
	if err := w.Apply(lz4.LegacyOption(true)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("one\n")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"zst": append(bytes.Clone(skip), append(bytes.Clone(skip), all["zst"]...)...),
		"lz4": append(bytes.Clone(skip), all["lz4"]...),
	} {
		got, err := decode(t, name, data)
		if Detect(data) != name || got != "one\n" || err != nil {
			t.Errorf("%s: taken for %q, %q, %v", name, Detect(data), got, err)
		}
	}
	if got, err := decode(t, "lz4", legacy.Bytes()); Detect(legacy.Bytes()) != "lz4" || got != "one\n" || err != nil {
		t.Errorf("legacy: taken for %q, %q, %v", Detect(legacy.Bytes()), got, err)
	}
}
