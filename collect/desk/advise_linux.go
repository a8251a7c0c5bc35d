package desk

import "golang.org/x/sys/unix"

// advise has the kernel map all pages at once (madvise(2), MADV_POPULATE_WRITE,
// Linux 5.14), which takes a fraction of one fault for each. An older kernel
// answers EINVAL, and they are mapped as they are written.
func advise(m []byte) { _ = unix.Madvise(m, unix.MADV_POPULATE_WRITE) }
