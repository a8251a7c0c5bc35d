package audit

import (
	"strconv"
	"strings"
)

// Names holds the tables that turn numbers into names. Make one with NewNames
// and share it: it is read-only.
type Names struct {
	x86_64, i386, generic, types, errnos []string
}

// NewNames unfolds the tables.
func NewNames() *Names {
	return &Names{unfold(syscallsX86_64), unfold(syscallsI386), unfold(syscallsGeneric), unfold(recordTypes), unfold(errnos)}
}

// unfold turns a row of names into a table; "+N" skips N numbers.
func unfold(s string) []string {
	var out []string
	for _, w := range strings.Fields(s) {
		if n, err := strconv.Atoi(strings.TrimPrefix(w, "+")); err == nil && w[0] == '+' {
			out = append(out, make([]string, n)...)
			continue
		}
		out = append(out, w)
	}
	return out
}

func pick(table []string, n string) string {
	i, err := strconv.ParseUint(n, 10, 32)
	if err != nil || i >= uint64(len(table)) {
		return ""
	}
	return table[i]
}

// Arch names an architecture by the hexadecimal AUDIT_ARCH value of the
// record; unknown ones are returned as they are.
func Arch(hex string) string {
	switch hex {
	case "c000003e":
		return "x86_64"
	case "40000003":
		return "i386"
	case "c00000b7":
		return "aarch64"
	case "40000028":
		return "arm"
	case "c00000f3":
		return "riscv64"
	case "c0000015":
		return "ppc64le"
	case "80000015":
		return "ppc64"
	case "80000016":
		return "s390x"
	case "c0000102":
		return "loongarch64"
	}
	return hex
}

// Syscall names a system call of an architecture (as Arch gives it); "" when
// there is no table for it or no such call.
func (n *Names) Syscall(arch, number string) string {
	switch arch {
	case "x86_64":
		return pick(n.x86_64, number)
	case "i386":
		return pick(n.i386, number)
	case "aarch64", "riscv64", "loongarch64":
		return pick(n.generic, number)
	}
	return ""
}

// Type names a record type that was written as a number or as UNKNOWN[n];
// names are returned as they are.
func (n *Names) Type(t string) string {
	d := strings.TrimSuffix(strings.TrimPrefix(t, "UNKNOWN["), "]")
	if d == "" || d[0] < '0' || d[0] > '9' {
		return t
	}
	if name := pick(n.types, d); name != "" {
		return name
	}
	return t
}

// Errno names the error of a negative exit value such as "-13"; "" when it is
// none. The numbers are those of x86 and the generic ABI.
func (n *Names) Errno(exit string) string {
	d, ok := strings.CutPrefix(exit, "-")
	if !ok {
		return ""
	}
	return pick(n.errnos, d)
}
