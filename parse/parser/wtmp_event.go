package parser

import (
	"net/netip"
	"sort"
	"strconv"

	"github.com/saksi-dfir/saksi/parse/format/utmp"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// event makes the event of one whole record and joins its session.
func (w *wtmpRun) event(p *utmp.Piece, t event.Time) *event.Event {
	r := &p.Record
	e := &event.Event{Time: t, Meaning: "logged", Source: w.source, Actor: string(r.User)}
	e.Origin.Offset, e.Origin.Length = p.Offset, p.Length
	user, tty, from := string(r.User), string(r.Line), string(r.Host)
	add := func(name, value string) {
		if value != "" {
			e.Fields = append(e.Fields, event.Field{Name: name, Value: value})
		}
	}
	pair := w.survey.pairOf(w.n)
	if w.source == "btmp" {
		pair = nil // attempts are no sessions
	}
	w.name(e, r, pair)
	switch e.Action {
	case "boot", "shutdown", "runlevel":
		add("kernel", from)
	default:
		add("rhost", from)
		add("ip", wtmpIP(r))
	}
	add("user", user)
	add("tty", tty)
	add("id", string(r.ID))
	add("type", strconv.Itoa(r.Type))
	if r.PID != 0 {
		add("pid", strconv.Itoa(int(r.PID)))
	}
	if r.Session != 0 {
		add("session", strconv.FormatInt(r.Session, 10))
	}
	if r.Type == utmp.DeadProcess && (r.Exit != 0 || r.Term != 0) {
		add("exit_status", strconv.Itoa(int(r.Exit)))
		add("signal", strconv.Itoa(int(r.Term)))
	}
	if pair != nil {
		w.join(e, pair, add)
	}
	switch r.Type {
	case utmp.OldTime:
		if w.old = 0; t.Dated() {
			w.old = t.Instant
		}
	case utmp.NewTime:
		if w.old != 0 && t.Dated() {
			e.Time.Reasons = e.Time.Reasons.With(event.ClockStep)
			add("step", strconv.FormatFloat(float64(t.Instant-w.old)/1e9, 'f', 6, 64))
		}
		w.old = 0
	}
	sort.Slice(e.Fields, func(i, j int) bool { return e.Fields[i].Name < e.Fields[j].Name })
	return e
}

// join adds what the other end of the session or boot tells.
func (w *wtmpRun) join(e *event.Event, p *wtmpPair, add func(name, value string)) {
	if p.start == w.n {
		add("ended_by", p.by)
		if p.to != 0 {
			add("session_end", wtmpStamp(p.to))
		}
	} else {
		if p.from != 0 {
			add("session_start", wtmpStamp(p.from))
		}
		if e.Actor == "" && p.user != "" {
			e.Actor = p.user
		}
	}
	if p.end < 0 {
		return
	}
	if p.step != 0 {
		add("clock_set", strconv.FormatFloat(float64(p.step)/1e9, 'f', -1, 64))
	}
	if lasted := p.to - p.from - p.step; p.from != 0 && p.to != 0 && lasted >= 0 {
		add("duration", wtmpSeconds(lasted))
	}
}

// name sets action, meaning, object and message.
func (w *wtmpRun) name(e *event.Event, r *utmp.Record, pair *wtmpPair) {
	user, tty, from := string(r.User), string(r.Line), string(r.Host)
	origin := ""
	if from == "" {
		from = wtmpIP(r)
	}
	if from != "" {
		origin = " from " + from
	}
	e.Object = tty
	switch r.Type {
	case utmp.Empty:
		e.Action, e.Message = "empty", "empty login record on "+tty
	case utmp.RunLevel:
		e.Action, e.Actor, e.Message = "runlevel", "", "run level "+user
		if user == "shutdown" {
			e.Action, e.Meaning, e.Message = "shutdown", "shutdown", "system shutdown"
		}
	case utmp.BootTime:
		e.Action, e.Meaning, e.Actor, e.Message = "boot", "boot", "", "system boot"
		if from := string(r.Host); from != "" {
			e.Message += ", kernel " + from
		}
	case utmp.NewTime:
		e.Action, e.Actor, e.Message = "clock-new", "", "clock set: time after the change"
	case utmp.OldTime:
		e.Action, e.Actor, e.Message = "clock-old", "", "clock set: time before the change"
	case utmp.InitProcess:
		e.Action, e.Message = "init", "process started by init on "+tty
	case utmp.LoginProcess:
		e.Action, e.Message = "getty", "login prompt on "+tty
		if w.source == "btmp" || (user != "LOGIN" && user != "") {
			e.Action, e.Message = "failed-login", "failed login as "+user+" on "+tty+origin
		}
	case utmp.UserProcess:
		e.Action, e.Meaning, e.Message = "login", "login", user+" logged in on "+tty+origin
		if w.source == "btmp" {
			e.Action, e.Meaning, e.Message = "failed-login", "logged", "failed login as "+user+" on "+tty+origin
		}
	case utmp.DeadProcess:
		w.nameEnd(e, r, pair)
	case utmp.Accounting:
		e.Action, e.Message = "accounting", "accounting record on "+tty
	}
}

func (w *wtmpRun) nameEnd(e *event.Event, r *utmp.Record, pair *wtmpPair) {
	tty, user := string(r.Line), string(r.User)
	if pair != nil && user == "" {
		user = pair.user
	}
	e.Action, e.Meaning, e.Message = "logout", "logout", "session on "+tty+" ended"
	switch {
	case w.survey.promptEnd(w.n):
		e.Action, e.Meaning, e.Message = "process-end", "logged", "login prompt on "+tty+" ended"
	case user != "":
		e.Message = user + " logged out of " + tty
	}
}

// wtmpIP is the stored address, or the host field when it holds one.
func wtmpIP(r *utmp.Record) string {
	if a, ok := r.Addr(); ok {
		return a.String()
	}
	if a, err := netip.ParseAddr(string(r.Host)); err == nil && a.Zone() == "" {
		return a.String()
	}
	return ""
}
