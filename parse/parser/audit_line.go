package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/audit"
)

// auditLines reads the audit records that the kernel prints where no auditd
// takes them: "audit: type=1400 audit(1709432071.010:12): apparmor=...".
type auditLines struct {
	names *audit.Names
}

func newAuditLines() *auditLines { return &auditLines{audit.NewNames()} }

// decode reads one such message; it changes nothing when it is none. The
// parser of the event stays with the caller.
func (a *auditLines) decode(m *msg, text string) bool {
	text = strings.TrimPrefix(text, "audit: ")
	if strings.HasPrefix(text, "node=") {
		node, rest, _ := strings.Cut(text, " ")
		m.b.Field("node", node[len("node="):])
		text = rest
	}
	typ, rest, ok := strings.Cut(text, " ")
	rest = strings.TrimPrefix(rest, "msg=")
	if !ok || !strings.HasPrefix(typ, "type=") || !strings.HasPrefix(rest, "audit(") {
		return false
	}
	var r audit.Record
	if r.Parse([]byte(typ+" msg="+rest)) != "" {
		return false
	}
	v := auditView{names: a.names, facts: &parse.Facts{}}
	v.one(a.names.Type(string(r.Type)), string(r.Body))
	message, meaning := m.e.Message, m.e.Meaning
	v.describe(m.e)
	m.e.Message, m.e.Meaning = message, meaning
	for _, f := range v.fields {
		if m.b.Get(f.Name) == "" {
			m.b.Field(f.Name, f.Value)
		}
	}
	m.b.Field("serial", auditUint(r.Serial))
	m.b.Field("types", v.types)
	return true
}

// auditForward says whether a message is a record that auditd's plugin hands
// on to syslog: "node=web01 type=SYSCALL msg=audit(1709432047.123:45): ...".
func auditForward(program, text string) bool {
	switch program {
	case "audispd", "audisp-syslog", "auditd", "audit":
		return (strings.HasPrefix(text, "type=") || strings.HasPrefix(text, "node=")) && strings.Contains(text[:min(len(text), 200)], " msg=audit(")
	}
	return false
}
