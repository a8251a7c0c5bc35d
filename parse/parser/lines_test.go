package parser

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/parse/parsetest"
)

func TestLineLogs(t *testing.T) {
	id := strings.Repeat("0123456789abcdef", 4)
	for _, c := range []struct {
		parser, path, text string
		want               []string
	}{
		{"dpkg", "/var/log/dpkg.log", "2024-03-03 02:14:07 install libx:amd64 <none> 1.2-3\n2024-03-03 02:14:08 conffile /etc/x keep\n2024-03-03 02:14:09 status installed libx:amd64 1.2-3\n",
			[]string{"dpkg 2024-03-03T02:14:07Z logged install >libx arch=amd64 package=libx version=1.2-3", "dpkg 2024-03-03T02:14:08Z logged conffile >/etc/x decision=keep path=/etc/x",
				"dpkg 2024-03-03T02:14:09Z logged status >libx arch=amd64 package=libx state=installed version=1.2-3"}},
		{"vsftpd", "/var/log/vsftpd.log", "Mon Jun  6 18:43:59 2016 [pid 3] [kim] OK UPLOAD: Client \"192.0.2.9\", \"/srv/a, b.jsp\", 18 bytes, 4.44Kbyte/sec\n",
			[]string{"vsftpd 2016-06-06T18:43:59Z logged upload kim>/srv/a, b.jsp bytes=18 ip=192.0.2.9 path=/srv/a, b.jsp pid=3 rate=4.44Kbyte/sec result=ok"}},
		{"ownlog", "/var/log/fail2ban.log", "2024-03-03 02:14:07,123 fail2ban.actions        [812]: NOTICE  [sshd] Ban 198.51.100.7\n2024-03-03 02:14:07,124 fail2ban.server [812]: INFO    --------\n",
			[]string{"fail2ban 2024-03-03T02:14:07.123Z logged ban >198.51.100.7 ip=198.51.100.7 jail=sshd level=NOTICE pid=812 program=fail2ban.actions",
				"fail2ban 2024-03-03T02:14:07.124Z logged configure > level=INFO pid=812 program=fail2ban.server reason=--------"}},
		{"ownlog", "/var/log/clamav/clamav.log", "Sun Mar  3 02:14:07 2024 -> /srv/www/up/a.jsp: Html.X-1 FOUND\n",
			[]string{"clamav 2024-03-03T02:14:07Z logged found >/srv/www/up/a.jsp path=/srv/www/up/a.jsp program=clamd signature=Html.X-1"}},
		{"bodyfile", "/evidence/body", "0|/a\\|b -> /c|16|l/lrwx|0|0|5|20|10|10|0\n# note\n",
			[]string{"bodyfile 1970-01-01T00:00:10Z m.c. times >/a|b gid=0 inode=16 mode=l/lrwx path=/a|b size=5 target=/c uid=0", "bodyfile 1970-01-01T00:00:20Z .a.. times >/a|b gid=0 inode=16 mode=l/lrwx path=/a|b size=5 target=/c uid=0"}},
		{"container", "/var/lib/docker/containers/" + id + "/x-json.log", `{"log":"id\r\n","stream":"stdout","time":"2024-03-03T02:14:07.5Z"}` + "\n",
			[]string{"container 2024-03-03T02:14:07.5Z logged output >id container=" + id + " stream=stdout"}},
		{"container", "/var/log/pods/x/0.log", "2024-03-03T02:14:07.5+09:00 stderr P part\n", []string{"container 2024-03-02T17:14:07.5Z logged output >part partial=true stream=stderr"}},
		{"apt", "/var/log/apt/history.log", "\nStart-Date: 2024-03-03  02:14:07\nCommandline: apt-get install x\nRequested-By: kim (1000)\nInstall: x:amd64 (1)\nEnd-Date: 2024-03-03  02:14:09\n",
			[]string{"apt 2024-03-03T02:14:07Z started transaction kim>apt-get install x command=apt-get install x install=x:amd64 (1) uid=1000",
				"apt 2024-03-03T02:14:09Z ended transaction-end kim>apt-get install x command=apt-get install x install=x:amd64 (1) uid=1000"}},
		{"textlog", "/var/log/postgresql/main.log", "2024-03-03 02:14:09.001 UTC [900] FATAL:  no\n2024-03-03 02:14:09.001 KST [900] LOG:  x\n[2024/03/03 02:14:10] plain\n\tand more\n",
			[]string{"textlog 2024-03-03T02:14:09.001Z logged error > level=FATAL pid=900", "textlog 2024-03-03T02:14:09.001Z logged note > level=LOG pid=900", "textlog 2024-03-03T02:14:10Z logged note >"}},
		{"syslog", "/var/log/sudo.log", "Mar  3 02:14:07 : kim : TTY=pts/0 ; PWD=/home/kim ; USER=root ;\n    COMMAND=/usr/bin/cat /etc/shadow\n",
			[]string{"sudo 2026-03-03T02:14:07Z logged exec kim>/usr/bin/cat /etc/shadow command=/usr/bin/cat /etc/shadow cwd=/home/kim path=/usr/bin/cat runas=root tty=pts/0"}},
		{"syslog", "/var/log/messages", "Mar  3 02:14:07 web01 app[1]: \xb7\xce\xb1\xd7\xc0\xce\n", []string{"syslog 2026-03-03T02:14:07Z logged note > encoding=euc-kr pid=1 program=app text=app[1]: 로그인"}},
	} {
		src := parsetest.Source{Acq: host("UTC"), Files: []parsetest.File{{Path: c.path, Data: []byte(c.text), Mtime: utc("2026-03-04T00:00:00Z")}}}
		k, _ := parsetest.Parse(t, &src, All(), 1)
		var got []string
		for _, e := range k.Events {
			s := fmt.Sprintf("%s %s %s %s %s>%s", e.Parser, when(e.Time.Instant), e.Meaning, e.Action, e.Actor, e.Object)
			for _, f := range e.Fields {
				s += " " + f.Name + "=" + f.Value
			}
			got = append(got, s)
		}
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.want) {
			t.Errorf("%s\ngot  %q\nwant %q\nwarnings %v", c.path, got, c.want, k.Warnings)
		}
		t.Run(c.parser+" contract", func(t *testing.T) {
			contract(t, parsetest.Case{Parser: c.parser, Events: len(c.want), Source: src})
		})
	}
}

