//go:build linux

package source

import (
	"context"
	"strings"
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
	if d := cmp.Diff([]string{"?/etc/ssh/sshd_config", "~/.ssh/authorized_keys", "?/etc/keys/*", "~/.k2", "?/opt/ca.pub"}, keyFiles(context.Background(), env)); d != "" {
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

// What the configurations of sshd, of scanners, of container runtimes and of
// the loader name is taken, wherever it lies.
func TestNamedByConfigurations(t *testing.T) {
	dir := t.TempDir()
	plantFiles(t, dir, map[string]string{
		"etc/passwd":           "root:x:0:0::/root:/bin/sh\nkim:x:1000:1000::/home/kim:/bin/bash\n",
		"etc/ssh/sshd_config":  "Include /etc/ssh/extra/*.conf\nHostKey /opt/keys/host\nMatch User kim\n  ForceCommand /opt/bin/only.sh -x\n",
		"etc/ssh/extra/a.conf": "AuthorizedKeysFile keys/here %h/.ssh/k2 /data/keys/%u/authorized\nAuthorizedKeysCommand /opt/bin/keys.sh\n",
		"home/kim/keys/here":   "ssh-ed25519 AAAA\n", "data/keys/kim/authorized": "ssh-ed25519 BBBB\n", "opt/bin/keys.sh": "#!/bin/sh\n", "opt/bin/only.sh": "#!/bin/sh\n",
		"opt/keys/host":         "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
		"etc/clamav/clamd.conf": "# LogFile /no\nLogFile /data/av/clam.log\nVirusEvent /opt/bin/found.sh\n", "data/av/clam.log": "x FOUND\n", "data/av/clam.log.1": "x\n", "opt/bin/found.sh": "#!/bin/sh\n",
		"etc/rkhunter.conf": "LOGFILE=/data/rk/rk.log\n", "data/rk/rk.log": "x\n", "etc/aide.conf": "report_url=file:/data/aide/report.txt\n", "data/aide/report.txt": "x\n",
		"usr/local/maldetect/conf.maldet": "quardir=\"/data/maldet/quarantine\"\n", "data/maldet/quarantine/a.info": "x\n",
		"etc/docker/daemon.json": "{\"data-root\": \"/data/docker\", \"log-driver\": \"json-file\"}", "data/docker/containers/c1/c1-json.log": "{}\n",
		"etc/containers/storage.conf": "[storage]\ngraphroot = \"/data/podman\"\n", "data/podman/overlay-images/images.json": "[]",
		"etc/ld.so.preload": "# x\n/opt/lib/libpre.so /opt/lib/libtwo.so\n", "opt/lib/libpre.so": "\x7fELF1", "opt/lib/libtwo.so": "\x7fELF2",
		"etc/systemd/system/a.service": "[Service]\nEnvironment=LD_PRELOAD=/opt/lib/liball.so\n", "opt/lib/liball.so": "\x7fELF3",
		"usr/lib/x86_64-linux-gnu/security/pam_unix.so": "\x7fELF4", "home/kim/점검/bpfdoor_result.txt": "clean\n", "opt/tools/BPFDoor_check.sh": "#!/bin/sh\n",
		"srv/site/.git/hooks/post-receive": "#!/bin/sh\n", "srv/site/.git/hooks/x.sample": "#!/bin/sh\n", "etc/nginx/nginx.conf": "root /srv/site;\n",
	})
	s := take(t, dir, collect.Selection{Profile: collect.ProfileFull}, All()...)
	for _, p := range []string{"/home/kim/keys/here", "/data/keys/kim/authorized", "/opt/bin/keys.sh", "/opt/bin/only.sh", "/data/av/clam.log", "/data/av/clam.log.1", "/opt/bin/found.sh",
		"/data/rk/rk.log", "/data/aide/report.txt", "/data/maldet/quarantine/a.info", "/data/docker/containers/c1/c1-json.log", "/data/podman/overlay-images/images.json",
		"/opt/lib/libpre.so", "/opt/lib/libtwo.so", "/opt/lib/liball.so", "/usr/lib/x86_64-linux-gnu/security/pam_unix.so", "/home/kim/점검/bpfdoor_result.txt",
		"/opt/tools/BPFDoor_check.sh", "/srv/site/.git/hooks/post-receive"} {
		if _, ok := s.files[p]; !ok {
			t.Errorf("%s not taken", p)
		}
	}
	for _, p := range []string{"/opt/keys/host", "/srv/site/.git/hooks/x.sample"} {
		if _, ok := s.files[p]; ok {
			t.Errorf("%s was taken", p)
		}
	}
	if !strings.Contains(string(s.records["privatekey"]), "/opt/keys/host") {
		t.Errorf("the host key is not recorded: %s", s.records["privatekey"])
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
