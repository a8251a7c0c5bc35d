package bundle

import (
	"bytes"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// manifest keeps the lines of manifest-sha256.txt until the end of a run, in
// 32 bytes and a few for the compressed name each.
type manifest struct {
	chunks []manifestChunk
	sums   []byte
	names  []byte
	enc    *zstd.Encoder
	slab   slab
}

type manifestChunk struct{ sums, names []byte }

const manifestNames = 128 << 10

func (m *manifest) add(sum []byte, name string) {
	m.sums = append(m.sums, sum...)
	m.names = append(m.names, name...)
	m.names = append(m.names, '\n')
	if len(m.names) >= manifestNames {
		m.fold()
	}
}

func (m *manifest) fold() {
	if m.enc == nil {
		m.enc, _ = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(manifestNames)) // fails on wrong options only
	}
	m.chunks = append(m.chunks, manifestChunk{m.slab.put(m.sums), m.slab.put(m.enc.EncodeAll(m.names, nil))})
	m.sums, m.names = m.sums[:0], m.names[:0]
}

// release forgets everything.
func (m *manifest) release() {
	m.slab.release()
	*m = manifest{}
}

// each gives the lines in order.
func (m *manifest) each(fn func(line []byte) error) error {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return fmt.Errorf("bundle: zstd: %w", err)
	}
	defer dec.Close()
	var names []byte
	for i := range m.chunks {
		if names, err = dec.DecodeAll(m.chunks[i].names, names[:0]); err != nil {
			return fmt.Errorf("bundle: manifest: %w", err)
		}
		if err := lines(m.chunks[i].sums, names, fn); err != nil {
			return err
		}
	}
	return lines(m.sums, m.names, fn)
}

func lines(sums, names []byte, fn func([]byte) error) error {
	for len(sums) >= 32 {
		name, rest, _ := bytes.Cut(names, []byte("\n"))
		if err := fn(sumLine(sums[:32], string(name))); err != nil {
			return err
		}
		sums, names = sums[32:], rest
	}
	return nil
}
