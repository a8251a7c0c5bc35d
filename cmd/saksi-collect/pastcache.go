package main

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// The ways in which a bundle leaves the host (bundle/FORMAT.md, run.json).
const (
	outDirect   = "direct"   // O_DIRECT: past the page cache
	outWindows  = "windows"  // buffered, written through and dropped window by window
	outBuffered = "buffered" // neither was possible
	outMemory   = "memory"   // the file system itself lives in memory
	outPipe     = "pipe"
	outSocket   = "socket"
	outDevice   = "device"
)

const (
	blockSize  = 1 << 20 // of one write
	blockAlign = 4096    // of address, offset and length under O_DIRECT
	windowSize = 8 << 20
	// reserveSize, and a 1024th of what was written, stays allocated behind the
	// end, so that a disk that fills up still takes the seal: the list of frames
	// alone grows by 100 bytes for each MiB of evidence. It is given back at the end.
	reserveSize = 16 << 20
)

// pastCache writes a new regular file without filling the page cache: what
// the bundle takes of it would push out cached files and, during a RAM image,
// overwrite free memory with the image itself. One block is written while the
// next one is filled.
type pastCache struct {
	f    *os.File
	how  atomic.Value // string
	cur  []byte
	pos  int64 // where cur goes
	work chan pastBlock
	back chan []byte
	wg   sync.WaitGroup

	dropped  int64 // up to here the cache was dropped (windows)
	reserved int64 // up to here blocks are allocated
	noSpace  atomic.Bool
	mu       sync.Mutex
	err      error
	closed   bool
}

type pastBlock struct {
	b   []byte
	off int64
}

// newPastCache takes over f, which must be new and empty.
func newPastCache(f *os.File) (*pastCache, error) {
	p := &pastCache{f: f, work: make(chan pastBlock), back: make(chan []byte, 2)}
	p.how.Store(p.begin())
	for range 2 {
		b, err := unix.Mmap(-1, 0, blockSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
		if err != nil {
			return nil, fmt.Errorf("--out: buffer: %w", err)
		}
		p.back <- b
	}
	p.cur = (<-p.back)[:0]
	p.reserve(0)
	p.wg.Add(1)
	go p.drain()
	return p, nil
}

// begin tries O_DIRECT. Since Linux 6.6 tmpfs takes the flag and ignores it:
// the type of the file system is asked first.
func (p *pastCache) begin() string {
	if inMemory(p.f) {
		return outMemory
	}
	if setDirect(p.f, true) == nil {
		return outDirect
	}
	return outWindows
}

// inMemory says whether a file system keeps its files in memory (statfs(2)).
func inMemory(f *os.File) bool {
	var st unix.Statfs_t
	if unix.Fstatfs(int(f.Fd()), &st) != nil {
		return false
	}
	switch int64(st.Type) {
	case unix.TMPFS_MAGIC, unix.RAMFS_MAGIC, unix.HUGETLBFS_MAGIC:
		return true
	}
	return false
}

// setDirect sets or clears O_DIRECT of an open file (fcntl(2) F_SETFL).
func setDirect(f *os.File, on bool) error {
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	if err != nil {
		return err
	}
	if on {
		flags |= unix.O_DIRECT
	} else {
		flags &^= unix.O_DIRECT
	}
	_, err = unix.FcntlInt(f.Fd(), unix.F_SETFL, flags)
	return err
}

// Write implements io.Writer. The error of an earlier block comes with a later
// call.
func (p *pastCache) Write(b []byte) (int, error) {
	total := len(b)
	for len(b) > 0 {
		if err := p.failed(); err != nil {
			return total - len(b), err
		}
		n := copy(p.cur[len(p.cur):blockSize], b)
		p.cur = p.cur[:len(p.cur)+n]
		b = b[n:]
		if len(p.cur) == blockSize {
			p.work <- pastBlock{p.cur, p.pos}
			p.pos += blockSize
			p.cur = (<-p.back)[:0]
		}
	}
	return total, nil
}

func (p *pastCache) failed() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

func (p *pastCache) drain() {
	defer p.wg.Done()
	for w := range p.work {
		if p.failed() == nil {
			if err := p.put(w.b, w.off); err != nil {
				p.mu.Lock()
				p.err = err
				p.mu.Unlock()
			}
		}
		p.back <- w.b[:0]
	}
}

// put writes one block. A file system that takes O_DIRECT at open and refuses
// it at the first write (EINVAL) gets windows from there on.
func (p *pastCache) put(b []byte, off int64) error {
	p.reserve(off + int64(len(b)))
	_, err := p.f.WriteAt(b, off)
	if errors.Is(err, unix.EINVAL) && p.how.Load() == outDirect {
		if err := setDirect(p.f, false); err != nil {
			return err
		}
		p.how.Store(outWindows)
		_, err = p.f.WriteAt(b, off)
	}
	if err != nil {
		return err
	}
	if p.how.Load() == outWindows {
		p.window(off, int64(len(b)))
	}
	return nil
}

// window starts writing what was just put, and drops from the cache the window
// before, once it is on the disk (sync_file_range(2), posix_fadvise(2): dirty
// pages cannot be dropped). A file system that knows neither leaves it cached.
func (p *pastCache) window(off, n int64) {
	fd := int(p.f.Fd())
	if unix.SyncFileRange(fd, off, n, unix.SYNC_FILE_RANGE_WRITE) != nil {
		p.how.Store(outBuffered)
		return
	}
	if off+n-p.dropped < 2*windowSize {
		return
	}
	const all = unix.SYNC_FILE_RANGE_WAIT_BEFORE | unix.SYNC_FILE_RANGE_WRITE | unix.SYNC_FILE_RANGE_WAIT_AFTER
	if unix.SyncFileRange(fd, p.dropped, windowSize, all) == nil && unix.Fadvise(fd, p.dropped, windowSize, unix.FADV_DONTNEED) == nil {
		p.dropped += windowSize
	}
}

// reserve keeps blocks allocated behind what is written. That it cannot says
// that the disk is full, while there is still room for the seal. Where there
// was no room from the start, or in memory, there is no reserve.
func (p *pastCache) reserve(end int64) {
	want := reserveSize + end>>10
	if end+want/2 <= p.reserved || end > 0 && p.reserved == 0 || p.how.Load() == outMemory {
		return
	}
	switch err := unix.Fallocate(int(p.f.Fd()), unix.FALLOC_FL_KEEP_SIZE, p.reserved, end+want-p.reserved); {
	case err == nil:
		p.reserved = end + want
	case p.reserved > 0 && (errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT)):
		p.noSpace.Store(true)
	}
}

