package syslog

import "strings"

// Layout is the form of a line.
type Layout uint8

// The layouts.
const (
	BSDLayout  Layout = iota // RFC 3164: no year, no zone
	ISOLayout                // RFC 3339 stamp, then as RFC 3164
	IETFLayout               // RFC 5424
	JSONLayout               // an object a line; Parse does not read it
)

// Status says what a line is.
type Status uint8

// The states of a line.
const (
	NoStamp  Status = iota // not the start of a record
	BadStamp               // made like a record, but its stamp cannot be read
	Record                 // a record
)

// Line is one record.
type Line struct {
	Layout  Layout
	Stamp   Stamp
	Pri     int    // priority value, -1 when the line has none
	Host    string // "" when the line names none
	Program string // base name of the tag, without pid: sshd, postfix/smtpd; "" for none
	PID     string // digits; "" for none
	MsgID   string // RFC 5424
	Data    string // RFC 5424 structured data, "" for none
	Text    string // from the tag (RFC 5424: from the message) to the end
	Message string // after the tag
}

// Parse reads one line without its newline into l. The state of l is undefined
// unless Record is returned.
func Parse(s string, l *Line) Status {
	l.Pri = -1
	i := 0
	if len(s) > 2 && s[0] == '<' {
		i = l.pri(s)
		if i > 0 && i+1 < len(s) && s[i] >= '1' && s[i] <= '9' && s[i+1] == ' ' {
			if n := RFC3339(s[i+2:], &l.Stamp); n > 0 {
				return l.ietf(s, i+2+n)
			}
			if strings.HasPrefix(s[i+2:], "- ") {
				l.Stamp = Stamp{None: true}
				return l.ietf(s, i+3)
			}
		}
	}
	if i >= len(s) {
		return NoStamp
	}
	if digit(s[i]) {
		if n := RFC3339(s[i:], &l.Stamp); n > 0 {
			l.Layout = ISOLayout
			return l.tagged(s, i+n)
		}
		n := rarer(s[i:], &l.Stamp)
		if n < 0 {
			return looks(s[i:])
		}
		l.Layout = BSDLayout
		return l.tagged(s, i+n)
	}
	n := BSD(s[i:], &l.Stamp)
	if n < 0 {
		if n = rarer(s[i:], &l.Stamp); n < 0 {
			return looks(s[i:])
		}
	}
	l.Layout = BSDLayout
	return l.tagged(s, i+n)
}

// pri reads <N> and returns the index after it, 0 when there is none.
func (l *Line) pri(s string) int {
	v := 0
	for i := 1; i < len(s) && i < 5; i++ {
		if s[i] == '>' && i > 1 {
			l.Pri = v
			return i + 1
		}
		if !digit(s[i]) {
			return 0
		}
		v = v*10 + int(s[i]-'0')
	}
	return 0
}

// looks says whether a line without a readable stamp is made like a record:
// a clock time stands among its first 20 bytes and was not indented.
func looks(s string) Status {
	if len(s) == 0 || s[0] == ' ' || s[0] == '\t' {
		return NoStamp
	}
	for i := 2; i+5 < len(s) && i < 18; i++ {
		if s[i] == ':' && s[i+3] == ':' && two(s, i-2) >= 0 && two(s, i+1) >= 0 && two(s, i+4) >= 0 && i >= 7 && s[i-3] == ' ' {
			return BadStamp
		}
	}
	return NoStamp
}

// tagged reads " host tag[pid]: message" from i on.
func (l *Line) tagged(s string, i int) Status {
	l.Host, l.Program, l.PID, l.MsgID, l.Data = "", "", "", "", ""
	if i < len(s) && s[i] != ' ' && s[i] != ':' {
		return BadStamp
	}
	if i < len(s) && s[i] == ':' {
		l.Text = strings.TrimLeft(s[i+1:], " ")
		l.Message = l.Text
		return Record
	}
	for i < len(s) && s[i] == ' ' {
		i++
	}
	rest := s[i:]
	if strings.HasPrefix(rest, ": ") { // sudo's own log file
		l.Text, l.Message = rest[2:], rest[2:]
		return Record
	}
	sp := strings.IndexByte(rest, ' ')
	if sp < 0 {
		if strings.HasSuffix(rest, ":") {
			l.tag(rest)
			l.Text, l.Message = rest, ""
			return Record
		}
		l.Host, l.Text, l.Message = rest, "", ""
		return Record
	}
	if first := rest[:sp]; first[len(first)-1] == ':' && len(first) > 1 || level(first) {
		l.Text = rest // no host: the tag comes first, or a program's own log names a level there
	} else {
		l.Host = first
		l.Text = strings.TrimLeft(rest[sp+1:], " ")
	}
	l.splitTag()
	return Record
}

