package source

import (
	"bytes"
	"path"
	"strings"

	"github.com/saksi-dfir/saksi/collect/record"
)

// flagWhy begins the flags of an exhibit that say why it was copied.
const flagWhy = "copied because: "

// reasons says why the executable of a process is copied; none: it is not.
// They are grounds to look, no more: an updated package, a script's interpreter
// or a program that names its own state gives one too.
func (c *exeCopier) reasons(body task, target string, cmdline []byte) (why []string) {
	if nameless(target) {
		why = append(why, "it has no name any more")
	}
	if w := placeWhy(target); w != "" {
		why = append(why, w)
	}
	if bytes.HasPrefix(cmdline, []byte("[")) {
		why = append(why, "the process calls itself a kernel thread")
	}
	dir := body.dir
	if len(why) == 0 && c.near(target) {
		exe, err := c.proc.Stat(dir + "/exe")
		if err != nil {
			return nil
		}
		if there, err := c.proc.Stat(dir + "/root" + target); err == nil && !sameInode(exe, there) {
			why = append(why, "another file lies at its path")
		} else if t := c.otherTitle(dir, target, cmdline, exe); t != "" {
			why = append(why, whyTitle+t)
		}
	}
	if len(why) > 0 && c.env.Seen != nil && c.env.Seen.Suspect != nil {
		c.env.Seen.Suspect[body.pid] = strings.Join(why, "; ")
	}
	return why
}

const whyTitle = "the title names another program: "

// onlyTitle says whether a title is the only ground.
func onlyTitle(why []string) bool { return len(why) == 1 && strings.HasPrefix(why[0], whyTitle) }

// placeWhy says what is odd about where a file lies; "" when nothing is.
func placeWhy(name string) string {
	for _, dir := range []string{"/tmp/", "/var/tmp/", "/dev/shm/", "/dev/", "/run/", "/proc/"} {
		if strings.HasPrefix(name, dir) {
			return "it lies below " + strings.TrimSuffix(dir, "/")
		}
	}
	if strings.Contains(name, "/.") {
		return "it lies below a hidden directory or is hidden"
	}
	return ""
}

// near says whether a path that a process names can be looked at without
// asking another host or mounting something: a title is the process's to choose.
func (c *exeCopier) near(name string) bool {
	if !strings.HasPrefix(name, "/") {
		return false
	}
	if c.env.Seen == nil || !c.env.AnyRemote() {
		return true
	}
	if _, away := remoteMount(c.env, name); away || leadsAway(c.env, name) {
		return false
	}
	for _, dir := range []string{"/usr/bin/", "/usr/sbin/", "/usr/lib", "/usr/libexec/", "/bin/", "/sbin/", "/lib", "/usr/local/", "/opt/"} {
		if strings.HasPrefix(name, dir) {
			return true
		}
	}
	return false
}

func sameInode(a, b record.File) bool { return a.Dev == b.Dev && a.Ino == b.Ino }

// otherTitle gives the program that the first word of a command line names
// when that is not the executable: "/sbin/udevd" of a process whose executable
// is something else. Links to the executable, as of busybox, alternatives and
// interpreters, are the executable.
func (c *exeCopier) otherTitle(dir, target string, cmdline []byte, exe record.File) string {
	arg, _, _ := bytes.Cut(cmdline, []byte{0})
	title, _, _ := strings.Cut(string(arg), " ")
	name := strings.TrimLeft(strings.TrimRight(path.Base(title), ":"), "-@(")
	name = strings.TrimRight(name, ")")
	base := path.Base(target)
	if title == "" || name == "" || name == base || strings.HasPrefix(base, name) || strings.HasPrefix(name, base) {
		return ""
	}
	if strings.HasPrefix(title, "/") {
		if !c.near(path.Clean(title)) {
			return title
		}
		if f, err := c.proc.Stat(dir + "/root" + path.Clean(title)); err == nil && sameInode(f, exe) {
			return ""
		}
		return title
	}
	if !daemonLike(title) {
		return ""
	}
	for _, bin := range []string{"/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/", "/usr/local/bin/", "/usr/local/sbin/"} {
		if f, err := c.proc.Stat(dir + "/root" + bin + name); err == nil && sameInode(f, exe) {
			return ""
		}
	}
	return title
}

// daemonLike leaves out titles that cannot be the name of a program: options,
// assignments, whole sentences.
func daemonLike(title string) bool {
	return len(title) < 64 && !strings.ContainsAny(title, "=/\\\"'<>|") && title[0] != '-' || strings.HasPrefix(title, "-") && !strings.HasPrefix(title, "--")
}