// TestHistoryCommands: a command of several lines is one event under its
// stamp; words that only look like the beginning of one are not.
func TestHistoryCommands(t *testing.T) {
	for _, c := range [...]struct {
		text string
		want []string
	}{
		{"#1709399700\nfor i in 1 2; do\necho $i\ndone\n#1709399800\nls\n", []string{"for i in 1 2; do\necho $i\ndone", "ls"}},
		{"#1709399700\nwhile read x\ndo\n  if [ \"$x\" ]; then\n echo done\n fi\ndone < /tmp/x\nid\n", []string{"while read x\ndo\n  if [ \"$x\" ]; then\n echo done\n fi\ndone < /tmp/x", "id"}},
		{"#1709399700\nf() {\n  id; }\nls\n", []string{"f() {\n  id; }", "ls"}},
		{"#1709399700\ncase $1 in\na) id ;;\nesac\nls\n", []string{"case $1 in\na) id ;;\nesac", "ls"}},
		{"#1709399700\necho $(date) for me if done\nls\n", []string{"echo $(date) for me if done", "ls"}},
		{"#1709399700\necho for me\nls\n", []string{"echo for me", "ls"}},
		{"#1709399700\nfor i in 1 2; do echo $i; done\nls\n", []string{"for i in 1 2; do echo $i; done", "ls"}},
		{"if\nls\nid\n", []string{"if", "ls", "id"}},
		{"echo \"a\nb\" | while read l; do\necho $l; done\nid\n", []string{"echo \"a\nb\" | while read l; do\necho $l; done", "id"}},
	} {
		src := &parsetest.Source{Acq: host("UTC"), Files: []parsetest.File{{Path: "/root/.bash_history", Data: []byte(c.text), Mtime: utc("2024-12-31T00:00:00Z")}}}
		k, _ := parsetest.Parse(t, src, All(), 1)
		var got []string
		for _, e := range k.Events {
			got = append(got, e.Message)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q\ngot  %q\nwant %q", c.text, got, c.want)
		}
	}
}
