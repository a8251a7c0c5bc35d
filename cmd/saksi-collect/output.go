package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect"
)

// output is where the bundle goes, and the only thing that is ever written.
type output struct {
	w       io.Writer
	file    *os.File   // nil for standard output
	past    *pastCache // nil for standard output
	kind    string     // how standard output leaves the host
	path    string     // absolute; "" for standard output
	written int64
}

// openOutput makes a new file, never overwrites one, and never writes a
// bundle to a terminal.
func openOutput(name, runID string, stdout io.Writer) (*output, error) {
	if name == "-" {
		if f, ok := stdout.(*os.File); ok && isTerminal(f) {
			return nil, errors.New("standard output is a terminal: redirect it, or give --out FILE")
		}
		return &output{w: stdout, kind: kindOf(stdout)}, nil
	}
	if st, err := os.Stat(name); err == nil && st.IsDir() {
		name = filepath.Join(name, runID+".tar.zst")
	}
	abs, err := filepath.Abs(name)
	if err != nil {
		return nil, fmt.Errorf("--out %q: %w", name, err)
	}
	f, err := os.OpenFile(abs, os.O_WRONLY|os.O_CREATE|os.O_EXCL|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("--out: %w", err)
	}
	past, err := newPastCache(f)
	if err != nil {
		f.Close()
		return nil, err
	}
	return &output{w: past, file: f, past: past, path: abs}, nil
}

// kindOf says what standard output is (stat(2)). A file behind it belongs to
// whoever opened it: its flags are left alone.
func kindOf(w io.Writer) string {
	f, ok := w.(*os.File)
	if !ok {
		return ""
	}
	st, err := f.Stat()
	if err != nil {
		return ""
	}
	switch m := st.Mode(); {
	case m&os.ModeNamedPipe != 0:
		return outPipe
	case m&os.ModeSocket != 0:
		return outSocket
	case m&os.ModeDevice != 0:
		return outDevice
	case inMemory(f):
		return outMemory
	}
	return outBuffered
}

// how says how the bundle leaves the host: one of the out constants, "" when
// that is not known.
func (o *output) how() string {
	if o.past == nil {
		return o.kind
	}
	how, _ := o.past.how.Load().(string)
	return how
}

// Write counts.
func (o *output) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	o.written += int64(n)
	return n, err
}

// Flush puts what is buffered into the file.
func (o *output) Flush() error {
	if o.past == nil {
		return nil
	}
	return o.past.Flush()
}

func (o *output) name() string {
	if o.path == "" {
		return "standard output"
	}
	return o.path
}

// beside writes a small new file next to the bundle.
func (o *output) beside(suffix string, data []byte) error {
	f, err := os.OpenFile(o.path+suffix, os.O_WRONLY|os.O_CREATE|os.O_EXCL|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return fmt.Errorf("beside the bundle: %w", err)
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

// close makes the bundle durable.
func (o *output) close() error {
	if o.file == nil {
		return nil
	}
	return errors.Join(o.past.finish(), o.file.Close())
}

// discard removes a file that holds nothing yet.
func (o *output) discard() {
	if o.file != nil {
		_ = o.past.finish() // of a file that goes
		o.file.Close()
		os.Remove(o.path)
	}
}

// space tells how many bytes are free where the bundle goes.
func (o *output) space() (int64, error) {
	if o.file == nil {
		return 0, fmt.Errorf("standard output: %w", collect.ErrFreeSpace)
	}
	if o.past.full() {
		return 0, nil
	}
	var st unix.Statfs_t
	if err := unix.Fstatfs(int(o.file.Fd()), &st); err != nil {
		return 0, fmt.Errorf("free space: %w", err)
	}
	return int64(st.Bavail) * st.Bsize, nil
}

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// resident is the memory that this process holds, field 2 of /proc/self/statm.
func resident() (int64, error) {
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, fmt.Errorf("own memory: %w", err)
	}
	var size, pages int64
	if _, err := fmt.Sscan(string(data), &size, &pages); err != nil {
		return 0, fmt.Errorf("own memory %q: %w", data, err)
	}
	return pages * int64(os.Getpagesize()), nil
}
