package weblog

import "strings"

// ParseError reads a line of apache's or nginx's error log or of tomcat's log.
func ParseError(s string, r *Record) bool {
	if len(s) < 20 {
		return false
	}
	switch {
	case s[0] == '[':
		return apacheError(s, r)
	case digit(s[0]) && s[4] == '/':
		return nginxError(s, r)
	case digit(s[0]) && s[2] == '-' && s[6] == '-':
		return tomcat(s, r)
	case month(s, 0) > 0 && s[3] == ' ':
		return juli(s, r)
	}
	return false
}

// juli reads the first of the two lines of java.util.logging's own form, as
// Tomcat 5 to 7 write it: "Mar 03, 2024 2:14:10 AM class method". The second
// has the level: "SEVERE: text".
func juli(s string, r *Record) bool {
	*r = Record{Kind: Error}
	t := &r.Time
	t.Month = month(s, 0)
	day, rest, ok := strings.Cut(s[4:], ", ")
	if !ok || !number(day) || len(day) > 2 || len(rest) < 16 || rest[4] != ' ' {
		return false
	}
	t.Day, t.Year = int(day[len(day)-1]-'0'), four(rest, 0)
	if len(day) == 2 {
		t.Day = two(day, 0)
	}
	clock := rest[5:]
	if clock[1] == ':' {
		clock = "0" + clock
	}
	n := t.clock(clock, 0)
	if t.Year < 0 || n < 0 || len(clock) < n+4 || t.Hour < 1 || t.Hour > 12 || clock[n] != ' ' || clock[n+2] != 'M' || clock[n+3] != ' ' {
		return false
	}
	t.Hour %= 12
	switch clock[n+1] {
	case 'P':
		t.Hour += 12
	case 'A':
	default:
		return false
	}
	r.Module = strings.ReplaceAll(clock[n+4:], " ", ".")
	r.Text = clock[n+4:]
	return strings.IndexByte(r.Text, '.') > 0
}

// apacheError reads "[Sun Mar 03 02:14:07.123456 2024] [core:error] [pid 8:tid 9] [client 192.0.2.1:5] text".
func apacheError(s string, r *Record) bool {
	*r = Record{Kind: Error}
	end := strings.IndexByte(s, ']')
	if end < 20 || s[4] != ' ' {
		return false
	}
	stamp := s[5:end]
	t := &r.Time
	if t.Month = month(stamp, 0); t.Month == 0 {
		return false
	}
	if t.Day = two(strings.ReplaceAll(stamp[4:6], " ", "0"), 0); t.Day < 0 || stamp[6] != ' ' {
		return false
	}
	i := t.clock(stamp, 7)
	if i < 0 || i+5 > len(stamp) {
		return false
	}
	if t.Year = four(stamp, i+1); t.Year < 0 {
		return false
	}
	if n := strings.Index("SunMonTueWedThuFriSat", s[1:4]); n >= 0 && n%3 == 0 {
		t.Weekday = n/3 + 1
	}
	r.brackets(s[end+1:])
	return r.Level != "" // else it may be dmesg -T
}

// ParseErrorMessage reads what apache sends to syslog instead of an error log
// of its own: the same without the time.
func ParseErrorMessage(s string, r *Record) bool {
	*r = Record{Kind: Error}
	r.brackets(" " + s)
	return r.Level != "" && (r.Module != "" || r.PID != "")
}

// brackets reads the parts in brackets and the text behind them.
func (r *Record) brackets(s string) {
	for strings.HasPrefix(s, " [") {
		e := strings.IndexByte(s, ']')
		if e < 0 || !r.bracket(s[2:e]) {
			break
		}
		s = s[e+1:]
	}
	r.Text = strings.TrimLeft(s, " ")
}

