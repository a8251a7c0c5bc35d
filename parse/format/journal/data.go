package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
)

// MaxValue is the number of bytes that are kept of a value.
const MaxValue = 64 << 10

// Data is one decoded FIELD=value.
type Data struct {
	Object
	Key     int    // index of the field name, see File.Key
	Value   string // at most MaxValue bytes
	Length  int64  // of the whole value, uncompressed
	Hash    uint64 // as stored
	jenkins uint64
	Problem string // why it cannot be trusted or read, or ""
	Lost    bool   // no value could be read
	none    bool   // there is no data object
	named   uint8  // by so many entries, up to stemNamed
	name    uint16 // in past.names, of a copy that past keeps
	Used    bool   // for the caller: an entry named it; lost when the object is decoded again
}

// load decodes a data object, or finds it in the cache.
func (f *File) load(o Object) *Data {
	if d := f.cache.get(o.Offset); d != nil && d.Size == o.Size {
		return d
	}
	d := f.room.data()
	d.Object, d.Key = o, -1
	f.decode(d)
	f.room.hold(d.Value)
	f.cache.put(d)
	return d
}

func (f *File) decode(d *Data) {
	if f.tired() {
		f.decodeTired(d)
		return
	}
	f.spend(d.Size)
	b, err := f.blocks.bytes(d.Offset, d.Size)
	if err != nil {
		d.Problem, d.Lost = "it cannot be read: "+err.Error(), true
		return
	}
	d.Hash = binary.LittleEndian.Uint64(b[16:])
	p := b[f.payload():]
	defer f.releaseLarge()
	if d.Flags != 0 {
		if p, err = f.inflate(d.Flags, p); err != nil {
			d.Problem, d.Lost = "it cannot be decompressed: "+err.Error(), true
			return
		}
		f.spend(int64(len(p)))
	}
	d.jenkins = jenkins(p)
	h := d.jenkins
	if f.keyed {
		h = siphash(f.key, p)
	}
	if !f.keyLost && h != d.Hash {
		d.Problem = "the value does not have the hash that was stored with it: it was changed after it was written, or damaged"
	}
	f.split(d, p, int64(len(p)))
}

// decodeTired reads the start of a value without verifying it.
func (f *File) decodeTired(d *Data) {
	if d.Flags != 0 {
		d.Problem, d.Lost = "it is not decompressed, because the file asked for too much work before", true
		return
	}
	n := min(d.Size, f.payload()+maxName+1+4096)
	b, err := f.blocks.bytes(d.Offset, n)
	if err != nil {
		d.Problem, d.Lost = "it cannot be read: "+err.Error(), true
		return
	}
	d.Hash = binary.LittleEndian.Uint64(b[16:])
	f.split(d, b[f.payload():], d.Size-f.payload())
}

// maxName is the longest name of a field, in bytes.
const maxName = 256

// split takes FIELD=value apart; p holds the first of n bytes.
func (f *File) split(d *Data, p []byte, n int64) {
	i := bytes.IndexByte(p, '=')
	if i <= 0 || i > maxName {
		if d.Problem == "" {
			d.Problem = "it holds no FIELD=value"
		}
		d.Lost = true
		return
	}
	if d.Key = f.number(p[:i]); d.Key < 0 && d.Problem == "" {
		d.Problem = "the file has over 65,536 field names"
	}
	d.Length = n - int64(i) - 1
	d.Value = f.room.text(p[i+1:][:min(int64(len(p)-i-1), MaxValue)])
}

// maxKeys bounds the field names of a file.
const maxKeys = 1 << 16

// number gives field names small numbers; -1 when there are too many.
func (f *File) number(name []byte) int {
	if k, ok := f.keys[string(name)]; ok {
		return k
	}
	return f.numberOf(string(name))
}

func (f *File) numberOf(name string) int {
	if k, ok := f.keys[name]; ok {
		return k
	}
	if len(f.names) >= maxKeys {
		return -1
	}
	k := len(f.names)
	f.names = append(f.names, name)
	f.keys[name] = k
	return k
}

