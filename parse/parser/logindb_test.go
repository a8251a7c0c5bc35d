package parser

import (
	"encoding/binary"
	"slices"
	"testing"
)

// TestLoginDatabaseRecovered: the rows of leaf pages come out when the page
// above them, or the schema, is lost, marked as recovered; no row twice.
func TestLoginDatabaseRecovered(t *testing.T) {
	good := loginFixture(t, "logindb/wtmp.db")
	root := 0
	for page := 1; page < len(good)/512; page++ {
		if good[page*512] == 5 {
			root = page
			break
		}
	}
	all := binParse(t, newWtmpdb(), nil, "/x.bin", good).events
	for name, harm := range map[string]func(b []byte){
		"root wiped":   func(b []byte) { clear(b[root*512 : root*512+512]) },
		"root noise":   func(b []byte) { copy(b[root*512:], "\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc") },
		"schema wiped": func(b []byte) { clear(b[100:512]) },
		"root lies":    func(b []byte) { binary.BigEndian.PutUint32(b[root*512+8:], 1) },
	} {
		t.Run(name, func(t *testing.T) {
			b := slices.Clone(good)
			harm(b)
			s := binParse(t, newWtmpdb(), nil, "/x.bin", b)
			recovered, seen := 0, map[string]bool{}
			for _, e := range s.events {
				if slices.Contains(e.Tags, "recovered") {
					recovered++
				}
				seen[e.ID().String()] = true
			}
			if len(s.events) != len(all) || len(seen) != len(all) || recovered == 0 || s.codes()["recovered"] == 0 {
				t.Errorf("%d events, %d different, %d recovered, of %d; warnings %v", len(s.events), len(seen), recovered, len(all), s.codes())
			}
			if name != "root lies" && recovered != len(all) {
				t.Errorf("%d of %d are marked", recovered, len(all))
			}
		})
	}
	for _, e := range all {
		if len(e.Tags) != 0 {
			t.Fatalf("an event of a sound database is marked: %+v", e)
		}
	}
}

// TestLoginDatabaseFreed: a row that was deleted with its page is told from a
// copy of one that is still there.
func TestLoginDatabaseFreed(t *testing.T) {
	good := loginFixture(t, "logindb/lastlog2.db")
	page := int(binary.BigEndian.Uint16(good[16:]))
	leaf := slices.Clone(good[page : 2*page])
	all := binParse(t, newLastlog2(), nil, "/x.bin", good).events
	for at, name := range [...]string{"copy", "row"} {
		b := append(slices.Clone(good), leaf...)
		if at == 1 {
			i := slices.Index(b[3*page:], 'd') // deploy becomes another account
			for string(b[3*page+i:3*page+i+6]) != "deploy" {
				i += 1 + slices.Index(b[3*page+i+1:], 'd')
			}
			b[3*page+i] = 'e'
		}
		s := binParse(t, newLastlog2(), nil, "/x.bin", b)
		if len(s.events) != len(all)+at || s.codes()["recovered"] != 1 {
			t.Errorf("%s: %d events of %d, %v", name, len(s.events), len(all), s.codes())
		}
		if e := s.events[len(s.events)-1]; at == 1 && (e.Actor != "eeploy" || e.Tags == nil) {
			t.Errorf("%+v", e)
		}
	}
}
