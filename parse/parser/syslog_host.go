package parser

import (
	"github.com/saksi-dfir/saksi/parse/format/syslog"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// speaker sets the host a line speaks of when that is not the host it lay on.
// A line without a tag may have no host name either: its first word is kept
// as hostname, but names no other host.
func (r *syslogReader) speaker(e *event.Event, l *syslog.Line) {
	if l.Host == "" {
		return
	}
	if l.Host != r.host {
		r.host, r.key = l.Host, r.hostKey(l.Host)
	}
	if r.key.IsZero() {
		return
	}
	if l.Program != "" || l.Layout == syslog.IETFLayout {
		e.Host = r.key
		if r.f.Hostname != "" || r.f.MachineID != "" { // else nobody knows whose disk it was
			e.HeldBy = r.f.Host
		}
	}
	r.b.Field("hostname", l.Host)
}

// hostKey asks the facts once per name: a loghost's lines change host all the time.
func (r *syslogReader) hostKey(name string) event.HostKey {
	if k, ok := r.hosts[name]; ok {
		return k
	}
	var k event.HostKey
	if r.f.HostFor != nil && hostLike(name) {
		k = r.f.HostFor(name)
	}
	if r.hosts == nil {
		r.hosts = make(map[string]event.HostKey)
	}
	if len(r.hosts) < 1000 {
		r.hosts[name] = k
	}
	return k
}

// hostLike says whether s is made like a host name or an address.
func hostLike(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(c-'0' <= 9 || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '_' || c == '.' || c == ':') {
			return false
		}
	}
	return s != "" && len(s) <= 255
}
