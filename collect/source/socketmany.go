package source

import (
	"sync"

	"github.com/saksi-dfir/saksi/collect/record"
)

const (
	readAtOnce = 512 // sockets that are read before their lines are written
	readAlone  = 64  // so few are read by one goroutine
)

// answer is what one descriptor gave: a record, or the errno of none.
type answer struct {
	r     *record.Socket
	errno string
}

// readSome reads some sockets of one process, many of them by two goroutines:
// each costs a dozen calls.
func (s *socketSweep) readSome(pidfd int, o *owner, fds []int) []answer {
	out := make([]answer, len(fds))
	read := func(from, to int) {
		for i := from; i < to; i++ {
			out[i].r, out[i].errno = s.read(pidfd, fds[i], o.fds[fds[i]])
		}
	}
	if len(fds) < readAlone {
		read(0, len(fds))
		return out
	}
	var wg sync.WaitGroup
	wg.Go(func() { read(len(fds)/2, len(fds)) })
	read(0, len(fds)/2)
	wg.Wait()
	return out
}

// netnsOf gives the namespace of a socket by inode, 0 when the kernel does not
// tell. The cookie of a namespace (SO_NETNS_COOKIE, Linux 5.14) never serves for
// another one, so that the inode is asked once for each.
func (s *socketSweep) netnsOf(fd int) uint64 {
	cookie, err := s.kernel.SocketUint64(fd, solSocket, soNetNSCookie)
	if err == nil {
		if ns, ok := s.cookies.Load(cookie); ok {
			return ns.(uint64)
		}
	}
	ns, failed := s.kernel.SocketNetNS(fd)
	if failed != nil {
		return 0
	}
	if err == nil && cookie != 0 && ns != 0 {
		s.cookies.Store(cookie, ns)
	}
	return ns
}
