// Package sqlite reads the rows of tables in SQLite database files, with the
// bytes each row lies in. It is bounded and survives damage; it knows pages,
// not events. See FORMAT.md.
package sqlite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Magic is how every database begins.
const Magic = "SQLite format 3\x00"

// ErrNotSQLite says that the header is not that of a database.
var ErrNotSQLite = errors.New("not a SQLite database")

// Span is a byte range of the file.
type Span struct{ Offset, Length int64 }

// Problem is a stretch of the file that could not be read, or a doubt.
type Problem struct {
	Span
	Code string // bad-page, bad-cell, slack
	Text string
}

// File is an open database.
type File struct {
	r        io.ReaderAt
	size     int64
	page     int64
	usable   int64 // bytes of a page without the reserved ones
	encoding uint32
	wal      bool
	seen     map[uint32]bool
	log      *walFrames      // of a write-ahead log; nil: a database
	released int64           // pages that were given back after being seen
	told     map[uint32]bool // pages that are none, of which was told
	report   func(Problem)
	padding  func(Span)
}

// Open reads the header. report gets what cannot be read, padding what holds
// no rows; both are called while tables are read.
func Open(r io.ReaderAt, size int64, report func(Problem), padding func(Span)) (*File, error) {
	var h [100]byte
	if n, err := r.ReadAt(h[:], 0); n < len(h) {
		return nil, fmt.Errorf("%w: %d bytes of a header of 100 (%v)", ErrNotSQLite, n, err)
	}
	f := &File{r: r, size: size, seen: map[uint32]bool{}, told: map[uint32]bool{}, report: report, padding: padding}
	if err := f.measure(h[:]); err != nil {
		return nil, err
	}
	f.wal = h[18] == 2 || h[19] == 2
	f.encoding = binary.BigEndian.Uint32(h[56:])
	return f, nil
}

// WAL says whether the database uses a write-ahead log, so that newer rows may
// lie in a -wal file.
func (f *File) WAL() bool { return f.wal }

// PageSize is the size of a page in bytes.
func (f *File) PageSize() int64 { return f.page }

// Rest reports all pages that were not visited as padding or, when they are
// not empty, as a problem.
func (f *File) Rest() {
	for n := int64(1); (n-1)*f.page < f.size; n++ {
		if f.seen[uint32(n)] {
			continue
		}
		s := Span{(n - 1) * f.page, min(f.page, f.size-(n-1)*f.page)}
		b, err := f.bytes(s.Offset, s.Length)
		switch {
		case err != nil:
			f.report(Problem{s, "bad-page", "the page cannot be read: " + err.Error()})
		case allZero(b):
			f.padding(s)
		default:
			f.report(Problem{s, "slack", fmt.Sprintf("page %d belongs to no table that was read: free, or lost to damage; it may hold deleted rows", n)})
		}
	}
}

func (f *File) bytes(off, n int64) ([]byte, error) {
	b := make([]byte, n)
	m, err := f.r.ReadAt(b, off)
	if int64(m) == n {
		return b, nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return nil, fmt.Errorf("read %d bytes at %d: %w", n, off, err)
}

// whole reads page n.
func (f *File) whole(n uint32) ([]byte, int64, error) {
	if f.log != nil {
		return f.logged(n)
	}
	off := (int64(n) - 1) * f.page
	if n == 0 || off+f.page > f.size {
		return nil, 0, fmt.Errorf("page %d lies outside of the file", n)
	}
	if f.seen[n] {
		return nil, 0, fmt.Errorf("page %d is used twice", n)
	}
	f.seen[n] = true
	b, err := f.bytes(off, f.page)
	if err != nil {
		f.report(Problem{Span{off, f.page}, "bad-page", "the page cannot be read: " + err.Error()})
	}
	return b, off, err
}

// Table is one row of the schema.
type Table struct {
	Kind    string // table, index, view, trigger
	Name    string
	Root    uint32
	SQL     string
	Columns []string // lower case, of tables
}

// Schema reads the tables of the database from page 1.
func (f *File) Schema() []Table {
	var out []Table
	f.Rows(1, func(r *Row) error {
		if len(r.Values) < 5 || len(out) >= 1000 {
			for _, s := range r.Spans {
				f.report(Problem{s, "bad-cell", "a row of the schema has too few columns, or there are over 1,000"})
			}
			return nil
		}
		t := Table{Kind: r.Values[0].Text, Name: r.Values[1].Text, Root: uint32(r.Values[3].Int), SQL: r.Values[4].Text}
		if t.Kind == "table" {
			t.Columns = columns(t.SQL)
		}
		for _, s := range r.Spans {
			f.padding(s)
		}
		out = append(out, t)
		return nil
	})
	return out
}

// columns reads the names of the columns from CREATE TABLE.
func columns(sql string) []string {
	open := strings.IndexByte(sql, '(')
	if open < 0 {
		return nil
	}
	var out []string
	depth, start := 0, open+1
	for i := open; i < len(sql); i++ {
		switch sql[i] {
		case '(':
			depth++
			continue
		case ')':
			depth--
		case ',':
		default:
			continue
		}
		if depth == 0 || (depth == 1 && sql[i] == ',') {
			if name := columnName(sql[start:i]); name != "" && len(out) < 2000 {
				out = append(out, name)
			}
			start = i + 1
		}
		if depth == 0 {
			break
		}
	}
	return out
}

func columnName(def string) string {
	w := strings.Fields(def)
	if len(w) == 0 {
		return ""
	}
	switch strings.ToUpper(w[0]) {
	case "PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "CONSTRAINT":
		return ""
	}
	return strings.ToLower(strings.Trim(w[0], "\"'`[]"))
}