// bracket reads one "[...]" of apache's error log. Since 2.4, which names the
// module, a client always has its port; an IPv6 one has no brackets.
func (r *Record) bracket(s string) bool {
	if c, ok := strings.CutPrefix(s, "client "); ok {
		r.Addr = c
		if i := strings.LastIndexByte(c, ':'); i > 0 && number(c[i+1:]) && (strings.Count(c, ":") == 1 || strings.Count(c, ":") > 7 || c[i-1] == ']' || r.Module != "") {
			r.Addr, r.Port = strings.Trim(c[:i], "[]"), c[i+1:]
		}
		return true
	}
	if p, ok := strings.CutPrefix(s, "pid "); ok {
		r.PID, _, _ = strings.Cut(p, ":")
		return true
	}
	if r.Level != "" || strings.IndexByte(s, ' ') >= 0 {
		return false
	}
	r.Module, r.Level, _ = strings.Cut(s, ":")
	if r.Level == "" {
		r.Module, r.Level = "", s
	}
	return true
}

// nginxError reads "2024/03/03 02:14:07 [error] 8#9: *1 text, client: 192.0.2.1, server: x, request: "GET / HTTP/1.1", host: "h"".
func nginxError(s string, r *Record) bool {
	*r = Record{Kind: Error}
	n := ISO(s, &r.Time)
	if n < 0 || n+2 >= len(s) || s[n:n+2] != " [" {
		return false
	}
	level, rest, ok := strings.Cut(s[n+2:], "] ")
	if !ok {
		return false
	}
	r.Level = level
	if head, text, ok := strings.Cut(rest, ": "); ok {
		if pid, _, ok := strings.Cut(head, "#"); ok && number(pid) {
			r.PID, rest = pid, text
		}
	}
	r.Text = rest
	NginxContext(rest, r)
	return true
}

// NginxContext reads what nginx puts behind the text of an error: client,
// server, request. What the far side names may stand before it, in quotes (the
// account, the file), and hold words like those: the context begins behind the
// words that nginx puts behind such a name.
func NginxContext(s string, r *Record) bool {
	from := 0
	for _, mark := range [...]string{`" was not found in "`, `": password mismatch`, `" failed (`, `" is forbidden (`, `" is not found (`} {
		if i := strings.LastIndex(s, mark); i > from {
			from = i
		}
	}
	i := strings.Index(s[from:], ", client: ")
	if i < 0 {
		return false
	}
	r.nginxContext(s[from+i+2:])
	return true
}

func (r *Record) nginxContext(s string) {
	for s != "" {
		key, rest, ok := strings.Cut(s, ": ")
		if !ok {
			return
		}
		var value string
		if strings.HasPrefix(rest, `"`) {
			if value, rest, ok = strings.Cut(rest[1:], `"`); !ok {
				return
			}
			s = strings.TrimPrefix(rest, ", ")
		} else {
			value, s, _ = strings.Cut(rest, ", ")
		}
		switch key {
		case "client":
			r.Addr = value
		case "server":
			r.VHost = value
		case "request":
			r.request(value)
		case "host":
			if r.VHost == "" || r.VHost == "_" {
				r.VHost = value
			}
		case "referrer":
			r.Referer = value
		}
	}
}

// tomcat reads "03-Mar-2024 02:14:07.123 INFO [main] class.method text".
func tomcat(s string, r *Record) bool {
	*r = Record{Kind: Error}
	t := &r.Time
	t.Day, t.Month, t.Year = two(s, 0), month(s, 3), four(s, 7)
	if t.Day < 0 || t.Month == 0 || t.Year < 0 || s[11] != ' ' {
		return false
	}
	n := t.clock(s, 12)
	if n < 0 || n >= len(s) || s[n] != ' ' {
		return false
	}
	level, rest, ok := strings.Cut(s[n+1:], " ")
	if !ok || !upper(level) {
		return false
	}
	r.Level = level
	if strings.HasPrefix(rest, "[") {
		if e := strings.Index(rest, "] "); e > 0 {
			rest = rest[e+2:]
		}
	}
	r.Module, _, _ = strings.Cut(rest, " ")
	r.Text = rest
	return true
}
