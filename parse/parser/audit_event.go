package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/audit"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// The bounds of one event: fields, and bytes kept of a value.
const (
	auditFieldLimit = 96
	auditValueLimit = 64 << 10
)

// auditView reads a group into an event. It is used again for each group.
type auditView struct {
	names    *audit.Names
	facts    *parse.Facts
	accounts map[string]string

	fields   []event.Field
	enriched []event.Field // names the host resolved: AUID, UID, SYSCALL ...
	paths    []auditPath
	args     []auditArg
	argc     int
	items    int // PATH records the SYSCALL record announces; -1 unknown
	syscall  bool
	main     string // type of the record that names the event
	types    string
	verb     string // granted or denied, of an AVC record
	cut      string // name and full length of a value that was cut
}

type auditPath struct {
	name, kind, inode, mode, ouid string
	item                          int
}

type auditArg struct {
	index int
	more  bool // it goes on with the argument before
	text  string
}

func (v *auditView) reset() {
	v.fields, v.enriched, v.paths, v.args = v.fields[:0], v.enriched[:0], v.paths[:0], v.args[:0]
	v.argc, v.items, v.syscall, v.main, v.types, v.verb, v.cut = -1, -1, false, "", "", "", ""
}

// event makes the event of a group; doubt says what is missing from it.
func (v *auditView) event(g *auditGroup, b *parse.Batch) (e *event.Event, doubt string) {
	v.reset()
	text := string(g.text)
	for i := range g.records {
		r := &g.records[i]
		v.record(r.typ, text[r.body[0]:r.body[1]])
		if r.enriched[1] > r.enriched[0] {
			v.resolved(text[r.enriched[0]:r.enriched[1]])
		}
	}
	v.types = auditTypes(g)
	v.joinArgs()
	e = b.Event()
	e.Source, e.Meaning, e.Time = "audit", "logged", g.key.stamp()
	auditOrigin(e, g)
	if g.key.node != "" {
		v.set("node", g.key.node)
		if v.facts.HostFor != nil {
			if h := v.facts.HostFor(g.key.node); !h.IsZero() {
				e.Host, e.HeldBy = h, v.facts.Host
				v.set("hostname", g.key.node) // of the host it speaks of, as in syslog
			}
		}
	}
	v.choosePath()
	v.resolve()
	if v.main == "USER_CMD" {
		v.set("command", v.get("cmdline")) // as sudo's own log line has it
	}
	v.describe(e)
	v.set("serial", auditUint(g.key.serial))
	v.set("types", v.types)
	v.set("cut", v.cut)
	for _, f := range v.fields {
		b.Field(f.Name, f.Value)
	}
	e.Fields = b.Take()
	return e, v.doubt()
}

func auditTypes(g *auditGroup) string {
	if len(g.records) == 1 {
		return g.records[0].typ
	}
	var b strings.Builder
	for i := range g.records {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(g.records[i].typ)
	}
	return b.String()
}

func auditOrigin(e *event.Event, g *auditGroup) {
	e.Origin.Offset, e.Origin.Length = g.spans[0].at, g.spans[0].length
	if len(g.spans) < 2 {
		return
	}
	e.Origin.Spans = make([]event.Span, len(g.spans))
	for i, s := range g.spans {
		e.Origin.Spans[i] = event.Span{Offset: s.at, Length: s.length}
	}
}

// auditSort is an insertion sort: few fields, no allocation.
func auditSort(f []event.Field) {
	for i := 1; i < len(f); i++ {
		for j := i; j > 0 && f[j].Name < f[j-1].Name; j-- {
			f[j], f[j-1] = f[j-1], f[j]
		}
	}
}

// set adds a field unless it is empty or there already.
func (v *auditView) set(name, value string) {
	if value == "" || len(v.fields) >= auditFieldLimit {
		return
	}
	if len(value) > auditValueLimit {
		v.cut = name + " " + auditUint(uint64(len(value)))
		value = value[:auditValueLimit]
	}
	for i := range v.fields {
		if v.fields[i].Name == name {
			return
		}
	}
	v.fields = append(v.fields, event.Field{Name: name, Value: value})
}

func (v *auditView) put(name, value string) {
	for i := range v.fields {
		if v.fields[i].Name == name {
			v.fields[i].Value = value
			return
		}
	}
	v.set(name, value)
}

func (v *auditView) get(name string) string {
	for i := range v.fields {
		if v.fields[i].Name == name {
			return v.fields[i].Value
		}
	}
	return ""
}

func (v *auditView) enr(name string) string {
	for i := range v.enriched {
		if v.enriched[i].Name == name {
			return v.enriched[i].Value
		}
	}
	return ""
}

// one reads a single record, as the journal holds it.
func (v *auditView) one(typ, body string) {
	v.reset()
	v.record(typ, body)
	v.types = typ
	v.joinArgs()
	v.choosePath()
	v.resolve()
}
