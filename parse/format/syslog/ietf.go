package syslog

import "strings"

// ietf reads " host app procid msgid sd msg" of RFC 5424 from i on.
func (l *Line) ietf(s string, i int) Status {
	l.Layout = IETFLayout
	if i >= len(s) || s[i] != ' ' {
		return BadStamp
	}
	var f [4]string
	rest := s[i+1:]
	for k := range f {
		sp := strings.IndexByte(rest, ' ')
		if sp < 0 {
			f[k], rest = rest, ""
			continue
		}
		f[k], rest = rest[:sp], rest[sp+1:]
	}
	for k := range f {
		if f[k] == "-" {
			f[k] = ""
		}
	}
	l.Host, l.Program, l.PID, l.MsgID = f[0], Program(f[1]), f[2], f[3]
	if !number(l.PID) {
		l.PID = ""
	}
	l.Data, rest = structured(rest)
	rest = strings.TrimPrefix(strings.TrimLeft(rest, " "), "\xef\xbb\xbf")
	l.Text, l.Message = rest, rest
	return Record
}

// structured cuts the structured data off: "-" or "[id name="value"]...".
func structured(s string) (data, rest string) {
	if s == "-" || strings.HasPrefix(s, "- ") {
		return "", s[1:]
	}
	if s == "" || s[0] != '[' {
		return "", s
	}
	quoted := false
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if quoted {
				i++
			}
		case '"':
			quoted = !quoted
		case ']':
			if !quoted && (i+1 == len(s) || s[i+1] != '[') {
				return s[:i+1], s[i+1:]
			}
		}
	}
	return "", s
}

// Facility names the facility of a priority value, "" when it has no name.
func Facility(pri int) string {
	names := [...]string{"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
		"ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"}
	if pri < 0 || pri>>3 >= len(names) {
		return ""
	}
	return names[pri>>3]
}

// Severity names the severity of a priority value, "" when there is none.
func Severity(pri int) string {
	if pri < 0 {
		return ""
	}
	return [...]string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}[pri&7]
}
