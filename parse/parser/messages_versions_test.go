package parser

import "testing"

// TestMessagesOfVersions are wordings that differ between distributions:
// RHEL 7 to 9, Debian 11 to 13, Ubuntu 20.04 to 24.04.
func TestMessagesOfVersions(t *testing.T) {
	for _, c := range [...]struct{ program, text, action, actor, field, value string }{
		{"sshd", "Timeout before authentication for connection from 198.51.100.7 to 10.0.0.5, pid = 4242", "disconnect", "", "ip", "198.51.100.7"},
		{"sshd", "fatal: Timeout before authentication for 198.51.100.7 port 40022", "disconnect", "", "port", "40022"},
		{"sshd-session", "Connection closed by authenticating user root 198.51.100.7 port 40022 [preauth]", "disconnect", "root", "ip", "198.51.100.7"},
		{"sshd-session", "Received disconnect from 203.0.113.9 port 50122:11: disconnected by user", "disconnect", "", "ip", "203.0.113.9"},
		{"sshd", "srclimit_penalise: ipv4: new 198.51.100.0/24 deferred penalty of 5.000 seconds for penalty: failed authentication", "throttle", "", "network", "198.51.100.0/24"},
		{"sshd", "drop connection #0 from [198.51.100.7]:40022 on [10.0.0.5]:22 penalty: failed authentication", "refuse", "", "ip", "198.51.100.7"},
		{"sshd", "beginning MaxStartups throttling", "throttle", "", "", ""},
		{"sshd", "exited MaxStartups throttling after 00:00:21, 3 connections dropped", "throttle", "", "count", "3"},
		{"sshd", "Close session: user kim from 203.0.113.9 port 50122 id 0", "session-close", "kim", "port", "50122"},
		{"sshd", "Starting session: subsystem 'sftp' for kim from 203.0.113.9 port 50122 id 0", "session-open", "kim", "command", "subsystem 'sftp'"},
		{"sshd", "subsystem request for sftp by user kim", "subsystem", "kim", "", ""},
		{"sshd", "Received request from 203.0.113.9 port 50122 to connect to host 10.0.0.9 port 3306, but the request was denied.", "refuse", "", "forward_host", "10.0.0.9"},
		{"sshd", "error: connect_to 10.0.0.9 port 3306: failed.", "forward", "", "forward_port", "3306"},
		{"sshd", "ssh_dispatch_run_fatal: Connection from authenticating user root 198.51.100.7 port 40022: Broken pipe [preauth]", "probe", "root", "ip", "198.51.100.7"},
		{"sshd", "fatal: ssh_dispatch_run_fatal: Connection from 198.51.100.7 port 40022: message authentication code incorrect [preauth]", "probe", "", "port", "40022"},
		{"sshd", "banner exchange: Connection from 198.51.100.7 port 40022: invalid format", "probe", "", "port", "40022"},
		{"sshd", "userauth_pubkey: key type ssh-rsa not in PubkeyAcceptedAlgorithms [preauth]", "refuse", "", "key_type", "ssh-rsa"},
		{"sshd", "error: Bind to port 22 on 0.0.0.0 failed: Address already in use.", "error", "", "local_port", "22"},
		{"sftp-server", `open "/srv/www/a \"b\".php" flags WRITE,CREATE,TRUNCATE mode 0644`, "file-open", "", "mode", "0644"},
		{"internal-sftp", `close "/srv/www/a.php" bytes read 0 written 4120`, "file-close", "", "bytes_written", "4120"},
		{"systemd", "Started Session 5 of user root.", "session-open", "root", "session", "5"},
		{"systemd", "Started Session 5 of User root.", "session-open", "root", "session", "5"},
		{"systemd", "Started session-5.scope - Session 5 of User root.", "session-open", "root", "session", "5"},
		{"systemd", "Starting Session 5 of user root.", "starting", "root", "session", "5"},
		{"systemd", "Created slice User Slice of kim.", "slice", "kim", "", ""},
		{"systemd", "Created slice user-1000.slice - User Slice of UID 1000.", "slice", "", "unit", "user-1000.slice"},
		{"systemd", "sshd.service: main process exited, code=exited, status=255/n/a", "exit", "", "status", "255/n/a"},
		{"systemd", "Unit sshd.service entered failed state.", "fail", "", "unit", "sshd.service"},
		{"systemd", "x.service: Unit process 4242 (sh) remains running after unit stopped.", "kill", "", "child_pid", "4242"},
		{"systemd", "x.service: Consumed 1min 2.345s CPU time, 12.3M memory peak, 0B memory swap peak.", "resource", "", "memory", "12.3M"},
		{"systemd", "Reloading requested from client PID 812 ('systemctl') (unit ssh.service)...", "reload", "", "child_pid", "812"},
		{"systemd-logind", "Session 5 logged out. Waiting for processes to exit.", "session-close", "", "session", "5"},
		{"systemd-logind", "New session '12' of user 'kim' with class 'user' and type 'tty'.", "session-open", "kim", "session", "12"},
		{"systemd-networkd", "eth0: DHCPv4 address 10.0.0.5/24, gateway 10.0.0.1 acquired from 10.0.0.1", "link", "", "ip", "10.0.0.5"},
		{"systemd-resolved", "Using degraded feature set UDP instead of UDP+EDNS0 for DNS server 10.0.0.1.", "configure", "", "server", "10.0.0.1"},
		{"systemd-coredump", "Process 812 (nginx) of user 33 dumped core.", "dump", "", "uid", "33"},
		{"(sh)", "x.service: Failed at step EXEC spawning /opt/none: No such file or directory", "fail", "", "path", "/opt/none"},
		{"useradd", "new user: name=ops, UID=0, GID=0, home=/home/ops, shell=/bin/bash", "user-add", "", "uid", "0"},
		{"passwd", "pam_unix(passwd:chauthtok): password changed for kim", "password-change", "", "service", "passwd"},
		{"chpasswd", "pam_unix(chpasswd:chauthtok): password changed for kim", "password-change", "", "module", "pam_unix"},
		{"usermod", "change user 'kim' UID from '1000' to '0'", "user-change", "", "to", "0"},
		{"gpasswd", "root failed to change password of group ops", "error", "root", "group", "ops"},
		{"login", "FAILED LOGIN 1 FROM tty1 FOR kim, Authentication failure", "failed-login", "kim", "count", "1"},
		{"login", "ROOT LOGIN ON tty1", "login", "root", "tty", "tty1"},
		{"crond", "(root) BAD FILE MODE (/etc/cron.d/x)", "error", "root", "path", "/etc/cron.d/x"},
		{"cron", "(*system*) INSECURE MODE (group/other writable) (/etc/crontab)", "error", "", "path", "/etc/crontab"},
		{"crond", "(CRON) INFO (RANDOM_DELAY will be scaled with factor 25% if used.)", "info", "", "", ""},
		{"crond", "(root) CMDEND (/usr/lib64/sa/sa1 1 1)", "exec-end", "root", "path", "/usr/lib64/sa/sa1"},
		{"kernel", "[T1234] device eth0 entered promiscuous mode", "promiscuous-on", "", "link", "eth0"},
		{"kernel", "rk[812] is installing a program with bpf_probe_write_user helper that may corrupt user memory!", "bpf", "", "child_pid", "812"},
		{"kernel", "TCP: request_sock_TCP: Possible SYN flooding on port 80. Sending cookies.  Check SNMP counters.", "flood", "", "dst_port", "80"},
		{"kernel", "audit: type=1400 audit(1709432071.010:12): apparmor=\"DENIED\" operation=\"open\" profile=\"/usr/sbin/x\" name=\"/etc/shadow\" pid=812 comm=\"x\" requested_mask=\"r\" denied_mask=\"r\" fsuid=0 ouid=0", "denied", "", "profile", "/usr/sbin/x"},
		{"kernel", "usb 1-1: New USB device found, idVendor=0781, idProduct=5583, bcdDevice= 1.00", "device-add", "", "vendor", "0781"},
		{"kernel", "Memory cgroup out of memory: Killed process 812 (java) total-vm:1kB, anon-rss:1kB", "oom-kill", "", "child_pid", "812"},
		{"kernel", "Out of memory: Kill process 812 (java) score 9 or sacrifice child", "oom-kill", "", "score", "9"},
		{"fail2ban.filter", "INFO [sshd] Found 198.51.100.7 - 2024-03-03 02:14:07", "found", "", "ip", "198.51.100.7"},
		{"fail2ban.actions", "NOTICE  [sshd] Restore Ban 198.51.100.7", "restore-ban", "", "jail", "sshd"},
		{"freshclam", "daily.cld updated (version: 27210, sigs: 2053000, f-level: 90, builder: raynman)", "update", "", "version", "27210"},
		{"chronyd", "Source 203.0.113.123 replaced with 203.0.113.124 (pool.example.org)", "lose-source", "", "to", "203.0.113.124"},
		{"postfix/postscreen", "CONNECT from [198.51.100.7]:40022 to [10.0.0.5]:25", "connect", "", "ip", "198.51.100.7"},
		{"postfix/postscreen", "PREGREET 11 after 0.08 from [198.51.100.7]:40022: EHLO x\\r\\n", "reject", "", "ip", "198.51.100.7"},
		{"postfix/smtpd", "warning: unknown[198.51.100.7]: SASL LOGIN authentication failed: (reason unavailable), sasl_username=kim", "failed-login", "kim", "ip", "198.51.100.7"},
		{"postfix/submission/smtpd", "4Rk2Yz1Qk9z3t: client=mail.example.org[203.0.113.5], sasl_method=PLAIN, sasl_username=kim@example.org", "login", "kim@example.org", "queue_id", "4Rk2Yz1Qk9z3t"},
		{"postfix/smtp", "4F1A2: to=<a@example.org>, relay=none, delay=3, delays=0/0/3/0, dsn=4.4.1, status=deferred (connect to mx.example.org[203.0.113.6]:25: Connection timed out)", "deferred", "", "dsn", "4.4.1"},
	} {
		e, ok := decodeOne(c.program, c.text)
		value, _ := e.Get(c.field)
		if !ok || e.Action != c.action || e.Actor != c.actor || c.field != "" && value != c.value {
			t.Errorf("%s: %q\ngot %s actor %q, %v", c.program, c.text, e.Action, e.Actor, e.Fields)
		}
	}
}
