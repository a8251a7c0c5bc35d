//go:build linux

package source

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saksi-dfir/saksi/collect"
)

func TestFindLogs(t *testing.T) {
	dir := t.TempDir()
	plantFiles(t, dir, map[string]string{
		"etc/logrotate.d/app":       "# /no\n/data/app/*.log \"/data/other log\" {\n  daily\n  postrotate\n    /bin/kill -HUP 1\n  endscript\n}\n/data/two\n/data/three\n{\n size 1\n}\n",
		"etc/logrotate.conf":        "weekly\ninclude /etc/logrotate.d\n/var/log/wtmp {\n}\n",
		"etc/rsyslog.conf":          "auth,authpriv.* -/data/auth.log;fmt\n*.emerg :omusrmsg:*\n$template R,\"/data/remote/%HOSTNAME%/%PROGRAMNAME%.log\"\naction(type=\"omfile\" File=\"/data/rs.log\")\nmail.* /var/log/mail.log\n$IncludeConfig /etc/rsyslog.d/*.conf\n",
		"etc/syslog-ng/x.conf":      "destination d { file(\"/data/ng/$HOST/messages\" perm(0600)); };",
		"etc/audit/auditd.conf":     "log_file = /data/audit/audit.log\n",
		"etc/ssh/sshd_config":       "AuthorizedKeysFile .ssh/authorized_keys /etc/keys/%u %h/.k2\nPort 22\nTrustedUserCAKeys=/opt/ca.pub\n#AuthorizedKeysFile /no\n",
		"data/auth.log":             "a",
		"data/auth.log.1":           "b",
		"data/remote/h1/sshd.log":   "c",
		"etc/keys/deploy":           "ssh-ed25519 AAAA",
		"opt/ca.pub":                "ssh-ed25519 BBBB",
		"etc/passwd":                "root:x:0:0::/root:/bin/sh\n",
		"root/.k2":                  "ssh-ed25519 CCCC",
		"data/app/a.log":            "d",
		"data/app/unrelated.secret": "e",
	})
	env := webEnv(t, dir)
	want := []string{
		"?/data/app/*.log*", "?/data/audit/audit.log*", "?/data/auth.log*", "?/data/ng/*/messages*", "?/data/other log*",
		"?/data/remote/*/*.log*", "?/data/rs.log*", "?/data/three*", "?/data/two*",
	}
	if d := cmp.Diff(want, findLogs(context.Background(), env)); d != "" {
		t.Errorf("logs (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"~/.ssh/authorized_keys", "?/etc/keys/*", "~/.k2", "?/opt/ca.pub"}, keyFiles(context.Background(), env)); d != "" {
		t.Errorf("keys (-want +got):\n%s", d)
	}
	s := take(t, dir, collect.Selection{}, logs(), secureShell())
	for _, p := range []string{"/data/auth.log", "/data/auth.log.1", "/data/remote/h1/sshd.log", "/data/app/a.log", "/etc/keys/deploy", "/opt/ca.pub", "/root/.k2"} {
		if _, ok := s.files[p]; !ok {
			t.Errorf("%s not taken", p)
		}
	}
	if _, ok := s.files["/data/app/unrelated.secret"]; ok {
		t.Error("a file that no configuration names was taken")
	}
}

func FuzzLogConfig(f *testing.F) {
	f.Add("/a/b {\n}\n", "*.* -/a/b;c\n$template x,\"/%a%\"\nfile=\"", "file(\"/x/y\")", "AuthorizedKeysFile %h/a %u /b/%u")
	f.Fuzz(func(t *testing.T, rotate, rsyslog, ng, sshd string) {
		if len(rotate)+len(rsyslog)+len(ng)+len(sshd) > 1<<16 {
			return
		}
		l := &logFinder{paths: map[string]bool{}}
		l.logrotate(rotate)
		l.rsyslog(rsyslog)
		l.syslogNG(ng)
		for p := range l.paths {
			if len(p) < 3 || p[:2] != "?/" {
				t.Errorf("%q is no optional absolute path", p)
			}
		}
		_ = words(sshd)
	})
}
