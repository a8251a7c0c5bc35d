package rule

import (
	"testing"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/detect"
	"github.com/saksi-dfir/saksi/timeline/detect/detecttest"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// examples gives for every detector events on which it fires.
func examples() map[string][]*event.Event {
	ev := detecttest.Event
	return map[string][]*event.Event{
		"audit-off":      {ev(1, "h", "audit", "audit-config", t0, "actor=kim", "auid=1000", "audit_enabled=0", "old=1", "success=yes")},
		"bpf-power":      {ev(1, "h", "bpf", "loaded", t0, "object=prog 7 x", "id=7", "type=kprobe", "calls=bpf_get_current_pid_tgid,bpf_override_return")},
		"clock-step":     {ev(1, "h", "journal", "clock-step", t0, "step=-3600.5")},
		"deleted-exe":    firing(),
		"empty-lock":     {ev(1, "h", "file", "timestamp", t0, "object=/run/haldrund.pid", "size=0", "mode=0644", "kind=file", "meaning=macb")},
		"firewall-rule":  {ev(1, "h", "netfilter", "redirect", t0, "ip=203.0.113.9", "redirect=redirect to port 42391", "verdict=redirect")},
		"forged-line":    {ev(1, "h", "journal", "login", t0, "actor=kim", "tag=unvouched", "comm=logger", "uid=1001")},
		"hidden-object":  {ev(1, "h", "process", "hidden", t0, "pid=666", "comm=x", "views=pidfd", "missed=readdir")},
		"history-env":    proc(1, "h", "9", "/usr/bin/bash", "plain", "hist_env=HOME=/tmp HISTFILE=/dev/null MYSQL_HISTFILE=/dev/null"),
		"log-command":    {ev(1, "h", "history", "exec", t0, "actor=kim", "object=rm -f /var/log/auth.log")},
		"masquerade":     proc(1, "h", "9", "/dev/shm/x", "deleted", "cmdline=[kworker/0:1]", "argv0=[kworker/0:1]"),
		"packet-orphan":  {ev(1, "h", "socket", "socket", t0, "domain=packet", "holders=0", "ino=7", "ifindex=0")},
		"preload":        proc(1, "h", "9", "/usr/bin/sleep", "plain", "ld_preload=/dev/shm/l.so"),
		"scanner-report": {ev(1, "h", "clamav", "found", t0, "parser=clamav", "path=/srv/www/up/a.jsp", "signature=Java.Webshell.X-1")},
		"socket-filter":  firing(),
		"transient-exe":  proc(1, "h", "9", "/dev/shm/.x", "plain"),
		"transient-exec": {ev(1, "h", "audit", "exec", t0, "actor=kim", "auid=1000", "syscall=execve", "exe=/dev/shm/x", "success=yes")},
		"web-shell":      site("/uploads/a.php", true),
		"wtmp-order":     {ev(1, "h", "wtmp", "login", t0), ev(2, "h", "wtmp", "empty", t0+1), ev(3, "h", "wtmp", "login", t0+2e9)},
	}
}

type quiet struct {
	name string
	ev   []*event.Event
}

// silent checks that a detector says nothing on innocent events.
func silent(t *testing.T, d detect.Detector, cases ...quiet) {
	t.Helper()
	for _, c := range cases {
		if fs := detecttest.Find(t, d, c.ev...); len(fs) != 0 {
			t.Errorf("%s: %s: %s", d.Describe().Name, c.name, fs[0].Title)
		}
	}
}

// levels checks that a detector makes one finding of the level, with or
// without claiming an implant.
type loud struct {
	name    string
	ev      []*event.Event
	level   claim.Level
	implant bool
}

func levels(t *testing.T, d detect.Detector, cases ...loud) {
	t.Helper()
	for _, c := range cases {
		fs := detecttest.Find(t, d, c.ev...)
		if len(fs) != 1 || fs[0].Level != c.level || (fs[0].Implant != "") != c.implant {
			t.Errorf("%s: %s: %+v, want one of level %s", d.Describe().Name, c.name, fs, c.level)
		}
	}
}
