package host

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/record"
)

// bare shows one mount alone. All but files is that of the host it belongs to.
type bare struct {
	Host
	t     *tree
	point string // without a last slash, "" for /
}

// uncover takes over a descriptor of openMount.
func uncover(h Host, fd int, method, point string) (Host, error) {
	if method != noatimeClone {
		unix.Close(fd)
		return nil, fmt.Errorf("clone of %q: %w", point, ErrUnsupported)
	}
	return &bare{Host: h, t: newTree(fd, true), point: strings.TrimSuffix(point, "/")}, nil
}

// below gives a path as the mount itself sees it.
func (b *bare) below(path string) (string, error) {
	rel, ok := under(b.point, path)
	if b.point == "" {
		rel, ok = path, true
	}
	if !ok {
		return "", &PathError{Op: "open", Path: path, Err: unix.ENOENT}
	}
	return rel, nil
}

// Open implements Files.
func (b *bare) Open(path string) (File, error) {
	rel, err := b.below(path)
	if err != nil {
		return nil, err
	}
	f, err := b.t.Open(rel)
	if err != nil {
		return nil, err
	}
	f.(*file).path = path
	return f, nil
}

// Lstat implements Files.
func (b *bare) Lstat(path string) (record.File, error) { return b.stat(path, b.t.Lstat) }

// Stat implements Files.
func (b *bare) Stat(path string) (record.File, error) { return b.stat(path, b.t.Stat) }

func (b *bare) stat(path string, stat func(string) (record.File, error)) (record.File, error) {
	rel, err := b.below(path)
	if err != nil {
		return record.File{}, err
	}
	f, err := stat(rel)
	f.Path, f.Covered = record.Bytes(path), true
	return f, err
}

// Readlink implements Files.
func (b *bare) Readlink(path string) (string, error) {
	rel, err := b.below(path)
	if err != nil {
		return "", err
	}
	return b.t.Readlink(rel)
}

// ReadDir implements Files.
func (b *bare) ReadDir(path string, fn func(name string, typ byte) bool) error {
	rel, err := b.below(path)
	if err != nil {
		return err
	}
	return b.t.ReadDir(rel, fn)
}

// ReadFile implements Files.
func (b *bare) ReadFile(path string, limit int64) ([]byte, bool, error) {
	rel, err := b.below(path)
	if err != nil {
		return nil, false, err
	}
	return b.t.ReadFile(rel, limit)
}

// Xattrs implements Files.
func (b *bare) Xattrs(path string) (map[string]record.Bytes, error) {
	rel, err := b.below(path)
	if err != nil {
		return nil, err
	}
	return b.t.Xattrs(rel)
}

// Close gives the clone back; the host stays open.
func (b *bare) Close() error { return b.t.close() }
