package parser

import (
	"bytes"
	"io"
	"path"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/sqlite"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// claimLog looks for rows of the table in the first frames of a write-ahead
// log, which bears no name of a table.
func (p logindbParser) claimLog(x *parse.Exhibit) parse.Strength {
	if path.Base(x.Path) == p.file+"-wal" {
		return parse.Strong
	}
	d := &logindbRun{}
	d.name(p.columns)
	db, err := sqlite.OpenLog(bytes.NewReader(x.Head), int64(len(x.Head)), func(sqlite.Problem) {}, func(sqlite.Span) {})
	if err != nil {
		return parse.No
	}
	other, own := 0, 0
	err = db.Logged(sqlite.NewKnown(), func(r *sqlite.Row) bool {
		if !d.fits(p, r) {
			other++
			return false
		}
		return true
	}, func(*sqlite.Row, sqlite.LogState) error { own++; return nil })
	if err == nil && own > other {
		return parse.Strong
	}
	return parse.No
}

// log reads the rows of the table in a write-ahead log: those that were written
// last, and need not be in the database yet. Pages are written whole, so rows
// of the database may come again.
func (d *logindbRun) log(p logindbParser, at io.ReaderAt, size int64) error {
	db, err := sqlite.OpenLog(at, size, d.problem, d.padding)
	if err != nil {
		return d.s.Warning(event.Warning{Length: size, Code: "unreadable", Message: err.Error()})
	}
	d.name(p.columns)
	d.keep(db.Logged(sqlite.NewKnown(), func(r *sqlite.Row) bool { return d.fits(p, r) }, func(r *sqlite.Row, state sqlite.LogState) error {
		switch d.found = ""; {
		case state.Stale:
			d.found = "write-ahead log, of a round before"
		case state.Torn:
			d.found = "write-ahead log, a frame that does not count: a checksum does not fit"
		case state.Open:
			d.found = "write-ahead log, of a transaction that was not ended"
		}
		return p.row(d, r)
	}))
	db.Unlogged()
	return d.err
}
