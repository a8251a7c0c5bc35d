package desk

import (
	"io"
	"os"
)

// holed gives the bytes of a file, holes included.
func holed(f *os.File, _ int64) io.Reader { return f }
