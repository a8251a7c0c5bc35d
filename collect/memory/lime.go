package memory

import (
	"encoding/binary"
	"fmt"
	"io"
)

// LiME format, version 1: per range a header of 32 bytes, then the bytes.
const (
	limeMagic   = 0x4C694D45
	limeVersion = 1
	limeHeader  = 32
)

// LimeHeader is the header of one range: magic, version, first and last
// address (inclusive), eight reserved bytes; little endian.
func LimeHeader(r Range) []byte {
	b := make([]byte, limeHeader)
	le := binary.LittleEndian
	le.PutUint32(b, limeMagic)
	le.PutUint32(b[4:], limeVersion)
	le.PutUint64(b[8:], r.Start)
	le.PutUint64(b[16:], r.End-1)
	return b
}

// ParseLimeHeader reads one header.
func ParseLimeHeader(b []byte) (Range, error) {
	le := binary.LittleEndian
	if len(b) < limeHeader || le.Uint32(b) != limeMagic || le.Uint32(b[4:]) != limeVersion {
		return Range{}, fmt.Errorf("no LiME header: %x", b[:min(len(b), 8)])
	}
	r := Range{Start: le.Uint64(b[8:]), End: le.Uint64(b[16:]) + 1}
	if r.End <= r.Start {
		return Range{}, fmt.Errorf("LiME range %x-%x is no range", r.Start, r.End-1)
	}
	return r, nil
}

// Source gives the bytes of one range at the desk.
type Source struct {
	Range Range
	Data  io.Reader
}

// WriteLime writes the ranges, in order, as one LiME file.
func WriteLime(w io.Writer, ss []Source) error {
	for _, s := range ss {
		if _, err := w.Write(LimeHeader(s.Range)); err != nil {
			return fmt.Errorf("lime: %w", err)
		}
		if n, err := io.Copy(w, io.LimitReader(s.Data, int64(s.Range.Len()))); err != nil {
			return fmt.Errorf("lime %s: %w", s.Range, err)
		} else if uint64(n) != s.Range.Len() {
			return fmt.Errorf("lime %s: %d of %d bytes", s.Range, n, s.Range.Len())
		}
	}
	return nil
}

// WriteRaw writes the ranges at their physical addresses: what lies between
// them is zeros, as in a "padded" image. Offsets are addresses. A writer with
// a method Hole(n int64) error is asked to go past the zeros.
func WriteRaw(w io.Writer, ss []Source) error {
	zero := make([]byte, 1<<20)
	h, holes := w.(interface{ Hole(n int64) error })
	at := uint64(0)
	for _, s := range ss {
		if s.Range.Start < at {
			return fmt.Errorf("raw %s: overlaps the range before it", s.Range)
		}
		if holes && at < s.Range.Start {
			if err := h.Hole(int64(s.Range.Start - at)); err != nil {
				return fmt.Errorf("raw: %w", err)
			}
			at = s.Range.Start
		}
		for at < s.Range.Start {
			n := min(s.Range.Start-at, uint64(len(zero)))
			if _, err := w.Write(zero[:n]); err != nil {
				return fmt.Errorf("raw: %w", err)
			}
			at += n
		}
		n, err := io.Copy(w, io.LimitReader(s.Data, int64(s.Range.Len())))
		if err != nil {
			return fmt.Errorf("raw %s: %w", s.Range, err)
		}
		if uint64(n) != s.Range.Len() {
			return fmt.Errorf("raw %s: %d of %d bytes", s.Range, n, s.Range.Len())
		}
		at = s.Range.End
	}
	return nil
}
