package parser

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/parsetest"
)

// TestLoginLog reads the write-ahead log of a database that holds none of its
// rows: each row once, a changed one as it was before and after.
func TestLoginLog(t *testing.T) {
	data := loginFixture(t, "logindb/open.wal")
	for _, at := range [...]string{"/var/lib/wtmpdb/wtmp.db-wal", "/srv/x.bin"} {
		contract(t, parsetest.Case{Parser: "wtmpdb", Events: 42, Source: parsetest.Source{Acq: host("UTC"), Files: []parsetest.File{{Path: at, Data: data}}}})
	}
	s := binParse(t, newWtmpdb(), nil, "/x.bin", data)
	logins, users := 0, map[string]bool{}
	for _, e := range s.events {
		if e.Action == "login" {
			logins++
			users[e.Actor] = true
		}
		if from, _ := e.Get("rhost"); e.Actor == "user30" && (len(e.Origin.Spans) < 3 || len(from) != 1805) {
			t.Errorf("the row with overflow pages has %d spans and %d bytes of a host", len(e.Origin.Spans), len(from))
		}
		if e.Actor == "user7" && e.Action == "logout" && e.Time.Instant != 1709531000e9 {
			t.Errorf("%+v", e.Time)
		}
		if len(e.Tags) != 0 {
			t.Errorf("marked: %+v", e)
		}
	}
	if logins != 41 || len(users) != 40 {
		t.Errorf("%d logins of %d accounts", logins, len(users))
	}
}

// TestLoginLogState: rows of a round before, and of a transaction that was not
// ended, are marked; what is cut off is told.
func TestLoginLogState(t *testing.T) {
	good := loginFixture(t, "logindb/open.wal")
	const frame = 24 + 512
	frames := (len(good) - 32) / frame
	for name, tt := range map[string]struct {
		harm   func(b []byte) []byte
		want   string
		marked int
		code   string
	}{
		"not ended": {func(b []byte) []byte {
			for i := range frames {
				clear(b[32+i*frame+4:][:4])
			}
			return walResum(b, 512)
		}, "write-ahead log, of a transaction that was not ended", 42, ""},
		"begun anew":   {func(b []byte) []byte { b[16] ^= 1; return walResum(b, 512) }, "write-ahead log, of a round before", 42, ""},
		"a checksum":   {func(b []byte) []byte { b[32+16] ^= 1; return b }, "write-ahead log, a frame that does not count: a checksum does not fit", 42, "checksum"},
		"the header's": {func(b []byte) []byte { b[24] ^= 1; return b }, "write-ahead log, a frame that does not count: a checksum does not fit", 42, "checksum"},
		"the last one": {func(b []byte) []byte { b[32+(frames-1)*frame+16] ^= 1; return b }, "", 0, "checksum"},
	} {
		s := binParse(t, newWtmpdb(), nil, "/x.bin", tt.harm(slices.Clone(good)))
		if len(s.events) != 42 {
			t.Errorf("%s: %d events", name, len(s.events))
		}
		marked := 0
		for _, e := range s.events {
			if got, _ := e.Get("recovered"); got == tt.want && got != "" {
				marked++
			}
		}
		if tt.want != "" && marked != tt.marked || tt.code != "" && s.codes()[tt.code] != 1 {
			t.Errorf("%s: %d marked, %v", name, marked, s.codes())
		}
	}
	s := binParse(t, newWtmpdb(), nil, "/x.bin", good[:len(good)-100])
	if s.codes()["trailing"] != 1 {
		t.Errorf("%v", s.codes())
	}
}

// walResum writes the checksums of a write-ahead log anew, as SQLite would.
func walResum(b []byte, page int) []byte {
	var order binary.ByteOrder = binary.LittleEndian
	if b[3]&1 == 1 {
		order = binary.BigEndian
	}
	var s, t uint32
	sum := func(p []byte) {
		for ; len(p) >= 8; p = p[8:] {
			s += order.Uint32(p) + t
			t += order.Uint32(p[4:]) + s
		}
	}
	put := func(p []byte) {
		binary.BigEndian.PutUint32(p, s)
		binary.BigEndian.PutUint32(p[4:], t)
	}
	sum(b[:24])
	put(b[24:])
	for off := 32; off+24+page <= len(b); off += 24 + page {
		sum(b[off:][:8])
		sum(b[off+24:][:page])
		put(b[off+16:])
	}
	return b
}

// TestLoginDatabaseNamed: a database whose table is only in its log yet, and
// one whose start was damaged, are known by name; the log itself and the index
// of its pages are no wtmp.
func TestLoginDatabaseNamed(t *testing.T) {
	good := loginFixture(t, "logindb/wtmp.db")
	empty := slices.Clone(good[:512])
	clear(empty[100:])
	empty[18], empty[19], empty[100] = 2, 2, 13
	lost := slices.Clone(good)
	clear(lost[:16])
	sized := func(n uint16) []byte {
		b := slices.Clone(good)
		binary.BigEndian.PutUint16(b[16:], n)
		return b
	}
	for _, tt := range []struct {
		path   string
		data   []byte
		parser string
		events int
		code   string
	}{
		{"/var/lib/wtmpdb/wtmp.db", empty, "wtmpdb", 0, "no-table"},
		{"/var/lib/wtmpdb/wtmp.db", lost, "wtmpdb", 398, "bad-header"},
		{"/srv/x.bin", sized(513), "wtmpdb", 398, "bad-header"},
		{"/srv/x.bin", sized(0), "wtmpdb", 398, "bad-header"},
		{"/var/lib/wtmpdb/wtmp.db-shm", make([]byte, 4096), "", 0, ""},
		{"/var/lib/wtmpdb/wtmp.db", []byte("no database\x00\x01"), "wtmpdb", 0, "unreadable"},
	} {
		k, res := parsetest.Parse(t, &parsetest.Source{Acq: host("UTC"), Files: []parsetest.File{{Path: tt.path, Data: tt.data}}}, []parse.Parser{newLastlog2(), newWtmp(), newWtmpdb()}, 1)
		found := tt.code == ""
		for _, w := range k.Warnings {
			found = found || w.Code == tt.code
		}
		if x := res.Exhibits[0]; x.Parser != tt.parser || len(k.Events) != tt.events || !found {
			t.Errorf("%s: %q, %d events, %+v", tt.path, x.Parser, len(k.Events), k.Warnings)
		}
	}
}
