package desk

import (
	"io"
	"os"
	"path"
	"strings"
)

// tree says how paths below a given directory map to paths of the host.
type tree struct {
	root   bool   // the directory is the root of a host
	prefix string // or a directory below it is ("[root]/", as UAC lays it out)
}

// tree looks whether a directory is the root of a host's file system, and
// takes host name and zone from it when none were given.
func (s *Survey) tree(root *os.Root) tree {
	for _, prefix := range []string{"", "[root]/"} {
		if !isRoot(root, prefix) {
			continue
		}
		if s.Host == "" {
			s.Host = strings.TrimSpace(readSome(root, prefix+"etc/hostname", 256))
		}
		if s.Zone == "" {
			s.Zone = zoneOf(root, prefix)
		}
		if s.os == "" {
			s.os = prettyName(readSome(root, prefix+"etc/os-release", 16<<10))
		}
		if len(s.tz) == 0 {
			s.tz = []byte(readSome(root, prefix+"etc/localtime", 64<<10))
		}
		return tree{root: prefix == "", prefix: prefix}
	}
	return tree{}
}

// isRoot asks for two of the marks of a root directory, or for its logs.
func isRoot(root *os.Root, prefix string) bool {
	if st, err := root.Lstat(prefix + "var/log"); err == nil && st.IsDir() {
		return true
	}
	n := 0
	for _, mark := range []string{"etc/passwd", "etc/os-release", "etc/hostname", "usr/bin", "root", "home", "var/lib"} {
		if _, err := root.Lstat(prefix + mark); err == nil {
			n++
		}
	}
	return n >= 2
}

// original is the path of the host: absolute below a root, else relative to
// the given directory.
func (t tree) original(rel string) string {
	if t.root {
		return "/" + rel
	}
	if t.prefix != "" {
		if p, ok := strings.CutPrefix(rel, t.prefix); ok {
			return "/" + p
		}
	}
	return rel
}

// readSome reads a small regular file below the root; "" when it cannot.
func readSome(root *os.Root, name string, limit int64) string {
	st, err := root.Lstat(name)
	if err != nil || !st.Mode().IsRegular() {
		return ""
	}
	f, err := root.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit))
	if err != nil {
		return ""
	}
	return string(b)
}

// zoneOf takes the zone from where /etc/localtime points, else /etc/timezone.
func zoneOf(root *os.Root, prefix string) string {
	if target, err := root.Readlink(prefix + "etc/localtime"); err == nil {
		if _, zone, ok := strings.Cut(path.Clean(target), "/zoneinfo/"); ok {
			return zone
		}
	}
	return strings.TrimSpace(readSome(root, prefix+"etc/timezone", 256))
}

// prettyName is PRETTY_NAME of os-release(5).
func prettyName(text string) string {
	for line := range strings.Lines(text) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), "PRETTY_NAME="); ok {
			return strings.Trim(v, `"'`)
		}
	}
	return ""
}
