package parser

import (
	"testing"

	"github.com/saksi-dfir/saksi/parse/format/syslog"
)

// TestRareTongues are forms that only some distributions write: doas, sudo-rs,
// helpers of PAM, sshd at LogLevel DEBUG, web servers that log to syslog.
func TestRareTongues(t *testing.T) {
	checkMessages(t, []messageCase{
		{"doas: kim ran command sh -c echo as b from c as root from /srv/a b", "sudo", "exec", "kim", "sh -c echo as b from c", "cwd", "/srv/a b"},
		{"doas[812]: kim ran command /usr/bin/id as park from /home/kim", "sudo", "exec", "kim", "/usr/bin/id", "runas", "park"},
		{"doas: command not permitted for han: ls /root", "sudo", "refuse", "han", "ls /root", "command", "ls /root"},
		{"doas: failed auth for han", "sudo", "failed-auth", "han", "", "", ""},
		{"doas: failed password for han", "sudo", "failed-auth", "han", "", "", ""},
		{"sudo-rs: kim :  PWD=/tmp ; USER=root ; COMMAND=/usr/bin/bash -c true", "sudo", "exec", "kim", "/usr/bin/bash -c true", "cwd", "/tmp"},
		{"sudo-rs[9]: kim : TTY=pts/1 ; PWD=/tmp ; USER=park ; COMMAND=/usr/bin/ls ", "sudo", "exec", "kim", "/usr/bin/ls ", "runas", "park"},
		{"unix_chkpwd[395]: password check failed for user (han)", "pam", "failed-auth", "han", "", "", ""},
		{"su[4]: pam_limits(su-l:session): Could not set limit for 'core' to soft=0, hard=-1: Operation not permitted; uid=0,euid=0", "pam", "error", "", "", "what", "core"},
		{"sshd-session[6]: debug1: userauth-request for user evil service x service ssh-connection method none [preauth]", "sshd", "auth-request", "evil service x", "ssh-connection", "method", "none"},
		{"sshd-session[6]: debug1: attempt 0 failures 0 [preauth]", "sshd", "note", "", "", "severity_word", "debug1"},
		{"sshd[6]: debug1: Forked child 1178.", "sshd", "child", "", "", "child_pid", "1178"},
		{"sshd-session[6]: debug1: Remote protocol version 2.0, remote software version OpenSSH_9.9", "sshd", "negotiate", "", "", "version", "OpenSSH_9.9"},
		{"sshd-session[6]: /home/kim/.ssh/authorized_keys:2: Authentication tried for kim with correct key but not from a permitted host (host=127.0.0.1, ip=127.0.0.1, required=10.0.0.1).", "sshd", "refuse", "kim", "/home/kim/.ssh/authorized_keys", "line", "2"},
		{`nginx: 203.0.113.9 - kim [03/Mar/2024:02:14:07 +0900] "POST /up/a.jsp?c=id HTTP/1.1" 200 5 "-" "curl" "-"`, "weblog", "request", "kim", "/up/a.jsp?c=id", "ip", "203.0.113.9"},
		{`db07 ngx: 203.0.113.9 - - [03/Mar/2024:02:14:07 +0900] "\x16\x03" 400 5 "-" "-" "-"`, "weblog", "malformed-request", "", `\x16\x03`, "status", "400"},
		{`haproxy[72]: 203.0.113.9:53 [03/Mar/2024:02:14:07.421] fe web/w1 0/0/0/0/0 200 183 - - ---- 1/1/0/0/0 0/0 {curl} "GET /index.html HTTP/1.1"`, "weblog", "request", "", "/index.html", "port", "53"},
		{`apache2[65]: [php:warn] [pid 65:tid 65] [client 203.0.113.9:53292] PHP Warning:  odd in /srv/www/bad.php on line 1`, "weblog", "warning", "", "/srv/www/bad.php", "ip", "203.0.113.9"},
		{"ntpd[62]: CLOCK: time stepped by -3599.998712", "chrony", "clock-step", "", "clock", "offset_s", "-3599.998712"},
		{"ntpd[62]: INIT: Command line: /usr/sbin/ntpd -n", "chrony", "configure", "", "ntpd", "command", "/usr/sbin/ntpd -n"},
		{"aide: #012f+++++++++++++++++: /run/scan/a: b", "daemon", "file-added", "", "/run/scan/a: b", "path", "/run/scan/a: b"},
		{"aide: #012f > ... mc  H      : /run/scan/fine", "daemon", "file-changed", "", "/run/scan/fine", "path", "/run/scan/fine"},
		{"aide: #012#012f-----------------: /run/scan/bad.bin", "daemon", "file-removed", "", "/run/scan/bad.bin", "program", "aide"},
		{"aide: AIDE found differences between database and filesystem!!", "daemon", "alert", "", "aide", "", ""},
		{"syslog.info syslogd exiting", "daemon", "stop", "", "log", "", ""},
		{"fail2ban.actions[57]: DEBUG [sshd] action 'noop': unban 203.0.113.200", "fail2ban", "unban", "", "sshd", "ip", "203.0.113.200"},
		{`app[1]: said "GET / HTTP/1.1" yesterday`, "syslog", "note", "", "", "path", ""},
	})
}

