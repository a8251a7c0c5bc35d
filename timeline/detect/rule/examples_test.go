package rule

import (
	"slices"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/detect"
	"github.com/saksi-dfir/saksi/timeline/detect/detecttest"
	"github.com/saksi-dfir/saksi/timeline/event"
)

func TestMasquerade(t *testing.T) {
	at := func(path, kind, inode string) *event.Event {
		return detecttest.Event(50, "h", "file", "timestamp", t0, "object="+path, "kind="+kind, "inode="+inode)
	}
	p := func(exe, state, argv0, cmdline string, more ...string) []*event.Event {
		return proc(1, "h", "9", exe, state, append(more, "argv0="+argv0, "cmdline="+cmdline)...)
	}
	silent(t, Masquerade{},
		quiet{"kernel thread", proc(1, "h", "2", "", "kernel", "cmdline=", "comm=kthreadd")},
		quiet{"init is a link", append(p("/usr/lib/systemd/systemd", "plain", "/sbin/init", "/sbin/init splash"), at("/usr/sbin/init", "link", "5"))},
		quiet{"python is a link", append(p("/usr/bin/python3.11", "plain", "/usr/bin/python3", "/usr/bin/python3 /usr/bin/networkd-dispatcher"), at("/usr/bin/python3", "link", "6"))},
		quiet{"hard link", append(p("/usr/bin/perl", "plain", "/usr/bin/perl5.36", "x", "exe_ino=77"), at("/usr/bin/perl5.36", "file", "77"))},
		quiet{"login shell", p("/usr/bin/bash", "plain", "-bash", "-bash")},
		quiet{"title of a daemon", p("/usr/sbin/nginx", "plain", "nginx: master process /usr/sbin/nginx", "nginx: master process /usr/sbin/nginx")},
		quiet{"container monitor", p("/usr/bin/lxc", "plain", "[lxc monitor]", "[lxc monitor] /var/lib/lxc web")},
		quiet{"title of a worker", p("/usr/bin/python3.11", "plain", "[celeryd: worker1@web:MainProcess] -active-", "[celeryd: worker1@web:MainProcess] -active-")},
		quiet{"container, which sees other files", append(p("/usr/bin/coreutils", "plain", "/usr/bin/true", "/usr/bin/true", "exe_ino=7"),
			at("/usr/bin", "directory", "3"), at("/usr/bin/true", "file", "8"))},
		quiet{"same name elsewhere", p("/usr/local/bin/node", "plain", "/usr/bin/node", "/usr/bin/node app.js")},
		quiet{"the collector", proc(1, "h", "9", "/tmp/c", "deleted", "self=true", "cmdline=[x]", "argv0=[x]")},
	)
	levels(t, Masquerade{},
		loud{"kernel name on a packaged file", p("/usr/bin/dbus-srv", "plain", "[kworker/0:1]", "[kworker/0:1]"), claim.Medium, true},
		loud{"kernel name, deleted", p("/usr/bin/dbus-srv", "deleted", "[kworker/0:1]", "[kworker/0:1]"), claim.High, true},
		loud{"path of udevd from memory", p("/dev/shm/kdm", "deleted", "/sbin/udevd", "/sbin/udevd -d"), claim.High, true},
		loud{"path of another existing program", append(p("/opt/a/b", "plain", "/usr/sbin/cron", "/usr/sbin/cron -f", "exe_ino=1"), at("/usr/sbin/cron", "file", "2"), at("/opt/a/b", "file", "1")), claim.Low, false},
		loud{"kernel name with arguments behind it", p("/usr/bin/sleep", "plain", "[kworker/0:9]", "[kworker/0:9] 3000"), claim.Medium, true},
		loud{"path where the walk found nothing", append(p("/usr/bin/sleep", "plain", "/usr/sbin/crond", "/usr/sbin/crond 3000", "exe_ino=7"),
			at("/usr/sbin", "directory", "3"), at("/usr/bin/sleep", "file", "7")), claim.Low, false},
		loud{"from a home directory", append(p("/home/kim/b", "plain", "/usr/sbin/cron", "/usr/sbin/cron -f"), at("/usr/sbin/cron", "file", "2")), claim.Medium, true},
	)
}

