package parser

import (
	"path"
	"strings"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/syslog"
)

// Claim counts lines of the head that are records; where there are none (a
// head of NUL bytes, say) those of the tail. A log by name of the daemons is
// claimed by its name, so that what cannot be read of it is warned about.
func (p *syslogParser) Claim(x *parse.Exhibit) parse.Strength {
	if s := syslogStrength(x.Head); s != parse.No {
		return s
	}
	if s := syslogStrength(x.Tail); s != parse.No {
		return parse.Weak
	}
	if syslogName(x.Path) {
		return parse.ByName
	}
	return parse.No
}

// syslogName says whether a path is that of a log a syslog daemon writes by
// its distribution's configuration, or a rotation of it.
func syslogName(p string) bool {
	dir, base := path.Split(p)
	if !strings.HasSuffix(dir, "/log/") {
		return false
	}
	base = strings.TrimRight(base, "0123456789")
	base = strings.TrimSuffix(strings.TrimRight(base, ".-"), ".old")
	switch strings.TrimSuffix(base, ".log") {
	case "syslog", "messages", "auth", "secure", "kern", "daemon", "cron", "maillog", "mail", "user", "debug", "sudo", "boot", "spooler":
		return true
	}
	return false
}

func syslogStrength(head []byte) parse.Strength {
	var l syslog.Line
	records, tagged, lines, bsd := 0, 0, 0, false
	for line := range headLines(head, 64) {
		if line == "" {
			continue
		}
		lines++
		if syslogLine(line, &l) == syslog.Record {
			records++
			bsd = bsd || l.Layout == syslog.BSDLayout && !l.Stamp.UTC // seconds since 1970 stand in many tables
			if l.PID != "" || l.Program != "" && !l.Stamp.Spaced || l.Layout == syslog.IETFLayout {
				tagged++
			}
		}
	}
	switch {
	case records == 0:
		return parse.No
	case tagged*2 >= records && records*4 >= lines:
		return parse.Strong
	case bsd && records*4 >= lines, tagged > 0:
		return parse.Weak
	}
	return parse.No
}

// headLines gives at most n whole lines of the head; an unfinished last line
// counts when nothing else is there. A leading run of NUL is passed over.
func headLines(head []byte, n int) func(func(string) bool) {
	return func(yield func(string) bool) {
		s := strings.TrimLeft(string(head), "\x00")
		for i := 0; i < n && s != ""; i++ {
			line, rest, ended := strings.Cut(s, "\n")
			if !ended && i > 0 && len(head) >= 64<<10 {
				return
			}
			if !yield(strings.TrimSuffix(line, "\r")) {
				return
			}
			s = rest
		}
	}
}
