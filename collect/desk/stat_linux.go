package desk

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// statOf is the full stat of an open file, birth time included where the file
// system has one (statx(2)).
func statOf(f *os.File) (*bundle.Stat, error) {
	var x unix.Statx_t
	if err := unix.Statx(int(f.Fd()), "", unix.AT_EMPTY_PATH, unix.STATX_BASIC_STATS|unix.STATX_BTIME, &x); err != nil {
		return nil, fmt.Errorf("statx: %w", err)
	}
	ns := func(t unix.StatxTimestamp) int64 { return t.Sec*1e9 + int64(t.Nsec) }
	s := &bundle.Stat{Dev: unix.Mkdev(x.Dev_major, x.Dev_minor), Ino: x.Ino, Mode: uint32(x.Mode), UID: x.Uid, GID: x.Gid, Nlink: x.Nlink,
		Size: int64(x.Size), Atime: ns(x.Atime), Mtime: ns(x.Mtime), Ctime: ns(x.Ctime)}
	if x.Mask&unix.STATX_BTIME != 0 {
		s.Btime = ns(x.Btime)
	}
	return s, nil
}
