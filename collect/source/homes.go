package source

import (
	"bytes"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/collect"
)

// maxPasswd bounds the account file that is read to find home directories.
const maxPasswd = 16 << 20

// homes lists the home directories of all accounts of /etc/passwd, /root and
// what lies in /home: accounts of a directory service have no line.
func homes(env *collect.Env) []string {
	var out []string
	seen := map[string]bool{}
	add := func(dir string) {
		dir = strings.TrimRight(dir, "/")
		if !homeLike(dir) || seen[dir] || len(out) >= maxHomes {
			return
		}
		seen[dir] = true
		out = append(out, dir)
	}
	add("/root")
	passwd, _, _ := env.Host.ReadFile("/etc/passwd", maxPasswd)
	for line := range bytes.SplitSeq(passwd, []byte("\n")) {
		if f := bytes.Split(line, []byte(":")); len(f) >= 6 {
			add(string(f[5]))
		}
	}
	var local []string
	if _, remote := remoteMount(env, "/home"); !remote {
		_ = env.Host.ReadDir("/home", func(name string, _ byte) bool {
			local = append(local, "/home/"+name)
			return len(local) < maxHomes
		})
	}
	slices.Sort(local)
	for _, dir := range local {
		add(dir)
	}
	return out
}

// homeLike leaves out what accounts of services name as their home but is
// none: the root directory and trees of kernel objects and devices.
func homeLike(dir string) bool {
	if len(dir) < 2 || dir[0] != '/' || strings.Contains(dir, "/../") || strings.ContainsAny(dir, "\x00*?[") {
		return false
	}
	for _, no := range []string{"/proc", "/sys", "/dev", "/bin", "/sbin", "/usr/bin", "/usr/sbin", "/nonexistent"} {
		if dir == no || strings.HasPrefix(dir, no+"/") {
			return false
		}
	}
	return true
}
