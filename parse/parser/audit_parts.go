package parser

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/parse/format/audit"
)

func auditUint(n uint64) string { return strconv.FormatUint(n, 10) }

func auditInt(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

// auditArgLimit bounds the arguments that are joined to one command line.
const auditArgLimit = 16384

// execField reads a0, a1, a2[0] ... of an EXECVE record.
func (v *auditView) execField(f audit.Field) {
	if f.Key == "argc" {
		v.argc = auditInt(f.Value)
		return
	}
	if len(f.Key) < 2 || f.Key[0] != 'a' || len(v.args) >= auditArgLimit {
		return
	}
	num, _, part := strings.Cut(f.Key[1:], "[")
	n, err := strconv.Atoi(num)
	if err != nil || n < 0 {
		return // aN_len
	}
	text := audit.Text(f)
	v.args = append(v.args, auditArg{n, part && len(v.args) > 0 && v.args[len(v.args)-1].index == n, text})
}

// joinArgs makes the command line.
func (v *auditView) joinArgs() {
	if len(v.args) == 0 {
		return
	}
	for i := 1; i < len(v.args); i++ { // records of one event may be out of order
		for j := i; j > 0 && v.args[j].index < v.args[j-1].index; j-- {
			v.args[j], v.args[j-1] = v.args[j-1], v.args[j]
		}
	}
	line := v.args[0].text
	if len(v.args) > 1 {
		var b strings.Builder
		for i := range v.args {
			if i > 0 && !v.args[i].more {
				b.WriteByte(' ')
			}
			b.WriteString(v.args[i].text)
		}
		line = b.String()
	}
	if v.argc >= 0 {
		v.set("argc", strconv.Itoa(v.argc))
	}
	v.put("cmdline", line)
}

// arguments counts the arguments that are there.
func (v *auditView) arguments() int {
	n := 0
	for i := range v.args {
		if !v.args[i].more {
			n++
		}
	}
	return n
}

func (v *auditView) firstArg() string {
	if len(v.args) == 0 {
		return ""
	}
	return v.args[0].text
}

// pathField reads one PATH record into the last of paths.
func (v *auditView) pathField(f audit.Field) {
	p := &v.paths[len(v.paths)-1]
	switch f.Key {
	case "item":
		p.item, _ = strconv.Atoi(f.Value) // 0 where it is none
	case "name":
		p.name = audit.Text(f)
	case "nametype":
		p.kind = f.Value
	case "inode":
		p.inode = f.Value
	case "mode":
		p.mode = f.Value
	case "ouid":
		p.ouid = f.Value
	}
}

// titleField decodes PROCTITLE: arguments separated by NUL.
func (v *auditView) titleField(f audit.Field) {
	if f.Key == "proctitle" {
		v.set("proctitle", strings.ReplaceAll(strings.TrimRight(audit.Text(f), "\x00"), "\x00", " "))
	}
}

// sockField decodes a socket address.
func (v *auditView) sockField(f audit.Field) {
	raw, ok := audit.Hex(f.Value)
	if !ok {
		v.set("saddr", f.Value)
		return
	}
	a, ok := audit.ParseSockaddr(raw)
	if !ok {
		v.set("saddr", f.Value)
		return
	}
	v.set("family", audit.FamilyName(a.Family))
	switch a.Family {
	case audit.Inet, audit.Inet6:
		v.set("ip", a.Addr.String())
		v.set("port", strconv.Itoa(int(a.Port)))
	case audit.Unix:
		if a.Path != "" {
			v.set("path", a.Path)
		}
	case audit.Packet:
		v.set("ifindex", strconv.Itoa(int(a.Ifindex)))
		v.set("protocol", fmt.Sprintf("0x%04x", a.Protocol))
	case audit.Netlink:
		v.set("groups", auditUint(uint64(a.Groups)))
	}
}

// choosePath picks the file that the event is about.
func (v *auditView) choosePath() {
	cwd := v.get("cwd")
	slices.SortStableFunc(v.paths, func(a, b auditPath) int { return a.item - b.item })
	best, other := -1, -1
	n := 0
	for i := range v.paths {
		p := &v.paths[i]
		p.name = auditJoin(cwd, p.name)
		if p.kind == "PARENT" || p.name == "" {
			continue
		}
		n++
		switch {
		case best < 0:
			best = i
		case other < 0:
			other = i
		}
	}
	if best < 0 {
		if len(v.paths) > 0 {
			v.set("path", v.paths[0].name)
		}
		return
	}
	p := v.paths[best]
	if p.item > 0 && len(v.args) > 0 { // the program's is lost: this is its interpreter
		return
	}
	v.set("path", p.name)
	v.set("inode", p.inode)
	v.set("mode", p.mode)
	v.set("ouid", p.ouid)
	v.set("nametype", p.kind)
	if other >= 0 && p.kind == "DELETE" && v.paths[other].kind == "CREATE" {
		v.set("path_new", v.paths[other].name)
	}
	if n > 1 && len(v.args) == 0 {
		names := make([]string, 0, n)
		for i := range v.paths {
			if v.paths[i].kind != "PARENT" && v.paths[i].name != "" {
				names = append(names, v.paths[i].name)
			}
		}
		v.set("paths", strings.Join(names, ", "))
	}
}

// auditJoin makes a relative name absolute.
func auditJoin(cwd, name string) string {
	if name == "" || name[0] == '/' || cwd == "" {
		return name
	}
	return path.Join(cwd, name)
}

// doubt says which records of the event are missing.
func (v *auditView) doubt() string {
	var why []string
	if v.items >= 0 && v.items != len(v.paths) && len(v.paths)+v.items > 0 {
		why = append(why, fmt.Sprintf("SYSCALL announces %d PATH records, %d are there", v.items, len(v.paths)))
	}
	if n := v.arguments(); v.argc > n {
		why = append(why, fmt.Sprintf("EXECVE announces %d arguments, %d are there", v.argc, n))
	}
	if !v.syscall && (len(v.paths) > 0 || v.argc >= 0) {
		why = append(why, "the SYSCALL record is missing")
	}
	if len(why) == 0 {
		return ""
	}
	return strings.Join(why, "; ") + ": records were lost, or stand in another file of the rotation"
}

// auditFamily names the first argument of socket(2).
func auditFamily(n int64) string {
	if n < 0 {
		return ""
	}
	return audit.FamilyName(int(n))
}

// auditSockopt names the socket options that attach filters.
func auditSockopt(level, opt int64) string {
	if level != 1 { // SOL_SOCKET
		return ""
	}
	switch opt {
	case 26:
		return "SO_ATTACH_FILTER"
	case 27:
		return "SO_DETACH_FILTER"
	case 44:
		return "SO_LOCK_FILTER"
	case 50:
		return "SO_ATTACH_BPF"
	}
	return strconv.FormatInt(opt, 10)
}
