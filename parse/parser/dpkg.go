package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
)

// newDpkg reads dpkg's log.
func newDpkg() *lineLog {
	return &lineLog{
		about: parse.Description{
			Name: "dpkg", Version: 1,
			Doc:        "dpkg.log: packages installed, upgraded, removed, their states, configuration files kept or replaced",
			References: []string{"dpkg(1)"},
			Sources:    []string{"dpkg"},
			Fields:     []string{"package", "arch", "version", "old_version", "state", "path", "decision", "encoding", "text"},
			Actions:    []string{"startup", "install", "upgrade", "configure", "trigproc", "remove", "purge", "disappear", "status", "conffile"},
			Sample:     "2024-03-03 02:14:07 install libx:amd64 <none> 1.2-3",
		},
		read: dpkgLine,
	}
}

func dpkgLine(r *lineRecord) bool {
	t, rest, ok := r.plainTime(r.text)
	if !ok {
		return false
	}
	verb, rest := token(rest)
	f := strings.Fields(rest)
	e := r.e
	e.Time, e.Meaning, e.Action = t, "logged", verb
	switch {
	case verb == "startup" && len(f) == 2:
		e.Object = rest
	case verb == "status" && len(f) == 3:
		r.b.Field("state", f[0])
		e.Object = r.pkg(f[1], "", f[2])
	case verb == "conffile" && len(f) == 2:
		r.b.Field("path", f[0])
		r.b.Field("decision", f[1])
		e.Object = f[0]
	case len(f) == 3 && (verb == "install" || verb == "upgrade" || verb == "configure" || verb == "trigproc" || verb == "remove" || verb == "purge" || verb == "disappear"):
		e.Object = r.pkg(f[0], f[1], f[2])
	default:
		return false
	}
	return true
}

// pkg adds the fields of "name:arch", the version before and the version.
func (r *lineRecord) pkg(name, old, version string) string {
	base, arch, _ := strings.Cut(name, ":")
	r.b.Field("package", base)
	r.b.Field("arch", arch)
	if old != "<none>" {
		r.b.Field("old_version", old)
	}
	if version != "<none>" {
		r.b.Field("version", version)
	}
	return base
}
