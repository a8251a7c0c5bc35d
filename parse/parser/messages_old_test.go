package parser

import "testing"

// TestOldMessages are forms of programs of the years before 2015.
func TestOldMessages(t *testing.T) {
	for _, c := range [...]struct{ line, parser, action, actor, ip string }{
		{"Jun 14 15:16:01 combo sshd(pam_unix)[19939]: authentication failure; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost=198.51.100.4  user=root", "pam", "failed-auth", "root", "198.51.100.4"},
		{"Jun 15 04:06:18 combo su(pam_unix)[21416]: session opened for user cyrus by (uid=0)", "pam", "session-open", "cyrus", ""},
		{"Jun 15 04:06:19 combo sshd(pam_unix)[19937]: check pass; user unknown", "pam", "unknown-user", "", ""},
		{"Dec 10 06:55:46 lab sshd[24200]: reverse mapping checking getaddrinfo for ns.example.net [198.51.100.31] failed - POSSIBLE BREAK-IN ATTEMPT!", "sshd", "probe", "", "198.51.100.31"},
		{"Dec 10 06:55:46 lab sshd[24200]: input_userauth_request: invalid user webmaster [preauth]", "sshd", "invalid-user", "webmaster", ""},
		{"Dec 10 07:02:47 lab sshd[24203]: Connection closed by 198.51.100.4 [preauth]", "sshd", "disconnect", "", "198.51.100.4"},
		{"Dec 10 07:13:56 lab sshd[24227]: Did not receive identification string from 198.51.100.180", "sshd", "probe", "", "198.51.100.180"},
		{"Dec 10 09:08:54 lab sshd[24369]: error: Received disconnect from 198.51.100.122: 14: No more user authentication methods available. [preauth]", "sshd", "disconnect", "", "198.51.100.122"},
		{"Dec 10 09:11:20 lab sshd[24424]: Disconnecting: Too many authentication failures for admin [preauth]", "sshd", "disconnect", "admin", ""},
		{"Dec 10 10:14:10 lab sshd[24833]: fatal: Write failed: Connection reset by peer [preauth]", "sshd", "disconnect", "", ""},
		{"Dec 10 11:03:40 lab sshd[25448]: message repeated 5 times: [ Failed password for root from 198.51.100.76 port 42393 ssh2]", "sshd", "failed-login", "root", "198.51.100.76"},
		{"Dec 10 11:03:40 lab sshd[25448]: PAM service(sshd) ignoring max retries; 6 > 3", "pam", "error", "", ""},
		{"Mar  1 10:00:00 rh7 systemd: Started Session 3 of user kim.", "systemd", "session-open", "kim", ""},
		{"Mar  1 10:00:00 rh7 CROND[99]: (root) CMD (/usr/lib64/sa/sa1 1 1)", "cron", "exec", "root", ""},
		{"Mar  1 10:00:00 rh7 run-parts(/etc/cron.hourly)[99]: starting 0anacron", "cron", "job-start", "", ""},
		{"Mar  1 10:00:00 rh7 sudo: kim : TTY=pts/0 ; PWD=/home/kim ; USER=root ; COMMAND=/bin/bash", "sudo", "exec", "kim", ""},
	} {
		k := parseLog(t, "UTC", "2024-12-31T00:00:00Z", c.line+"\n")
		if len(k.Events) != 1 {
			t.Errorf("%s: %d events", c.line, len(k.Events))
			continue
		}
		e := k.Events[0]
		ip, _ := e.Get("ip")
		if e.Parser != c.parser || e.Action != c.action || e.Actor != c.actor || ip != c.ip {
			t.Errorf("%s\ngot %s %s actor %q ip %q", c.line, e.Parser, e.Action, e.Actor, ip)
		}
	}
}
