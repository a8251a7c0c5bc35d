package source

import (
	"context"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"syscall"

	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/memory"
	"github.com/saksi-dfir/saksi/collect/record"
)

// ramHost is a host with an iomem and a kcore made for a test: RAM from
// ramStart, whose page n begins with the text "page N".
type ramHost struct {
	host.Host
	mu     sync.Mutex
	iomem  func(read int) string // n-th reading
	reads  int
	segs   []memory.Range
	opened int
	grow   memory.Range         // a segment that kcore has from its second opening on
	bad    map[uint64]error     // pages that fail
	hang   map[uint64]bool      // pages whose read never comes back
	hook   func(address uint64) // called before each read
	core   error                // of opening kcore
}

func (h *ramHost) Live() bool { return true }

func (h *ramHost) Identity() host.Identity { return host.Identity{Kernel: "6.1.0", BootID: "b"} }

func (h *ramHost) Facts() []string { return nil }

func (h *ramHost) Clock(w string) record.Clock {
	return record.Clock{When: w, Realtime: 1_700_000_000_000_000_000, Boottime: 1000}
}

func (h *ramHost) Open(string) (host.File, error) { return nil, fs.ErrNotExist }

func (h *ramHost) ReadFile(string, int64) ([]byte, bool, error) {
	return nil, false, fs.ErrNotExist
}

// ramProc gives the procfs side; Files.Open and Proc.Open have one name.
type ramProc struct {
	host.Proc
	h *ramHost
}

func (p ramProc) Detached() bool { return true }

func (p ramProc) Read(_ context.Context, name string, _ int) ([]byte, bool, error) {
	switch name {
	case "iomem":
		p.h.mu.Lock()
		defer p.h.mu.Unlock()
		p.h.reads++
		return []byte(p.h.iomem(p.h.reads)), false, nil
	case "version", "modules":
		return []byte(name + " text\n"), false, nil
	}
	return nil, false, fs.ErrNotExist
}

func (p ramProc) Open(name string) (host.File, error) {
	if name == "kcore" && p.h.core != nil {
		return nil, p.h.core
	}
	if name != "kcore" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EPERM}
	}
	p.h.mu.Lock()
	defer p.h.mu.Unlock()
	p.h.opened++
	segs := p.h.segs
	if p.h.grow.End > 0 && p.h.opened > 1 {
		segs = append(segs[:len(segs):len(segs)], p.h.grow)
	}
	return &ramCore{h: p.h, segs: segs, head: ramHead(segs)}, nil
}

func ramHead(segs []memory.Range) []byte {
	le := binary.LittleEndian
	b := make([]byte, 64+56*len(segs))
	copy(b, elf.ELFMAG)
	b[4], b[5], b[6] = 2, 1, 1
	le.PutUint64(b[32:], 64)
	le.PutUint16(b[54:], 56)
	le.PutUint16(b[56:], uint16(len(segs)))
	for i, s := range segs {
		p := b[64+56*i:]
		le.PutUint32(p, uint32(elf.PT_LOAD))
		le.PutUint64(p[8:], ramBase+s.Start)
		le.PutUint64(p[16:], ramMap+s.Start)
		le.PutUint64(p[24:], s.Start)
		le.PutUint64(p[32:], s.Len())
	}
	return b
}

type ramCore struct {
	host.File
	h    *ramHost
	segs []memory.Range
	head []byte
}

func (c *ramCore) Close() error { return nil }

func (c *ramCore) ReadAt(p []byte, off int64) (int, error) {
	if off < int64(len(c.head)) {
		return copy(p, c.head[off:]), nil
	}
	at := uint64(off) - ramBase
	if c.h.hook != nil {
		c.h.hook(at)
	}
	for i := 0; i < len(p); i += memory.PageSize {
		page := at + uint64(i)
		if c.h.hang[page] {
			select {}
		}
		if err := c.h.bad[page]; err != nil {
			if err == io.ErrShortBuffer { // a short read without an error
				return i, nil
			}
			return i, err
		}
		ramPage(p[i:min(i+memory.PageSize, len(p))], page)
	}
	return len(p), nil
}

func ramPage(p []byte, address uint64) {
	clear(p)
	if address%(3*memory.PageSize) != 0 && address>>20 != 0x30 {
		copy(p, fmt.Sprintf("page %d", address/memory.PageSize))
	}
}

type ramBoth struct{ *ramHost }

func (h ramBoth) Proc() host.Proc { return ramProc{h: h.ramHost} }

func ramHostOf(iomem string) *ramHost {
	return &ramHost{iomem: always(iomem), segs: []memory.Range{{Start: 0x1000, End: 0x9f000}, {Start: 0x100000, End: 0x8000000}}}
}
