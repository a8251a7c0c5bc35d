package timeline

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/parse/format/codec"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// MaxRaw is how many bytes of a record Raw gives.
const MaxRaw = 1 << 20

// maxOpenBundles is how many bundles are kept open for Raw.
const maxOpenBundles = 16

// Raw reads the bytes behind an event again from the sealed bundle; every
// frame they lie in is hashed again. What does not agree, or cannot be had, is
// told in Problem; only an unknown event or a closed case is an error.
func (c *Case) Raw(ctx context.Context, id event.ID) (Raw, error) {
	row, ok, err := c.Get(ctx, id)
	if err != nil {
		return Raw{}, err
	}
	if !ok {
		return Raw{}, fmt.Errorf("event %s: %w", id, fs.ErrNotExist)
	}
	o := row.Event.Origin
	r := Raw{Origin: o, Spans: spansOf(o), SHA256: hex.EncodeToString(o.SHA256[:])}
	info, err := c.bundleInfo(ctx, o.Run)
	if err != nil {
		return r, err
	}
	r.BundlePath = info.Path
	select { // one at a time: a bundle may be closed to make room
	case c.raw <- struct{}{}:
		defer func() { <-c.raw }()
	case <-ctx.Done():
		return r, ctx.Err()
	}
	b, err := c.bundleOf(info)
	if err != nil {
		r.Problem = err.Error()
		return r, nil
	}
	if err := r.read(ctx, b); err != nil {
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
		r.Problem = err.Error()
		return r, nil
	}
	r.FrameOK = true
	return r, nil
}

func spansOf(o event.Origin) []event.Span {
	if len(o.Spans) > 0 {
		return o.Spans
	}
	return []event.Span{{Offset: o.Offset, Length: o.Length}}
}

// bundleInfo finds a bundle of the case by run id. The ledger's path counts
// before the store's: a bundle may have been moved and noted anew. The path is
// one to open, from the working directory.
func (c *Case) bundleInfo(ctx context.Context, run string) (BundleInfo, error) {
	bs, err := c.Bundles(ctx)
	if err != nil {
		return BundleInfo{}, err
	}
	lines, known, err := readPlaces(c.dir)
	if err != nil {
		return BundleInfo{}, err
	}
	for _, b := range bs {
		if b.Run != run {
			continue
		}
		b.Path = c.absolute(b.Path)
		for _, l := range lines {
			if l.Run == run && l.Path != "" {
				b.Path = c.placeOf(l, known)
			}
		}
		return b, nil
	}
	return BundleInfo{}, fmt.Errorf("bundle %q of the event: %w", run, fs.ErrNotExist)
}

// bundleOf opens the bundle of a run, or gives the open one. It holds its seal
// against the one that was ingested.
func (c *Case) bundleOf(info BundleInfo) (*bundle.Bundle, error) {
	path := info.Path
	if open, ok := c.bundles[info.Run]; ok {
		if open.still(path) {
			return open.Bundle, nil
		}
		delete(c.bundles, info.Run)
		if err := open.Close(); err != nil {
			return nil, fmt.Errorf("close bundle: %w", err)
		}
	}
	st, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("the bundle is not at %q any more: bring it back, or ingest it again from where it is", path)
	}
	if err != nil {
		return nil, fmt.Errorf("the bundle at %q cannot be read: %w", path, err)
	}
	b, err := bundle.Open(path, bundle.OpenOptions{Identities: c.identities()})
	switch {
	case errors.Is(err, bundle.ErrEncrypted):
		return nil, fmt.Errorf("the bundle at %q is encrypted: give its age identity", path)
	case err != nil:
		return nil, fmt.Errorf("the bundle at %q cannot be read: %w", path, err)
	}
	if a := b.Acquisition(); a.RunID != info.Run {
		return nil, errors.Join(fmt.Errorf("the file at %q is the bundle of another run, %q", path, a.RunID), b.Close())
	}
	if h := b.Seal().Hash; h != info.Seal {
		return nil, errors.Join(fmt.Errorf("the bundle at %q is not the one that was ingested: seal %s, ingested was %s", path, h, info.Seal), b.Close())
	}
	if len(c.bundles) >= maxOpenBundles {
		for run, old := range c.bundles {
			delete(c.bundles, run)
			if err := old.Close(); err != nil {
				return nil, errors.Join(fmt.Errorf("close bundle: %w", err), b.Close())
			}
			break
		}
	}
	c.bundles[info.Run] = openBundle{b, st}
	return b, nil
}

// openBundle is a bundle that is kept open, with what its file was then.
type openBundle struct {
	*bundle.Bundle
	st os.FileInfo
}

// still says whether the file at the path is the one that was opened.
func (o openBundle) still(path string) bool {
	st, err := os.Stat(path)
	return err == nil && os.SameFile(st, o.st) && st.Size() == o.st.Size() && st.ModTime().Equal(o.st.ModTime())
}