// inflate decompresses a payload. The result is valid until the next call.
func (f *File) inflate(flags uint8, p []byte) ([]byte, error) {
	switch flags {
	case 1:
		return f.unxz(p)
	case 2:
		return f.unlz4(p)
	}
	return f.unzstd(p)
}

// smallValue is the size, in bytes, up to which values are unfolded in
// parallel; larger ones wait for each other, so that memory stays bounded.
const smallValue = 4 << 20

func (f *File) unzstd(p []byte) ([]byte, error) {
	if f.zstd == nil {
		z, err := f.pool.decoder()
		if err != nil {
			return nil, fmt.Errorf("zstd: %w", err)
		}
		f.zstd = z
	}
	out, err := f.zstd.DecodeAll(p, f.plain[:0])
	if (errors.Is(err, zstd.ErrDecoderSizeExceeded) || errors.Is(err, zstd.ErrWindowSizeExceeded)) && f.limit > smallValue {
		f.holdLarge()
		z, err := newZstd(f.limit)
		if err != nil {
			return nil, fmt.Errorf("zstd: %w", err)
		}
		defer z.Close()
		if out, err = z.DecodeAll(p, nil); err != nil {
			return nil, fmt.Errorf("zstd: %w", err)
		}
		return out, nil
	}
	if err == nil && int64(len(out)) > f.limit {
		err = zstd.ErrDecoderSizeExceeded
	}
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	f.keep(out)
	return out, nil
}

// holdLarge waits until no other view unfolds a large value.
func (f *File) holdLarge() {
	if !f.large {
		f.pool.large.Lock()
		f.large = true
	}
}

func (f *File) releaseLarge() {
	if f.large {
		f.pool.large.Unlock()
		f.large = false
	}
}

// keep reuses a buffer of moderate size.
func (f *File) keep(b []byte) {
	if cap(b) <= 4<<20 {
		f.plain = b[:0]
	}
}

func (f *File) unlz4(p []byte) ([]byte, error) {
	if len(p) <= 8 {
		return nil, errors.New("lz4: no length")
	}
	n := binary.LittleEndian.Uint64(p)
	if n == 0 || n > uint64(f.limit) || n > uint64(len(p))*256 {
		return nil, fmt.Errorf("lz4: length %d cannot be", n)
	}
	if n > smallValue {
		f.holdLarge()
	}
	out := f.plain
	if uint64(cap(out)) < n {
		out = make([]byte, n)
	}
	out = out[:n]
	m, err := lz4.UncompressBlock(p[8:], out)
	if err != nil {
		return nil, fmt.Errorf("lz4: %w", err)
	}
	f.keep(out)
	return out[:m], nil
}

func (f *File) unxz(p []byte) ([]byte, error) {
	if !xzModest(p) {
		return nil, errors.New("xz: the dictionary is over the limit")
	}
	f.holdLarge()
	r, err := xz.NewReader(bytes.NewReader(p))
	if err != nil {
		return nil, fmt.Errorf("xz: %w", err)
	}
	var b bytes.Buffer
	n, err := io.Copy(&b, io.LimitReader(r, f.limit+1))
	if err != nil {
		return nil, fmt.Errorf("xz: %w", err)
	}
	if n > f.limit {
		return nil, errors.New("xz: over the limit")
	}
	return b.Bytes(), nil
}

// xzModest says whether the first block of an xz stream asks for a dictionary
// of at most 64 MiB. The block header follows the 12 bytes of the stream
// header: size, flags, optional lengths, then filter id 0x21, 1, dictionary.
func xzModest(p []byte) bool {
	if len(p) < 16 {
		return false
	}
	flags, q := p[13], p[14:]
	for _, bit := range [...]byte{0x40, 0x80} {
		if flags&bit != 0 {
			_, n := binary.Uvarint(q)
			if n <= 0 {
				return false
			}
			q = q[n:]
		}
	}
	return flags&3 == 0 && len(q) >= 3 && q[0] == 0x21 && q[1] == 1 && q[2] <= 28 // 28: 64 MiB
}
