package rule

import (
	"path"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// source asks for events of one kind of source.
func source(name string) *query.Node {
	return &query.Node{Op: query.Term, Field: "source", Value: name}
}

// term asks for events whose field has the value.
func term(field, value string) *query.Node {
	return &query.Node{Op: query.Term, Field: field, Value: value}
}

// below asks for events about paths that begin so.
func below(prefix string) *query.Node {
	return &query.Node{Op: query.Term, Field: "path", Value: prefix, Prefix: true}
}

// text asks for events whose message holds the words.
func text(words string) *query.Node { return &query.Node{Op: query.Text, Value: words} }

// both and either join questions.
func both(kids ...*query.Node) *query.Node   { return &query.Node{Op: query.And, Kids: kids} }
func either(kids ...*query.Node) *query.Node { return &query.Node{Op: query.Or, Kids: kids} }

func field(e *event.Event, name string) string {
	v, _ := e.Get(name)
	return v
}

// number reads a decimal field; -1 when it is missing or no number.
func number(e *event.Event, name string) int64 {
	n, err := strconv.ParseInt(field(e, name), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// list reads a field that holds several values separated by commas.
func list(e *event.Event, name string) []string {
	var out []string
	for _, v := range strings.Split(field(e, name), ",") {
		if v = strings.TrimSpace(v); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// deletedMark is what the kernel adds to the link of a file that has no name
// any more (proc(5)).
const deletedMark = " (deleted)"

// exePath cuts the kernel's mark off the link of an executable.
func exePath(exe string) string { return strings.TrimSuffix(exe, deletedMark) }

// isMemfd says whether an executable was made by memfd_create(2), which no
// directory ever held.
func isMemfd(exe string) bool {
	return strings.HasPrefix(exe, "/memfd:") || strings.HasPrefix(exe, "memfd:")
}

// transient says whether a path lies where files are not expected to stay:
// memory file systems and directories for temporary files, which anybody may
// write and no package installs executables to.
func transient(p string) bool {
	p = path.Clean("/" + p)
	for _, dir := range []string{"/dev", "/run", "/tmp", "/var/tmp", "/var/run"} {
		if p == dir || strings.HasPrefix(p, dir+"/") {
			return true
		}
	}
	return false
}

// packaged says whether a path lies where packages install programs. It tells
// what is usual, and clears nothing.
func packaged(p string) bool {
	p = path.Clean("/" + p)
	if strings.HasPrefix(p, "/usr/local/") {
		return false
	}
	for _, dir := range []string{"/bin/", "/sbin/", "/lib/", "/lib64/", "/usr/", "/opt/", "/snap/"} {
		if strings.HasPrefix(p, dir) {
			return true
		}
	}
	return false
}

// own says whether an event speaks of the collector itself.
func own(e *event.Event) bool {
	if field(e, "self") == "true" {
		return true
	}
	for _, t := range e.Tags {
		if t == "collector" {
			return true
		}
	}
	return false
}

// implantKey names what joins findings of one implant on one host: the file
// it runs from; for a memory file, whose name anybody may choose, the hash of
// its content too when it is known.
func implantKey(exe, sha256 string) string {
	p := exePath(exe)
	if p == "" {
		return ""
	}
	if isMemfd(p) {
		p = "memfd:" + strings.TrimPrefix(strings.TrimPrefix(p, "/"), "memfd:")
		if len(sha256) >= 12 {
			p += "#" + sha256[:12]
		}
		return "exe:" + p
	}
	return "exe:" + path.Clean(p)
}

// line is the command line that an exec event speaks of.
func line(e *event.Event) string {
	for _, f := range []string{"command", "cmdline"} {
		if v := field(e, f); v != "" {
			return v
		}
	}
	return e.Object
}

// who words the account of an event.
func who(e *event.Event) string {
	switch auid := field(e, "auid"); {
	case e.Source == "audit" && (auid == "4294967295" || auid == "unset" || auid == "-1"):
		return "a process without a login"
	case e.Actor != "":
		return "account " + e.Actor
	}
	return "an account that the record does not name"
}

// maxName is how much of a path or name a title shows.
const maxName = 160

// short cuts a long path in its middle; the finding's Path has it all.
func short(p string) string {
	if len(p) <= maxName {
		return p
	}
	return p[:maxName/2] + "..." + p[len(p)-maxName/2:]
}
