package parser

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/audit"
)

// auditParser reads the log of auditd.
type auditParser struct {
	names func() *audit.Names // unfolded once, when a log needs them
}

// auditAlone is the size, in bytes, below which a log is not worth goroutines.
const auditAlone = 256 << 10

func newAudit() parse.Parser { return auditParser{sync.OnceValue(audit.NewNames)} }

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
			"proctitle", "protocol", "rhost", "serial", "ses", "sockopt", "subj", "success", "syscall", "tty", "types", "uid"}, // *: other keys keep their names,
		Actions: auditActions(),
		Sample:  `type=SYSCALL msg=audit(1709432047.123:485): arch=c000003e syscall=59 success=yes exit=0 ... comm="id" exe="/usr/bin/id" key="exec"`,
	}
}

// Claim looks at the first lines.
func (auditParser) Claim(x *parse.Exhibit) parse.Strength {
	lines := audit.NewLines(&auditHead{x.Head}, int64(len(x.Head)))
	seen, good := 0, 0
	for seen < 20 {
		l, err := lines.Next()
		if err != nil || (l.End == 0 && len(x.Head) == 64<<10 && seen > 0) {
			break // the last line is not whole
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
	case strings.Contains("/"+x.Path, "/audit/audit.log"):
		return parse.ByName
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

// Parse reads lines, joins them and hands over one event for each serial. One
// goroutine joins; the events of a lot of groups are made beside it, and
// handed over in order.
func (p auditParser) Parse(ctx context.Context, f *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	r, err := x.Open()
	if err != nil {
		return fmt.Errorf("open exhibit: %w", err)
	}
	names := p.names()
	a := newAuditRun(names)
	a.torn(f, x)
	lines := audit.NewLines(r, x.Room())
	accounts := auditAccounts(f)
	workers := x.Workers
	if n := x.Room(); n >= 0 && n < auditAlone {
		workers = 1
	}
	err = parse.Ordered[*auditLot, *parse.Batch]{
		Next: func() (*auditLot, bool, error) { return a.next(lines) },
		Work: func(l *auditLot) (*parse.Batch, error) {
			v := &auditView{names: names, facts: f, accounts: accounts}
			for _, g := range l.groups {
				v.make(g, l.b)
				a.idle.Put(g)
			}
			return l.b, ctx.Err()
		},
		Done: func(b *parse.Batch) error { return b.Deliver(s) },
	}.Run(ctx, workers)
	return wtmpClose(r, err)
}

// auditRun is the state of one exhibit.
type auditRun struct {
	lot     *auditLot
	said    int               // lines of this lot
	types   map[string]string // as written to name
	nodes   map[string]string
	names   *audit.Names
	window  auditWindow
	serials auditSerials
	last    auditKey            // of the event before
	others  map[auditKey]string // with which other files of the rotation begin and end
	before  string              // a file of the rotation that ends in the middle of a line
	after   string              // one that begins in the middle of a line
	lines   int
	ended   bool
	idle    sync.Pool // of *auditGroup
}

func newAuditRun(names *audit.Names) *auditRun {
	a := &auditRun{names: names, types: map[string]string{}, nodes: map[string]string{}}
	a.window.groups = map[auditKey]*auditGroup{}
	a.window.fresh = func() *auditGroup {
		g, ok := a.idle.Get().(*auditGroup)
		if !ok {
			g = &auditGroup{}
		}
		g.clear()
		return g
	}
	return a
}

// auditAccounts names uids as records write them.
func auditAccounts(f *parse.Facts) map[string]string {
	m := make(map[string]string, len(f.Accounts))
	for _, c := range f.Accounts {
		uid := strconv.FormatUint(uint64(c.UID), 10)
		if _, ok := m[uid]; !ok {
			m[uid] = c.Name
		}
	}
	return m
}

func (a *auditRun) line(l audit.Line) {
	a.lines++
	a.said++
	b, endless := a.lot.b, l.End == 0
	if l.Long {
		b.Warning(l.Offset, l.Length, "too-long", fmt.Sprintf("a line of %d bytes is no audit record", l.Length))
		b.Padding(l.Offset+l.Length, l.End)
		return
	}
	if n := auditNULs(l.Data); n > 0 {
		b.Warning(l.Offset, int64(n), "nul", fmt.Sprintf("%d NUL bytes: left by a crash, or wiped", n))
		l.Offset, l.Data, l.Length = l.Offset+int64(n), l.Data[n:], l.Length-int64(n)
	}
	if l.Offset == 0 && bytes.HasPrefix(l.Data, []byte("\xef\xbb\xbftype=")) { // an editor's byte order mark
		b.Padding(0, 3)
		l.Offset, l.Data, l.Length = 3, l.Data[3:], l.Length-3
	}
	text := auditTrim(l.Data)
	if len(text) == 0 {
		b.Padding(l.Offset, l.Length+l.End)
		return
	}
	if cut := l.Length - int64(len(text)); cut > 0 { // blanks or CR before the newline
		b.Padding(l.Offset+int64(len(text)), cut+l.End)
		l.Length, l.End = int64(len(text)), 0
	}
	var r audit.Record
	if why := r.Parse(text); why != "" {
		if l.Offset == 0 && a.before != "" {
			b.Warning(l.Offset, l.Length, "torn", "the rest of a record that a rotation cut: it begins at the end of "+a.before)
		} else {
			b.Warning(l.Offset, l.Length, "bad-record", "no audit record: "+why)
		}
		b.Padding(l.Offset+l.Length, l.End)
		return
	}
	if endless {
		b.Warning(l.Offset, l.Length, "cut", a.cutLine())
	}
	a.window.add(a.key(&r), a.typeName(r.Type), text, &r, l, a.finish)
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
func (a *auditRun) backwards(g *auditGroup) {
	last := a.last
	a.last = g.key
	if g.key.node != last.node || g.key.serial <= last.serial || g.key.serial > last.serial+1024 || g.key.time() >= last.time()-auditJitter ||
		strings.HasPrefix(g.records[0].typ, "DAEMON_") {
		return
	}
	g.stepped = true
	a.lot.b.Warning(g.spans[0].at, g.spans[0].length, "time-backwards",
		fmt.Sprintf("serial %d states %s, serial %d before it %s: the clock was set back or records were edited",
			g.key.serial, wtmpStamp(g.key.time()), last.serial, wtmpStamp(last.time())))
}

// finish puts a group whose records are all there into the lot.
func (a *auditRun) finish(g *auditGroup) {
	a.serials.add(g, a.lot.b)
	a.backwards(g)
	if p, ok := a.others[g.key]; ok {
		a.lot.b.Warning(g.spans[0].at, g.spans[0].length, "torn",
			fmt.Sprintf("the records of serial %d are torn apart by a rotation: others stand in %s", g.key.serial, p))
	}
	a.lot.groups = append(a.lot.groups, g)
	a.lot.bytes += len(g.text)
}
