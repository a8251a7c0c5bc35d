package source

import (
	"encoding/binary"
	"io"
	"os"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
)

func selfPID() int { return os.Getpid() }

// pages reads a range of a process's memory page by page. Pages that are not
// present give zeros and a label; they are not touched.
type pages struct {
	kernel  host.Kernel
	pagemap io.ReaderAt
	pid     int
	from    uint64 // start of the range
	at, end uint64
	page    uint64

	got    int64 // bytes that were really read
	errno  string
	states []bundle.StateRange
}

// Flags of a pagemap entry, proc_pid_pagemap(5).
const (
	pagePresent = 1 << 63
	pageSwapped = 1 << 62
)

// run finds pages of one kind from the current place on, at most limit bytes.
func (p *pages) run(limit uint64) (kind uint64, size uint64) {
	n := max(min(limit, p.end-p.at)/p.page, 1)
	entries := make([]byte, 8*min(n, 512))
	got, err := p.pagemap.ReadAt(entries, int64(p.at/p.page*8))
	entries = entries[:got&^7]
	if len(entries) == 0 {
		p.errno = host.ErrnoName(err)
		return pageSwapped, min(p.page-p.at%p.page, p.end-p.at) // unknown: not touched
	}
	kind = binary.NativeEndian.Uint64(entries) & (pagePresent | pageSwapped)
	for size = p.page - p.at%p.page; len(entries) >= 16; size += p.page {
		entries = entries[8:]
		if binary.NativeEndian.Uint64(entries)&(pagePresent|pageSwapped) != kind {
			break
		}
	}
	return kind, min(size, p.end-p.at)
}

// Read implements io.Reader.
func (p *pages) Read(b []byte) (int, error) {
	if p.at >= p.end {
		return 0, io.EOF
	}
	if uint64(len(b)) < p.page {
		b = b[:min(uint64(len(b)), p.page-p.at%p.page)]
	}
	kind, size := p.run(uint64(len(b)))
	b = b[:min(uint64(len(b)), size)]
	switch {
	case kind&pagePresent != 0:
		n, err := p.kernel.ReadMemory(p.pid, p.at, b)
		if n > 0 {
			p.got += int64(n)
			p.at += uint64(n)
			return n, nil
		}
		p.errno = host.ErrnoName(err)
		p.label(bundle.BytesUnreadable, p.errno, len(b))
	case kind&pageSwapped != 0:
		p.label(bundle.BytesUnreadable, "swapped out", len(b))
	default:
		p.label(bundle.BytesZero, "", len(b))
	}
	clear(b)
	p.at += uint64(len(b))
	return len(b), nil
}

func (p *pages) label(s bundle.ByteState, errno string, n int) {
	off := int64(p.at - p.from)
	if k := len(p.states); k > 0 {
		if last := &p.states[k-1]; last.State == s && last.Errno == errno && last.Offset+last.Length == off {
			last.Length += int64(n)
			return
		}
	}
	p.states = append(p.states, bundle.StateRange{Offset: off, Length: int64(n), State: s, Errno: errno})
}

// States gives the labels of the bytes, as bundle.Writer asks for them.
func (p *pages) States() []bundle.StateRange { return p.states }
