package parse

import "sync"

// What of a batch is kept for the next, in slabs.
const (
	keptEvents = 16
	keptFields = 64
	keptSpans  = 16
)

// keptBatches is how many batches wait for use, at most.
const keptBatches = 8

// batchPool keeps the memory of batches whose events nobody holds any more. A
// nil one keeps nothing.
type batchPool struct {
	mu   sync.Mutex
	free []*Batch
}

func (p *batchPool) get() *Batch {
	if p == nil {
		return new(Batch)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.free)
	if n == 0 {
		return new(Batch)
	}
	b := p.free[n-1] // its memory is still near
	p.free = p.free[:n-1]
	return b
}

func (p *batchPool) put(b *Batch) {
	if p == nil || b == nil {
		return
	}
	b.reset()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) < keptBatches {
		p.free = append(p.free, b)
	}
}

// NewBatch gives an empty batch.
func (x *Exhibit) NewBatch() *Batch { return x.batches.get() }

// Done takes back a batch that was delivered: nothing of it may be used any
// more, but for the texts that its events hold.
func (x *Exhibit) Done(b *Batch) { x.batches.put(b) }

// reset makes the batch empty. It lets go of all texts.
func (b *Batch) reset() {
	for i := range b.slabs[:b.events] {
		clear(b.slabs[i])
		b.slabs[i] = b.slabs[i][:0]
	}
	if len(b.slabs) > keptEvents {
		clear(b.slabs[keptEvents:])
		b.slabs = b.slabs[:keptEvents]
	}
	b.events = 0
	for _, s := range append(b.full, b.fields) {
		clear(s)
		if n := cap(s); n > 0 && n <= fieldSlab && len(b.free) < keptFields {
			b.free = append(b.free, s[:0])
		}
	}
	clear(b.full)
	b.fields, b.open, b.full = nil, 0, b.full[:0]
	for _, s := range append(b.spent, b.spans) {
		if n := cap(s); n > 0 && n <= spanSlab && len(b.room) < keptSpans {
			b.room = append(b.room, s[:0])
		}
	}
	clear(b.spent)
	b.spans, b.spent = nil, b.spent[:0]
	clear(b.warnings)
	b.warnings, b.padding, b.counters = b.warnings[:0], b.padding[:0], b.counters[:0]
}