// full says whether the reserve could not be kept up.
func (p *pastCache) full() bool { return p.noSpace.Load() }

// Flush puts what is buffered into the file, for a checkpoint proves only what
// outlives this process. The block stays and is written again when it is full.
func (p *pastCache) Flush() error {
	if p.closed {
		return nil
	}
	other := <-p.back // nothing is being written now
	defer func() { p.back <- other }()
	if err := p.failed(); err != nil {
		return err
	}
	if err := p.tail(); err != nil {
		return err
	}
	if p.how.Load() == outDirect {
		return setDirect(p.f, true)
	}
	return nil
}

// tail writes the block being filled. What is no multiple of the alignment
// goes through the cache: one page, which the next direct write drops.
func (p *pastCache) tail() error {
	whole := len(p.cur) &^ (blockAlign - 1)
	if whole > 0 {
		if err := p.put(p.cur[:whole], p.pos); err != nil {
			return err
		}
	}
	rest := p.cur[whole:]
	if len(rest) == 0 {
		return nil
	}
	if p.how.Load() == outDirect {
		if err := setDirect(p.f, false); err != nil {
			return err
		}
	}
	_, err := p.f.WriteAt(rest, p.pos+int64(whole))
	return err
}

// finish writes the rest, gives the reserve back and makes the file durable.
// After a failed write it only gives the reserve back.
func (p *pastCache) finish() error {
	if p.closed {
		return nil
	}
	p.closed = true
	close(p.work)
	p.wg.Wait()
	err := p.failed()
	if err == nil {
		err = p.tail()
	}
	if st, serr := p.f.Stat(); serr == nil && p.reserved > st.Size() {
		err = errors.Join(err, p.f.Truncate(st.Size()))
	}
	err = errors.Join(err, p.f.Sync())
	if p.how.Load() != outMemory {
		_ = unix.Fadvise(int(p.f.Fd()), 0, 0, unix.FADV_DONTNEED) // nothing is lost when it stays cached
	}
	return err
}
