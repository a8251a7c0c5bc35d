package parser

import (
	"strconv"
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/parse/format/jsonflat"
	"github.com/saksi-dfir/saksi/parse/format/syslog"
)

// syslogLine reads a line of any layout: those of package syslog, or a JSON
// object with time, program and message, as templates of rsyslog and syslog-ng
// and journalctl -o json write it.
func syslogLine(s string, l *syslog.Line) syslog.Status {
	if !strings.HasPrefix(s, "{") {
		return syslog.Parse(s, l)
	}
	if syslogJSON(s, l) {
		return syslog.Record
	}
	return syslog.NoStamp
}

// syslogJSON fills a line from an object; the first of several keys for one
// thing counts.
func syslogJSON(s string, l *syslog.Line) bool {
	if !strings.Contains(s, `"`) {
		return false
	}
	pairs, rest, ok := jsonflat.Parse(s, make([]jsonflat.Pair, 0, 32))
	if !ok || strings.TrimSpace(rest) != "" {
		return false
	}
	*l = syslog.Line{Layout: syslog.JSONLayout, Pri: -1}
	dated, spoken := false, false
	for _, p := range pairs {
		switch strings.ToLower(p.Key) {
		case "timestamp", "@timestamp", "time", "isodate", "timereported", "__realtime_timestamp", "date":
			dated = dated || jsonStamp(p.Value, &l.Stamp)
		case "message", "msg":
			if !spoken {
				l.Message, spoken = strings.TrimLeft(p.Value, " "), true
			}
		case "program", "programname", "syslog_identifier", "appname", "app-name", "app_name", "syslogtag", "ident":
			jsonTag(l, p.Value)
		case "pid", "procid", "_pid", "syslog_pid":
			if l.PID == "" && number(p.Value) {
				l.PID = p.Value
			}
		case "host", "hostname", "_hostname", "host.name":
			l.Host = firstOf(l.Host, p.Value)
		case "pri":
			if n, err := strconv.Atoi(p.Value); err == nil && n >= 0 && n < 192 {
				l.Pri = n
			}
		}
	}
	if !dated || !spoken || l.Program == "" {
		return false
	}
	l.Text = l.Program + ": " + l.Message
	if l.PID != "" {
		l.Text = l.Program + "[" + l.PID + "]: " + l.Message
	}
	return true
}

// jsonTag reads "sshd" or "sshd[812]:".
func jsonTag(l *syslog.Line, s string) {
	if l.Program != "" || s == "" || s == "-" {
		return
	}
	tag, pid, _ := strings.Cut(strings.TrimSuffix(s, ":"), "[")
	if p := strings.TrimSuffix(pid, "]"); number(p) && l.PID == "" {
		l.PID = p
	}
	l.Program = syslog.Program(tag)
}

// jsonStamp reads a time as syslog daemons write it, or microseconds since 1970.
func jsonStamp(s string, t *syslog.Stamp) bool {
	if n := syslog.StampAt(s, t); n == len(s) && n > 0 && n > 10 {
		return true
	}
	us, err := strconv.ParseInt(s, 10, 64)
	if err != nil || len(s) != 16 {
		return false
	}
	at := time.UnixMicro(us).UTC()
	*t = syslog.Stamp{Year: at.Year(), Month: int(at.Month()), Day: at.Day(), Hour: at.Hour(), Minute: at.Minute(), Second: at.Second(),
		Nanos: at.Nanosecond(), Digits: 6, HasYear: true, HasZone: true, UTC: true}
	return true
}
