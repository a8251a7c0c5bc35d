package rule

import (
	"fmt"
	"path"
	"strings"
)

// interpreters are programs that run what another file says, by the names that
// packages give them, without the version behind it.
func interpreters() []string {
	return []string{"python", "pypy", "perl", "ruby", "node", "nodejs", "php", "php-cgi", "lua", "luajit", "tclsh", "java", "bash", "dash", "sh", "ash", "zsh", "ksh", "mksh", "busybox", "gawk", "awk", "mawk"}
}

// interprets says whether the process is an interpreter: a program with such a
// name where packages install it, or, in another place that files stay in (a
// home directory, an environment of its own), one that was told what to run.
// Else it is a file of its own.
func (p *process) interprets() bool {
	exe := exePath(p.exe)
	if p.gone() || transient(exe) || !packaged(exe) && !p.told() {
		return false
	}
	base := strings.TrimRight(path.Base(exe), "0123456789.-")
	for _, n := range interpreters() {
		if base == n {
			return true
		}
	}
	return false
}

// told says whether the command line names a script, a module or a program
// text, or the process reads one from its standard input.
func (p *process) told() bool {
	words := strings.Fields(p.cmdline)
	return len(words) > 1 && (words[1] == "-" || words[1] == "-c" || words[1] == "-e" || words[1] == "-m" || words[1] == "-jar" || p.script() != "")
}

// script gives the file that the interpreter of a process was told to run, ""
// when its command line names none: a program given in the command line or on
// the standard input, or a title that the program wrote over.
func (p *process) script() string {
	words := strings.Fields(p.cmdline)
	for i := 1; i < len(words); i++ {
		w := words[i]
		switch {
		case w == "-c" || w == "-e" || w == "-E" || w == "-m" || w == "-r" || w == "-s" || w == "-":
			return "" // the program stands in the command line, is a module, or is read from the standard input
		case w == "-jar":
			continue
		case w == "-cp" || w == "-classpath" || w == "-W" || w == "-X":
			i++ // its value is no script
			continue
		case strings.HasPrefix(w, "-"):
			continue
		case strings.HasPrefix(w, "/"):
			return path.Clean(w)
		case strings.HasPrefix(p.cwd, "/") && (strings.ContainsAny(w, "./")):
			return path.Join(p.cwd, w)
		}
		return ""
	}
	return ""
}

// implant names what joins findings of one implant: the file a process runs
// from; for an interpreter the script, or else the very process, since the
// interpreter itself serves everybody.
func (p *process) implant() string {
	if !p.interprets() {
		return implantKey(p.exe, p.sha256)
	}
	if s := p.script(); s != "" {
		return "script:" + s
	}
	return p.byNumber()
}

// byNumber names an implant that is one process of a program that others use.
func (p *process) byNumber() string {
	return fmt.Sprintf("pid:%d@%s %s", p.key.pid, p.key.start, path.Clean(exePath(p.exe)))
}
