// Package hosttest replays recorded kernel replies as a host.Host: the process
// and socket records that the real collector saved (collect/record) answer the
// procfs reads and kernel calls they were made of. Sources can so be run
// without rights, on any system, and against kernels that refuse calls. It is
// never linked into saksi-collect.
package hosttest

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// Recording is what a replayed host is made of.
type Recording struct {
	Processes []record.Process
	Sockets   []record.Socket
	// Exes are contents of executables by pid, for /proc/PID/exe.
	Exes     map[int][]byte
	Clock    record.Clock
	Identity host.Identity
	Files    host.Files // nil: an empty tree
	Facts    []string
}

// Host is a replayed host. Its parts may be changed before it is used.
type Host struct {
	host.Files
	P       *Proc
	K       *Kernel
	Reading record.Clock
	ID      host.Identity
	Remarks []string
}

var _ host.Host = (*Host)(nil)

// New makes a host of a recording.
func New(r Recording) *Host {
	if r.Files == nil {
		r.Files = noFiles{}
	}
	return &Host{Files: r.Files, P: newProc(r), K: newKernel(r), Reading: r.Clock, ID: r.Identity, Remarks: r.Facts}
}

// Live implements host.Host. A replayed host is not the running one, so that
// sources do not take one of its processes for themselves.
func (h *Host) Live() bool { return false }

// Root implements host.Host.
func (h *Host) Root() string { return "" }

// Proc implements host.Host.
func (h *Host) Proc() host.Proc { return h.P }

// Kernel implements host.Host.
func (h *Host) Kernel() host.Kernel { return h.K }

// Clock implements host.Host: always the recorded reading, under the name asked for.
func (h *Host) Clock(when string) record.Clock {
	c := h.Reading
	c.When = when
	return c
}

// Identity implements host.Host.
func (h *Host) Identity() host.Identity { return h.ID }

// Facts implements host.Host.
func (h *Host) Facts() []string { return h.Remarks }

// Close implements host.Host.
func (h *Host) Close() error { return nil }

// Errno gives the error that a recorded errno name stands for; nil for "".
func Errno(name string) error {
	switch name {
	case "":
		return nil
	case "ETIMEDOUT":
		return host.ErrTimeout
	}
	for n := syscall.Errno(1); n < 256; n++ {
		if unix.ErrnoName(n) == name {
			return n
		}
	}
	return errors.New(name)
}

// noFiles is an empty tree.
type noFiles struct{}

func none(path string) error { return fmt.Errorf("%q: %w", path, syscall.ENOENT) }

func (noFiles) Open(path string) (host.File, error)               { return nil, none(path) }
func (noFiles) Lstat(path string) (record.File, error)            { return record.File{}, none(path) }
func (noFiles) Stat(path string) (record.File, error)             { return record.File{}, none(path) }
func (noFiles) Readlink(path string) (string, error)              { return "", none(path) }
func (noFiles) Mounts() ([]host.Mount, error)                     { return nil, nil }
func (noFiles) ReadDir(p string, _ func(string, byte) bool) error { return none(p) }
func (noFiles) ReadFile(p string, _ int64) ([]byte, bool, error)  { return nil, false, none(p) }
func (noFiles) Xattrs(p string) (map[string]record.Bytes, error)  { return nil, none(p) }

// memFile is an open file of recorded content.
type memFile struct {
	*strings.Reader
	stat record.File
}

func (f *memFile) Close() error               { return nil }
func (f *memFile) Stat() (record.File, error) { return f.stat, nil }
func (f *memFile) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.Reader.ReadAt(p, off)
	if err != nil && !errors.Is(err, io.EOF) {
		return n, fmt.Errorf("recorded file: %w", err)
	}
	return n, err
}