// read fills Bytes from the spans.
func (r *Raw) read(ctx context.Context, b *bundle.Bundle) error {
	x, err := b.Exhibit(r.Origin.Exhibit)
	if err != nil {
		return fmt.Errorf("exhibit %d of the bundle: %w", r.Origin.Exhibit, err)
	}
	if x.SHA256 != r.SHA256 {
		return fmt.Errorf("exhibit %q has SHA-256 %s in the bundle, %s when it was ingested", x.Name, x.SHA256, r.SHA256)
	}
	f, err := b.OpenExhibit(x)
	if err != nil {
		return fmt.Errorf("exhibit %q: %w", x.Name, err)
	}
	if r.Origin.Layer == "" {
		err = r.direct(f)
	} else {
		err = r.decoded(ctx, f)
	}
	if d := damageOf(err); d != "" {
		err = fmt.Errorf("exhibit %q: %s", x.Name, d)
	}
	return errors.Join(err, f.Close())
}

// damageOf words a damaged frame.
func damageOf(err error) string {
	var d *bundle.DamagedError
	if errors.As(err, &d) {
		return fmt.Sprintf("the %d bytes from offset %d do not have the hash that was sealed (%s)", d.Length, d.Offset, d.Why)
	}
	return ""
}

// direct reads spans of raw bytes.
func (r *Raw) direct(f io.ReaderAt) error {
	for _, s := range r.Spans {
		n := r.room(s)
		if n == 0 {
			continue
		}
		at := len(r.Bytes)
		r.Bytes = append(r.Bytes, make([]byte, n)...)
		got, err := f.ReadAt(r.Bytes[at:], s.Offset)
		r.Bytes = r.Bytes[:at+got]
		if err != nil && (int64(got) < n || !errors.Is(err, io.EOF)) {
			return fmt.Errorf("read %d bytes at offset %d: %w", n, s.Offset, err)
		}
	}
	return nil
}

// room says how much of a span still fits.
func (r *Raw) room(s event.Span) int64 {
	left := int64(MaxRaw - len(r.Bytes))
	if s.Length > left {
		r.Truncated = true
		return max(left, 0)
	}
	return max(s.Length, 0)
}

// decoded reads spans behind codecs: the stream is decompressed from its start.
// Spans that lie before the one read last are met by a new start.
func (r *Raw) decoded(ctx context.Context, f io.ReaderAt) error {
	size := int64(1) << 62
	if s, ok := f.(interface{ Size() int64 }); ok {
		size = s.Size()
	}
	var stream io.Reader
	var closers []io.Closer
	end := func() {
		for _, c := range closers {
			_ = c.Close() // frees memory; the source is closed by the caller
		}
		closers = nil
	}
	defer func() { end() }()
	pos := int64(0)
	for _, s := range r.Spans {
		n := r.room(s)
		if n == 0 {
			continue
		}
		if stream == nil || s.Offset < pos {
			end()
			pos = 0
			var err error
			if stream, closers, err = decoders(io.NewSectionReader(f, 0, size), r.Origin.Layer); err != nil {
				return err
			}
		}
		if err := skip(ctx, stream, s.Offset-pos); err != nil {
			return fmt.Errorf("decompress (%s) up to offset %d: %w", r.Origin.Layer, s.Offset, err)
		}
		at := len(r.Bytes)
		r.Bytes = append(r.Bytes, make([]byte, n)...)
		got, err := io.ReadFull(stream, r.Bytes[at:])
		r.Bytes = r.Bytes[:at+got]
		if err != nil {
			return fmt.Errorf("decompress (%s) %d bytes at offset %d: %w", r.Origin.Layer, n, s.Offset, err)
		}
		pos = s.Offset + n
	}
	return nil
}

// decoders opens the codecs of a layer, the outermost first.
func decoders(r io.Reader, layer string) (io.Reader, []io.Closer, error) {
	var closers []io.Closer
	for _, name := range strings.Split(layer, "+") {
		z, err := codec.New(name, bufio.NewReaderSize(r, codec.HeadSize))
		if err != nil {
			for _, c := range closers {
				err = errors.Join(err, c.Close())
			}
			return nil, nil, fmt.Errorf("decompress %s: %w", name, err)
		}
		closers = append([]io.Closer{z}, closers...)
		r = codec.Through(z)
	}
	return r, closers, nil
}

// skip reads over n bytes, and stops when told to.
func skip(ctx context.Context, r io.Reader, n int64) error {
	const step = 4 << 20
	for n > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		got, err := io.CopyN(io.Discard, r, min(n, step))
		n -= got
		if err != nil {
			return err
		}
	}
	return nil
}