// A program that others run under its own name is not the implant; the process
// that calls itself something else is.
func TestMasqueradeOfACommonTool(t *testing.T) {
	liar := proc(1, "h", "9", "/usr/bin/sleep", "plain", "argv0=[kworker/0:9]", "cmdline=[kworker/0:9] 3000")
	fs := detecttest.Find(t, Masquerade{}, append(liar, proc(5, "h", "10", "/usr/bin/sleep", "plain", "argv0=sleep", "cmdline=sleep 5")...)...)
	if len(fs) != 1 || fs[0].PID != 9 || fs[0].Implant != "pid:9@4711 /usr/bin/sleep" {
		t.Errorf("%+v", fs)
	}
	if fs = detecttest.Find(t, Masquerade{}, liar...); len(fs) != 1 || fs[0].Implant != "exe:/usr/bin/sleep" {
		t.Errorf("%+v", fs)
	}
}

func TestTransientExe(t *testing.T) {
	silent(t, TransientExe{},
		quiet{"packaged", proc(1, "h", "9", "/usr/bin/x", "plain")},
		quiet{"the collector", proc(1, "h", "9", "/tmp/saksi-collect", "plain", "self=true")},
		quiet{"deleted ones belong to another detector", proc(1, "h", "9", "/tmp/x", "deleted")},
	)
	levels(t, TransientExe{},
		loud{"a build at a terminal", proc(1, "h", "9", "/tmp/go-build1/b001/exe/main", "plain", "tty=pts/0"), claim.Low, false},
		loud{"hidden in /dev/shm without terminal", proc(1, "h", "9", "/dev/shm/.x", "plain"), claim.Medium, true},
		loud{"/dev/shm at a terminal", proc(1, "h", "9", "/dev/shm/x", "plain", "tty=pts/0"), claim.Low, false},
	)
}

func TestFirewallRule(t *testing.T) {
	ev := detecttest.Event
	for l, want := range map[string]bool{
		"iptables -t nat -I PREROUTING -p tcp -s 203.0.113.9 --dport 22 -j REDIRECT --to-ports 42391":                      true,
		"sh -c '/sbin/iptables -t nat -A PREROUTING -s 203.0.113.9/32 -p tcp -j REDIRECT --to-ports 42391; echo REDIRECT'": true,
		"ip6tables-nft -t nat -I PREROUTING --source 2001:db8::9 -j REDIRECT":                                              true,
		"iptables -t nat -D PREROUTING -p tcp -s 203.0.113.9 -j REDIRECT":                                                  false,
		"iptables -t nat -A PREROUTING -s 10.0.0.0/8 -p tcp --dport 80 -j REDIRECT --to-ports 8080":                        false,
		"iptables -t nat -A PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 8080":                                      false,
		"echo -A -s 203.0.113.9 -j REDIRECT":                                                                               false,
	} {
		e := ev(1, "h", "history", "exec", t0, "actor=kim", "object="+l)
		if want {
			levels(t, FirewallRule{}, loud{l, []*event.Event{e}, claim.Medium, false})
		} else {
			silent(t, FirewallRule{}, quiet{l, []*event.Event{e}})
		}
	}
	silent(t, FirewallRule{},
		quiet{"redirect for everybody", []*event.Event{ev(1, "h", "netfilter", "redirect", t0, "redirect=redirect to port 8080", "verdict=redirect")}},
		quiet{"source translation", []*event.Event{ev(1, "h", "netfilter", "redirect", t0, "ip=10.0.0.5", "redirect=snat to 192.0.2.1", "verdict=snat")}},
		quiet{"a rule for one address", []*event.Event{ev(1, "h", "netfilter", "rule", t0, "ip=203.0.113.9", "verdict=accept")}},
		quiet{"a match of ports", []*event.Event{ev(1, "h", "netfilter", "filter-attached", t0, "filter_shape=ports", "filter_ports=53")}},
		quiet{"a program on an interface", []*event.Event{ev(1, "h", "bpf", "attached", t0, "where=xdp", "ids=7")}})
	levels(t, FirewallRule{},
		loud{"one address", []*event.Event{ev(1, "h", "netfilter", "redirect", t0, "ip=203.0.113.9", "redirect=redirect to port 42391", "verdict=redirect")}, claim.Medium, false},
		loud{"xt_bpf", []*event.Event{ev(1, "h", "netfilter", "filter-attached", t0, "filter_shape=payload-magic", "filter_payload=0x6A41")}, claim.Low, false},
		loud{"cls_bpf", []*event.Event{ev(1, "h", "bpf", "attached", t0, "where=tc", "filter_shape=payload-magic", "filter_payload=0x6A41")}, claim.Low, false})
}

