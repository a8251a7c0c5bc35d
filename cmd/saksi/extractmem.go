package main

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/memory"
	"github.com/saksi-dfir/saksi/collect/source"
)

// The forms in which a RAM image leaves a bundle.
const (
	asLime = "lime"
	asELF  = "elfcore"
	asRaw  = "raw"
)

// imageExtraction writes the RAM image of one or more bundles.
type imageExtraction struct {
	a       *app
	as      string
	bundles []*bundle.Bundle
	parts   []memory.Part
	wanted  []memory.Range
	notes   []byte
	header  []byte
}

func (x *imageExtraction) close() {
	for _, b := range x.bundles {
		b.Close()
	}
}

// run writes the image to a new file or to standard output. Every frame is
// verified before a byte of it is written.
func (x *imageExtraction) run(ctx context.Context, paths, ids, only []string, to string) error {
	if x.as != asLime && x.as != asELF && x.as != asRaw {
		return usagef("--as %q: use lime, elfcore or raw", x.as)
	}
	ranges, err := parseRanges(only)
	if err != nil {
		return err
	}
	for _, p := range paths {
		if err := x.add(p, ids); err != nil {
			return err
		}
	}
	im := memory.NewImage(x.parts)
	defer im.Close()
	if len(im.Ranges()) == 0 {
		return withCode(exitFailed, source.ErrNoImage, "an image is taken with saksi-collect run --memory; saksi inspect tells why there is none")
	}
	if ranges == nil {
		ranges = im.Ranges()
	} else if short := memory.Subtract(ranges, im.Ranges()); len(short) > 0 {
		return withCode(exitFailed, fmt.Errorf("the image does not hold %s", memory.Join(short)), "it holds "+memory.Join(im.Ranges()))
	}
	if to == "-" && x.a.isTerminal() {
		return usagef("an image goes to a file or a program, not to a terminal")
	}
	if err := x.write(ctx, im, ranges, to); err != nil {
		return err
	}
	return x.end(im, ranges)
}

func parseRanges(texts []string) ([]memory.Range, error) {
	var out []memory.Range
	for _, t := range texts {
		r, err := memory.ParseRange(t)
		if err != nil {
			return nil, usagef("--range: %v", err)
		}
		out = append(out, r)
	}
	return memory.Normal(out), nil
}

// add opens one bundle and takes its part of the image.
func (x *imageExtraction) add(path string, ids []string) error {
	b, err := openBundle(path, ids)
	if err != nil {
		return err
	}
	x.bundles = append(x.bundles, b)
	m, err := source.ReadMemoryImage(b)
	switch {
	case errors.Is(err, source.ErrNoImage):
		return withCode(exitFailed, fmt.Errorf("%q: %w", path, err), "an image is taken with saksi-collect run --memory; saksi inspect tells why there is none")
	case err != nil:
		return withCode(exitVerify, fmt.Errorf("%q: %w", path, err), "saksi verify names what does not hold")
	}
	first, this := x.bundles[0].Acquisition().Host, b.Acquisition().Host
	if this.MachineID != first.MachineID || this.BootID != first.BootID {
		return withCode(exitFailed, fmt.Errorf("%q is of another host or another boot than %q: their memory does not join", path, x.bundles[0].Path()), "compare boot_id in saksi inspect --json")
	}
	x.parts = append(x.parts, m.Parts...)
	x.wanted = memory.Normal(append(x.wanted, m.Wanted...))
	if x.header == nil {
		x.header, x.notes = m.Header, m.Notes
	}
	return nil
}

func (x *imageExtraction) write(ctx context.Context, im *memory.Image, ranges []memory.Range, to string) error {
	out := x.a.out
	if to != "-" {
		f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return withCode(exitFailed, err, "name a file that does not exist yet")
		}
		defer f.Close()
		out = f
	}
	m := x.a.meter("extract " + x.as)
	w := &countingWriter{ctx: ctx, w: out, tell: func(n int64) { m.set(n, int64(memory.Total(ranges))) }}
	if err := x.form(w, im, ranges); err != nil {
		if to != "-" {
			err = errors.Join(err, os.Remove(to))
		}
		return withCode(exitVerify, err, "saksi verify names what does not hold; other exhibits can still be taken out")
	}
	m.done()
	return nil
}

// form writes one of the three forms. Raw of chosen ranges is their bytes one
// after the other; raw of the whole has each byte at its physical address.
func (x *imageExtraction) form(w io.Writer, im *memory.Image, ranges []memory.Range) error {
	ss := im.Sources(ranges)
	switch x.as {
	case asLime:
		return memory.WriteLime(w, ss)
	case asELF:
		k, err := memory.ReadKcore(bytes.NewReader(x.header))
		if err != nil {
			return fmt.Errorf("header of kcore in the bundle: %w", err)
		}
		return memory.WriteELF(w, x.notes, k.Offset, machineOf(x.bundles[0].Acquisition().Host.Arch), ss)
	}
	if memory.Total(ranges) == memory.Total(im.Ranges()) {
		if f, ok := w.(*countingWriter); ok && f.sparse() {
			return memory.WriteRaw(&holeWriter{f}, ss)
		}
		return memory.WriteRaw(w, ss)
	}
	for _, s := range ss {
		if _, err := io.Copy(w, s.Data); err != nil {
			return fmt.Errorf("raw %s: %w", s.Range, err)
		}
	}
	return nil
}

// end names what the image lacks. That is exit 3, a bundle that is not whole 4.
func (x *imageExtraction) end(im *memory.Image, ranges []memory.Range) error {
	for _, b := range x.bundles {
		if err := sealError(b); err != nil {
			return err
		}
	}
	zeros := memory.Intersect(im.Unreadable(), ranges)
	missing := memory.Subtract(x.wanted, im.Ranges())
	if len(zeros) > 0 {
		fmt.Fprintf(x.a.err, "zeros stand for %s, which could not be read\n", briefly(zeros))
	}
	if len(missing) > 0 {
		fmt.Fprintf(x.a.err, "not in the image, though it was to be read: %s\n", briefly(missing))
	}
	if len(zeros)+len(missing) > 0 {
		return withCode(exitPartial, fmt.Errorf("%s of the memory is missing", size(int64(memory.Total(zeros)+memory.Total(missing)))), "while the host runs on: saksi-collect run --memory --memory-range "+briefly(memory.Normal(append(zeros, missing...))))
	}
	return nil
}

// briefly writes ranges as --memory-range takes them, the first 32.
func briefly(rs []memory.Range) string {
	if len(rs) > 32 {
		return fmt.Sprintf("%s and %d more", memory.Join(rs[:32]), len(rs)-32)
	}
	return memory.Join(rs)
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

// sparse says whether holes can be left in what is written.
func (c *countingWriter) sparse() bool {
	f, ok := c.w.(*os.File)
	if !ok {
		return false
	}
	st, err := f.Stat()
	return err == nil && st.Mode().IsRegular()
}

// holeWriter leaves holes in a regular file.
type holeWriter struct{ *countingWriter }

// Hole goes n bytes further.
func (h *holeWriter) Hole(n int64) error {
	f, ok := h.w.(*os.File)
	if !ok {
		return errors.ErrUnsupported
	}
	_, err := f.Seek(n, io.SeekCurrent)
	return err
}
