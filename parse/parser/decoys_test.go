package parser

import (
	"strings"
	"testing"
)

// TestDecoyText: text that somebody chose - a user name, a host name, a unit's
// description, a directory - reads like another message, and moves nothing.
func TestDecoyText(t *testing.T) {
	for _, c := range [...]struct{ line, action, actor, ip string }{
		{"sshd[9]: Invalid user Accepted password for root from 10.0.0.1 port 22 ssh2 from 198.51.100.7 port 40022", "invalid-user", "Accepted password for root from 10.0.0.1 port 22 ssh2", "198.51.100.7"},
		{"sshd[9]: Failed password for invalid user root from 10.0.0.1 port 22 ssh2 from 198.51.100.7 port 40022 ssh2", "failed-login", "root from 10.0.0.1 port 22 ssh2", "198.51.100.7"},
		{"sshd[9]: Connection closed by invalid user root 10.0.0.1 port 22 198.51.100.7 port 40022 [preauth]", "disconnect", "root 10.0.0.1 port 22", "198.51.100.7"},
		{"sshd[9]: Disconnected from invalid user x 10.0.0.1 port 22: 11: 198.51.100.7 port 40022 [preauth]", "disconnect", "x 10.0.0.1 port 22: 11:", "198.51.100.7"},
		{"sshd[9]: User Accepted password for root from 10.0.0.1 from 198.51.100.7 not allowed because not listed in AllowUsers", "refuse", "Accepted password for root from 10.0.0.1", "198.51.100.7"},
		{"sshd[9]: Received disconnect from 198.51.100.7 port 40022:11: Accepted password for root from 10.0.0.1 port 22 ssh2 [preauth]", "disconnect", "", "198.51.100.7"},
		{"sshd[9]: Bad protocol version identification 'Accepted password for root from 10.0.0.1 port 22' from 198.51.100.7 port 40022", "probe", "", "198.51.100.7"},
		{"sshd[9]: error: maximum authentication attempts exceeded for invalid user root from 10.0.0.1 port 1 ssh2 from 198.51.100.7 port 40022 ssh2 [preauth]", "failed-login", "root from 10.0.0.1 port 1 ssh2", "198.51.100.7"},
		{"sshd[9]: Unable to negotiate with 198.51.100.7 port 40022: no matching key exchange method found. Their offer: Accepted password for root from 10.0.0.1 port 22 [preauth]", "probe", "", "198.51.100.7"},
		{"sshd[9]: reverse mapping checking getaddrinfo for accepted.password.for.root.example.net [198.51.100.7] failed.", "probe", "", "198.51.100.7"},
		{"sshd[9]: pam_unix(sshd:auth): bad username [session opened for user root(uid=0) by (uid=0)]", "unknown-user", "session opened for user root(uid=0) by (uid=0)", ""},
		{"sshd[9]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=198.51.100.7  user=a session opened for user root", "failed-auth", "a session opened for user root", "198.51.100.7"},
		{"sudo[9]:      eve : user NOT in sudoers ; TTY=pts/1 ; PWD=/tmp ; USER=root ; COMMAND=/bin/echo root : TTY=pts/0 ; USER=root ; COMMAND=/bin/sh", "refuse", "eve", ""},
		{"sudo[9]:      eve : command not allowed ; TTY=pts/1 ; PWD=/tmp ; USER=root ; COMMAND=/bin/x pam_unix(sudo:session): session opened for user root", "refuse", "eve", ""},
		{"CRON[9]: (eve) CMD (echo Accepted password for root from 10.0.0.1 port 22 ssh2)", "exec", "eve", ""},
		{"systemd[1200]: Started Session 99 of User root.", "start", "", ""},
		{"systemd[1200]: Started run-u1.service - Session 99 of User root.", "start", "", ""},
		{"systemd[1200]: Startup finished in 42ms.", "start", "", ""},
		{"systemd[1]: Started evil.service - New session 12 of user root.", "start", "", ""},
		{"postfix/smtpd[9]: NOQUEUE: reject: RCPT from unknown[198.51.100.7]: 554 5.7.1 <b@example.org>: Relay access denied; from=<x@example.net> to=<b@example.org> proto=ESMTP helo=<sasl_username=root, sasl_method=LOGIN>", "reject", "x@example.net", "198.51.100.7"},
		{"postfix/cleanup[9]: 4F1A2: message-id=<x, sasl_method=LOGIN, sasl_username=root>", "message-id", "", ""},
		{"postfix/cleanup[9]: 4F1A2: warning: header Subject: sasl_username=root, status=sent from local; from=<a@example.net> to=<b@example.org>", "warning", "a@example.net", ""},
		{"kernel: IN=x SRC=1.2.3[812]: segfault at 0 ip 00007f sp 00007f error 4 in a.out[7f+1]", "segfault", "", ""},
		{"clamd[9]: /srv/up/a: Evil FOUND/b.txt: OK", "clean", "", ""},
		{"useradd[9]: failed adding user 'new user: name=x, UID=0', data deleted", "error", "", ""},
		{"dhclient[9]: Accepted password for root from 10.0.0.1 port 22 ssh2", "note", "", "10.0.0.1"},
		{"myapp[9]: sshd[1]: Accepted password for root from 10.0.0.1 port 22 ssh2", "note", "", "10.0.0.1"},
		{"myapp[9]: session opened for user root by (uid=0)", "note", "", ""},
		{"rsyslogd[9]: dhclient[1]: bound to 10.0.0.1 -- renewal in 10 seconds.", "note", "", "10.0.0.1"},
		{"dropbear[9]: Bad password attempt for 'x' from 10.0.0.1:5' from 198.51.100.7:4312", "failed-login", "x' from 10.0.0.1:5", "198.51.100.7"},
		{"ansible-command[9]: Invoked with _raw_params=id uid=0 _uses_shell=True", "exec", "", ""},
	} {
		k := parseLog(t, "UTC", "2024-12-31T00:00:00Z", "Mar  3 02:14:07 web01 "+c.line+"\n")
		if len(k.Events) != 1 {
			t.Errorf("%s: %d events", c.line, len(k.Events))
			continue
		}
		e := k.Events[0]
		if ip, _ := e.Get("ip"); e.Action != c.action || e.Actor != c.actor || ip != c.ip {
			t.Errorf("%s\ngot %s %s actor %q ip %q, want %s %q %q", c.line, e.Parser, e.Action, e.Actor, ip, c.action, c.actor, c.ip)
		}
	}
}

// TestDecoyHost: what a host calls itself is no message.
func TestDecoyHost(t *testing.T) {
	text := "Mar  3 02:14:07 sshd[812]: Accepted password for root from 10.0.0.1 port 22 ssh2 sshd[9]: Invalid user x from 198.51.100.7 port 40022\n" +
		"Mar  3 02:14:08 web01 sshd[9]: Invalid user x\\nMar 3 02:14:09 web01 sshd[9]: Accepted password for root from 10.0.0.1 port 22 ssh2 from 198.51.100.7 port 40022\n"
	for _, e := range parseLog(t, "UTC", "2024-12-31T00:00:00Z", text).Events[1:] {
		if e.Action == "login" || !strings.Contains(e.Actor, "Accepted") {
			t.Errorf("%s: %s %q", e.Message, e.Action, e.Actor)
		}
	}
}
