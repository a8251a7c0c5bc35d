package parser

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/audit"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// auditParser reads the log of auditd.
type auditParser struct{}

func newAudit() parse.Parser { return auditParser{} }

// Describe tells what the parser reads.
func (auditParser) Describe() parse.Description {
	return parse.Description{
		Name:       "audit",
		Version:    1,
		Doc:        "auditd records, raw or enriched, joined to events by node, time and serial: commands with arguments, file and socket operations, logins, account and audit configuration changes",
		References: []string{"auditd.conf(5)", "ausearch(8)", "parse/format/audit/FORMAT.md"},
		Sources:    []string{"audit", "journal"},
		Fields: []string{"*", "a0", "a1", "a2", "a3", "acct", "arch", "argc", "auid", "cmdline", "comm", "command", "cut", "cwd", "egid", "euid", "exe", "exit", "family",
			"gid", "hostname", "ifindex", "inode", "ip", "key", "mode", "nametype", "node", "op", "ouid", "old-auid", "old-ses", "path", "path_new", "permission", "paths", "pid", "port", "ppid",
			"proctitle", "protocol", "records", "rhost", "serial", "ses", "sockopt", "subj", "success", "syscall", "tty", "types", "uid"}, // *: other keys keep their names,
		Actions: auditActions(),
		Sample:  `type=SYSCALL msg=audit(1709432047.123:485): arch=c000003e syscall=59 success=yes exit=0 ... comm="id" exe="/usr/bin/id" key="exec"`,
	}
}

// Claim looks at the first lines.
func (auditParser) Claim(x *parse.Exhibit) parse.Strength {
	lines := audit.NewLines(&auditHead{x.Head})
	seen, good := 0, 0
	for seen < 20 {
		l, err := lines.Next()
		if err != nil || (l.End == 0 && len(x.Head) == 64<<10) {
			break
		}
		if len(auditTrim(l.Data)) == 0 {
			continue
		}
		seen++
		if audit.Looks(auditTrim(l.Data)) {
			good++
		}
	}
	switch {
	case good > 0 && good*3 >= seen:
		return parse.Strong
	case good > 0:
		return parse.Weak
	}
	return parse.No
}

// auditHead reads from a byte slice.
type auditHead struct{ b []byte }

func (h *auditHead) Read(p []byte) (int, error) {
	if len(h.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p, h.b)
	h.b = h.b[n:]
	return n, nil
}

// auditTrim cuts a carriage return and blanks off the end, and NULs off the
// start: a crash leaves those.
func auditTrim(b []byte) []byte {
	for len(b) > 0 && (b[len(b)-1] == '\r' || b[len(b)-1] == ' ') {
		b = b[:len(b)-1]
	}
	return b[auditNULs(b):]
}

func auditNULs(b []byte) int {
	n := 0
	for n < len(b) && b[n] == 0 {
		n++
	}
	return n
}

// Parse reads lines, joins them and hands over one event for each serial.
func (auditParser) Parse(ctx context.Context, f *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	r, err := x.Open()
	if err != nil {
		return fmt.Errorf("open exhibit: %w", err)
	}
	a := newAuditRun(f, s)
	lines := audit.NewLines(r)
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return wtmpClose(r, ctx.Err())
		}
		l, err := lines.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = a.line(l)
		}
		if err != nil {
			return wtmpClose(r, err)
		}
	}
	if a.lines == 0 {
		err = s.Warning(event.Warning{Code: "empty", Message: "the log holds no lines: it was never written, was rotated or was emptied"})
	}
	if err == nil {
		err = a.window.flushAll(a.finish)
	}
	if err == nil {
		err = a.serials.flush(s)
	}
	return wtmpClose(r, err)
}

// auditRun is the state of one exhibit.
type auditRun struct {
	s       parse.Sink
	names   *audit.Names
	types   map[string]string // as written to name
	nodes   map[string]string
	window  auditWindow
	serials auditSerials
	view    auditView
	last    auditKey // of the event before
	lines   int
}

func newAuditRun(f *parse.Facts, s parse.Sink) *auditRun {
	a := &auditRun{s: s, names: audit.NewNames(), types: map[string]string{}, nodes: map[string]string{}}
	a.window.groups = map[auditKey]*auditGroup{}
	a.view.names, a.view.facts = a.names, f
	a.view.accounts = make(map[string]string, len(f.Accounts))
	for _, c := range f.Accounts {
		uid := strconv.FormatUint(uint64(c.UID), 10)
		if _, ok := a.view.accounts[uid]; !ok {
			a.view.accounts[uid] = c.Name
		}
	}
	return a
}

