package desk

import "golang.org/x/sys/unix"

// advise asks for huge pages (madvise(2), MADV_HUGEPAGE): one fault for 2 MiB
// instead of 512. A kernel without them answers EINVAL, and small ones do.
func advise(m []byte) { _ = unix.Madvise(m, unix.MADV_HUGEPAGE) }
