package host

import (
	"math"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/record"
)

// statxMask is what is asked of the kernel: the basic fields, the birth time
// and the mount id.
const statxMask = unix.STATX_BASIC_STATS | unix.STATX_BTIME | unix.STATX_MNT_ID

// stater asks statx(2), Linux 4.11, and fstatat(2) where that is missing or
// forbidden (ENOSYS; EPERM by old container filters).
type stater struct{ old atomic.Bool }

// at fills f from the name, a NUL-terminated string at p, below dirfd.
func (s *stater) at(dirfd int, p unsafe.Pointer, flags int, f *record.File) error {
	if !s.old.Load() {
		var st unix.Statx_t
		_, _, e := unix.Syscall6(unix.SYS_STATX, uintptr(dirfd), uintptr(p), uintptr(flags|unix.AT_NO_AUTOMOUNT|unix.AT_STATX_DONT_SYNC), statxMask, uintptr(unsafe.Pointer(&st)), 0)
		if e == 0 {
			fromStatx(&st, f)
			return nil
		}
		if e != unix.ENOSYS && e != unix.EPERM {
			return e
		}
		if e == unix.ENOSYS {
			s.old.Store(true)
		}
	}
	var st unix.Stat_t
	_, _, e := unix.Syscall6(unix.SYS_NEWFSTATAT, uintptr(dirfd), uintptr(p), uintptr(unsafe.Pointer(&st)), uintptr(flags|unix.AT_NO_AUTOMOUNT), 0, 0)
	if e != 0 {
		return e
	}
	fromStat(&st, f)
	return nil
}

// name is at for a Go string.
func (s *stater) name(dirfd int, name string, flags int) (record.File, error) {
	var f record.File
	p, err := unix.BytePtrFromString(name)
	if err != nil {
		return f, unix.EINVAL
	}
	err = s.at(dirfd, unsafe.Pointer(p), flags, &f)
	return f, err
}

// fd stats an open descriptor, O_PATH ones too.
func (s *stater) fd(fd int) (record.File, error) {
	return s.name(fd, "", unix.AT_EMPTY_PATH)
}

func fromStatx(st *unix.Statx_t, f *record.File) {
	f.Type = "file"
	f.Dev = MakeDev(st.Dev_major, st.Dev_minor)
	f.Ino, f.MntID, f.Mode = st.Ino, st.Mnt_id, uint32(st.Mode)
	f.UID, f.GID, f.Nlink = st.Uid, st.Gid, st.Nlink
	f.Size = int64(st.Size)
	f.Atime = nanos(st.Atime.Sec, int64(st.Atime.Nsec))
	f.Mtime = nanos(st.Mtime.Sec, int64(st.Mtime.Nsec))
	f.Ctime = nanos(st.Ctime.Sec, int64(st.Ctime.Nsec))
	f.Btime = 0
	if st.Mask&unix.STATX_BTIME != 0 {
		f.Btime = nanos(st.Btime.Sec, int64(st.Btime.Nsec))
	}
	f.Attrs = st.Attributes & st.Attributes_mask
}

func fromStat(st *unix.Stat_t, f *record.File) {
	f.Type = "file"
	f.Dev, f.Ino, f.Mode = st.Dev, st.Ino, st.Mode
	f.UID, f.GID, f.Nlink = st.Uid, st.Gid, uint32(st.Nlink)
	f.Size = st.Size
	f.Atime, f.Mtime, f.Ctime = nanos(st.Atim.Unix()), nanos(st.Mtim.Unix()), nanos(st.Ctim.Unix())
	f.Btime, f.Attrs, f.MntID = 0, 0, 0
}

// nanos joins seconds and nanoseconds since 1970. Times that do not fit (before
// 1677, after 2262; a file may claim any) become the nearest that does.
func nanos(sec, nsec int64) int64 {
	const most = math.MaxInt64/1_000_000_000 - 1
	switch {
	case sec > most:
		return math.MaxInt64
	case sec < -most:
		return math.MinInt64
	}
	return sec*1_000_000_000 + nsec
}