func TestPacketOrphan(t *testing.T) {
	one := detecttest.Event(1, "h", "socket", "socket", t0, "domain=packet", "holders=0")
	silent(t, PacketOrphan{},
		quiet{"held", []*event.Event{detecttest.Event(1, "h", "socket", "socket", t0, "domain=packet", "holders=1", "pid=9")}},
		quiet{"no packet socket", []*event.Event{detecttest.Event(1, "h", "socket", "socket", t0, "domain=unix", "holders=0")}},
	)
	for _, word := range []string{"absent", "unknown"} {
		fs, err := detect.Run(t.Context(), []detect.Detector{PacketOrphan{}}, detecttest.Memory{one}, detecttest.Covered(word))
		if err != nil || len(fs) != 0 {
			t.Errorf("processes were not readable (%s), yet: %v %v", word, fs, err)
		}
	}
	levels(t, PacketOrphan{}, loud{"orphan", []*event.Event{one}, claim.Medium, false})
}

func TestEmptyLock(t *testing.T) {
	lock := func(path, size, mode string, at int64) *event.Event {
		return detecttest.Event(40, "h", "file", "timestamp", at, "object="+path, "size="+size, "mode="+mode, "kind=file", "meaning=macb")
	}
	silent(t, EmptyLock{},
		quiet{"digits inside", []*event.Event{lock("/run/sshd.pid", "4", "0644", t0)}},
		quiet{"private", []*event.Event{lock("/run/xtables.lock", "0", "0600", t0)}},
		quiet{"in a directory of its own", []*event.Event{lock("/run/lock/x.lock", "0", "0644", t0)}},
		quiet{"not in /run", []*event.Event{lock("/srv/x.pid", "0", "0644", t0)}},
	)
	levels(t, EmptyLock{},
		loud{"lock alone", []*event.Event{lock("/run/a.lock", "0", "0644", t0)}, claim.Info, false},
		loud{"pid alone", []*event.Event{lock("/run/a.pid", "0", "0644", t0)}, claim.Low, false},
		loud{"born with a deleted process", append(proc(1, "h", "9", "/dev/shm/x", "deleted"), lock("/run/a.pid", "0", "0644", t0+2e9)), claim.Medium, true},
		loud{"born long after it", append(proc(1, "h", "9", "/dev/shm/x", "deleted"), lock("/run/a.pid", "0", "0644", t0+3600e9)), claim.Low, false},
		loud{"born with an ordinary process", append(proc(1, "h", "9", "/usr/sbin/x", "plain"), lock("/run/a.pid", "0", "0644", t0+2e9)), claim.Low, false},
	)
}

func TestHistoryEnv(t *testing.T) {
	silent(t, HistoryEnv{},
		quiet{"one of three", proc(1, "h", "9", "/usr/bin/bash", "plain", "hist_env=HISTFILE=/dev/null")},
		quiet{"two of three", proc(1, "h", "9", "/usr/bin/bash", "plain", "hist_env=HOME=/tmp HISTFILE=/dev/null")},
		quiet{"other values", proc(1, "h", "9", "/usr/bin/bash", "plain", "hist_env=HOME=/tmpx HISTFILE=/dev/nullx MYSQL_HISTFILE=/dev/null")},
	)
}

