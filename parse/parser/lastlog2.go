package parser

import (
	"bytes"
	"context"
	"net/netip"
	"path"
	"strconv"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/sqlite"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// logindbParser reads the SQLite databases that replace lastlog and wtmp.
type logindbParser struct {
	about parse.Description
	table string // in lower case
	file  string // name of the database
	// columns of the table where the schema is lost, and a column that is
	// always a number and one that is always text.
	columns      []string
	number, text string
	row          func(d *logindbRun, r *sqlite.Row) error
}

func newLastlog2() parse.Parser {
	return logindbParser{about: parse.Description{
		Name:       "lastlog2",
		Version:    1,
		Doc:        "lastlog2.db: the last login of each account, with terminal, remote host and service",
		References: []string{"lastlog2(8)", "parse/format/sqlite/FORMAT.md"},
		Sources:    []string{"lastlog"},
		Fields:     []string{"ip", "recovered", "rhost", "service", "tty"},
		Actions:    []string{"login"},
		Sample:     "SQLite table Lastlog2(Name, Time, TTY, RemoteHost, Service)",
	}, table: "lastlog2", file: "lastlog2.db", columns: []string{"name", "time", "tty", "remotehost", "service"}, number: "time", text: "name", row: (*logindbRun).last}
}

func newWtmpdb() parse.Parser {
	return logindbParser{about: parse.Description{
		Name:       "wtmpdb",
		Version:    1,
		Doc:        "wtmpdb: sessions with login and logout, boots with shutdown; one event for each end",
		References: []string{"wtmpdb(8)", "parse/format/sqlite/FORMAT.md"},
		Sources:    []string{"wtmp"},
		Fields:     []string{"duration", "ended_by", "id", "ip", "kernel", "recovered", "rhost", "service", "session_end", "session_start", "tty", "type"},
		Actions:    []string{"boot", "login", "logout", "record", "runlevel", "shutdown"},
		Sample:     "SQLite table wtmp(ID, Type, User, Login, Logout, TTY, RemoteHost, Service)",
	}, table: "wtmp", file: "wtmp.db", columns: []string{"id", "type", "user", "login", "logout", "tty", "remotehost", "service"}, number: "login", text: "user", row: (*logindbRun).session}
}

// Describe tells what the parser reads.
func (p logindbParser) Describe() parse.Description { return p.about }

// Claim looks for the table in the first page, or for its rows in a
// write-ahead log. A database whose table is not there yet, or was damaged, is
// known by its name.
func (p logindbParser) Claim(x *parse.Exhibit) parse.Strength {
	if sqlite.IsLog(x.Head) {
		return p.claimLog(x)
	}
	head := bytes.ToLower(x.Head[:min(len(x.Head), 64<<10)])
	for _, form := range [...]string{p.table + "(", p.table + " (", p.table + "\"(", p.table + "\" ("} {
		if bytes.HasPrefix(x.Head, []byte(sqlite.Magic)) && bytes.Contains(head, []byte(form)) && bytes.Contains(head, []byte("remotehost")) {
			return parse.Certain
		}
	}
	if path.Base(x.Path) == p.file && bytes.IndexByte(x.Head, 0) >= 0 {
		return parse.ByName
	}
	return parse.No
}

// logindbRun is the state of one database.
type logindbRun struct {
	ctx     context.Context
	s       parse.Sink
	columns map[string]int
	found   string // where a row was that no table leads to; "" for one of the table
	err     error  // of the sink
}

// Parse reads the rows of the table.
func (p logindbParser) Parse(ctx context.Context, _ *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	at, size, err := journalBytes(x)
	if err != nil {
		return err
	}
	if at == nil {
		return s.Warning(event.Warning{Length: max(x.Size, 0), Code: "too-large", Message: "a compressed database of this size is not unpacked in memory"})
	}
	d := &logindbRun{ctx: ctx, s: s}
	if sqlite.IsLog(x.Head) {
		return d.log(p, at, size)
	}
	db, err := sqlite.Open(at, size, d.problem, d.padding)
	if err != nil {
		return s.Warning(event.Warning{Length: size, Code: "unreadable", Message: err.Error()})
	}
	if db.WAL() {
		d.keep(s.Warning(event.Warning{Offset: 18, Length: 2, Code: "wal",
			Message: "the database uses a write-ahead log: newer rows may lie in the -wal file beside it, which is read where it was collected"}))
	}
	found, known := false, sqlite.NewKnown()
	for _, t := range db.Schema() {
		switch {
		case t.Kind == "index" && t.Root > 0:
			db.Index(t.Root)
		case t.Kind == "table" && t.Root > 0 && equalFold(t.Name, p.table):
			found = true
			d.name(t.Columns)
			d.keep(db.Rows(t.Root, func(r *sqlite.Row) error {
				known.Add(r)
				return p.row(d, r)
			}))
		}
	}
	if d.err == nil {
		d.recover(p, db, known)
	}
	db.Rest()
	if !found {
		d.keep(s.Warning(event.Warning{Length: min(size, 100), Code: "no-table", Message: "the table " + p.table + " is not in the schema"}))
	}
	return d.err
}

// name notes which column stands where.
func (d *logindbRun) name(columns []string) {
	d.columns = make(map[string]int, len(columns))
	for i, c := range columns {
		d.columns[c] = i
	}
}

// recover makes events of the rows of pages that no table led to.
func (d *logindbRun) recover(p logindbParser, db *sqlite.File, known *sqlite.Known) {
	if d.columns == nil {
		d.name(p.columns)
	}
	d.found = "page outside of the table"
	d.keep(db.Recover(known, func(r *sqlite.Row) bool { return d.fits(p, r) }, func(r *sqlite.Row) error { return p.row(d, r) }))
}

// fits says whether a row has the form of one of the table.
func (d *logindbRun) fits(p logindbParser, r *sqlite.Row) bool {
	_, dated := d.number(r, p.number)
	at, ok := d.columns[p.text]
	return len(r.Values) == len(d.columns) && dated && ok && r.Values[at].Kind == sqlite.Text
}

func equalFold(a, b string) bool { return bytes.EqualFold([]byte(a), []byte(b)) }

func (d *logindbRun) keep(err error) {
	if d.err == nil {
		d.err = err
	}
}

func (d *logindbRun) problem(p sqlite.Problem) {
	d.keep(d.s.Warning(event.Warning{Offset: p.Offset, Length: p.Length, Code: p.Code, Message: p.Text}))
}

func (d *logindbRun) padding(s sqlite.Span) {
	if s.Length > 0 {
		d.keep(d.s.Padding(s.Offset, s.Length))
	}
}

func (d *logindbRun) text(r *sqlite.Row, column string) string {
	i, ok := d.columns[column]
	if !ok || i >= len(r.Values) {
		return ""
	}
	if v := r.Values[i]; v.Kind == sqlite.Int {
		return strconv.FormatInt(v.Int, 10)
	}
	return r.Values[i].Text[:min(len(r.Values[i].Text), auditValueLimit)]
}

func (d *logindbRun) number(r *sqlite.Row, column string) (int64, bool) {
	i, ok := d.columns[column]
	if !ok || i >= len(r.Values) || r.Values[i].Kind != sqlite.Int {
		return 0, false
	}
	return r.Values[i].Int, true
}

// event begins an event at a time; each is ns in one unit of the column.
func (d *logindbRun) event(r *sqlite.Row, source string, at int64, each int64, p event.Precision, ok bool) *event.Event {
	e := &event.Event{Source: source, Time: event.Undated(event.StampNone)}
	const limit = 1 << 62
	switch {
	case ok && at >= 0 && at < limit/each && p == event.Second:
		e.Time = event.At(at*each, p, event.ResolutionSecond, event.ClockUnverified)
	case ok && at >= 0 && at < limit/each:
		e.Time = event.At(at*each, p, event.ClockUnverified)
	case ok:
		e.Time = event.Undated(event.StampInvalid)
	}
	if d.found != "" {
		loginField(e, "recovered", d.found)
		e.Tags = []string{"recovered"}
	}
	e.Origin.Offset, e.Origin.Length = r.Spans[0].Offset, r.Spans[0].Length
	if len(r.Spans) > 1 {
		for _, s := range r.Spans {
			e.Origin.Spans = append(e.Origin.Spans, event.Span(s))
		}
	}
	return e
}

// last makes the event of a row of Lastlog2.
func (d *logindbRun) last(r *sqlite.Row) error {
	if err := d.ctx.Err(); err != nil {
		return err
	}
	at, ok := d.number(r, "time")
	e := d.event(r, "lastlog", at, 1e9, event.Second, ok)
	e.Meaning, e.Action, e.Actor, e.Object = "login", "login", d.text(r, "name"), d.text(r, "tty")
	e.Message = "last login of " + e.Actor + " on " + e.Object
	loginFrom(e, d.text(r, "remotehost"))
	loginField(e, "service", d.text(r, "service"))
	loginField(e, "tty", e.Object)
	auditSort(e.Fields)
	return d.s.Event(e)
}

// loginIP is the address in a host field that holds one.
func loginIP(host string) string {
	a, err := netip.ParseAddr(host)
	if err != nil || a.Zone() != "" {
		return ""
	}
	return a.Unmap().String()
}
