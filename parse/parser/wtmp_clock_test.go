package parser

import (
	"archive/tar"
	"bytes"
	enc "encoding/binary"
	"net/netip"
	"testing"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// loginRecord makes one 384-byte record of utmp(5).
func loginRecord(kind uint16, sec, usec uint32, line, user, host string, addr [16]byte) []byte {
	b := make([]byte, 384)
	enc.LittleEndian.PutUint16(b, kind)
	enc.LittleEndian.PutUint32(b[4:], 812)
	copy(b[8:], line)
	copy(b[40:], "ts/0")
	copy(b[44:], user)
	copy(b[76:], host)
	enc.LittleEndian.PutUint32(b[340:], sec)
	enc.LittleEndian.PutUint32(b[344:], usec)
	copy(b[348:], addr[:])
	return b
}

// TestWtmpOddFraction: microseconds that cannot be do not cost the login; the
// address of a record is that of its host where four bytes could be either.
func TestWtmpOddFraction(t *testing.T) {
	six := netip.MustParseAddr("2001:db8::").As16()
	four := [16]byte{192, 0, 2, 1}
	mapped := netip.MustParseAddr("::ffff:192.0.2.1").As16()
	var data []byte
	for _, r := range [][]byte{
		loginRecord(7, 1_700_000_000, 5, "pts/0", "kim", "192.0.2.1", four),
		loginRecord(7, 1_700_000_100, 1_000_000, "pts/1", "lee", "gw.example.org", mapped),
		loginRecord(7, 1_700_000_200, 0xffffffff, "pts/2", "park", "2001:db8::", six),
		loginRecord(7, 1_700_000_300, 7, "pts/3", "choi", "", four),
	} {
		data = append(data, r...)
	}
	s := binParse(t, newWtmp(), nil, "/var/log/wtmp", data)
	if len(s.events) != 4 || len(s.warnings) != 2 || s.warnings[0].Code != "odd-fraction" || s.warnings[1].Offset != 768 {
		t.Fatalf("%d events, warnings %+v", len(s.events), s.warnings)
	}
	for i, want := range []struct {
		ip string
		p  event.Precision
	}{{"192.0.2.1", event.Microsecond}, {"192.0.2.1", event.Second}, {"2001:db8::", event.Second}, {"192.0.2.1", event.Microsecond}} {
		e := s.events[i]
		if ip, _ := e.Get("ip"); ip != want.ip || e.Time.Precision != want.p || e.Time.Instant/1e9 != 1_700_000_000+int64(i)*100 {
			t.Errorf("record %d: ip %q, %+v", i, ip, e.Time)
		}
	}
}

// TestWtmpSessionAcrossClockSet: how long a session lasted does not count the
// change of the clock inside it.
func TestWtmpSessionAcrossClockSet(t *testing.T) {
	const from = 1_700_000_000
	for name, c := range map[string]struct {
		step          int
		duration, set string
	}{"forward": {7200, "200", "7200"}, "back": {-150, "200", "-150"}, "none": {0, "200", ""}} {
		now := uint32(from + 100 + c.step)
		var data []byte
		for _, r := range [][]byte{
			loginRecord(7, from, 0, "pts/0", "kim", "", [16]byte{}),
			loginRecord(4, from+100, 0, "|", "date", "", [16]byte{}),
			loginRecord(3, now, 0, "{", "date", "", [16]byte{}),
			loginRecord(8, now+100, 0, "pts/0", "", "", [16]byte{}),
		} {
			data = append(data, r...)
		}
		s := binParse(t, newWtmp(), nil, "/var/log/wtmp", data)
		if len(s.events) != 4 {
			t.Fatalf("%s: %d events, %+v", name, len(s.events), s.warnings)
		}
		for _, i := range []int{0, 3} {
			lasted, _ := s.events[i].Get("duration")
			if set, _ := s.events[i].Get("clock_set"); lasted != c.duration || set != c.set {
				t.Errorf("%s: record %d lasted %q with the clock set by %q", name, i, lasted, set)
			}
		}
	}
}

// TestWtmpNotOfTar: an archive with login records in it is no wtmp, its padding
// no wiped records.
func TestWtmpNotOfTar(t *testing.T) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	data := wtmpFixture(t, "wtmp")
	for _, format := range []tar.Format{tar.FormatUSTAR, tar.FormatGNU} {
		if err := w.WriteHeader(&tar.Header{Name: "wtmp", Mode: 0o600, Size: int64(len(data)), Format: format}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	second := b.Bytes()[512+(len(data)+511)/512*512:]
	for name, head := range map[string][]byte{"ustar": b.Bytes(), "gnu": second} {
		x := &parse.Exhibit{Path: "/root/wtmp.tar", Head: head, Size: int64(len(head))}
		if got := newWtmp().Claim(x); got != parse.No {
			t.Errorf("%s is claimed: %v", name, got)
		}
	}
}
