package host

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// ParseMountinfo reads the text of /proc/PID/mountinfo (proc(5)). Lines that
// do not have its shape are left out and counted: the table comes from the
// kernel, but a mounted tree may hold anything.
func ParseMountinfo(text []byte) (mounts []Mount, bad int) {
	for line := range bytes.SplitSeq(text, []byte("\n")) {
		if len(line) == 0 {
			continue
		}
		m, err := parseMount(string(line))
		if err != nil {
			bad++
			continue
		}
		mounts = append(mounts, m)
	}
	return mounts, bad
}

// parseMount reads "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw".
func parseMount(line string) (Mount, error) {
	left, right, ok := strings.Cut(line, " - ")
	f := strings.Fields(left)
	g := strings.SplitN(right, " ", 3)
	if !ok || len(f) < 6 || len(g) < 2 {
		return Mount{}, fmt.Errorf("mountinfo line %q: too few fields", line)
	}
	id, err1 := strconv.Atoi(f[0])
	parent, err2 := strconv.Atoi(f[1])
	major, minor, ok := strings.Cut(f[2], ":")
	maj, err3 := strconv.ParseUint(major, 10, 32)
	mnr, err4 := strconv.ParseUint(minor, 10, 32)
	if err1 != nil || err2 != nil || err3 != nil || err4 != nil || !ok {
		return Mount{}, fmt.Errorf("mountinfo line %q: bad number", line)
	}
	m := Mount{
		ID: id, Parent: parent, Dev: MakeDev(uint32(maj), uint32(mnr)),
		Root: unescapeMount(f[3]), Point: unescapeMount(f[4]), Options: f[5],
		FSType: g[0], Source: unescapeMount(g[1]), Line: line,
	}
	if len(g) == 3 {
		m.Super = g[2]
	}
	return m, nil
}

// MakeDev packs a device number as Linux's makedev(3) does, the form in which
// record.File.Dev and Mount.Dev carry it.
func MakeDev(major, minor uint32) uint64 {
	d := (uint64(major) & 0x00000fff) << 8
	d |= (uint64(major) & 0xfffff000) << 32
	d |= uint64(minor) & 0x000000ff
	d |= (uint64(minor) & 0xffffff00) << 12
	return d
}

// unescapeMount undoes the kernel's octal escapes (\040 space, \011 tab,
// \012 newline, \134 backslash).
func unescapeMount(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if v, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b = append(b, byte(v))
				i += 3
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

// Storage classes of a mount.
const (
	StorageLocal  = "local"  // a file system on this host's own storage or memory
	StorageRemote = "remote" // network or FUSE: answered by a daemon or another host
	StoragePseudo = "pseudo" // kernel objects shown as files
	StorageAutofs = "autofs" // entering it would make a daemon mount something
)

// Storage tells what stands behind a mount. Unknown types count as local:
// better walked than missed.
func (m Mount) Storage() string {
	t := m.FSType
	if strings.HasPrefix(t, "fuse") && t != "fusectl" {
		return StorageRemote
	}
	switch t {
	case "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "virtiofs", "ceph", "afs", "coda", "ncpfs", "ncp",
		"glusterfs", "lustre", "beegfs", "gpfs", "ocfs2", "gfs2", "orangefs", "pvfs2", "davfs", "vboxsf", "prl_fs", "vmhgfs", "shfs":
		return StorageRemote
	case "proc", "sysfs", "cgroup", "cgroup2", "devpts", "debugfs", "tracefs", "securityfs", "selinuxfs", "smackfs",
		"pstore", "efivarfs", "bpf", "configfs", "fusectl", "mqueue", "hugetlbfs", "binfmt_misc", "nsfs", "rpc_pipefs",
		"nfsd", "sockfs", "pipefs", "anon_inodefs", "cpuset", "resctrl", "binder", "functionfs", "xenfs":
		return StoragePseudo
	case "autofs":
		return StorageAutofs
	}
	return StorageLocal
}
