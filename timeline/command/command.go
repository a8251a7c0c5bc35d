// Package command reads command lines as they stand in sudo, audit and shell
// history records: into words, and into what a line does with a path. It never
// expands anything and runs nothing. It is a leaf: it imports nothing of this
// project.
//
// A command line says what somebody asked for, not what came of it: every
// answer here is about the words.
package command

import (
	"path"
	"strings"
)

// maxWords bounds how much of a line is looked at.
const maxWords = 4096

// Separator stands between the commands of one line (";", "&&", "|" ...).
const Separator = "\x00;"

// Words splits a line as a POSIX shell would, without expansion: quotes and
// backslashes are taken off, operators become Separator, comments stay.
func Words(line string) []string {
	var out []string
	var cur strings.Builder
	in := false // in a word
	flush := func() {
		if in {
			out = append(out, cur.String())
			cur.Reset()
			in = false
		}
	}
	for i := 0; i < len(line) && len(out) < maxWords; i++ {
		switch c := line[i]; {
		case c == '\\' && i+1 < len(line):
			i++
			cur.WriteByte(line[i])
			in = true
		case c == '\'' || c == '"':
			in = true
			i = quoted(line, i, &cur)
		case c == ' ' || c == '\t' || c == '\r':
			flush()
		case strings.IndexByte(";&|()\n`", c) >= 0:
			flush()
			if len(out) > 0 && out[len(out)-1] != Separator {
				out = append(out, Separator)
			}
		case c == '<' || c == '>':
			flush()
			out = append(out, string(c))
		default:
			cur.WriteByte(c)
			in = true
		}
	}
	flush()
	return out
}

// quoted copies a quoted part and gives the index of its closing quote.
func quoted(line string, i int, cur *strings.Builder) int {
	q := line[i]
	for i++; i < len(line) && line[i] != q; i++ {
		if q == '"' && line[i] == '\\' && i+1 < len(line) && strings.IndexByte("\"\\$`", line[i+1]) >= 0 {
			i++
		}
		cur.WriteByte(line[i])
	}
	return i
}

// Simple is one command of a line: the program and its arguments, wrappers
// (sudo, env, nohup ...) taken off. Redirections are arguments of the program
// ">" apart.
type Simple struct {
	Program string
	Args    []string
	Writes  []string // files that output is redirected to
}

// Simples splits a line into its commands. The argument of "sh -c" is read as
// a line of its own.
func Simples(line string) []Simple { return simples(Words(line), 0) }

func simples(words []string, depth int) []Simple {
	var out []Simple
	start := 0
	for i := 0; i <= len(words); i++ {
		if i < len(words) && words[i] != Separator {
			continue
		}
		out = append(out, one(words[start:i], depth)...)
		start = i + 1
	}
	return out
}

func one(words []string, depth int) []Simple {
	words = unwrap(words)
	if len(words) == 0 {
		return nil
	}
	var s Simple
	named := false
	for i := 0; i < len(words); i++ {
		switch {
		case words[i] == ">" && i+1 < len(words):
			if words[i+1] != ">" {
				s.Writes = append(s.Writes, words[i+1])
				i++
			}
		case !named:
			s.Program, named = words[i], true
		default:
			s.Args = append(s.Args, words[i])
		}
	}
	out := []Simple{s}
	if isShell(s.Program) && depth < 3 {
		for i, a := range s.Args {
			if strings.HasPrefix(a, "-") && strings.HasSuffix(a, "c") && i+1 < len(s.Args) {
				out = append(out, simples(Words(s.Args[i+1]), depth+1)...)
				break
			}
		}
	}
	return out
}

func isShell(p string) bool {
	switch path.Base(p) {
	case "sh", "bash", "dash", "zsh", "ksh", "ash", "busybox":
		return true
	}
	return false
}

// unwrap takes off assignments and programs that run the rest of the line.
func unwrap(words []string) []string {
	for len(words) > 0 {
		w := words[0]
		if i := strings.IndexByte(w, '='); i > 0 && !strings.ContainsAny(w[:i], "/.-") {
			words = words[1:]
			continue
		}
		takes, ok := wrapper(path.Base(w))
		if !ok {
			return words
		}
		words = options(words[1:], takes)
	}
	return words
}

// wrapper knows programs that run their arguments, and their options that
// take a value.
func wrapper(base string) (takes string, ok bool) {
	switch base {
	case "sudo":
		return "ugpCTthrRD", true
	case "doas":
		return "uC", true
	case "env":
		return "uCS", true
	case "nice", "ionice", "chrt", "taskset":
		return "ncp", true
	case "nohup", "setsid", "exec", "command", "time", "eval", "builtin":
		return "", true
	case "timeout":
		return "ks", true
	}
	return "", false
}

func options(words []string, takes string) []string {
	for len(words) > 0 && strings.HasPrefix(words[0], "-") {
		w := words[0]
		words = words[1:]
		if w == "--" {
			break
		}
		if len(w) == 2 && strings.Contains(takes, w[1:]) && len(words) > 0 {
			words = words[1:]
		}
	}
	return words
}

// Core is what stays the same when one command is told by several records:
// sudo resolves the program to its path, audit tells sudo and the program
// apart, a history has what was typed.
func Core(line string) string {
	ss := Simples(line)
	if len(ss) == 0 {
		return line
	}
	s := ss[0]
	return strings.Join(append(append([]string{path.Base(s.Program)}, s.Args...), s.Writes...), "\x00")
}