func TestLogCommand(t *testing.T) {
	run := func(line string) []*event.Event {
		return []*event.Event{detecttest.Event(1, "h", "history", "exec", t0, "actor=kim", "object="+line)}
	}
	for _, line := range []string{"tail -f /var/log/auth.log", "grep x /var/log/syslog > /tmp/out", "rm /tmp/x", "journalctl -u ssh", "less .bash_history", "history 20", "systemctl restart rsyslog", "systemctl status auditd", "systemctl stop nginx", "service auditd status", "tee -a /var/log/x.log",
		"find /var/log -name x", "find /tmp -delete", "date -d yesterday", "date -u", "touch -d 2020-01-01 /tmp/x", "touch -r /usr/bin/ls new", "mv /var/log/a.log /var/log/a.log.1", "cp /root/x /var/log/",
		"dmesg -T", "timedatectl status", "set -o vi",
		"sed s/a/b/ /var/log/auth.log", "cp /var/log/auth.log /root/", "logrotate /etc/logrotate.conf", "auditctl -l", "ls -la /var/log", "export HISTCONTROL=ignoredups", "last -f /var/log/wtmp"} {
		silent(t, LogCommand{}, quiet{line, run(line)})
	}
	silent(t, LogCommand{}, quiet{"cron job", []*event.Event{func() *event.Event {
		e := run("rm /var/log/old.gz")[0]
		e.Parser = "cron"
		return e
	}()}})
	for line, level := range map[string]claim.Level{
		"rm -f /var/log/auth.log": claim.Medium, "> /var/log/wtmp": claim.Medium, "sudo truncate -s 0 /var/log/secure": claim.Medium, "sed -i /203.0.113.9/d /var/log/auth.log": claim.Medium,
		"cat /dev/null > /var/log/lastlog": claim.Medium, "ln -sf /dev/null /root/.bash_history": claim.Medium, "journalctl --vacuum-time=1s": claim.Low, "journalctl --rotate": claim.Low,
		"unset HISTFILE": claim.Low, "HISTFILE=/dev/null bash": claim.Low, "export HISTFILE=/dev/null": claim.Low, "history -c": claim.Low, "auditctl -D": claim.Medium, "auditctl -e 0": claim.Medium,
		"systemctl stop rsyslog auditd": claim.Medium, "systemctl stop rsyslog": claim.Low, "systemctl --now mask systemd-journald": claim.Medium, "service auditd stop": claim.Medium, "pkill -9 rsyslogd": claim.Low,
		"mv /tmp/clean /var/log/wtmp": claim.Medium, "dd if=/dev/zero of=/var/log/wtmp bs=1 count=384": claim.Medium, "cat x | tee /var/log/auth.log": claim.Medium,
		"find /var/log -name '*.gz' -delete": claim.Low, "find /var/log -type f -exec rm {} +": claim.Low, "vi /var/log/secure": claim.Low, "set +o history": claim.Low,
		"date -s 2024-01-01": claim.Low, "date --set=12:00": claim.Low, "timedatectl set-time 2024-01-01": claim.Low, "touch -r /bin/ls /usr/sbin/dbus-srv": claim.Low, "dmesg -C": claim.Low,
		"sh -c 'shred -u /var/log/auth.log.1'": claim.Medium, "echo > /var/log/btmp": claim.Medium,
	} {
		levels(t, LogCommand{}, loud{line, run(line), level, false})
	}
	levels(t, LogCommand{}, loud{"the log of an application", run("rm /var/log/shop/old.log"), claim.Low, false},
		loud{"one act in three records", []*event.Event{
			detecttest.Event(1, "h", "history", "exec", t0, "actor=kim", "object=sudo rm -f /var/log/auth.log"),
			detecttest.Event(2, "h", "syslog", "exec", t0+1e9, "actor=kim", "command=/usr/bin/rm -f /var/log/auth.log", "runas=root"),
			detecttest.Event(3, "h", "audit", "exec", t0+1e9, "actor=kim", "auid=1000", "cmdline=rm -f /var/log/auth.log")}, claim.Medium, false})
	relative := detecttest.Event(1, "h", "syslog", "exec", t0, "actor=kim", "cwd=/var/log", "command=/usr/bin/rm auth.log.1")
	levels(t, LogCommand{}, loud{"relative to /var/log", []*event.Event{relative}, claim.Medium, false})
	for of, want := range map[string]string{"of=/var/log/wtmp": "/var/log/wtmp", "of=auth.log": "/var/log/auth.log"} {
		dd := detecttest.Event(1, "h", "syslog", "exec", t0, "actor=kim", "cwd=/var/log", "command=/usr/bin/dd if=/dev/zero "+of+" count=1")
		if fs := detecttest.Find(t, LogCommand{}, dd); len(fs) != 1 || !strings.HasSuffix(fs[0].Title, "writes over the log "+want) {
			t.Errorf("%s: %+v", of, fs)
		}
	}
	fs := detecttest.Find(t, LogCommand{}, detecttest.Event(1, "h", "audit", "exec", t0, "actor=root", "auid=4294967295", "cmdline=rm /var/log/auth.log"))
	if len(fs) != 1 || strings.Contains(fs[0].Title, "account root") {
		t.Errorf("an act without a login is put on an account: %+v", fs)
	}
}