// TestWebLinesInSyslog: access lines among those of other programs do not make
// a log of syslog one of a web server.
func TestWebLinesInSyslog(t *testing.T) {
	web := "Mar  3 02:14:07 web01 nginx: 203.0.113.9 - - [03/Mar/2024:02:14:07 +0900] \"GET /a HTTP/1.1\" 200 5 \"-\" \"curl\"\n"
	k := parseLog(t, "UTC", "2024-12-31T00:00:00Z", web+web+web+"Mar  3 02:14:08 web01 sshd[8]: Received signal 15; terminating.\n")
	if len(k.Events) != 4 || len(k.Warnings) != 0 {
		t.Fatalf("%d events, warnings %v", len(k.Events), k.Warnings)
	}
	if e := k.Events[0]; e.Source != "weblog" || e.Meaning != "request-end" || when(e.Time.Instant) != "2024-03-02T17:14:07Z" {
		t.Errorf("%+v", e)
	}
	if e := k.Events[3]; e.Parser != "sshd" || e.Action != "stop" {
		t.Errorf("%+v", e)
	}
}

// TestTracesOfPython: a stack trace belongs to the record that it follows.
func TestTracesOfPython(t *testing.T) {
	for line, want := range map[string]bool{"Traceback (most recent call last):": true, "RuntimeError: Error banning 203.0.113.7": true, "subprocess.CalledProcessError: x": true,
		"clamd: Error": false, "no colon Error": false, "some words Error: x": false} {
		if got := traceback(line); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}

// TestSyslogJSON: templates that write an object a line, and journalctl's.
func TestSyslogJSON(t *testing.T) {
	for _, c := range [...]struct{ line, at, action, actor, message string }{
		{`{"timestamp":"2024-03-03T02:14:07.665508+09:00","host":"web01","program":"sshd","pid":"812","severity":"info","message":" Accepted password for kim from 203.0.113.9 port 4022 ssh2"}`,
			"2024-03-02T17:14:07.665508Z", "login", "kim", "sshd[812]: Accepted password for kim from 203.0.113.9 port 4022 ssh2"},
		{`{"PROGRAM":"sudo","PRIORITY":"notice","PID":"77","MESSAGE":"kim : TTY=pts\/0 ; PWD=\/ ; USER=root ; COMMAND=\/usr\/bin\/id","ISODATE":"2024-03-03T02:14:07+00:00","HOST":"web01"}`,
			"2024-03-03T02:14:07Z", "exec", "kim", "sudo[77]: kim : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/id"},
		{`{"__CURSOR":"s=1","__REALTIME_TIMESTAMP":"1709432047665508","_HOSTNAME":"web01","SYSLOG_IDENTIFIER":"su","_PID":"9","MESSAGE":"(to root) kim on pts/1"}`,
			"2024-03-03T02:14:07.665508Z", "su", "kim", "su[9]: (to root) kim on pts/1"},
		{`{"@timestamp":"2024-03-03T02:14:07Z","syslogtag":"cron[8]:","msg":"x","host":"web01"}`, "2024-03-03T02:14:07Z", "", "", "cron[8]: x"},
	} {
		k := parseLog(t, "UTC", "2024-12-31T00:00:00Z", c.line+"\n"+`{"torn":"`+"\n")
		if len(k.Events) != 1 || len(k.Warnings) != 1 {
			t.Errorf("%s: %d events, warnings %v", c.line, len(k.Events), k.Warnings)
			continue
		}
		e := k.Events[0]
		if when(e.Time.Instant) != c.at || c.action != "" && e.Action != c.action || e.Actor != c.actor || e.Message != c.message {
			t.Errorf("%s\ngot %s %s actor %q message %q", c.line, when(e.Time.Instant), e.Action, e.Actor, e.Message)
		}
	}
	var l syslog.Line
	for _, s := range []string{`{}`, `{"time":"2024-03-03T02:14:07Z","message":"x"}`, `{"time":"yesterday","program":"x","message":"y"}`, `{"time":"2024-03-03T02:14:07Z","program":"x"}`, `{"time":"2024-03-03T02:14:07Z","program":"x","message":"y"} z`, `{`} {
		if syslogLine(s, &l) == syslog.Record {
			t.Errorf("%s is no line of a log daemon", s)
		}
	}
}
