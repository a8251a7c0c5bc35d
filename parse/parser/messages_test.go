package parser

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// decodeOne decodes one message as syslog and journal do.
func decodeOne(program, text string) (*event.Event, bool) {
	e, b := new(event.Event), new(parse.Batch)
	ok := NewMessages().For(&parse.Facts{Accounts: []parse.Account{{UID: 1000, Name: "kim"}}}).Decode(e, b, program, text)
	e.Fields = b.Take()
	return e, ok
}

// TestMessages tables what real messages of each program come to: parser,
// action, actor > object, and fields that matter.
func TestMessages(t *testing.T) {
	actions := map[string][]string{}
	for _, p := range All() {
		actions[p.Describe().Name] = p.Describe().Actions
	}
	for _, c := range [...]struct{ program, text, want string }{
		{"sshd", "Accepted publickey for deploy from 203.0.113.9 port 50122 ssh2: RSA SHA256:abc", "sshd login deploy> ip=203.0.113.9 key=SHA256:abc key_type=RSA method=publickey port=50122"},
		{"sshd", "Accepted publickey for ops from 2001:db8::9 port 50122 ssh2: ED25519-CERT SHA256:x ID kim (serial 7) CA ED25519 SHA256:y", "sshd login ops> cert_id=kim ip=2001:db8::9 key=SHA256:x key_type=ED25519-CERT method=publickey port=50122 serial=7"},
		{"sshd", "Failed password for invalid user a from b from 198.51.100.7 port 40022 ssh2", "sshd failed-login a from b> ip=198.51.100.7 method=password port=40022 user_state=invalid"},
		{"sshd", "Failed none for invalid user  from 198.51.100.7 port 1 ssh2", "sshd failed-login > ip=198.51.100.7 method=none port=1 user_state=invalid"},
		{"sshd", "Invalid user admin from 198.51.100.7 port 40022", "sshd invalid-user admin> ip=198.51.100.7 port=40022 user_state=invalid"},
		{"sshd", "Connection from 198.51.100.7 port 40022 on 10.0.0.5 port 22 rdomain \"\"", "sshd connect > ip=198.51.100.7 local_ip=10.0.0.5 local_port=22 port=40022"},
		{"sshd", "Connection closed by authenticating user root 198.51.100.7 port 1022 [preauth]", "sshd disconnect root> ip=198.51.100.7 port=1022 reason=closed user_state=authenticating"},
		{"sshd", "Connection reset by 198.51.100.7 port 1022 [preauth]", "sshd disconnect > ip=198.51.100.7 port=1022 reason=reset"},
		{"sshd", "Received disconnect from 198.51.100.7 port 1022:11: Bye Bye [preauth]", "sshd disconnect > ip=198.51.100.7 port=1022 reason=Bye Bye"},
		{"sshd", "Received disconnect from 198.51.100.7: 11: disconnected by user", "sshd disconnect > ip=198.51.100.7 reason=disconnected by user"},
		{"sshd-session", "Disconnected from user deploy 203.0.113.9 port 50122", "sshd disconnect deploy> ip=203.0.113.9 port=50122"},
		{"sshd", "Disconnecting authenticating user root 198.51.100.7 port 22: Too many authentication failures [preauth]", "sshd disconnect root> ip=198.51.100.7 port=22 reason=Too many authentication failures user_state=authenticating"},
		{"sshd", "error: maximum authentication attempts exceeded for invalid user x from 198.51.100.7 port 1 ssh2 [preauth]", "sshd failed-login x> ip=198.51.100.7 port=1 reason=maximum authentication attempts exceeded severity_word=error user_state=invalid"},
		{"sshd", "error: kex_exchange_identification: Connection closed by remote host", "sshd probe > reason=Connection closed by remote host severity_word=error"},
		{"sshd", "User root from 198.51.100.7 not allowed because not listed in AllowUsers", "sshd refuse root> ip=198.51.100.7 reason=not listed in AllowUsers"},
		{"sshd", "Starting session: shell on pts/0 for deploy from 203.0.113.9 port 50122 id 0", "sshd session-open deploy>shell command=shell ip=203.0.113.9 port=50122 tty=pts/0"},
		{"sshd", "Unable to negotiate with 198.51.100.7 port 1: no matching key exchange method found. Their offer: x [preauth]", "sshd probe > ip=198.51.100.7 port=1 reason=no matching key exchange method found. Their offer: x"},
		{"sshd", "Accepted key RSA SHA256:abc found at /root/.ssh/authorized_keys:2", "sshd key-match >/root/.ssh/authorized_keys key=SHA256:abc key_type=RSA path=/root/.ssh/authorized_keys"},
		{"sshd", "drop connection #10 from [198.51.100.7]:40022 on [10.0.0.5]:22 past MaxStartups", "sshd refuse > count=10 ip=198.51.100.7 local_ip=10.0.0.5 local_port=22 port=40022 reason=past MaxStartups"},
		{"sshd", "Server listening on :: port 22.", "sshd listen >sshd local_ip=:: local_port=22"},
		{"sshd", "Timeout before authentication for 198.51.100.7 port 40022", "sshd disconnect > ip=198.51.100.7 port=40022 reason=timeout"},
		{"sudo", "   kim : TTY=pts/1 ; PWD=/home/kim ; USER=root ; COMMAND=/bin/sh -c echo a ; id", "sudo exec kim>/bin/sh -c echo a ; id command=/bin/sh -c echo a ; id cwd=/home/kim path=/bin/sh runas=root tty=pts/1"},
		{"sudo", "kim : 3 incorrect password attempts ; TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/bin/ls", "sudo failed-auth kim>/bin/ls command=/bin/ls cwd=/ path=/bin/ls reason=3 incorrect password attempts runas=root tty=pts/1"},
		{"sudo", `@cee:{"sudo":{"accept":{"uuid":"x","server_time":{"seconds":1,"iso8601":"x"},"submituser":"kim","command":"/usr/bin/cat","runuser":"root","submitcwd":"/home/kim","ttyname":"/dev/pts/0","runargv":["cat","/etc/shadow"]}}}`,
			"sudo exec kim>/usr/bin/cat /etc/shadow command=/usr/bin/cat /etc/shadow cwd=/home/kim path=/usr/bin/cat runas=root tty=pts/0"},
		{"sudo", "eve : user NOT in sudoers ; TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/bin/ls", "sudo refuse eve>/bin/ls command=/bin/ls cwd=/ path=/bin/ls reason=user NOT in sudoers runas=root tty=pts/1"},
		{"sudo", "pam_unix(sudo:session): session opened for user root(uid=0) by kim(uid=1000)", "pam session-open kim>root by_uid=1000 module=pam_unix phase=session service=sudo uid=0"},
		{"sudo", "pam_unix(sudo:session): session opened for user root(uid=0) by (uid=1000)", "pam session-open kim>root by_uid=1000 module=pam_unix phase=session service=sudo uid=0"},
		{"sudo", "pam_unix(sudo:session): session opened for user root(uid=0) by (uid=1001)", "pam session-open 1001>root by_uid=1001 module=pam_unix phase=session service=sudo uid=0"},
		{"sshd", "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=198.51.100.7  user=root", "pam failed-auth root> euid=0 ip=198.51.100.7 module=pam_unix phase=auth service=sshd tty=ssh uid=0"},
		{"sshd", "PAM 2 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=mail.example.org  user=root", "pam failed-auth root> count=2 euid=0 rhost=mail.example.org tty=ssh uid=0"},
		{"login", "pam_unix(login:session): session closed for user root", "pam session-close root>root module=pam_unix phase=session service=login"},
		{"su", "pam_unix(su:session): session opened for user kim(uid=1000) by (uid=0)", "pam session-open root>kim by_uid=0 module=pam_unix phase=session service=su uid=1000"},
		{"sshd", "pam_env(sshd:session): deprecated reading of user environment enabled", "pam note > module=pam_env phase=session reason=deprecated reading of user environment enabled service=sshd"},
		{"su", "pam_unix(su:auth): auth could not identify password for [park]", "pam failed-auth park> module=pam_unix phase=auth service=su"},
		{"sshd", "pam_succeed_if(sshd:auth): requirement \"uid >= 1000\" not met by user \"root\"", "pam refuse root> module=pam_succeed_if phase=auth reason=uid >= 1000 service=sshd"},
		{"passwd", "pam_unix(passwd:chauthtok): password changed for kim", "pam password-change >kim module=pam_unix phase=chauthtok service=passwd"},
		{"sshd", "pam_faillock(sshd:auth): Consecutive login failures for user root account temporarily locked", "pam lock root> module=pam_faillock phase=auth service=sshd"},
		{"su", "(to root) kim on pts/1", "su su kim>root runas=root tty=pts/1"},
		{"su", "FAILED SU (to root) kim on pts/1", "su failed-su kim>root runas=root tty=pts/1"},
		{"su", "Successful su for root by kim", "su su kim>root runas=root"},
		{"su", "- /dev/pts/0 kim:root", "su failed-su kim>root runas=root tty=pts/0"},
		{"CRON", "(root) CMD (   cd / && run-parts --report /etc/cron.hourly)", "cron exec root>cd / && run-parts --report /etc/cron.hourly command=cd / && run-parts --report /etc/cron.hourly"},
		{"crontab", "(www-data) REPLACE (www-data)", "cron replace www-data>www-data"},
		{"cron", "(*system*) RELOAD (/etc/cron.d/x)", "cron reload >/etc/cron.d/x path=/etc/cron.d/x"},
		{"anacron", "Job `cron.daily' started", "cron job-start >cron.daily job=cron.daily"},
		{"run-parts", "starting 0anacron", "cron job-start >0anacron job=0anacron"},
		{"systemd", "Started OpenBSD Secure Shell server.", "systemd start >OpenBSD Secure Shell server unit=OpenBSD Secure Shell server"},
		{"systemd", "Started Session 3 of User root.", "systemd session-open root>root session=3"},
		{"systemd", "ssh.service: Main process exited, code=exited, status=1/FAILURE", "systemd exit >ssh.service code=exited status=1/FAILURE unit=ssh.service"},
		{"systemd", "ssh.service: Failed with result 'exit-code'.", "systemd fail >ssh.service result=exit-code unit=ssh.service"},
		{"systemd", "Failed to start OpenBSD Secure Shell server.", "systemd fail >OpenBSD Secure Shell server reason=Failed to start OpenBSD Secure Shell server. unit=OpenBSD Secure Shell server"},
		{"systemd", "Startup finished in 1.2s (kernel) + 3.4s (userspace) = 4.6s.", "systemd boot >system duration=1.2s (kernel) + 3.4s (userspace) = 4.6s"},
		{"systemd", "Starting apt-daily.service - Daily apt download activities...", "systemd starting >apt-daily.service description=Daily apt download activities unit=apt-daily.service"},
		{"systemd", "Started session-3.scope - Session 3 of User kim.", "systemd session-open kim>kim session=3 unit=session-3.scope"},
		{"systemd", "apt-daily.service: Deactivated successfully.", "systemd stop >apt-daily.service unit=apt-daily.service"},
		{"systemd", "Reached target multi-user.target - Multi-User System.", "systemd start >multi-user.target description=Multi-User System unit=multi-user.target"},
		{"systemd-logind", "New session 12 of user kim.", "systemd session-open kim>kim session=12"},
		{"systemd-logind", "Removed session 12.", "systemd session-close > session=12"},
		{"kernel", "[ 8812.101010] device eth0 entered promiscuous mode", "kernel promiscuous-on >eth0 link=eth0 since_boot=8812.101010"},
		{"kernel", "eth0: left promiscuous mode", "kernel promiscuous-off >eth0 link=eth0"},
		{"kernel", "rk: loading out-of-tree module taints kernel.", "kernel taint >rk module=rk reason=loading out-of-tree module"},
		{"kernel", "rk: module verification failed: signature and/or required key missing - tainting kernel", "kernel module-verify >rk module=rk reason=signature and/or required key missing - tainting kernel"},
		{"kernel", "DROP IN=eth0 OUT= MAC=aa:bb SRC=198.51.100.7 DST=10.0.0.5 LEN=60 PROTO=TCP SPT=4444 DPT=22 SYN", "kernel firewall >10.0.0.5 dst=10.0.0.5 dst_port=22 ip=198.51.100.7 length=60 link=eth0 mac=aa:bb port=4444 prefix=DROP protocol=tcp tcp_flags=SYN"},
		{"kernel", "x[812]: segfault at 0 ip 00007f sp 00007f error 4 in libc.so.6[7f+1]", "kernel segfault >x address=0 child_pid=812 comm=x error=4 instruction=00007f path=libc.so.6 sp=00007f"},
		{"kernel", "Out of memory: Killed process 812 (java) total-vm:1kB", "kernel oom-kill >java child_pid=812 comm=java"},
		{"kernel", "e1000 0000:00:03.0: some note", "kernel report >e1000 0000:00:03.0 subsystem=e1000 0000:00:03.0"},
		{"useradd", "new user: name=ops, UID=0, GID=0, home=/home/ops, shell=/bin/bash, from=/dev/pts/0", "useradd user-add >ops gid=0 home=/home/ops shell=/bin/bash tty=pts/0 uid=0"},
		{"usermod", "add 'kim' to shadow group 'sudo'", "useradd member-add >kim group=sudo"},
		{"usermod", "change user 'kim' shell from '/bin/sh' to '/bin/bash'", "useradd user-change >kim from=/bin/sh to=/bin/bash what=shell"},
		{"userdel", "delete user 'kim'", "useradd user-delete >kim"},
		{"gpasswd", "user kim added by root to group docker", "useradd member-add root>kim group=docker"},
		{"chronyd", "System clock was stepped by -3599.998712 seconds", "chrony clock-step >clock offset_s=-3599.998712"},
		{"chronyd", "Selected source 203.0.113.123 (pool.example.org)", "chrony select-source >203.0.113.123 ip=203.0.113.123 rhost=pool.example.org"},
		{"systemd-timesyncd", "Initial synchronization to time server 203.0.113.123:123 (ntp.example.org).", "chrony select-source >203.0.113.123 ip=203.0.113.123 port=123 rhost=ntp.example.org"},
		{"ntpd", "time reset +12.5 s", "chrony clock-step >clock offset_s=+12.5 reason=time reset +12.5 s"},
		{"clamd", "/srv/www/up/a: b.jsp: Html.Exploit.X-1(abc:12) FOUND", "clamav found >/srv/www/up/a: b.jsp hash=abc path=/srv/www/up/a: b.jsp signature=Html.Exploit.X-1 size=12"},
		{"freshclam", "daily.cld database is up-to-date (version: 27000, sigs: 2000)", "clamav current >daily.cld database=daily.cld signatures=2000 version=27000"},
		{"fail2ban.actions", "NOTICE [sshd] Ban 198.51.100.7", "fail2ban ban >198.51.100.7 ip=198.51.100.7 jail=sshd level=NOTICE"},
		{"fail2ban.filter", "INFO [sshd] Found 198.51.100.7 - 2024-03-03 02:14:07", "fail2ban found >198.51.100.7 found=2024-03-03 02:14:07 ip=198.51.100.7 jail=sshd level=INFO"},
		{"postfix/smtpd", "connect from mail.example.org[203.0.113.5]", "postfix connect > ip=203.0.113.5 rhost=mail.example.org"},
		{"postfix/smtpd", "4F1A2: client=mail.example.org[203.0.113.5], sasl_method=PLAIN, sasl_username=kim", "postfix login kim>4F1A2 ip=203.0.113.5 queue_id=4F1A2 rhost=mail.example.org sasl_method=PLAIN sasl_username=kim"},
		{"postfix/smtp", "4F1A2: to=<a@example.org>, relay=mx.example.org[203.0.113.6]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)", "postfix sent >a@example.org delay=1 dsn=2.0.0 ip=203.0.113.6 port=25 queue_id=4F1A2 reason=250 ok relay=mx.example.org[203.0.113.6]:25 rhost=mx.example.org status=sent to=a@example.org"},
		{"postfix/smtpd", "NOQUEUE: reject: RCPT from unknown[198.51.100.7]: 554 5.7.1 <b@example.org>: Relay access denied; from=<x@example.net> to=<b@example.org> proto=ESMTP helo=<h>", "postfix reject x@example.net>b@example.org from=x@example.net helo=h ip=198.51.100.7 protocol=ESMTP reason=554 5.7.1 <b@example.org>: Relay access denied stage=RCPT to=b@example.org"},
		{"postfix/smtpd", "warning: unknown[198.51.100.7]: SASL LOGIN authentication failed: x", "postfix failed-login > ip=198.51.100.7 reason=x sasl_method=LOGIN"},
		{"postfix/qmgr", "4F1A2: from=<x@example.net>, size=1200, nrcpt=1 (queue active)", "postfix queue x@example.net>4F1A2 from=x@example.net nrcpt=1 queue_id=4F1A2 reason=queue active size=1200"},
	} {
		e, ok := decodeOne(c.program, c.text)
		if !ok {
			t.Errorf("%s: %q is not understood", c.program, c.text)
			continue
		}
		got := fmt.Sprintf("%s %s %s>%s", e.Parser, e.Action, e.Actor, e.Object)
		for _, f := range e.Fields {
			got += " " + f.Name + "=" + f.Value
		}
		if got != c.want {
			t.Errorf("%s: %q\ngot  %s\nwant %s", c.program, c.text, got, c.want)
		}
		if !slices.Contains(actions[e.Parser], e.Action) {
			t.Errorf("%s: action %q is not described", e.Parser, e.Action)
		}
	}
}

