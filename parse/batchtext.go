package parse

import (
	"strconv"
	"strings"
)

// Texts of a batch share allocations: the first one is small, since most
// batches hold little.
const (
	firstText = 512
	textChunk = 32 << 10
)

// texts is memory for small texts, which stays as long as one of them is used.
type texts struct {
	chunk strings.Builder
	next  int // bytes of the next chunk
}

// room makes room for so many bytes and says where they begin.
func (t *texts) room(n int) int {
	if t.chunk.Cap()-t.chunk.Len() < n {
		t.next = min(max(t.next, firstText), textChunk)
		t.chunk.Reset()
		t.chunk.Grow(max(t.next, n))
		t.next *= 8
	}
	return t.chunk.Len()
}

// Join gives the parts as one text, in memory that other texts of the batch share.
func (b *Batch) Join(parts ...string) string {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	if n > textChunk/8 {
		return strings.Join(parts, "")
	}
	from := b.texts.room(n)
	for _, p := range parts {
		b.texts.chunk.WriteString(p)
	}
	return b.texts.chunk.String()[from:]
}

// Number is a number in decimal, in memory that other texts of the batch share.
func (b *Batch) Number(n uint64) string {
	var digits [20]byte
	p := strconv.AppendUint(digits[:0], n, 10)
	from := b.texts.room(len(p))
	b.texts.chunk.Write(p)
	return b.texts.chunk.String()[from:]
}
