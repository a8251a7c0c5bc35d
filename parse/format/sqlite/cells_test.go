package sqlite

import (
	"encoding/binary"
	"strings"
	"testing"
)

// TestCellPointers: two pointers to one row give it once, and what is wrong
// with the pointers of a page is said once, with the number.
func TestCellPointers(t *testing.T) {
	good := fixture(t, "lastlog2.db")
	before, _, _ := read(t, good)
	page := -1
	for off := 4096; off+4096 <= len(good); off += 4096 {
		if good[off] == 13 && binary.BigEndian.Uint16(good[off+3:]) >= 3 {
			page = off
		}
	}
	if page < 0 {
		t.Fatal("the fixture has no leaf page of three rows")
	}
	for name, tt := range map[string]struct {
		change func(p []byte)
		lost   int
		text   string
	}{
		"equal":   {func(p []byte) { copy(p[8:12], append(p[12:14:14], p[12:14]...)) }, 2, "2 cell pointers of the page at"},
		"outside": {func(p []byte) { clear(p[8:12]) }, 2, "lead outside of it"},
	} {
		bad := append([]byte(nil), good...)
		tt.change(bad[page : page+4096])
		rows, problems, _ := read(t, bad)
		said := 0
		for _, p := range problems {
			if strings.Contains(p.Text, tt.text) {
				said++
			}
		}
		if rows["Lastlog2"] != before["Lastlog2"]-tt.lost || said != 1 {
			t.Errorf("%s: %v rows of %v, %+v", name, rows, before, problems)
		}
	}
}

// TestRowLeadsToTable: a damaged row that takes a page of the table for the one
// on which it goes on does not take its rows away.
func TestRowLeadsToTable(t *testing.T) {
	good := fixture(t, "wtmp.db")
	before, _, _ := read(t, good)
	var leaves []int
	const page = 512
	if binary.BigEndian.Uint16(good[16:]) != page {
		t.Fatal("the fixture has pages of another size")
	}
	for off := page; off+page <= len(good); off += page {
		if good[off] == 13 && binary.BigEndian.Uint16(good[off+3:]) >= 3 {
			leaves = append(leaves, off)
		}
	}
	if len(leaves) < 2 {
		t.Fatal("the fixture has no two leaf pages")
	}
	bad := append([]byte(nil), good...)
	p := bad[leaves[0] : leaves[0]+page]
	// The row that lies first in the page gets a payload of 600 bytes, which
	// begins in the page and fills the next leaf.
	row := binary.BigEndian.Uint16(p[5:])
	p[row], p[row+1], p[row+2] = 0x84, 0x58, 1
	length, _ := varint(p[row:])
	f := File{usable: page}
	next := int(row) + 3 + int(f.local(length))
	if next+4 > len(p) {
		t.Fatalf("no room for the payload: %d of %d bytes from %d", f.local(length), length, row)
	}
	binary.BigEndian.PutUint32(p[next:], uint32(leaves[1]/page+1))
	rows, problems, _ := read(t, bad)
	lost := before["wtmp"] - rows["wtmp"]
	if lost < 1 || lost > 2 { // the row, and the one that the number of the page was written over
		t.Errorf("%d of %d rows are lost: %+v", lost, before["wtmp"], problems)
	}
}
