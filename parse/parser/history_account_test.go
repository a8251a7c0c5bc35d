package parser

import (
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/parse/parsetest"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// TestHistoryAccount: the making of the account bounds lines without a stamp
// where a record of it is found and nothing contradicts it.
func TestHistoryAccount(t *testing.T) {
	const (
		made   = "Mar  1 10:00:00 web01 useradd[9]: new user: name=kim, UID=1001, GID=1001, home=/home/kim, shell=/bin/bash, from=/dev/pts/0\n"
		passwd = "root:x:0:0::/root:/bin/bash\nkim:x:1001:1002::/home/kim:/bin/bash\n"
	)
	at, mtime := utc("2024-03-01T10:00:00Z"), utc("2024-03-04T00:00:00Z")
	backup := utc("2024-02-01T00:00:00Z")
	auth := func(lines string) []parsetest.File {
		return []parsetest.File{{Path: "/var/log/auth.log", Data: []byte(lines), Mtime: mtime}, {Path: "/etc/passwd", Data: []byte(passwd)}}
	}
	old := func(text string) []parsetest.File {
		return []parsetest.File{{Path: "/etc/passwd-", Data: []byte(text), Mtime: backup}, {Path: "/etc/passwd", Data: []byte(passwd)}}
	}
	audit := func(res string) []parsetest.File {
		line := `type=ADD_USER msg=audit(1709287200.500:77): pid=9 uid=0 auid=0 ses=1 msg='op=adding user id=1001 exe="/usr/sbin/useradd" hostname=web01 addr=? terminal=pts/0 res=` + res + "'\n"
		named := strings.Replace(line, "id=1001", `acct="kim"`, 1)
		return []parsetest.File{{Path: "/var/log/audit/audit.log", Data: []byte(named), Mtime: mtime}, {Path: "/etc/passwd", Data: []byte(passwd)}}
	}
	for name, tt := range map[string]struct {
		text, sealed string
		beside       []parsetest.File
		earliest     int64
	}{
		"made":             {"ls\nid\n", "desk", auth(made), at},
		"made, no passwd":  {"ls\nid\n", "desk", auth(made)[:1], at},
		"made, trimmed":    {strings.Repeat("ls\n", 600), "host", auth(made), at},
		"another uid":      {"ls\n", "desk", auth(strings.Replace(made, "UID=1001", "UID=1005", 1)), event.MinTime},
		"another name":     {"ls\n", "desk", auth(strings.Replace(made, "name=kim", "name=kimm", 1)), event.MinTime},
		"deleted before":   {"ls\n", "desk", auth("Feb  1 10:00:00 web01 userdel[8]: delete user 'kim'\n" + made), event.MinTime},
		"deleted after":    {"ls\n", "desk", auth(made + "Mar  2 10:00:00 web01 userdel[8]: delete user 'kim'\n"), at},
		"made twice":       {"ls\n", "desk", auth(made + "Mar  2 10:00:00 web01 userdel[8]: delete user 'kim'\n" + strings.Replace(made, "Mar  1", "Mar  3", 1)), at},
		"renamed":          {"ls\n", "desk", auth(made + "Mar  2 10:00:00 web01 usermod[8]: change user name 'lee' to 'kim'\n"), event.MinTime},
		"home moved":       {"ls\n", "desk", auth(made + "Mar  2 10:00:00 web01 usermod[8]: change user 'kim' home from '/home/a' to '/home/kim'\n"), event.MinTime},
		"another host":     {"ls\n", "desk", auth(strings.Replace(made, "web01", "db07", 1)), event.MinTime},
		"said by another":  {"ls\n", "desk", auth(strings.Replace(made, "useradd[9]", "myapp[9]", 1)), event.MinTime},
		"older stamp":      {"#1600000000\nls\n\nid\n", "desk", auth(made), event.MinTime},
		"after the file":   {"ls\n", "desk", auth(strings.Replace(made, "Mar  1", "Mar  4", 1)), event.MinTime},
		"audit":            {"ls\n", "desk", audit("success"), utc("2024-03-01T10:00:00Z") + 500e6},
		"audit, failed":    {"ls\n", "desk", audit("failed"), event.MinTime},
		"copy of passwd":   {"ls\n", "host", old("root:x:0:0::/root:/bin/bash\n"), backup},
		"it was there":     {"ls\n", "host", old(passwd), event.MinTime},
		"uid was there":    {"ls\n", "host", old("root:x:0:0::/root:/bin/bash\nlee:x:1001:1002::/home/lee:/bin/bash\n"), event.MinTime},
		"copy at a desk":   {"ls\n", "desk", old("root:x:0:0::/root:/bin/bash\n"), event.MinTime},
		"nothing is known": {"ls\n", "desk", nil, event.MinTime},
	} {
		acq := host("UTC")
		acq.Sealed = tt.sealed
		src := &parsetest.Source{Acq: acq, Files: append([]parsetest.File{{Path: "/home/kim/.bash_history", Data: []byte(tt.text), Mtime: mtime}}, tt.beside...)}
		k, _ := parsetest.Parse(t, src, All(), 1)
		n := 0
		for _, e := range k.Events {
			if e.Source != "history" || e.Time.Dated() {
				continue
			}
			n++
			if e.Time.Earliest != tt.earliest || e.Time.Latest != mtime || e.Time.Reasons.Has(event.BoundAccount) != (tt.earliest != event.MinTime) {
				t.Errorf("%s: %q: %+v %s", name, e.Message, e.Time, e.Time.Reasons)
				break
			}
		}
		if n == 0 {
			t.Errorf("%s: no undated line", name)
		}
	}
}

// TestZshWithoutStamp: zsh writes ": 0:0;" before a line that it had read from
// a file without stamps; the line is undated, not of 1970.
func TestZshWithoutStamp(t *testing.T) {
	mtime := utc("2024-03-04T00:00:00Z")
	src := &parsetest.Source{Acq: host("UTC"), Files: []parsetest.File{{Path: "/home/kim/.zsh_history", Data: []byte(": 0:0;id -a\n: 1709431447:2;ls\n"), Mtime: mtime}}}
	k, _ := parsetest.Parse(t, src, All(), 1)
	if len(k.Events) != 2 || len(k.Warnings) != 0 {
		t.Fatalf("%d events, %v", len(k.Events), k.Warnings)
	}
	for _, e := range k.Events {
		if e.Object == "id -a" && (e.Time.Dated() || e.Time.Latest != mtime) || e.Object == "ls" && !e.Time.Dated() {
			t.Errorf("%s: %+v", e.Object, e.Time)
		}
		if strings.HasPrefix(e.Object, ":") {
			t.Errorf("stamp in %q", e.Object)
		}
	}
}
