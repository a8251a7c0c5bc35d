package lastlog

import (
	"bytes"
	"testing"
)

func record(size int) []byte {
	b := make([]byte, size)
	copy(b, []byte{0xef, 0xdc, 0xe3, 0x65})
	copy(b[size-288:], "pts/0")
	copy(b[size-256:], "192.0.2.7")
	return b
}

func TestDetect(t *testing.T) {
	for _, size := range []int{292, 296} {
		data := append(make([]byte, size*700), record(size)...)
		head, tail := data[:64<<10], data[len(data)-(64<<10):]
		l, ok := Detect(head, tail, int64(len(data)-len(tail)))
		if !ok || l.Size != size || l.Big {
			t.Errorf("size %d: %+v %t", size, l, ok)
		}
	}
	for name, b := range map[string][]byte{"text": bytes.Repeat([]byte("text\n"), 1000), "zeros": make([]byte, 5000), "none": nil,
		"one long line": bytes.Repeat([]byte("no line feeds at all "), 1000)} {
		if l, ok := Detect(b, nil, 0); ok {
			t.Errorf("%s: taken for %+v", name, l)
		}
	}
}

func TestFailure(t *testing.T) {
	for _, size := range []int{24, 32} {
		b := make([]byte, size)
		copy(b, []byte{3, 0, 5, 0, 't', 't', 'y', '1'})
		copy(b[16:], []byte{0xef, 0xdc, 0xe3, 0x65})
		l := DetectFail(append(append([]byte(nil), b...), b...))
		f := l.Decode(b)
		if l.Size != size || f.Count != 3 || f.Max != 5 || string(f.Line) != "tty1" || f.Sec != 0x65e3dcef || !f.Sound() {
			t.Errorf("size %d: layout %+v, %+v", size, l, f)
		}
	}
}

// FuzzScan: records and stretches of NULs are the input, in order.
func FuzzScan(f *testing.F) {
	f.Add(append(make([]byte, 292*3), record(292)...), 292)
	f.Add(append(make([]byte, 296*600), record(296)[:100]...), 296)
	f.Add([]byte{1, 2, 3}, 32)
	f.Fuzz(func(t *testing.T, data []byte, size int) {
		if size < 24 || size > 300 {
			size = 292
		}
		at := int64(0)
		take := func(off, n int64) error {
			if off != at || n <= 0 {
				t.Fatalf("%d bytes at %d, want %d", n, off, at)
			}
			at += n
			return nil
		}
		err := Scan(bytes.NewReader(data), size, func(_, off int64, b []byte) error {
			for _, l := range Layouts() {
				if len(b) >= l.Size {
					r := l.Decode(b)
					r.Strict()
				}
			}
			return take(off, int64(len(b)))
		}, take)
		if err != nil || at != int64(len(data)) {
			t.Fatalf("ends at %d of %d: %v", at, len(data), err)
		}
		DetectFail(data)
	})
}

// TestGuess: where damage speaks against every layout, that with most records
// is taken, whatever the size of the file is a multiple of.
func TestGuess(t *testing.T) {
	data := make([]byte, 296*73) // a multiple of both sizes
	copy(data, "\x07\xdd\xe3\x65pts/0")
	copy(data[292*5:], "\x08\xdd\xe3\x65pts/1")
	copy(data[292*9:], bytes.Repeat([]byte{0xee}, 700))
	data = data[:296*40]
	if _, ok := Detect(data, nil, int64(len(data))); ok {
		t.Fatal("the damage speaks against no layout")
	}
	if l := Guess(data, nil, int64(len(data)), int64(len(data))); l != Layouts()[0] {
		t.Errorf("guessed %+v", l)
	}
	if l := Guess(bytes.Repeat([]byte{0xee}, 296*3), nil, 0, 296*3); l != Layouts()[1] {
		t.Errorf("without any record: guessed %+v", l)
	}
}