func (a *auditRun) line(l audit.Line) error {
	a.lines++
	if l.Long {
		err := a.s.Warning(event.Warning{Offset: l.Offset, Length: l.Length, Code: "too-long",
			Message: fmt.Sprintf("a line of %d bytes is no audit record", l.Length)})
		return a.newline(l, err)
	}
	if n := auditNULs(l.Data); n > 0 {
		err := a.s.Warning(event.Warning{Offset: l.Offset, Length: int64(n), Code: "nul",
			Message: fmt.Sprintf("%d NUL bytes: left by a crash, or wiped", n)})
		if err != nil {
			return err
		}
		l.Offset, l.Data, l.Length = l.Offset+int64(n), l.Data[n:], l.Length-int64(n)
	}
	text := auditTrim(l.Data)
	if len(text) == 0 {
		if l.Length+l.End == 0 {
			return nil
		}
		return a.s.Padding(l.Offset, l.Length+l.End)
	}
	if cut := l.Length - int64(len(text)); cut > 0 { // blanks or CR before the newline
		if err := a.s.Padding(l.Offset+int64(len(text)), cut+l.End); err != nil {
			return err
		}
		l.Length, l.End = int64(len(text)), 0
	}
	var r audit.Record
	if why := r.Parse(text); why != "" {
		err := a.s.Warning(event.Warning{Offset: l.Offset, Length: l.Length, Code: "bad-record", Message: "no audit record: " + why})
		return a.newline(l, err)
	}
	return a.window.add(a.key(&r), a.typeName(r.Type), text, &r, l, a.finish)
}

func (a *auditRun) newline(l audit.Line, err error) error {
	if err != nil || l.End == 0 {
		return err
	}
	return a.s.Padding(l.Offset+l.Length, l.End)
}

func (a *auditRun) key(r *audit.Record) auditKey {
	k := auditKey{sec: r.Sec, milli: r.Milli, serial: r.Serial}
	if len(r.Node) > 0 {
		n, ok := a.nodes[string(r.Node)]
		if !ok {
			n = string(r.Node)
			if len(a.nodes) < 4096 {
				a.nodes[n] = n
			}
		}
		k.node = n
	}
	return k
}

func (a *auditRun) typeName(b []byte) string {
	if t, ok := a.types[string(b)]; ok {
		return t
	}
	t := a.names.Type(string(b))
	if len(a.types) < 4096 {
		a.types[string(b)] = t
	}
	return t
}

// auditJitter is how far, in ns, a later serial may lie before an earlier one
// without remark: the stamp of a system call is that of its start.
const auditJitter = 5e9

// backwards remarks on a time that falls while serials go on: the clock was
// set back, or records were edited.
func (a *auditRun) backwards(g *auditGroup, e *event.Event) error {
	last := a.last
	a.last = g.key
	if g.key.node != last.node || g.key.serial <= last.serial || g.key.serial > last.serial+1024 || g.key.time() >= last.time()-auditJitter ||
		strings.HasPrefix(g.records[0].typ, "DAEMON_") {
		return nil
	}
	e.Time.Reasons = e.Time.Reasons.With(event.ClockStep)
	return a.s.Warning(event.Warning{Offset: e.Origin.Offset, Length: e.Origin.Length, Code: "time-backwards",
		Message: fmt.Sprintf("serial %d states %s, serial %d before it %s: the clock was set back or records were edited",
			g.key.serial, wtmpStamp(g.key.time()), last.serial, wtmpStamp(last.time()))})
}

// finish hands over the event of a group whose records are all there.
func (a *auditRun) finish(g *auditGroup) error {
	if err := a.serials.add(g, a.s); err != nil {
		return err
	}
	e, doubt := a.view.event(g)
	if err := a.backwards(g, e); err != nil {
		return err
	}
	for _, sp := range g.spans {
		if sp.newline {
			if err := a.s.Padding(sp.at+sp.length, 1); err != nil {
				return err
			}
		}
	}
	off, n := e.Origin.Offset, e.Origin.Length
	if err := a.s.Event(e); err != nil || doubt == "" {
		return err
	}
	return a.s.Warning(event.Warning{Offset: off, Length: n, Code: "incomplete", Message: doubt})
}
