package host

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseMountinfo(t *testing.T) {
	text := "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n" +
		"27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n" +
		"90 27 0:44 / /a\\040b\\134c\\012d rw - tmpfs some\\040thing\n" +
		"garbage line\n\n" +
		"91 27 x:0 / / rw - ext4 /dev/vda rw\n"
	got, bad := ParseMountinfo([]byte(text))
	want := []Mount{
		{ID: 36, Parent: 35, Dev: MakeDev(98, 0), Root: "/mnt1", Point: "/mnt2", Options: "rw,noatime", FSType: "ext3", Source: "/dev/root", Super: "rw,errors=continue",
			Line: "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue"},
		{ID: 27, Parent: 1, Dev: MakeDev(254, 0), Root: "/", Point: "/", Options: "rw,relatime", FSType: "ext4", Source: "/dev/vda", Super: "rw",
			Line: "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw"},
		{ID: 90, Parent: 27, Dev: MakeDev(0, 44), Root: "/", Point: "/a b\\c\nd", Options: "rw", FSType: "tmpfs", Source: "some thing",
			Line: "90 27 0:44 / /a\\040b\\134c\\012d rw - tmpfs some\\040thing"},
	}
	if d := cmp.Diff(want, got); d != "" || bad != 2 {
		t.Errorf("bad lines %d, want 2; diff (-want +got):\n%s", bad, d)
	}
}

func TestStorage(t *testing.T) {
	for fs, want := range map[string]string{
		"ext4": StorageLocal, "xfs": StorageLocal, "tmpfs": StorageLocal, "overlay": StorageLocal, "somethingnew": StorageLocal,
		"nfs4": StorageRemote, "cifs": StorageRemote, "fuse.sshfs": StorageRemote, "fuseblk": StorageRemote,
		"proc": StoragePseudo, "cgroup2": StoragePseudo, "fusectl": StoragePseudo, "autofs": StorageAutofs,
	} {
		if got := (Mount{FSType: fs}).Storage(); got != want {
			t.Errorf("Storage of %q = %q, want %q", fs, got, want)
		}
	}
}

func FuzzParseMountinfo(f *testing.F) {
	f.Add([]byte("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw\n"))
	f.Add([]byte("1 1 0:1 / /\\04 rw - a b"))
	f.Fuzz(func(t *testing.T, text []byte) {
		mounts, bad := ParseMountinfo(text)
		if lines := bytes.Count(text, []byte("\n")) + 1; len(mounts)+bad > lines {
			t.Errorf("%d mounts and %d bad lines of %d lines", len(mounts), bad, lines)
		}
		for _, m := range mounts {
			if m.Line == "" || len(unescapeMount(m.Point)) > len(m.Line) {
				t.Errorf("mount %+v of %q", m, text)
			}
		}
	})
}
