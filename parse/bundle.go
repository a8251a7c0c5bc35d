package parse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// Run parses every exhibit of a bundle; see RunSource.
func Run(ctx context.Context, b *bundle.Bundle, parsers []Parser, o Options) (Result, error) {
	return RunSource(ctx, FromBundle(b), parsers, o)
}

// GatherFacts collects what a bundle says about its host: names, zone,
// accounts, rotation series, web log formats.
func GatherFacts(b *bundle.Bundle) (*Facts, error) {
	src := FromBundle(b)
	exhibits, _, _ := list(src)
	return gather(src, exhibits)
}

// FromBundle makes a Source of an opened bundle.
func FromBundle(b *bundle.Bundle) Source { return bundleSource{b} }

type bundleSource struct{ b *bundle.Bundle }

func (s bundleSource) Acquisition() bundle.Acquisition            { return s.b.Acquisition() }
func (s bundleSource) Exhibits() iter.Seq2[bundle.Exhibit, error] { return s.b.Exhibits() }

func (s bundleSource) OpenExhibit(x bundle.Exhibit) (Content, error) {
	r, err := s.b.OpenExhibit(x)
	if err != nil {
		return nil, err
	}
	return bundleContent{r}, nil
}

// FromMemory makes a Source of an opened bundle of which some exhibits are in
// memory: held gives those that have the SHA-256 and size of the record of an
// exhibit, and they stay as they are until the source is not used any more.
func FromMemory(b *bundle.Bundle, held func(bundle.Exhibit) ([]byte, bool)) Source {
	return memorySource{bundleSource{b}, held}
}

type memorySource struct {
	bundleSource
	held func(bundle.Exhibit) ([]byte, bool)
}

func (s memorySource) OpenExhibit(x bundle.Exhibit) (Content, error) {
	data, ok := s.held(x)
	if !ok {
		return s.bundleSource.OpenExhibit(x)
	}
	return &memoryContent{bytes.NewReader(data), data}, nil
}

// memoryContent is an exhibit of which all bytes lie in one piece.
type memoryContent struct {
	*bytes.Reader
	data []byte
}

// Piece is that of bundle.ExhibitReader.
func (c *memoryContent) Piece(off int64) (data []byte, from int64, done func(), err error) {
	if off < 0 || off >= int64(len(c.data)) {
		return nil, 0, nil, fmt.Errorf("no byte %d in an exhibit of %d", off, len(c.data))
	}
	return c.data, 0, func() {}, nil
}

// Close does nothing: who made the source keeps the bytes.
func (c *memoryContent) Close() error { return nil }

// bundleContent turns a damaged frame into a damaged range of the exhibit.
type bundleContent struct{ *bundle.ExhibitReader }

func (c bundleContent) Read(p []byte) (int, error) { return c.ExhibitReader.Read(p) }

func (c bundleContent) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.ExhibitReader.ReadAt(p, off)
	var d *bundle.DamagedError
	if err == nil || !errors.As(err, &d) {
		return n, err
	}
	at := off + int64(n)
	for _, r := range c.Damage() {
		if at >= r.Offset && at < r.Offset+r.Length {
			return n, &damagedRange{d, r.Offset, r.Length}
		}
	}
	return n, err
}

type damagedRange struct {
	error
	offset, length int64
}

// Damaged gives the range of the exhibit.
func (d *damagedRange) Damaged() (offset, length int64) { return d.offset, d.length }

// Unwrap gives the cause.
func (d *damagedRange) Unwrap() error { return d.error }

// list gives the exhibits, their bytes, and what went wrong in listing them.
func list(src Source) (out []bundle.Exhibit, total int64, failed []error) {
	for x, err := range src.Exhibits() {
		if err != nil {
			failed = append(failed, err)
			continue
		}
		out = append(out, x)
		total += x.Size
	}
	return out, total, failed
}
