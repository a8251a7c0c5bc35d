package parsetest

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// survived damages some bytes here and there: every event that none of them
// belongs to comes out still. Databases are left out: a page holds many rows.
func survived(t *testing.T, parsers []parse.Parser, c Case, want *Kept) {
	t.Helper()
	good := c.Source.Files[0].Data
	if len(good) < 64 || bytes.HasPrefix(good, []byte("SQLite")) {
		return
	}
	var p parse.Parser
	for _, q := range parsers {
		if q.Describe().Name == c.Parser {
			p = forced{q}
		}
	}
	rnd := rand.New(rand.NewPCG(5, uint64(len(good))))
	for range 12 {
		at := rnd.IntN(len(good) - 8)
		bad := slices.Clone(good)
		for i := at; i < at+8; i++ {
			if bad[i] != '\n' {
				bad[i] = 0xff
			}
		}
		got, _ := Parse(t, only(c, bad), []parse.Parser{p}, 2)
		have := map[int64]bool{} // a damaged line may make the record before it longer
		for _, e := range got.Events {
			have[e.Origin.Offset] = true
		}
		for _, e := range want.Events {
			if e.Origin.Exhibit == 1 && !touches(e, int64(at), 8) && !have[e.Origin.Offset] {
				t.Errorf("bytes %d to %d damaged: the event at %d+%d is lost: %q", at, at+8, e.Origin.Offset, e.Origin.Length, e.Message)
				break
			}
		}
	}
}

// touches says whether bytes lie in an event or right beside it.
func touches(e *event.Event, at, n int64) bool {
	near := func(s event.Span) bool { return at < s.Offset+s.Length+8 && at+n > s.Offset-8 }
	if near(event.Span{Offset: e.Origin.Offset, Length: e.Origin.Length}) {
		return true
	}
	return slices.ContainsFunc(e.Origin.Spans, near)
}
