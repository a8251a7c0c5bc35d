package command

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// Touch is what a line does with a file or process, by its words.
type Touch string

// The touches, from strongest to weakest.
const (
	Runs    Touch = "runs"    // the path is the program
	Makes   Touch = "makes"   // the path is what the command writes, copies to or makes executable
	Removes Touch = "removes" // the path is what the command removes or moves away
	Names   Touch = "names"   // the path, name or pid stands among the words
	NoWord  Touch = ""        // the line does not speak of it
)

// Of says what a line does with the file at p (absolute). A relative word
// counts when the working directory leads to p: cwd where it is known, then
// whatever the line changes to.
func Of(line, cwd, p string) Touch {
	best := NoWord
	for _, s := range Simples(line) {
		best = stronger(best, s.touch(cwd, p))
		if s.Program == "cd" && len(s.Args) > 0 {
			cwd = join(cwd, s.Args[len(s.Args)-1])
		}
	}
	return best
}

// stronger gives the touch that says more.
func stronger(a, b Touch) Touch {
	order := []Touch{NoWord, Names, Removes, Makes, Runs}
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}

// join is where "cd to" leads from cwd; "" when that is not known.
func join(cwd, to string) string {
	switch {
	case strings.HasPrefix(to, "/"):
		return path.Clean(to)
	case cwd == "" || strings.HasPrefix(to, "-") || strings.HasPrefix(to, "~") || strings.ContainsAny(to, "$*?"):
		return ""
	}
	return path.Join(cwd, to)
}

func (s Simple) touch(cwd, p string) Touch {
	if leads(s.Program, cwd, p) {
		return Runs
	}
	for _, w := range s.Writes {
		if leads(w, cwd, p) {
			return Makes
		}
	}
	t := NoWord
	for i, a := range s.Args {
		if !leads(a, cwd, p) {
			continue
		}
		t = stronger(t, s.role(i))
	}
	return t
}

// role says what the command does with its i-th argument.
func (s Simple) role(i int) Touch {
	last := i == len(s.Args)-1
	after := func(flags ...string) bool {
		for _, f := range flags {
			if i > 0 && s.Args[i-1] == f || strings.HasPrefix(s.Args[i], f) && strings.HasPrefix(f, "--") {
				return true
			}
		}
		return false
	}
	switch path.Base(s.Program) {
	case "cp", "install", "ln", "scp", "rsync":
		if last {
			return Makes
		}
	case "mv":
		if last {
			return Makes
		}
		return Removes
	case "chmod", "touch", "tee", "truncate", "chown", "setcap":
		return Makes
	case "curl", "gcc", "cc", "ld", "go":
		if after("-o", "--output") {
			return Makes
		}
	case "wget":
		if after("-O", "--output-document") {
			return Makes
		}
	case "rm", "unlink", "shred":
		return Removes
	case "sh", "bash", "dash", "zsh", "ksh", "source", ".", "python", "python3", "perl", "php":
		if i == 0 {
			return Runs
		}
	}
	return Names
}

// leads says whether a word of the line is the path p.
func leads(word, cwd, p string) bool {
	if i := strings.IndexByte(word, '='); i > 0 && strings.HasPrefix(word, "-") || strings.HasPrefix(word, "of=") || strings.HasPrefix(word, "if=") {
		word = word[i+1:]
	}
	if word == "" || p == "" {
		return false
	}
	if word[0] == '/' {
		return path.Clean(word) == p
	}
	if i := strings.IndexByte(word, ':'); i > 0 && strings.HasPrefix(word[i+1:], "/") { // host:/path of scp
		return path.Clean(word[i+1:]) == p
	}
	if cwd == "" {
		return false
	}
	return path.Join(cwd, word) == p
}

// NamesWord says whether name stands among the words of a line as a word or as
// the last part of a path.
func NamesWord(line, name string) bool {
	if name == "" {
		return false
	}
	for _, w := range Words(line) {
		if w == name || strings.HasSuffix(w, "/"+name) {
			return true
		}
	}
	return false
}

// NamesPID says whether a line speaks of the process: /proc/PID, or the number
// as an argument of a program that acts on or looks at processes.
func NamesPID(line string, pid int) bool {
	n := strconv.Itoa(pid)
	for _, s := range Simples(line) {
		for _, a := range append([]string{s.Program}, s.Args...) {
			if a == "/proc/"+n || strings.HasPrefix(a, "/proc/"+n+"/") {
				return true
			}
		}
		if !takesPID(path.Base(s.Program)) {
			continue
		}
		for i, a := range s.Args {
			if a == n || a == "-p"+n || a == "--pid="+n {
				// "kill -9 812": the number after "-n" style options is no pid
				if i > 0 && (s.Args[i-1] == "-n" || s.Args[i-1] == "-s") {
					continue
				}
				return true
			}
		}
	}
	return false
}

func takesPID(base string) bool {
	switch base {
	case "kill", "strace", "gdb", "gcore", "lsof", "ps", "pmap", "pstack", "ltrace", "pwdx", "ls", "nsenter", "prlimit", "renice", "pidstat", "perf", "bpftrace", "pstree", "top":
		return true
	}
	return false
}
