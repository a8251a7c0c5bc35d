package parser

import (
	"testing"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// TestDaemonMessages are forms of daemons that share one decoder.
func TestDaemonMessages(t *testing.T) {
	for _, c := range [...]struct{ line, action, actor, object, field, value string }{
		{"rsyslogd-2177: imuxsock lost 231 messages from pid 9912 due to rate-limiting", "lost", "", "log", "count", "231"},
		{"rsyslogd[5]: action 'a-1-builtin:omfwd' suspended (module 'builtin:omfwd'), retry 0. x", "suspend", "", "log", "name", "a-1-builtin:omfwd"},
		{"rsyslogd: [origin software=\"rsyslogd\" swVersion=\"8.2102.0\" x-pid=\"500\" x-info=\"https://www.rsyslog.com\"] exiting on signal 15.", "stop", "", "log", "signal", "15"},
		{"auditd[8]: Audit daemon has no space left on logging partition", "lost", "", "audit", "", ""},
		{"auditd[8]: The audit daemon is exiting.", "stop", "", "audit", "", ""},
		{"NetworkManager[6]: <info>  [1709399642.1234] device (eth0): state change: disconnected -> prepare (reason 'none', sys-iface-state: 'managed')", "link", "", "eth0", "state", "prepare"},
		{"NetworkManager[6]: <warn>  [1709399642.1234] something new went wrong", "warning", "", "NetworkManager", "level", "warn"},
		{"dhclient[7]: bound to 10.0.0.5 -- renewal in 3000 seconds.", "lease", "", "bound", "ip", "10.0.0.5"},
		{"polkitd(authority=local)[5]: Operator of unix-session:2 successfully authenticated as unix-user:kim to gain TEMPORARY authorization for action org.x for system-bus-name::1.77 [systemctl restart nginx] (owned by unix-user:lee)", "authorize", "kim", "org.x", "command", "systemctl restart nginx"},
		{"pkexec[7]: kim: Executing command [USER=root] [TTY=/dev/pts/1] [CWD=/home/kim] [COMMAND=/bin/bash]", "exec", "kim", "/bin/bash", "runas", "root"},
		{"dropbear[3]: Pubkey auth succeeded for 'root' with ssh-ed25519 key SHA256:abc from 203.0.113.5:4312", "login", "root", "", "ip", "203.0.113.5"},
		{"dropbear[3]: Exit (root) from <203.0.113.5:4312>: Disconnect received", "disconnect", "root", "", "port", "4312"},
		{"dovecot: imap-login: Login: user=<kim>, method=PLAIN, rip=203.0.113.9, lip=10.0.0.5, mpid=9, TLS, session=<abc>", "mail-login", "kim", "imap-login", "ip", "203.0.113.9"},
		{"python3[4]: ansible-ansible.legacy.command Invoked with _raw_params=cat /etc/shadow _uses_shell=True expand=True", "exec", "", "cat /etc/shadow", "module", "ansible.legacy.command"},
		{"ansible-ansible.legacy.command[4]: Invoked with _raw_params=id _uses_shell=False", "exec", "", "id", "command", "id"},
		{"dbus-daemon[3]: [system] Activating via systemd: service name='org.a' unit='a.service' requested by ':1.20' (uid=0 pid=11 comm=\"x\" label=\"unconfined\")", "activate", "", "org.a", "child_pid", "11"},
		{"snapd[3]: daemon.go:247: started snapd/2.58 (series 16; classic) ubuntu/22.04", "start", "", "snapd", "version", "2.58"},
		{"containerd[3]: time=\"2024-03-03T02:14:02Z\" level=error msg=\"shim died\" id=abc", "error", "", "", "", ""},
		{"kernel: [   12.123456] audit: type=1326 audit(1709399642.123:99): auid=1000 uid=1000 gid=1000 ses=2 pid=8 comm=\"x\" exe=\"/usr/bin/x\" sig=0 arch=c000003e syscall=41 compat=0 ip=0x7f code=0x50000", "seccomp", "1000", "/usr/bin/x", "instruction", "0x7f"},
		{"kernel: Out of memory: Killed process 1234 (java) total-vm:1234kB, anon-rss:123kB, file-rss:0kB", "oom-kill", "", "java", "memory", "1234kB"},
		{"sudo[8]:   kim : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/sh -c 'kill -TERM $$' ; SIGNAL=TERM ; EXIT=143", "exec-end", "kim", "/usr/bin/sh -c 'kill -TERM $$'", "signal", "TERM"},
		{"sudo[8]:   kim : PWD=/ ; USER=root ; COMMAND=/usr/bin/echo 'a ; EXIT=0'", "exec", "kim", "/usr/bin/echo 'a ; EXIT=0'", "status", ""},
		{"myapp[3]: peer 198.51.100.4:4000 went away", "note", "", "", "ip", "198.51.100.4"},
	} {
		e := syslogEvent(t, c.line)
		v, _ := e.Get(c.field)
		if e.Action != c.action || e.Actor != c.actor || e.Object != c.object || v != c.value {
			t.Errorf("%s\ngot %s %s actor %q object %q %s=%q", c.line, e.Parser, e.Action, e.Actor, e.Object, c.field, v)
		}
	}
}

// syslogEvent gives the one event of a line of syslog behind its stamp and host.
func syslogEvent(t *testing.T, line string) *event.Event {
	t.Helper()
	k := parseLog(t, "UTC", "2024-12-31T00:00:00Z", "Mar  3 02:14:07 web01 "+line+"\n")
	if len(k.Events) != 1 {
		t.Fatalf("%s: %d events", line, len(k.Events))
	}
	return k.Events[0]
}

// messageCase is a syslog line and what is read from it.
type messageCase struct{ line, parser, action, actor, object, field, value string }

func checkMessages(t *testing.T, cases []messageCase) {
	t.Helper()
	for _, c := range cases {
		e := syslogEvent(t, c.line)
		v, _ := e.Get(c.field)
		if e.Parser != c.parser || e.Action != c.action || e.Actor != c.actor || e.Object != c.object || v != c.value {
			t.Errorf("%s\ngot %s %s actor %q object %q %s=%q", c.line, e.Parser, e.Action, e.Actor, e.Object, c.field, v)
		}
	}
}