// TestLogCommandBySchedule: what cron runs each day is one finding, and little
// of one; by hand, within an hour, or of weight it is not.
func TestLogCommandBySchedule(t *testing.T) {
	daily := func(n int, step int64, line, tty string) (out []*event.Event) {
		for i := range n {
			out = append(out, detecttest.Event(i+1, "h", "audit", "exec", t0+int64(i)*step, "auid=4294967295", "tty="+tty, "cmdline="+line))
		}
		return out
	}
	const day, clean, wipe = int64(86400e9), "find /var/log -name *.gz -delete", "rm -f /var/log/auth.log"
	for name, tt := range map[string]struct {
		events []*event.Event
		want   int
		level  claim.Level
		cited  int
	}{
		"each day":          {daily(28, day, clean, "(none)"), 1, claim.Info, scheduledCited + 1},
		"of weight":         {daily(7, day, wipe, "(none)"), 1, claim.Medium, 7},
		"at a terminal":     {daily(7, day, clean, "pts0"), 7, claim.Low, 1},
		"within an hour":    {daily(7, 60e9, clean, "(none)"), 7, claim.Low, 1},
		"a few times":       {daily(4, day, clean, "(none)"), 4, claim.Low, 1},
		"another among it":  {append(daily(7, day, clean, "(none)"), detecttest.Event(99, "h", "audit", "exec", t0+5, "auid=4294967295", "tty=(none)", "cmdline="+wipe)), 2, claim.Medium, 1},
		"of another's host": {append(daily(3, day, clean, "(none)"), detecttest.Event(99, "g", "audit", "exec", t0+9*day, "auid=4294967295", "cmdline="+clean)), 4, claim.Low, 1},
	} {
		fs := detecttest.Find(t, LogCommand{}, tt.events...)
		if len(fs) != tt.want {
			t.Errorf("%s: %d findings", name, len(fs))
			continue
		}
		slices.SortFunc(fs, func(a, b claim.Finding) int { return b.Level.Rank() - a.Level.Rank() })
		if fs[0].Level != tt.level || len(fs[0].Events) != tt.cited {
			t.Errorf("%s: %+v", name, fs[0])
		}
	}
}

