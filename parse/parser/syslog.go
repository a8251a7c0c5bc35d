package parser

import (
	"context"
	"strings"
	"unsafe"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/syslog"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// continuationLimit is how many bytes of lines without a stamp are taken as
// part of the record before them.
const continuationLimit = 64 << 10

// syslogParser reads logs of the syslog family and hands each message to the
// decoder of the program that wrote it.
type syslogParser struct{ messages *Messages }

func newSyslog() *syslogParser { return &syslogParser{messages: NewMessages()} }

// Describe gives the parser's description.
func (p *syslogParser) Describe() parse.Description {
	return parse.Description{
		Name: "syslog", Version: 1,
		Doc:        "lines of the syslog family, or JSON objects with time, program and message; the time is when the daemon stamped the line; a message that no decoder reads is a note, a warning or an error, with what shows by shape",
		References: []string{"RFC 3164", "RFC 3339", "RFC 5424", "rsyslog.conf(5)", "systemd.journal-fields(7)"},
		Sources:    []string{"syslog"},
		Fields:     []string{"program", "pid", "facility", "severity", "msgid", "data", "repeated", "hostname", "encoding", "text", "ip", "port", "path", "child_pid"},
		Actions:    []string{"note", "warning", "error", "repeat"},
		Sample:     "Mar  3 02:14:07 web01 dhclient[812]: bound to 192.0.2.7",
	}
}

// Parse reads the exhibit twice where lines state no year: first for the
// places at which the year changes, then for the events.
func (p *syslogParser) Parse(ctx context.Context, f *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	kept := *x // may get an Open that remembers what the first reading decoded
	x = &kept
	years, err := inferYears(ctx, f, x)
	if err != nil {
		return err
	}
	o := parse.TextOptions{Starts: syslogStarts, Workers: x.Workers}
	zones := inferZones(ctx, f, x, years)
	messages := p.messages.For(f)
	return parse.EachChunk(ctx, x, s, o, func(c *parse.Chunk, b *parse.Batch) error {
		r := syslogReader{messages: messages, f: f, b: b, clock: newYearClock(f, x, years, zones), line: new(syslog.Line), next: new(syslog.Line)}
		r.chunk(c)
		return nil
	})
}

// syslogStarts says whether a line starts a record, or was meant to.
func syslogStarts(line []byte) bool {
	var l syslog.Line
	return syslogLine(unsafeString(line), &l) != syslog.NoStamp
}

// unsafeString views bytes as a string that must not outlive them.
func unsafeString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// syslogReader reads the lines of one chunk.
type syslogReader struct {
	messages *Messages
	f        *parse.Facts
	b        *parse.Batch
	clock    *yearClock
	host     string        // name of the last line's host
	key      event.HostKey // and its key
	hosts    map[string]event.HostKey
	line     *syslog.Line // of the record being gathered
	next     *syslog.Line
}

// chunk cuts a chunk into records: a line with a stamp and the lines without
// one behind it.
func (r *syslogReader) chunk(c *parse.Chunk) {
	data := c.Data
	var start int // of the record being gathered
	open := false
	for at := 0; at < len(data); {
		end := strings.IndexByte(data[at:], '\n')
		next := at + end + 1
		if end < 0 {
			next = len(data)
		}
		text := trimEOL(data[at:next])
		status := syslog.NoStamp
		if text != "" {
			status = syslogLine(text, r.next)
		}
		switch {
		case status == syslog.Record:
			if open {
				r.record(c, start, at)
			}
			start, open = at, true
			r.line, r.next = r.next, r.line
		case status == syslog.NoStamp && journalctlMark(text):
			if open {
				r.record(c, start, at)
				open = false
			}
			r.b.Padding(c.Offset+int64(at), int64(next-at))
		case status == syslog.NoStamp && open && r.line.Layout != syslog.JSONLayout && next-start <= continuationLimit && !noText(text):
			// belongs to the record before it; blank lines too
		default:
			if open {
				r.record(c, start, at)
				open = false
			}
			r.bad(c, at, next, text, status)
		}
		at = next
	}
	if open {
		r.record(c, start, len(data))
	}
}

// journalctlMark says whether a line is one that journalctl puts between
// records when it writes them in the form of syslog: "-- Reboot --".
func journalctlMark(s string) bool {
	if !strings.HasPrefix(s, "-- ") || !strings.HasSuffix(s, " --") {
		return false
	}
	for _, p := range [...]string{"-- Boot ", "-- Reboot --", "-- Logs begin at ", "-- Journal begins at ", "-- No entries --"} {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

func trimEOL(s string) string {
	s = strings.TrimSuffix(s, "\n")
	return strings.TrimSuffix(s, "\r")
}

// noText says whether a line holds bytes that no log line has: NUL, or many
// control characters.
func noText(s string) bool {
	n := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == 0 {
			return true
		}
		if c < 0x20 && c != '\t' && c != 0x1b || c == 0x7f {
			n++
		}
	}
	return n > 0 && n*10 > len(s)
}

func (r *syslogReader) bad(c *parse.Chunk, at, next int, text string, status syslog.Status) {
	offset, length := c.Offset+int64(at), int64(next-at)
	switch {
	case text == "":
		r.b.Padding(offset, length)
	case status == syslog.BadStamp:
		r.b.Warning(offset, length, "bad-stamp", "the line is made like a record, but its time cannot be read")
	case noText(text):
		code, why := unlettered(text)
		r.b.Extend(offset, length, code, why)
	default:
		r.b.Extend(offset, length, "unreadable", "lines without a stamp, and no record before them that they belong to")
	}
}

// record makes the event of data[start:end].
func (r *syslogReader) record(c *parse.Chunk, start, end int) {
	text := strings.TrimRight(c.Data[start:end], "\r\n")
	first := text
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		first = trimEOL(text[:i+1])
	}
	l := r.line
	e := r.b.Event()
	e.Source, e.Meaning = "syslog", "logged"
	e.Origin.Offset, e.Origin.Length = c.Offset+int64(start), int64(len(text))
	r.speaker(e, l)
	r.clock.host = zoneHost(l)
	e.Time = r.clock.at(e.Origin.Offset, &l.Stamp, !e.Host.IsZero())
	if l.Stamp.Weekday != 0 {
		r.weekday(e, l)
	}
	e.Message = l.Text
	if l.Layout == syslog.IETFLayout && l.Program != "" { // reads like the others
		e.Message = l.Program + ": " + l.Text
		if l.PID != "" {
			e.Message = l.Program + "[" + l.PID + "]: " + l.Text
		}
	}
	if len(first) != len(text) { // the record goes on in further lines
		e.Message = e.Message[:len(e.Message)-len(l.Text)] + text[len(first)-len(l.Text):]
	}
	if end > start+len(text) {
		r.b.Padding(c.Offset+int64(start+len(text)), int64(end-start-len(text)))
	}
	r.b.Field("program", l.Program)
	r.b.Field("pid", l.PID)
	if l.Pri >= 0 {
		r.b.Field("facility", syslog.Facility(l.Pri))
		r.b.Field("severity", syslog.Severity(l.Pri))
	}
	r.b.Field("msgid", l.MsgID)
	r.b.Field("data", l.Data)
	e.Parser = "syslog"
	if !r.repeated(e, l) {
		r.decode(e, l)
	}
	korean(r.b, e.Message)
	e.Fields = r.b.Take()
}

// weekday warns of a line whose day of the week is not that of its date in the
// year that was inferred.
func (r *syslogReader) weekday(e *event.Event, l *syslog.Line) {
	if t := l.Stamp; e.Time.Dated() && !t.HasYear {
		t.Year, t.HasYear = r.clock.year, true
		if doubt := weekdayDoubt(&t); doubt != "" {
			r.b.Warning(e.Origin.Offset, e.Origin.Length, "doubt", doubt)
		}
	}
}

// decode gives the message its meaning. A line without a program that reads
// like sudo's own log file is one, its folded lines joined.
func (r *syslogReader) decode(e *event.Event, l *syslog.Line) {
	program, message := l.Program, l.Message
	if program == "" && strings.Contains(message, " : TTY=") {
		program, message = "sudo", strings.ReplaceAll(e.Message, "\n    ", " ")
	}
	if m := strings.TrimPrefix(message, "syslog.info "); program == "" && strings.HasPrefix(m, "syslogd ") { // sysklogd: "syslogd 1.4.1: restart.", busybox: "syslogd exiting"
		program, message = "syslogd", m
	}
	if l.Host == "syslogd" && (program == "started" || l.Text == "exiting") { // busybox -S names no host
		program, message = "syslogd", "syslogd "+l.Text
	}
	switch program { // yum.log names neither host nor program
	case "Installed", "Updated", "Erased", "Reinstalled", "Obsoleted", "Downgraded", "Dep-Installed":
		if l.Host == "" {
			program, message = "yum", l.Text
		}
	}
	if !r.messages.Decode(e, r.b, program, message) {
		r.messages.Shape(e, r.b, message)
	}
}

// repeated reads the lines by which daemons fold equal messages. Where the
// message is quoted, it is decoded too.
func (r *syslogReader) repeated(e *event.Event, l *syslog.Line) bool {
	s := strings.TrimPrefix(l.Message, "--- ")
	s = strings.TrimPrefix(s, "last ")
	s, ok := strings.CutPrefix(s, "message repeated ")
	if !ok {
		return false
	}
	n, rest := token(s)
	if !number(n) || !strings.HasPrefix(rest, "times") {
		return false
	}
	r.b.Field("repeated", n)
	if inner, ok := strings.CutPrefix(rest, "times: ["); ok {
		inner = strings.TrimSuffix(strings.TrimPrefix(inner, " "), "]")
		if r.messages.Decode(e, r.b, l.Program, inner) {
			return true
		}
	}
	e.Action = "repeat"
	return true
}
