package utmp

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
)

// users lists the accounts of the whole records of data.
func users(t *testing.T, l Layout, data []byte) (out []string) {
	t.Helper()
	err := Scan(bytes.NewReader(data), l, func(p *Piece) error {
		if p.Kind == Whole {
			out = append(out, string(p.Record.User))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestSlip: bytes lost from the unused end of a record cost that record only,
// also where it is the last but one, and where a window of the reader ends.
func TestSlip(t *testing.T) {
	l := Layouts()[0]
	for _, n := range []int{3, 400} {
		var data []byte
		var want []string
		for i := range n {
			want = append(want, fmt.Sprintf("user%d", i))
			data = append(data, record(l, 7, 1709432047+uint64(i), want[i])...)
		}
		for _, i := range []int{0, 1, 166, 167, 168, 169, 170, 171, 172, 340, n - 2} { // a window is 170.7 records
			if i > n-2 {
				continue
			}
			at := (i + 1) * l.Size
			got := users(t, l, slices.Concat(data[:at-7], data[at:]))
			if !slices.Equal(got[len(got)-(n-1-i):], want[i+1:]) || !slices.Equal(got[:i], want[:i]) {
				t.Fatalf("7 bytes of record %d of %d lost: %q", i, n, got)
			}
		}
	}
}

// TestSlipUnderTextAsTime: the head of one record and the start of the next
// look like a record where text of the next stands at the place of the time.
func TestSlipUnderTextAsTime(t *testing.T) {
	l := Layouts()[0]
	b := record(l, 2, 1709432047, "reboot")
	copy(b[76:332], "6.1.0-18-amd64\x00") // the name of a kernel, in the field for the host
	data := slices.Concat(record(l, 6, 1709432046, "LOGIN")[:256], b, make([]byte, 90))
	if got := users(t, l, data); !slices.Equal(got, []string{"reboot"}) {
		t.Errorf("%q", got)
	}
	// A record whose own time is made of letters is one like any other.
	data = slices.Concat(record(l, 7, 0x64636261, "a"), record(l, 7, 0x64636262, "b"))
	if got := users(t, l, data); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("%q", got)
	}
}

// TestEmptyWithoutText: bytes of a cut record that read as one of type 0 with
// text at the place of the time are none.
func TestEmptyWithoutText(t *testing.T) {
	l := Layouts()[0]
	a, b := record(l, 6, 1709432046, "root"), record(l, 6, 1709432047, "oracle")
	copy(b[76:332], "198.51.100.23\x00")
	if got := users(t, l, slices.Concat(a[128:], b, b)); !slices.Equal(got, []string{"oracle", "oracle"}) {
		t.Errorf("%q", got)
	}
}
