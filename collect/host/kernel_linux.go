package host

import (
	"errors"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/record"
)

const (
	soGetFilter = unix.SO_ATTACH_FILTER // the same number read back, socket(7)
	siocgskns   = 0x894C                // linux/sockios.h SIOCGSKNS
	kcmpFiles   = 2                     // linux/kcmp.h KCMP_FILES
	maxInsns    = 4096                  // BPF_MAXINSNS
)

// kernel makes the calls on the running host. All of them only look.
type kernel struct{}

func newKernel() Kernel { return kernel{} }

// PidfdOpen implements Kernel.
func (kernel) PidfdOpen(pid int, thread bool) (int, error) {
	flags := 0
	if thread {
		flags = unix.O_EXCL // PIDFD_THREAD
	}
	return unix.PidfdOpen(pid, flags)
}

// PidfdGetfd implements Kernel.
func (kernel) PidfdGetfd(pidfd, targetfd int) (int, error) {
	return unix.PidfdGetfd(pidfd, targetfd, 0)
}

// KcmpFiles implements Kernel.
func (kernel) KcmpFiles(pid1, pid2 int) (bool, error) {
	r, _, no := unix.Syscall6(unix.SYS_KCMP, uintptr(pid1), uintptr(pid2), kcmpFiles, 0, 0, 0)
	if no != 0 {
		return false, no
	}
	return r == 0, nil
}

// SocketFilter implements Kernel. The length of SO_GET_FILTER counts
// instructions; a filter that grows between the two calls is asked for again.
func (kernel) SocketFilter(fd int) ([]record.Insn, error) {
	for range 4 {
		n, err := getsockopt(fd, unix.SOL_SOCKET, soGetFilter, nil, 0)
		if err != nil || n == 0 {
			return nil, err
		}
		raw := make([]unix.SockFilter, min(n, maxInsns))
		n, err = getsockopt(fd, unix.SOL_SOCKET, soGetFilter, unsafe.Pointer(&raw[0]), uint32(len(raw)))
		if errors.Is(err, unix.EINVAL) {
			continue
		}
		if err != nil {
			return nil, err
		}
		raw = raw[:min(int(n), len(raw))]
		out := make([]record.Insn, len(raw))
		for i, in := range raw {
			out[i] = record.Insn{Code: in.Code, JT: in.Jt, JF: in.Jf, K: in.K}
		}
		return out, nil
	}
	return nil, unix.EAGAIN
}

// SocketInt implements Kernel.
func (kernel) SocketInt(fd, level, opt int) (int, error) {
	return unix.GetsockoptInt(fd, level, opt)
}

// SocketUint64 implements Kernel.
func (kernel) SocketUint64(fd, level, opt int) (uint64, error) {
	return unix.GetsockoptUint64(fd, level, opt)
}

// SocketName implements Kernel: the raw sockaddr bytes; an unconnected socket
// has no peer and that is no error.
func (kernel) SocketName(fd int) (local, peer []byte, err error) {
	if local, err = sockaddr(unix.SYS_GETSOCKNAME, fd); err != nil {
		return nil, nil, err
	}
	peer, err = sockaddr(unix.SYS_GETPEERNAME, fd)
	if err != nil {
		return local, nil, nil
	}
	return local, peer, nil
}

// SocketNetNS implements Kernel.
func (kernel) SocketNetNS(fd int) (uint64, error) {
	ns, _, no := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), siocgskns, 0)
	if no != 0 {
		return 0, no
	}
	defer unix.Close(int(ns))
	var st unix.Stat_t
	if err := unix.Fstat(int(ns), &st); err != nil {
		return 0, err
	}
	return st.Ino, nil
}

// Inode implements Kernel.
func (kernel) Inode(fd int) (uint64, uint32, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return 0, 0, err
	}
	return st.Ino, st.Uid, nil
}

// ReadMemory implements Kernel.
func (kernel) ReadMemory(pid int, addr uint64, buf []byte) (int, error) {
	if len(buf) == 0 {
		return 0, nil
	}
	local := unix.Iovec{Base: &buf[0]}
	local.SetLen(len(buf))
	return unix.ProcessVMReadv(pid, []unix.Iovec{local}, []unix.RemoteIovec{{Base: uintptr(addr), Len: len(buf)}}, 0)
}

// Log implements Kernel.
func (kernel) Log(limit int) ([]byte, error) {
	const readAll, sizeBuffer = 3, 10 // SYSLOG_ACTION_*
	size, err := unix.Klogctl(sizeBuffer, nil)
	if err != nil {
		return nil, err
	}
	buf := make([]byte, min(max(size, 1), limit))
	n, err := unix.Klogctl(readAll, buf)
	if err != nil {
		return nil, err
	}
	return buf[:n], nil
}

// Close implements Kernel.
func (kernel) Close(fd int) { _ = unix.Close(fd) }

// ProcsCount implements Kernel.
func (kernel) ProcsCount() (uint16, error) {
	var si unix.Sysinfo_t
	if err := unix.Sysinfo(&si); err != nil {
		return 0, err
	}
	return si.Procs, nil
}

// PageSize implements Kernel.
func (kernel) PageSize() int { return unix.Getpagesize() }

func getsockopt(fd, level, opt int, buf unsafe.Pointer, size uint32) (uint32, error) {
	_, _, no := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), uintptr(level), uintptr(opt),
		uintptr(buf), uintptr(unsafe.Pointer(&size)), 0)
	if no != 0 {
		return 0, no
	}
	return size, nil
}

// getsockoptBytes fills a struct whose head says what is asked for.
func getsockoptBytes(fd, level, opt int, b []byte) error {
	_, err := getsockopt(fd, level, opt, unsafe.Pointer(&b[0]), uint32(len(b)))
	return err
}

func sockaddr(call uintptr, fd int) ([]byte, error) {
	var raw [unix.SizeofSockaddrAny + 16]byte
	size := uint32(len(raw))
	_, _, no := unix.Syscall(call, uintptr(fd), uintptr(unsafe.Pointer(&raw[0])), uintptr(unsafe.Pointer(&size)))
	if no != 0 {
		return nil, no
	}
	return append([]byte(nil), raw[:min(int(size), len(raw))]...), nil
}