// TestMessagesNotUnderstood says which lines stay with syslog.
func TestMessagesNotUnderstood(t *testing.T) {
	for _, c := range [...]struct{ program, text string }{
		{"sshd", "something"}, {"sudo", "hello"}, {"nobody", "Accepted password for x from 10.0.0.1 port 1 ssh2"}, {"su", "hello"}, {"cron", "hello"},
	} {
		e, ok := decodeOne(c.program, c.text)
		if ok || e.Parser != "" || e.Action != "" || len(e.Fields) != 0 {
			t.Errorf("%s: %q gave %+v", c.program, c.text, e)
		}
	}
}

// FuzzMessages: no message panics or says things no description names.
func FuzzMessages(f *testing.F) {
	seeds := 0
	for _, d := range decoders() {
		for _, p := range append([]string{"x"}, d.programs...) {
			_, text, _ := strings.Cut(d.about.Sample, ": ")
			f.Add(p, text)
			seeds++
		}
	}
	if seeds == 0 {
		f.Fatal("the seed corpus is empty")
	}
	m := NewMessages()
	about := map[string]parse.Description{}
	for _, p := range All() {
		about[p.Describe().Name] = p.Describe()
	}
	f.Fuzz(func(t *testing.T, program, text string) {
		e, b := new(event.Event), new(parse.Batch)
		if !m.Decode(e, b, program, text) {
			return
		}
		d := about[e.Parser]
		if !slices.Contains(d.Actions, e.Action) {
			t.Errorf("%s: action %q is not described", e.Parser, e.Action)
		}
		for _, x := range b.Take() {
			if !slices.Contains(d.Fields, x.Name) && !slices.Contains(d.Fields, "*") {
				t.Errorf("%s: field %q is not described", e.Parser, x.Name)
			}
		}
	})
}
