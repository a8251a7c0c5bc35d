package utmp

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// record makes a login record in any layout.
func record(l Layout, typ uint16, sec uint64, user string) []byte {
	var o binary.ByteOrder = binary.LittleEndian
	if l.Big {
		o = binary.BigEndian
	}
	b := make([]byte, l.Size)
	o.PutUint16(b, typ)
	o.PutUint32(b[4:], 812)
	copy(b[8:], "pts/0")
	copy(b[40:], "ts/0")
	copy(b[44:76], user)
	copy(b[76:], "192.0.2.7")
	if l.Size == 400 {
		o.PutUint64(b[344:], sec)
		o.PutUint64(b[352:], 5)
		copy(b[360:], []byte{192, 0, 2, 7})
		return b
	}
	o.PutUint32(b[340:], uint32(sec))
	o.PutUint32(b[344:], 5)
	copy(b[348:], []byte{192, 0, 2, 7})
	return b
}

func TestDetectAndDecode(t *testing.T) {
	for _, l := range Layouts() {
		var data []byte
		for i := range 5 {
			data = append(data, record(l, 7, 1709432047+uint64(i), "deploy")...)
		}
		got, e, ok := Detect(data, int64(len(data)))
		if !ok || got != l || e.Strict != 5 {
			t.Errorf("%s: detected %s, %+v, %t", l, got, e, ok)
			continue
		}
		r := got.Decode(data)
		a, _ := r.Addr()
		if r.Type != 7 || r.PID != 812 || string(r.User) != "deploy" || string(r.Host) != "192.0.2.7" || r.Sec != 1709432047 || r.Usec != 5 ||
			a.String() != "192.0.2.7" || string(r.ID) != "ts/0" {
			t.Errorf("%s: %+v", l, r)
		}
	}
}

func TestFullWidthText(t *testing.T) {
	l := Layouts()[0]
	r := l.Decode(record(l, 7, 1709432047, "abcdefghijklmnopqrstuvwxyz012345"))
	if string(r.User) != "abcdefghijklmnopqrstuvwxyz012345" {
		t.Errorf("user %q", r.User)
	}
}

func TestYear2106(t *testing.T) {
	l := Layouts()[0]
	r := l.Decode(record(l, 7, 1<<32-1, "deploy"))
	if r.Sec != 1<<32-1 || r.Problem() != "" {
		t.Errorf("%d %s", r.Sec, r.Problem())
	}
}

func TestNoLoginRecords(t *testing.T) {
	for name, data := range map[string][]byte{
		"text":  bytes.Repeat([]byte("Mar  3 02:14:07 web01 sshd[812]: Accepted\n"), 100),
		"zeros": make([]byte, 3840),
		"short": make([]byte, 10),
		"ones":  bytes.Repeat([]byte{0xff}, 3840),
	} {
		if l, e, ok := Detect(data, int64(len(data))); ok {
			t.Errorf("%s: taken for %s, %+v", name, l, e)
		}
	}
}

// FuzzScan: the pieces are the input, in order, whatever it is.
func FuzzScan(f *testing.F) {
	for _, l := range Layouts() {
		one := record(l, 7, 1709432047, "deploy")
		f.Add(bytes.Repeat(one, 3), l.Size, l.Big)
		f.Add(append(append(one[:100:100], one...), make([]byte, 500)...), l.Size, l.Big)
	}
	f.Fuzz(func(t *testing.T, data []byte, size int, big bool) {
		l := Layout{384, big}
		if size == 400 {
			l.Size = 400
		}
		Detect(data, int64(len(data)))
		at := int64(0)
		err := Scan(bytes.NewReader(data), l, func(p *Piece) error {
			if p.Offset != at || p.Length <= 0 {
				t.Fatalf("piece at %d of %d bytes, want one at %d", p.Offset, p.Length, at)
			}
			at += p.Length
			return nil
		})
		if err != nil || at != int64(len(data)) {
			t.Fatalf("pieces end at %d of %d: %v", at, len(data), err)
		}
	})
}
