package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse/format/syslog"
	"github.com/saksi-dfir/saksi/parse/format/weblog"
)

// spokenBySyslog says whether a line that the forms of web servers read is the
// record of a syslog daemon: its time is as no web server writes it, or a
// program's name and a colon stand behind time and host. Servers and proxies send their access logs there, among other lines.
func spokenBySyslog(line string) bool {
	var l syslog.Line
	if syslog.Parse(line, &l) != syslog.Record {
		return false
	}
	return l.Layout != syslog.ISOLayout || l.PID != "" || l.Program != "" && strings.Contains(l.Text, l.Program+": ")
}

// webRequest reads a message that is a line of an access log: nginx, Apache
// and HAProxy send theirs to syslog where they are told to. The request's own
// time is taken where it states its zone, else that of the log stays. Apache's
// error log may go there too.
func (m *msg) webRequest(program string) bool {
	if strings.HasPrefix(m.text, "[") && weblogStyle(program) == "apache" {
		r := weblogReader{style: "apache", b: m.b}
		if !weblog.ParseErrorMessage(m.text, &r.rec) {
			return false
		}
		r.rec.PID = "" // the log's own field
		r.put(m.e)
		m.e.Source, m.e.Parser = "weblog", "weblog"
		return true
	}
	common := strings.Contains(m.text, `] "`)
	if !common && !strings.Contains(m.text, ` HTTP/`) {
		return false
	}
	s := strings.TrimLeft(m.text, " ")
	if open := strings.IndexByte(s, '['); open > 0 { // nginx puts its own host and tag before each
		if tag := strings.LastIndex(s[:open], ": "); tag > 0 {
			s = s[tag+2:]
		}
	}
	r := weblogReader{style: weblogStyle(program), b: m.b}
	if !(common && weblog.ParseAccess(s, &r.rec)) && !weblog.ParseLoose(s, &r.rec) || r.rec.Status == "" {
		return false
	}
	if r.rec.Time.HasZone {
		m.e.Time, m.e.Meaning = r.time(&r.rec.Time), r.meaning()
	}
	r.put(m.e)
	m.e.Source, m.e.Parser = "weblog", "weblog"
	return true
}
