package parser

import "testing"

// TestWordsOfManyYears: wordings of programs from 2005 to 2025, and text of the
// far side that reads like the rest of a message.
func TestWordsOfManyYears(t *testing.T) {
	checkMessages(t, []messageCase{
		{"sshd[8]: Accepted publickey for kim from 203.0.113.9 port 50022 ssh2: RSA-CERT ID kim@corp (serial 12) CA RSA SHA256:abc/d+g", "sshd", "login", "kim", "", "cert_id", "kim@corp"},
		{"sshd[8]: Accepted publickey for kim from 203.0.113.9 port 50022 ssh2: ED25519-CERT SHA256:fp ID a from 9.9.9.9 port 1 ssh2 (serial 12) CA RSA SHA256:abc", "sshd", "login", "kim", "", "ip", "203.0.113.9"},
		{"sshd[8]: Accepted publickey for kim from 203.0.113.9 port 50022 ssh2: ED25519-CERT SHA256:fp ID a from 9.9.9.9 port 1 ssh2 (serial 12) CA RSA SHA256:abc", "sshd", "login", "kim", "", "cert_id", "a from 9.9.9.9 port 1 ssh2"},
		{"sshd[8]: Failed password for invalid user a from 1.2.3.4 port 99 from 203.0.113.9 port 50022 ssh2", "sshd", "failed-login", "a from 1.2.3.4 port 99", "", "ip", "203.0.113.9"},
		{"sshd[8]: Accepted gssapi-with-mic for kim from 203.0.113.9 port 50022 ssh2: kim@EXAMPLE.ORG", "sshd", "login", "kim", "", "principal", "kim@EXAMPLE.ORG"},
		{`sshd[8]: Accepted hostbased for kim from 203.0.113.9 port 50022 ssh2: RSA SHA256:abc, client user "lee", client host "ws1.example.org"`, "sshd", "login", "kim", "", "client_user", "lee"},
		{`sshd[8]: Accepted hostbased for kim from 203.0.113.9 port 50022 ssh2: RSA SHA256:abc, client user "lee", client host "ws1.example.org"`, "sshd", "login", "kim", "", "key", "SHA256:abc"},
		{"sshd[8]: Found matching RSA key: 00:11:22:33", "sshd", "key-match", "", "", "key", "00:11:22:33"},
		{"sshd[8]: pam_sss(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.9 user=eve rhost=1.2.3.4", "pam", "failed-auth", "eve rhost=1.2.3.4", "", "ip", "203.0.113.9"},
		{"sshd[8]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.9  user=root", "pam", "failed-auth", "root", "", "ip", "203.0.113.9"},
		{"systemd-logind[6]: New session 7 of user kim with class 'user' and type 'tty'.", "systemd", "session-open", "kim", "kim", "type", "tty"},
		{"systemd-logind[6]: Creating /run/nologin, blocking further logins...", "systemd", "shutdown", "", "system", "path", "/run/nologin"},
		{"login[70]: ROOT LOGIN  on '/dev/tty1'", "su", "login", "root", "", "tty", "tty1"},
		{"login: ROOT LOGIN ON tty1 FROM 203.0.113.9", "su", "login", "root", "", "ip", "203.0.113.9"},
		{"useradd[7]: new account added - account=ops, uid=0, gid=100, home=/home/ops, shell=/bin/bash, by=0", "useradd", "user-add", "root", "ops", "uid", "0"},
		{"useradd[7]: account added to group - account=ops, group=video, gid=33, by=0", "useradd", "member-add", "root", "ops", "group", "video"},
		{"passwd[7]: password changed - account=kim, uid=1001, by=0", "useradd", "password-change", "root", "kim", "uid", "1001"},
		{"adduser[7]: new user: name=ops, uid=1001, gid=100, home=/home/ops, shell=/bin/bash", "useradd", "user-add", "", "ops", "uid", "1001"},
		{"userdel[7]: remove shadow group `ops' owned by `ops'", "useradd", "group-delete", "", "ops", "owner", "ops"},
		{"groupmod[7]: group changed in /etc/group (group ops/1001, new gid: 0)", "useradd", "group-change", "", "ops", "to", "0"},
		{"gpasswd[7]: set administrators for group docker set by root to kim", "useradd", "group-change", "root", "docker", "to", "kim"},
		{"chage[7]: changed password aging for kim", "useradd", "user-change", "", "kim", "what", "expiry"},
		{"kernel: veth1: entered promiscuous mode", "kernel", "promiscuous-on", "", "veth1", "link", "veth1"},
		{"kernel: general protection fault: 0000 [#1] SMP", "kernel", "hang", "", "", "reason", "0000 [#1] SMP"},
		{"systemd: Unit sshd.service entered failed state.", "systemd", "fail", "", "sshd.service", "unit", "sshd.service"},
		{"systemd: sshd.service failed.", "systemd", "fail", "", "sshd.service", "unit", "sshd.service"},
		{"systemd[1]: Created slice User Slice of UID 1001.", "systemd", "slice", "", "", "uid", "1001"},
		{"ntpd[600]: 0.0.0.0 c61c 0c clock_step +3600.1 s", "chrony", "clock-step", "", "clock", "offset_s", "+3600.1"},
		{"named[8]: client @0x7f1 203.0.113.9#5353 (evil.example): query (cache) 'evil.example/ANY/IN' denied (allow-query-cache did not match)", "daemon", "refuse", "", "evil.example/ANY/IN", "ip", "203.0.113.9"},
		{"named[8]: client 203.0.113.9#5353: query: a.example IN A + (192.0.2.1)", "daemon", "query", "", "a.example", "ip", "203.0.113.9"},
		{"named[8]: client @0x7f1 203.0.113.9#5353 (a.example): query: a.example IN A +E(0)K (192.0.2.1)", "daemon", "query", "", "a.example", "local_ip", "192.0.2.1"},
		{"named[8]: client 203.0.113.9#5353: transfer of 'example.org/IN': AXFR started", "daemon", "transfer", "", "example.org/IN", "ip", "203.0.113.9"},
		{"dnsmasq[8]: query[TXT] evil.example from 192.0.2.50", "daemon", "query", "", "evil.example", "ip", "192.0.2.50"},
		{`audispd: node=web01 type=USER_LOGIN msg=audit(1709432047.123:45): pid=812 uid=0 auid=1001 ses=3 msg='op=login id=1001 exe="/usr/sbin/sshd" hostname=203.0.113.9 addr=203.0.113.9 terminal=/dev/pts/0 res=success'`, "kernel", "login", "1001", "/dev/pts/0", "node", "web01"},
		{`vsftpd[7]: [kim] OK LOGIN: Client "203.0.113.9"`, "daemon", "login", "kim", "", "ip", "203.0.113.9"},
		{`vsftpd[7]: [a] OK LOGIN: Client "1.2.3.4"] FAIL LOGIN: Client "203.0.113.9"`, "daemon", "failed-login", `a] OK LOGIN: Client "1.2.3.4"`, "", "ip", "203.0.113.9"},
		{"openvpn[7]: 203.0.113.9:1194 [kim] Peer Connection Initiated with [AF_INET]203.0.113.9:1194", "daemon", "login", "kim", "", "ip", "203.0.113.9"},
		{"openvpn[7]: kim/203.0.113.9:1194 MULTI: Learn: 10.8.0.6 -> kim/203.0.113.9:1194", "daemon", "lease", "kim", "", "local_ip", "10.8.0.6"},
		{"smbd[7]: [2024/03/03 02:14:07.123456,  0] ../source3/smbd/service.c:1(x)", "syslog", "note", "", "", "path", ""},
	})
}
