package host

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"
)

// readIdentity asks the tree who the host claims to be. What a live kernel
// knows better (boot id, kernel release, node name) is filled in by the caller.
func readIdentity(t files) Identity {
	var id Identity
	id.MachineID = machineID(small(t, "/etc/machine-id"))
	if id.MachineID == "" {
		id.MachineID = machineID(small(t, "/var/lib/dbus/machine-id"))
	}
	id.Hostname = firstLine(small(t, "/etc/hostname"))
	if id.Hostname == "" {
		id.Hostname = strings.Trim(assignment(small(t, "/etc/sysconfig/network"), "HOSTNAME"), `"'`)
	}
	release := small(t, "/etc/os-release")
	if release == nil {
		release = small(t, "/usr/lib/os-release")
	}
	id.OS = shellValue(assignment(release, "PRETTY_NAME"))
	if id.OS == "" {
		id.OS = firstLine(small(t, "/etc/redhat-release"))
	}
	id.Zone, id.ZoneData = readZone(t)
	return id
}

// maxZone bounds the bytes of /etc/localtime that go into the run record.
const maxZone = 64 << 10

// readZone names the zone from the link /etc/localtime, else from
// /etc/timezone (Debian) or /etc/sysconfig/clock, and gives the TZif bytes.
func readZone(t files) (string, []byte) {
	var name string
	if target, err := t.Readlink("/etc/localtime"); err == nil {
		if _, after, ok := strings.Cut(target, "zoneinfo/"); ok {
			name = after
		}
	}
	if name == "" {
		name = firstLine(small(t, "/etc/timezone"))
	}
	if name == "" {
		name = shellValue(assignment(small(t, "/etc/sysconfig/clock"), "ZONE"))
	}
	for _, prefix := range []string{"posix/", "right/"} {
		name = strings.TrimPrefix(name, prefix)
	}
	data, cut, err := t.ReadFile("/etc/localtime", maxZone)
	if err != nil || cut || !bytes.HasPrefix(data, []byte("TZif")) {
		data = nil
	}
	return cleanName(name), data
}

// cleanName keeps a name only when it is short, printable ASCII: identity
// strings come from the suspect disk and are used in file names.
func cleanName(s string) string {
	if len(s) > 255 {
		return ""
	}
	for i := 0; i < len(s); i++ {
		if s[i] <= 0x20 || s[i] >= 0x7f {
			return ""
		}
	}
	return s
}

func small(t files, path string) []byte {
	data, _, err := t.ReadFile(path, 64<<10)
	if err != nil {
		return nil
	}
	return data
}

func firstLine(b []byte) string {
	line, _, _ := bytes.Cut(bytes.TrimLeft(b, "\n"), []byte("\n"))
	return strings.TrimSpace(string(line))
}

// machineID accepts 32 hex digits (machine-id(5)).
func machineID(b []byte) string {
	s := strings.ReplaceAll(firstLine(b), "-", "")
	if _, err := hex.DecodeString(s); err != nil || len(s) != 32 {
		return ""
	}
	return strings.ToLower(s)
}

// assignment finds KEY=value in a shell-like file.
func assignment(b []byte, key string) string {
	for line := range bytes.SplitSeq(b, []byte("\n")) {
		k, v, ok := strings.Cut(strings.TrimSpace(string(line)), "=")
		if ok && strings.TrimSpace(k) == key {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

func shellValue(v string) string {
	if u, err := strconv.Unquote(v); err == nil {
		return u
	}
	return strings.Trim(v, `"'`)
}

// files is the part of Files that identity needs.
type files interface {
	Readlink(path string) (string, error)
	ReadFile(path string, limit int64) (data []byte, cut bool, err error)
}
