package host

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// ReadLinks implements LinkReader.
func (p *procFS) ReadLinks(dir string, got func(name, target string, err error) bool) error {
	if err := checkName(dir); err != nil {
		return err
	}
	fd, err := unix.Openat(p.fd, dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open directory %q: %w", dir, err)
	}
	defer unix.Close(fd)
	names, err := namesIn(fd, dir)
	for _, n := range names {
		target, err := readlinkAt(fd, n)
		if err != nil {
			err = fmt.Errorf("readlink %q: %w", dir+"/"+n, err)
		}
		if !got(n, target, err) {
			return nil
		}
	}
	return err
}

// readlinkAt reads a link of an open directory; the error is the bare errno.
func readlinkAt(fd int, name string) (string, error) {
	var small [256]byte
	buf := small[:]
	for {
		n, err := unix.Readlinkat(fd, name, buf)
		if err != nil {
			return "", err
		}
		if n < len(buf) || len(buf) >= 1<<16 {
			return string(buf[:n]), nil
		}
		buf = make([]byte, 1<<16)
	}
}
