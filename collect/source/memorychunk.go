package source

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/memory"
	"github.com/saksi-dfir/saksi/collect/record"
)

// chunkReader reads one part in chunks, keeps the time of each, and waits as
// the budgets demand.
type chunkReader struct {
	ctx    context.Context
	env    *collect.Env
	m      *memory.Reader
	start  uint64
	base   record.Clock // read once a part; chunks count from it
	began  time.Time
	pos    int64
	chunks []record.MemoryChunk
	stop   error // why reading ended early
}

// Read implements collect.Reader. A stop ends the exhibit short.
func (r *chunkReader) Read(p []byte) (int, error) {
	since := time.Since(r.began).Nanoseconds()
	n, err := r.m.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		r.stop = err
		if cause := context.Cause(r.ctx); cause != nil {
			r.stop = cause
		}
	}
	if n > 0 {
		r.note(since, n)
		if r.env.Throttle != nil {
			if terr := r.env.Throttle(r.ctx, n); terr != nil {
				r.stop = terr
				return n, terr
			}
		}
	}
	return n, err
}

// note adds what one read gave to the chunk it belongs to: reads come in the
// size of somebody's buffer, chunks are aligned stretches of memory.Chunk.
func (r *chunkReader) note(since int64, n int) {
	end := r.pos + int64(n)
	at := r.start + uint64(r.pos)
	if len(r.chunks) == 0 || at%memory.Chunk == 0 {
		r.chunks = append(r.chunks, record.MemoryChunk{Type: "memory-chunk", At: r.base.Realtime + since, Boottime: r.base.Boottime + since, Start: at})
	}
	k := &r.chunks[len(r.chunks)-1]
	base := int64(k.Start - r.start)
	for _, l := range r.m.Since(r.pos) {
		from, to := max(l.Offset, r.pos), min(l.Offset+l.Length, end)
		s := record.MemoryState{Offset: from - base, Length: to - from, State: string(l.State), Errno: l.Errno}
		if m := len(k.States); m > 0 && k.States[m-1].State == s.State && k.States[m-1].Errno == s.Errno {
			k.States[m-1].Length += s.Length
			continue
		}
		k.States = append(k.States, s)
	}
	k.Length = end - base
	r.pos = end
}

// States gives the labels that are not plain reads to the bundle writer.
func (r *chunkReader) States() []bundle.StateRange {
	var out []bundle.StateRange
	for _, l := range r.m.Labels() {
		switch l.State {
		case memory.Zero:
			out = append(out, bundle.StateRange{Offset: l.Offset, Length: l.Length, State: bundle.BytesZero})
		case memory.Unreadable:
			out = append(out, bundle.StateRange{Offset: l.Offset, Length: l.Length, State: bundle.BytesUnreadable, Errno: l.Errno})
		}
	}
	return out
}
