package main

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/memory"
)

// The forms in which a RAM image leaves a bundle.
const (
	asLime = "lime"
	asELF  = "elfcore"
	asRaw  = "raw"
)

// image writes the RAM image of a bundle in one of the forms to a new file or
// to standard output. Every frame is verified before a byte of it is written.
func (e *extraction) image(ctx context.Context, as, to string) error {
	if as != asLime && as != asELF && as != asRaw {
		return usagef("--as %q: use lime, elfcore or raw", as)
	}
	ranges, notes, core, err := e.memoryExhibits()
	if err != nil {
		return err
	}
	out := e.a.out
	if to != "-" {
		f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return withCode(exitFailed, err, "name a file that does not exist yet")
		}
		defer f.Close()
		out = f
	} else if e.a.isTerminal() {
		return usagef("an image goes to a file or a program, not to a terminal")
	}
	m := e.a.meter("extract " + as)
	w := &countingWriter{ctx: ctx, w: out, tell: func(n int64) { m.set(n, e.bytes) }}
	if err := e.writeImage(w, as, ranges, notes, core); err != nil {
		if to != "-" {
			err = errors.Join(err, os.Remove(to))
		}
		return withCode(exitVerify, err, "saksi verify names what does not hold; other exhibits can still be taken out")
	}
	m.done()
	return nil
}

// memoryRange is one exhibit of the image.
type memoryRange struct {
	r memory.Range
	x bundle.Exhibit
}

// memoryExhibits finds the ranges of the image, the notes and the header of kcore.
func (e *extraction) memoryExhibits() (rs []memoryRange, notes, header []byte, err error) {
	for x, err := range e.b.Exhibits() {
		if err != nil {
			return nil, nil, nil, withCode(exitVerify, err, "saksi verify names what does not hold")
		}
		if x.Source != "memory" {
			continue
		}
		var lo, hi uint64
		switch n, _ := fmt.Sscanf(x.Name, "data/memory/%x-%x.raw", &lo, &hi); {
		case n == 2 && hi >= lo && uint64(x.Size) == hi-lo+1:
			rs = append(rs, memoryRange{memory.Range{Start: lo, End: hi + 1}, x})
			e.bytes += x.Size
		case x.Name == "data/memory/kcore-notes":
			notes, err = e.small(x)
		case x.Name == "data/memory/kcore-header":
			header, err = e.small(x)
		}
		if err != nil {
			return nil, nil, nil, err
		}
	}
	if len(rs) == 0 {
		return nil, nil, nil, withCode(exitFailed, errors.New("the bundle holds no RAM image"), "an image is taken with saksi-collect run --memory; saksi inspect tells why there is none")
	}
	sort.Slice(rs, func(i, j int) bool { return rs[i].r.Start < rs[j].r.Start })
	return rs, notes, header, nil
}

func (e *extraction) small(x bundle.Exhibit) ([]byte, error) {
	r, err := e.b.OpenExhibit(x)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, 8<<20))
}

func (e *extraction) writeImage(w io.Writer, as string, rs []memoryRange, notes, header []byte) error {
	var ss []memory.Source
	for _, m := range rs {
		r, err := e.b.OpenExhibit(m.x)
		if err != nil {
			return err
		}
		defer r.Close()
		ss = append(ss, memory.Source{Range: m.r, Data: r})
	}
	switch as {
	case asLime:
		return memory.WriteLime(w, ss)
	case asELF:
		k, err := memory.ReadKcore(bytes.NewReader(header))
		if err != nil {
			return fmt.Errorf("header of kcore in the bundle: %w", err)
		}
		return memory.WriteELF(w, notes, k.Offset, machineOf(e.b.Acquisition().Host.Arch), ss)
	}
	return memory.WriteRaw(w, ss)
}

// machineOf gives the ELF machine of a uname -m.
func machineOf(arch string) elf.Machine {
	if strings.HasPrefix(arch, "aarch64") || strings.HasPrefix(arch, "arm64") {
		return elf.EM_AARCH64
	}
	return elf.EM_X86_64
}

// countingWriter stops with its context and tells how far it has come.
type countingWriter struct {
	ctx  context.Context
	w    io.Writer
	n    int64
	tell func(int64)
}

// Write passes bytes on.
func (c *countingWriter) Write(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.w.Write(p)
	c.n += int64(n)
	c.tell(c.n)
	return n, err
}
