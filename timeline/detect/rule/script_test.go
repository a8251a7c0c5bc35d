package rule

import (
	"testing"

	"github.com/saksi-dfir/saksi/timeline/claim"
)

// An interpreter serves everybody: the implant is the script it was told to
// run, or else the one process.
func TestImplantOfAnInterpreter(t *testing.T) {
	for _, c := range []struct{ exe, state, cmdline, cwd, implant, path string }{
		{"/usr/bin/python3.11", "plain", "/usr/bin/python3 d.py udp", "/tmp/x", "script:/tmp/x/d.py", "/tmp/x/d.py"},
		{"/usr/bin/python3.11", "plain", "python3 -u -W ignore /opt/a/agent.py --daemon", "/", "script:/opt/a/agent.py", "/opt/a/agent.py"},
		{"/usr/bin/perl", "plain", "[kworker/0:1]", "/", "pid:7@99 /usr/bin/perl", ""},
		{"/usr/bin/python3.11", "plain", "python3 -c import_socket", "/", "pid:7@99 /usr/bin/python3.11", ""},
		{"/usr/bin/bash", "plain", "bash", "/root", "pid:7@99 /usr/bin/bash", ""},
		{"/dev/shm/python3", "plain", "python3 /tmp/d.py", "/", "exe:/dev/shm/python3", "/dev/shm/python3"},
		{"/usr/bin/python3.11 (deleted)", "deleted", "python3 /tmp/d.py", "/", "exe:/usr/bin/python3.11", "/usr/bin/python3.11"},
		{"/root/.pyenv/versions/3.11.7/bin/python3.11", "plain", "python3 -c import_socket", "/", "pid:7@99 /root/.pyenv/versions/3.11.7/bin/python3.11", ""},
		{"/srv/app/venv/bin/python3", "plain", "python3 /srv/app/main.py", "/", "script:/srv/app/main.py", "/srv/app/main.py"},
		{"/home/kim/bin/python3", "plain", "python3 -d", "/", "exe:/home/kim/bin/python3", "/home/kim/bin/python3"},
		{"/usr/sbin/cron", "plain", "cron -f", "/", "exe:/usr/sbin/cron", "/usr/sbin/cron"},
	} {
		p := &process{exe: c.exe, state: c.state, cmdline: c.cmdline, cwd: c.cwd}
		p.key.pid, p.key.start = 7, "99"
		f := claim.Finding{Implant: p.implant(), Path: exePath(c.exe)}
		if f.Implant != c.implant || f.ImplantPath() != c.path {
			t.Errorf("%q in %q: %q, path %q; want %q, %q", c.cmdline, c.cwd, f.Implant, f.ImplantPath(), c.implant, c.path)
		}
	}
}
