package parser

import (
	"net/netip"
	"strings"

	"github.com/saksi-dfir/saksi/parse/format/audit"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// resolved reads the part after byte 0x1d.
func (v *auditView) resolved(s string) {
	for len(v.enriched) < auditFieldLimit {
		f, rest, ok := audit.Next(s)
		if !ok {
			return
		}
		s = rest
		if f.Key != "" && v.enr(f.Key) == "" {
			v.enriched = append(v.enriched, event.Field{Name: f.Key, Value: f.Value})
		}
	}
}

// record reads the body of one record.
func (v *auditView) record(typ, body string) {
	switch typ {
	case "SYSCALL", "URINGOP":
		v.syscall = true
		v.row(body, v.syscallField)
	case "SECCOMP":
		v.main = auditFirst(v.main, typ)
		v.row(body, v.syscallField)
	case "EXECVE":
		v.row(body, v.execField)
	case "CWD":
		v.row(body, v.plainField)
	case "PATH":
		v.paths = append(v.paths, auditPath{})
		v.row(body, v.pathField)
	case "SOCKADDR":
		v.row(body, v.sockField)
	case "PROCTITLE":
		v.row(body, v.titleField)
	case "EOE":
	default:
		if v.main == "" {
			v.main = typ
		}
		v.row(body, v.plainField)
	}
}

func (v *auditView) row(s string, field func(audit.Field)) {
	for {
		f, rest, ok := audit.Next(s)
		if !ok {
			return
		}
		s = rest
		field(f)
	}
}

func (v *auditView) syscallField(f audit.Field) {
	switch f.Key {
	case "arch":
		v.set("arch", audit.Arch(f.Value))
	case "items":
		v.items = auditInt(f.Value)
	case "suid", "fsuid", "sgid", "fsgid", "per":
	case "key":
		v.set("key", auditKeys(audit.Text(f)))
	default:
		v.plainField(f)
	}
}

// plainField takes any field of any record under the names of the timeline.
func (v *auditView) plainField(f audit.Field) {
	val := f.Value
	if audit.Encoded(f.Key) {
		val = audit.Text(f)
	}
	if f.Quote == audit.Bare && (val == "(null)" || val == "?" || val == "(none)") {
		return
	}
	switch f.Key {
	case "":
		if f.Quote == audit.Braces {
			v.set("permission", val)
			v.verb = f.Word
		}
	case "msg":
		if f.Quote == audit.Single {
			v.nested(val)
			return
		}
		v.set("msg", val)
	case "res", "result":
		v.set("success", auditYes(val))
	case "terminal":
		v.set("tty", val)
	case "hostname":
		v.host(val)
	case "addr":
		v.address(val)
	case "ip": // of SECCOMP: the instruction pointer, no address
		v.set("instruction", val)
	case "cmd":
		v.set("cmdline", val)
	case "key":
		v.set("key", auditKeys(val))
	case "saddr":
		v.sockField(f)
	default:
		if f.Word == "old" {
			v.set("old-"+f.Key, val)
			return
		}
		v.set(strings.ToLower(f.Key), val)
	}
}

// nested reads msg='...': a row of fields, or the free text of old versions.
func (v *auditView) nested(s string) {
	first := true
	rest := s
	for {
		f, r, ok := audit.Next(rest)
		if !ok {
			break
		}
		rest = r
		if first && f.Word != "" && f.Key != "op" {
			v.set("op", f.Word)
		}
		first = false
		v.plainField(f)
	}
	if first && s != "" {
		v.set("msg", s)
	}
}

func (v *auditView) host(val string) {
	if val == "?" || val == "" {
		return
	}
	if a, err := netip.ParseAddr(val); err == nil {
		v.set("ip", a.Unmap().String())
	}
	v.set("rhost", val)
}

func (v *auditView) address(val string) {
	if a, err := netip.ParseAddr(val); err == nil {
		v.set("ip", a.Unmap().String())
	}
}

// auditYes maps the words of success to yes and no.
func auditYes(s string) string {
	switch s {
	case "success", "1", "yes":
		return "yes"
	case "failed", "0", "no":
		return "no"
	}
	return s
}

// auditKeys separates the keys of several rules by commas.
func auditKeys(s string) string {
	if strings.IndexByte(s, 1) < 0 {
		return s
	}
	return strings.ReplaceAll(s, "\x01", ",")
}
