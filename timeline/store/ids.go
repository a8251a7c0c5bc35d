package store

import (
	"encoding/binary"
	"fmt"
)

const (
	idBuckets   = 1024 // of a chunk
	idPerBucket = 16   // ids a bucket holds on average
	idBlockBits = 10
)

// idShift gives how many top bits of an id choose its bucket.
func idShift(rows int) int {
	k := 0
	for rows > idPerBucket<<k {
		k++
	}
	return k
}

// idPlace gives bucket and fingerprint of an id.
func idPlace(hi uint64, k int) (bucket int, print uint32) {
	bucket = 0
	if k > 0 {
		bucket = int(hi >> (64 - k))
	}
	return bucket, uint32(hi << k >> (64 - 14))
}

// packIDs writes the index from ids to blocks. blockOf gives the block of the
// i-th row.
func packIDs(seg uint32, g *gather, blockOf []uint16, out *[]kv) (chunks int) {
	rows := len(g.refs)
	k := idShift(rows)
	counts := make([]uint32, 1<<k+1)
	for i := range g.refs {
		b, _ := idPlace(g.refs[i].id[0], k)
		counts[b+1]++
	}
	for i := range 1 << k {
		counts[i+1] += counts[i]
	}
	entries := make([]uint32, rows)
	next := append([]uint32(nil), counts...)
	for i := range g.refs {
		b, print := idPlace(g.refs[i].id[0], k)
		entries[next[b]] = print<<idBlockBits | uint32(blockOf[i])&(1<<idBlockBits-1)
		next[b]++
	}
	for first := 0; first < 1<<k; first += idBuckets {
		last := min(first+idBuckets, 1<<k)
		base := counts[first]
		b := make([]byte, 0, 4*(last-first)+3*int(counts[last]-base))
		for i := first; i < last; i++ {
			b = binary.LittleEndian.AppendUint32(b, counts[i+1]-base)
		}
		for _, e := range entries[base:counts[last]] {
			b = append(b, byte(e), byte(e>>8), byte(e>>16))
		}
		*out = append(*out, kv{chunk16('d', seg, chunks), b})
		chunks++
	}
	return chunks
}

// findID lists the low bits of the blocks that may hold an id.
func findID(chunk []byte, hi uint64, rows int) ([]int, error) {
	k := idShift(rows)
	bucket, print := idPlace(hi, k)
	buckets := min(idBuckets, 1<<k)
	if len(chunk) < 4*buckets || (len(chunk)-4*buckets)%3 != 0 {
		return nil, fmt.Errorf("%w: id index of %d bytes", errCorrupt, len(chunk))
	}
	bucket %= idBuckets
	from, to := uint32(0), binary.LittleEndian.Uint32(chunk[4*bucket:])
	if bucket > 0 {
		from = binary.LittleEndian.Uint32(chunk[4*bucket-4:])
	}
	entries := chunk[4*buckets:]
	if from > to || int(to) > len(entries)/3 {
		return nil, fmt.Errorf("%w: id index bucket %d..%d", errCorrupt, from, to)
	}
	var out []int
	for i := from; i < to; i++ {
		e := uint32(entries[3*i]) | uint32(entries[3*i+1])<<8 | uint32(entries[3*i+2])<<16
		if e>>idBlockBits == print {
			out = append(out, int(e&(1<<idBlockBits-1)))
		}
	}
	return out, nil
}
