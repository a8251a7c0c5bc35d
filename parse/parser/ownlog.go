package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
)

// newOwnlog reads the log files that fail2ban, ClamAV and update-alternatives
// write themselves; the messages are read by the decoders of these programs.
func newOwnlog() *lineLog {
	return &lineLog{
		about: parse.Description{
			Name: "ownlog", Version: 1,
			Doc:        "log files that fail2ban, ClamAV and update-alternatives write themselves: their messages under the decoders fail2ban, clamav and daemon; the time is in the zone of the host",
			References: []string{"fail2ban(1)", "clamd.conf(5)", "update-alternatives(1)"},
			Sources:    []string{"ownlog", "fail2ban", "clamav", "alternatives"},
			Fields:     []string{"program", "pid", "encoding", "text"},
			Actions:    []string{"note"},
			Sample:     "2024-03-03 02:14:07,123 fail2ban.actions        [812]: NOTICE  [sshd] Ban 198.51.100.7",
		},
		read:   ownLine,
		follow: func(text string) bool { return indented(text) || traceback(text) },
		ignore: func(text string) bool { return strings.Trim(text, "-=*") == "" }, // rulers
	}
}

func ownLine(r *lineRecord) bool {
	if t, rest, ok := r.plainTime(r.text); ok && strings.HasPrefix(rest, "fail2ban") {
		program, tail := token(rest)
		program = strings.TrimSuffix(program, ":")
		tail = strings.TrimLeft(tail, " ")
		if e := strings.Index(tail, "]: "); strings.HasPrefix(tail, "[") && e > 0 && number(tail[1:e]) {
			r.b.Field("pid", tail[1:e])
			tail = tail[e+3:]
		} else {
			tail = strings.TrimPrefix(tail, ": ")
		}
		r.e.Time = t
		return r.own("fail2ban", program, tail)
	}
	if s, ok := strings.CutPrefix(r.text, "update-alternatives "); ok {
		t, rest, ok := r.plainTime(s)
		if !ok || !strings.HasPrefix(rest, ": ") {
			return false
		}
		r.e.Time = t
		return r.own("alternatives", "update-alternatives", rest[2:])
	}
	t, n := r.ctimeAt(r.text)
	if n < 0 {
		return false
	}
	message, ok := strings.CutPrefix(r.text[n:], " -> ")
	if !ok {
		return false
	}
	r.e.Time = t
	program := "clamd"
	if strings.Contains(r.x.Path, "freshclam") {
		program = "freshclam"
	}
	return r.own("clamav", program, strings.TrimPrefix(message, "^"))
}

func (r *lineRecord) own(source, program, message string) bool {
	r.e.Source, r.e.Meaning = source, "logged"
	r.b.Field("program", program)
	if r.m != nil && !r.m.Decode(r.e, r.b, program, message) {
		r.e.Action = "note"
	}
	return true
}

// traceback says whether a line is the first or the last of a stack trace of
// Python, which are not indented: "Traceback (most recent call last):",
// "RuntimeError: Error banning 203.0.113.7".
func traceback(text string) bool {
	name, _, ok := strings.Cut(text, ":")
	return ok && (name == "Traceback (most recent call last)" || !strings.Contains(name, " ") && (strings.HasSuffix(name, "Error") || strings.HasSuffix(name, "Exception")))
}
