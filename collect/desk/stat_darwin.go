package desk

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// statOf is the full stat of an open file (fstat(2) with birth time).
func statOf(f *os.File) (*bundle.Stat, error) {
	var x unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &x); err != nil {
		return nil, fmt.Errorf("fstat: %w", err)
	}
	return &bundle.Stat{Dev: uint64(x.Dev), Ino: x.Ino, Mode: uint32(x.Mode), UID: x.Uid, GID: x.Gid, Nlink: uint32(x.Nlink), Size: x.Size,
		Atime: x.Atim.Nano(), Mtime: x.Mtim.Nano(), Ctime: x.Ctim.Nano(), Btime: x.Btim.Nano()}, nil
}
