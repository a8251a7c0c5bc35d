package parser

import (
	"strconv"

	"github.com/saksi-dfir/saksi/parse/format/sqlite"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// The types of a row of wtmpdb.
const (
	wtmpdbBoot     = 1
	wtmpdbRunlevel = 2
	wtmpdbUser     = 3
)

// session makes the events of a row of wtmpdb: its start, and its end when it
// has one. Times are microseconds.
func (d *logindbRun) session(r *sqlite.Row) error {
	if err := d.ctx.Err(); err != nil {
		return err
	}
	kind, _ := d.number(r, "type")
	login, ok := d.number(r, "login")
	logout, ended := d.number(r, "logout")
	if ended && logout == 0 {
		ended = false
	}
	start := d.event(r, "wtmp", login, 1e3, event.Microsecond, ok)
	d.describe(start, r, kind)
	loginField(start, "id", strconv.FormatInt(r.ID, 10))
	loginField(start, "type", strconv.FormatInt(kind, 10))
	if !ended {
		loginField(start, "ended_by", "open")
		auditSort(start.Fields)
		return d.s.Event(start)
	}
	end := d.event(r, "wtmp", logout, 1e3, event.Microsecond, true)
	end.Ordinal = 1
	end.Actor, end.Object = start.Actor, start.Object
	end.Fields = append(end.Fields[:0], start.Fields...)
	end.Action, end.Meaning, end.Message = "logout", "logout", start.Actor+" logged out of "+start.Object
	by := "logout"
	if kind == wtmpdbBoot {
		end.Action, end.Meaning, end.Message, by = "shutdown", "shutdown", "system shutdown", "shutdown"
	}
	loginField(start, "ended_by", by)
	if end.Time.Dated() && start.Time.Dated() {
		loginField(start, "session_end", wtmpStamp(end.Time.Instant))
		loginField(end, "session_start", wtmpStamp(start.Time.Instant))
		if gap := end.Time.Instant - start.Time.Instant; gap >= 0 {
			loginField(start, "duration", wtmpSeconds(gap))
			loginField(end, "duration", wtmpSeconds(gap))
		}
	}
	auditSort(start.Fields)
	auditSort(end.Fields)
	if err := d.s.Event(start); err != nil {
		return err
	}
	return d.s.Event(end)
}

func (d *logindbRun) describe(e *event.Event, r *sqlite.Row, kind int64) {
	user, tty, host := d.text(r, "user"), d.text(r, "tty"), d.text(r, "remotehost")
	e.Object = tty
	switch kind {
	case wtmpdbBoot:
		e.Action, e.Meaning, e.Message = "boot", "boot", "system boot"
		if host != "" {
			e.Message += ", kernel " + host
		}
		loginField(e, "kernel", host)
	case wtmpdbRunlevel:
		e.Action, e.Meaning, e.Message = "runlevel", "logged", "run level "+user
	case wtmpdbUser:
		e.Action, e.Meaning, e.Actor, e.Message = "login", "login", user, user+" logged in on "+tty
		loginFrom(e, host)
	default:
		e.Action, e.Meaning, e.Actor, e.Message = "record", "logged", user, "session record of "+user+" on "+tty
		loginFrom(e, host)
	}
	loginField(e, "tty", tty)
	loginField(e, "service", d.text(r, "service"))
}
