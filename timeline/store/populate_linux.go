package store

import "golang.org/x/sys/unix"

// populate has the kernel map the pages of memory that is about to be filled at
// once (madvise(2), MADV_POPULATE_WRITE, Linux 5.14), which takes a fraction of
// one fault for each. What does not begin at a page, or an older kernel, answers
// EINVAL: then they are mapped as they are written.
func populate(b []byte) { _ = unix.Madvise(b, unix.MADV_POPULATE_WRITE) }
