package desk

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

const (
	holeFile = 1 << 30 // the size from which holes are passed over, bytes
	holeMin  = 1 << 20 // and how long one must be
)

// holed gives the bytes of a file, holes included: those of large sparse files,
// such as lastlog, are not read from the disk, which would fill the page cache
// with zeros (lseek(2) SEEK_DATA).
func holed(f *os.File, size int64) io.Reader {
	if size < holeFile {
		return f
	}
	return &holeReader{f: f, size: size}
}

type holeReader struct {
	f    *os.File
	size int64
	pos  int64
	data int64 // end of the stretch of data that pos is in; 0 before the first look
	hole int64 // end of the hole that pos is in
}

// Read implements io.Reader.
func (r *holeReader) Read(p []byte) (int, error) {
	if r.pos >= r.data && r.pos >= r.hole && r.pos < r.size {
		r.look()
	}
	if r.pos < r.hole {
		n := int(min(int64(len(p)), r.hole-r.pos))
		clear(p[:n])
		r.pos += int64(n)
		return n, nil
	}
	if room := r.data - r.pos; room > 0 {
		p = p[:min(int64(len(p)), room)]
	}
	n, err := r.f.ReadAt(p, r.pos)
	r.pos += int64(n)
	if n > 0 && err == io.EOF {
		err = nil
	}
	return n, err
}

// look finds what lies at pos: a hole worth passing over, or data.
func (r *holeReader) look() {
	fd := int(r.f.Fd())
	from, err := unix.Seek(fd, r.pos, unix.SEEK_DATA)
	if err == unix.ENXIO { // no data behind pos: a hole up to the end, which may have come nearer
		var st os.FileInfo
		if st, err = r.f.Stat(); err == nil {
			from = st.Size()
		}
	}
	if err != nil || from < r.pos { // the file system knows no holes, or the file was cut
		r.data = r.size
		return
	}
	if from = min(from, r.size); from-r.pos >= holeMin {
		r.hole = from
		return
	}
	to, err := unix.Seek(fd, max(from, r.pos), unix.SEEK_HOLE)
	if err != nil || to <= r.pos {
		to = r.size
	}
	r.data = to
}
