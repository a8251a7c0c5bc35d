package bundle

import (
	"bytes"

	"golang.org/x/sys/unix"
)

// slab keeps bytes outside the Go heap, where the collector of garbage neither
// counts nor doubles them: the manifest of millions of exhibits stays at its
// own size.
type slab struct {
	maps [][]byte
	free []byte
}

const slabSize = 4 << 20

// put gives a copy of p that lives until release.
func (s *slab) put(p []byte) []byte {
	if len(p) > slabSize {
		return bytes.Clone(p)
	}
	if len(s.free) < len(p) {
		m, err := unix.Mmap(-1, 0, slabSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
		if err != nil { // the heap will do
			return bytes.Clone(p)
		}
		s.maps = append(s.maps, m)
		s.free = m
	}
	n := copy(s.free, p)
	out := s.free[:n:n]
	s.free = s.free[n:]
	return out
}

// release gives all of it back; what put gave must not be used any more.
func (s *slab) release() {
	for _, m := range s.maps {
		_ = unix.Munmap(m) // fails for addresses that were never mapped
	}
	*s = slab{}
}
