package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4/y"
	"golang.org/x/sys/unix"
)

const (
	logSize   = 256 << 20 // bytes from which a value log is followed by another
	logHead   = 20        // key number, IV
	logBuffer = 1 << 20   // bytes that are written at once
)

func logName(n uint32) string { return fmt.Sprintf("%06d.vlog", n) }

// pointerBytes is the size of a pointer into a value log: file, length and
// offset of an entry, 4 bytes each.
const pointerBytes = 12

type logPointer struct{ file, n, at uint32 }

func (p logPointer) bytes() []byte {
	b := binary.LittleEndian.AppendUint32(make([]byte, 0, pointerBytes), p.file)
	return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(b, p.n), p.at)
}

func readPointer(b []byte) logPointer {
	return logPointer{binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint32(b[8:])}
}

// valueLog writes the value logs of a generation, and hashes them on the way:
// nothing is read again. The form is Badger's (value.go, memtable.go and
// structs.go of v4.9.6): a head of zeros, then of each entry meta, user meta,
// uv key length, uv value length, uv expiry, key, value, CRC-32C of these.
type valueLog struct {
	dir  string
	most int64  // bytes of a file, unless one entry has more
	last uint32 // number of the file that was begun or taken over last
	no   uint32 // of f
	f    *os.File
	at   int64 // bytes of the file, with those of buf
	buf  []byte
	hash hash.Hash
	done []fileInfo
}

// add appends an entry and gives the pointer to it: file, length, offset.
func (l *valueLog) add(key, value []byte) (pointer []byte, err error) {
	const most = 2 + 3*binary.MaxVarintLen64 + crc32.Size
	if size := int64(most + len(key) + len(value)); l.f == nil || l.at > logHead && l.at+size > l.most {
		if err := l.next(); err != nil {
			return nil, err
		}
	}
	start := len(l.buf)
	b := append(l.buf, 0, 0)
	b = append(putLen(putLen(b, len(key)), len(value)), 0)
	b = append(append(b, key...), value...)
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(b[start:], y.CastagnoliCrcTable))
	l.buf = b
	pointer = logPointer{file: l.no, n: uint32(len(b) - start), at: uint32(l.at)}.bytes()
	l.at += int64(len(b) - start)
	if len(b) >= logBuffer {
		err = l.flush()
	}
	return pointer, err
}

// next begins a file.
func (l *valueLog) next() error {
	if err := l.end(); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(l.dir, logName(l.last+1)), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	l.last++
	l.no = l.last
	l.f, l.at, l.hash = f, logHead, sha256.New()
	l.buf = append(l.buf[:0], make([]byte, logHead)...)
	return nil
}

// flush writes what waits, and has the kernel begin to bring it to the disk.
func (l *valueLog) flush() error {
	if len(l.buf) == 0 {
		return nil
	}
	if _, err := l.f.Write(l.buf); err != nil {
		return writeError(l.f.Name(), int64(len(l.buf)), err)
	}
	beginSync(l.f, l.at-int64(len(l.buf)), int64(len(l.buf)))
	l.hash.Write(l.buf)
	l.buf = l.buf[:0]
	if cap(l.buf) > 4*logBuffer {
		l.buf = nil
	}
	return nil
}

// end syncs and closes the file that is being written.
func (l *valueLog) end() error {
	if l.f == nil {
		return nil
	}
	if err := l.flush(); err != nil {
		return err
	}
	if err := l.f.Sync(); err != nil {
		return writeError(l.f.Name(), 0, err)
	}
	f := l.f
	l.f = nil
	if err := f.Close(); err != nil {
		return fmt.Errorf("store: close %q: %w", f.Name(), err)
	}
	l.done = append(l.done, fileInfo{name: filepath.Base(f.Name()), size: l.at, sum: hex.EncodeToString(l.hash.Sum(nil))})
	return nil
}

// link takes over a finished value log of another generation, under a number
// of its own. Its bytes are on the disk.
func (l *valueLog) link(from string, x fileInfo) (number uint32, err error) {
	name := logName(l.last + 1)
	if err := os.Link(from, filepath.Join(l.dir, name)); err != nil {
		return 0, fmt.Errorf("store: %w", err)
	}
	l.last++
	l.done = append(l.done, fileInfo{name: name, size: x.size, sum: x.sum})
	return l.last, nil
}

// drop closes the file that is being written, which is of no use any more.
func (l *valueLog) drop() error {
	if l.f == nil {
		return nil
	}
	err := l.f.Close()
	l.f = nil
	return err
}

// writeError names a file that could not be written; a full disk is said as
// one that was foreseen.
func writeError(path string, need int64, err error) error {
	var st unix.Statfs_t
	if errors.Is(err, unix.ENOSPC) && unix.Statfs(filepath.Dir(path), &st) == nil {
		free := int64(st.Bavail) * int64(st.Bsize)
		return &NoSpaceError{Path: filepath.Dir(path), Need: max(need, free+1), Free: free}
	}
	return fmt.Errorf("store: write %q: %w", path, err)
}