func TestAuditOff(t *testing.T) {
	ev := detecttest.Event
	silent(t, AuditOff{},
		quiet{"end at shutdown", []*event.Event{ev(1, "h", "audit", "audit-stop", t0), ev(2, "h", "wtmp", "shutdown", t0+30e9)}},
		quiet{"restart", []*event.Event{ev(1, "h", "audit", "audit-stop", t0), ev(2, "h", "audit", "audit-start", t0+2e9)}},
		quiet{"switched on", []*event.Event{ev(1, "h", "audit", "audit-config", t0, "audit_enabled=1", "old=0")}},
		quiet{"was off before", []*event.Event{ev(1, "h", "audit", "audit-config", t0, "audit_enabled=0", "old=0")}},
		quiet{"refused", []*event.Event{ev(1, "h", "audit", "audit-config", t0, "audit_enabled=0", "old=1", "success=no")}},
		quiet{"rules", []*event.Event{ev(1, "h", "audit", "audit-config", t0, "op=add_rule")}},
	)
	levels(t, AuditOff{},
		loud{"ended alone", []*event.Event{ev(1, "h", "audit", "audit-stop", t0), ev(2, "other", "wtmp", "shutdown", t0)}, claim.Low, false},
		loud{"switched off", []*event.Event{ev(1, "h", "audit", "audit-config", t0, "audit_enabled=0", "old=1")}, claim.Medium, false},
	)
}

func TestWtmpOrder(t *testing.T) {
	ev := detecttest.Event
	silent(t, WtmpOrder{},
		quiet{"in order", []*event.Event{ev(1, "h", "wtmp", "login", t0), ev(2, "h", "wtmp", "logout", t0+5e9)}},
		quiet{"a few seconds back", []*event.Event{ev(1, "h", "wtmp", "login", t0+5e9), ev(2, "h", "wtmp", "login", t0)}},
		quiet{"a recorded clock change", []*event.Event{ev(1, "h", "wtmp", "clock-old", t0+9000e9), ev(2, "h", "wtmp", "clock-new", t0), ev(3, "h", "wtmp", "login", t0+1e9)}},
		quiet{"a boot with a wrong clock", []*event.Event{ev(1, "h", "wtmp", "login", t0+9000e9), ev(2, "h", "wtmp", "boot", t0)}},
		quiet{"empty slots of utmp", []*event.Event{ev(1, "h", "utmp", "empty", t0)}},
		quiet{"two files", []*event.Event{ev(1, "h", "wtmp", "login", t0+9000e9), ev(2, "h", "wtmp", "login", t0, "run=other")}},
	)
	levels(t, WtmpOrder{},
		loud{"back by an hour", []*event.Event{ev(1, "h", "wtmp", "login", t0+3600e9), ev(2, "h", "wtmp", "login", t0)}, claim.Low, false},
		loud{"zeroed", []*event.Event{ev(1, "h", "wtmp", "login", t0), ev(2, "h", "wtmp", "empty", t0)}, claim.Medium, false},
	)
}

func TestClockStep(t *testing.T) {
	ev := detecttest.Event
	silent(t, ClockStep{},
		quiet{"half a second", []*event.Event{ev(1, "h", "journal", "clock-step", t0, "step=0.5")}},
		quiet{"time service", []*event.Event{ev(1, "h", "audit", "clock-set", t0, "auid=4294967295", "exe=/usr/sbin/chronyd")}},
		quiet{"refused", []*event.Event{ev(1, "h", "audit", "clock-set", t0, "auid=1000", "success=no")}},
		quiet{"no number", []*event.Event{ev(1, "h", "journal", "clock-step", t0, "step=NaN")}},
	)
	levels(t, ClockStep{},
		loud{"forward", []*event.Event{ev(1, "h", "journal", "clock-step", t0, "step=4000")}, claim.Info, false},
		loud{"back", []*event.Event{ev(1, "h", "journal", "clock-step", t0, "step=-4000")}, claim.Low, false},
		loud{"by a login", []*event.Event{ev(1, "h", "audit", "clock-set", t0, "actor=kim", "auid=1000", "exe=/usr/bin/date", "success=yes")}, claim.Low, false},
	)
}