// splitTag cuts Text into tag and message.
func (l *Line) splitTag() {
	t := l.Text
	l.Message = t
	end := strings.IndexByte(t, ' ')
	if end < 0 {
		end = len(t)
	}
	token := t[:end]
	if facility(token) && end < len(t) { // busybox: "daemon.info prog[1]: text"
		rest := t[end+1:]
		if e := strings.IndexByte(rest, ' '); e > 0 && rest[e-1] == ':' {
			token, end = rest[:e], end+1+e
		}
	}
	switch {
	case len(token) > 1 && token[len(token)-1] == ':':
	case len(token) > 2 && token[len(token)-1] == ']' && strings.IndexByte(token, '[') > 0:
		if r := t[end:]; strings.HasPrefix(r, " <") {
			if c := strings.Index(r, ">:"); c > 0 && c < 16 {
				end += c + 2
			}
		}
	default:
		c := strings.Index(token, "]:")
		if c < 0 {
			c = strings.IndexByte(token, ':') // "tag:message" without a space
			if c <= 0 || !name(token[:c]) {
				return
			}
			c--
		}
		end = end - len(token) + c + 2
		token = token[:c+2]
	}
	l.tag(token)
	l.Message = strings.TrimLeft(t[end:], " ")
}

// tag reads "path/prog(sub)[pid]:" into Program and PID.
func (l *Line) tag(token string) {
	token = strings.TrimSuffix(token, ":")
	if n := len(token); n > 2 && token[n-1] == ']' {
		if b := strings.LastIndexByte(token, '['); b > 0 {
			if p := token[b+1 : n-1]; number(p) {
				l.PID = p
			}
			token = token[:b]
		}
	}
	l.Program = Program(token)
}

// Program gives the name by which a tag is known: without the directories of
// an absolute path, without the parentheses systemd puts around a name, and
// without the "(module)" old PAM put behind it.
func Program(tag string) string {
	if len(tag) > 2 && tag[0] == '(' && tag[len(tag)-1] == ')' {
		tag = tag[1 : len(tag)-1]
	}
	if p := strings.IndexByte(tag, '('); p > 0 {
		tag = tag[:p]
	}
	if len(tag) > 1 && tag[0] == '/' {
		tag = tag[strings.LastIndexByte(tag, '/')+1:]
	}
	return tag
}

func number(s string) bool {
	for i := 0; i < len(s); i++ {
		if !digit(s[i]) {
			return false
		}
	}
	return s != ""
}

// name says whether s is made like a program name.
func name(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || digit(c) || c == '-' || c == '_' || c == '.' || c == '/') {
			return false
		}
	}
	return s != ""
}

// level says whether s is a level as programs write it behind the time in
// their own logs: no host is called so.
func level(s string) bool {
	if s[0] < 'A' || s[0] > 'Z' {
		return false
	}
	switch s {
	case "TRACE", "DEBUG", "DDEBUG", "SUBDEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "ERR", "CRITICAL", "FATAL", "SEVERE", "ALERT", "EMERGENCY", "PANIC":
		return true
	}
	return false
}

// facility says whether s is "facility.severity" as busybox writes it.
func facility(s string) bool {
	dot := strings.IndexByte(s, '.')
	if dot < 3 || dot+1 == len(s) {
		return false
	}
	switch s[:dot] {
	case "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
		"local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7":
	default:
		return false
	}
	switch s[dot+1:] {
	case "emerg", "alert", "crit", "err", "warn", "warning", "notice", "info", "debug", "panic", "error":
		return true
	}
	return false
}
