package host

import (
	"errors"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// ErrTimeout says that a read was given up because the kernel or a file
// system daemon did not answer in time. The reader was abandoned: it may
// still be waiting inside the kernel.
var ErrTimeout = errors.New("timed out inside the kernel")

// ErrnoName gives the symbolic name of the errno behind an error, such as
// "EACCES", for the errno fields of records and outcomes. Time-outs are
// "ETIMEDOUT"; an error without a number gives its text; nil gives "".
func ErrnoName(err error) string {
	var no syscall.Errno
	switch {
	case err == nil:
		return ""
	case errors.Is(err, ErrTimeout):
		return "ETIMEDOUT"
	case errors.As(err, &no):
		if name := unix.ErrnoName(no); name != "" {
			return name
		}
		return "errno " + strconv.Itoa(int(no))
	}
	return err.Error()
}