// site is a small web site with twelve busy pages and one more path, asked for
// by one client; born says whether the file was made just before.
func site(rare string, born bool) []*event.Event {
	var out []*event.Event
	n := 100
	req := func(at int64, path, ip, method, referer, status string) {
		n++
		out = append(out, detecttest.Event(n, "h", "weblog", "request", at, "path="+path, "ip="+ip, "method="+method, "referer="+referer, "status="+status, "agent=a"))
	}
	for i := range 12 {
		for j := range 9 {
			req(t0+int64(i*60+j)*1e9, "/page"+string(rune('a'+i))+".php", "198.51.100."+string(rune('1'+j)), "GET", "https://www.example.net/", "200")
		}
	}
	req(t0+1000e9, rare, "203.0.113.9", "GET", "-", "404")
	for i := range int64(5) {
		req(t0+2000e9+i*1e9, rare, "203.0.113.9", "POST", "-", "200")
	}
	if born {
		out = append(out, detecttest.Event(900, "h", "file", "timestamp", t0+1990e9, "object=/var/www/html"+rare, "meaning=macb"))
	}
	return out
}

func TestWebShell(t *testing.T) {
	silent(t, WebShell{},
		quiet{"a picture", site("/uploads/a.png", true)},
		quiet{"too small a site", site("/uploads/a.php", true)[105:]},
	)
	levels(t, WebShell{},
		loud{"born just before", site("/uploads/a.php", true), claim.Medium, true},
		loud{"no file known", site("/uploads/a.php", false), claim.Low, true},
		loud{"outside of uploads, no file known", site("/x/a.php", false), claim.Low, false},
	)
	other := detecttest.Event(900, "other", "file", "timestamp", t0+1990e9, "object=/var/www/html/uploads/a.php", "meaning=macb")
	levels(t, WebShell{}, loud{"the file of another host", append(site("/uploads/a.php", false), other), claim.Low, true})
	fs := detecttest.Find(t, WebShell{}, site("/uploads/a.php", true)...)
	if fs[0].Path != "/var/www/html/uploads/a.php" || len(fs[0].Events) != 3 || !strings.Contains(fs[0].Detail, "203.0.113.9") {
		t.Errorf("%+v", fs[0])
	}
}

func TestHidden(t *testing.T) {
	ev := detecttest.Event
	silent(t, Hidden{},
		quiet{"totals", []*event.Event{ev(1, "h", "process", "views", t0, "counts=readdir=5")}},
		quiet{"a file of that name", []*event.Event{ev(1, "h", "syslog", "hidden", t0)}},
		quiet{"the collector", []*event.Event{ev(1, "h", "process", "hidden", t0, "pid=9", "self=true")}},
	)
	levels(t, Hidden{},
		loud{"module", []*event.Event{ev(1, "h", "module", "hidden", t0, "name=x", "views=kallsyms", "missing=proc")}, claim.High, false},
		loud{"bpf", []*event.Event{ev(1, "h", "bpf", "hidden", t0, "object=prog 9 y")}, claim.High, false},
	)
}

func TestBPFPower(t *testing.T) {
	ev := detecttest.Event
	silent(t, BPFPower{}, quiet{"a network agent", []*event.Event{ev(1, "h", "bpf", "loaded", t0, "id=1", "calls=bpf_skb_store_bytes,bpf_map_lookup_elem")}})
	levels(t, BPFPower{},
		loud{"signals", []*event.Event{ev(1, "h", "bpf", "loaded", t0, "id=1", "calls=bpf_send_signal")}, claim.Low, false},
		loud{"loaded and observed are one", []*event.Event{ev(1, "h", "bpf", "loaded", t0, "id=1", "calls=bpf_probe_write_user"), ev(1, "h", "bpf", "observed", t0+1e9, "id=1", "calls=bpf_probe_write_user", "ordinal=1")}, claim.High, false},
	)
}
