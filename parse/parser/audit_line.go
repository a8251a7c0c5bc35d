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
	typ, rest, ok := strings.Cut(text, " ")
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
