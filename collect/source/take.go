package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// Flags of outcomes that tell what happened while a file was read. None of
// them makes a run incomplete.
const (
	flagGrew    = "grew while read"
	flagChanged = "changed while read"
	flagShrank  = "shrank while read"
	flagLink    = "through a symbolic link"
	flagSparse  = "sparse: holes were not read from the disk"
)

// taker copies files into the bundle.
type taker struct {
	ctx  context.Context
	env  *collect.Env
	src  fileSource
	flag string // put on every exhibit; "" none
}

// take copies one file and says how that ended.
func (t *taker) take(path string) (bundle.Outcome, error) {
	f, err := t.env.Host.Open(path)
	if err != nil {
		return collect.OutcomeOf(err), nil
	}
	abandoned := false
	defer func() {
		if !abandoned { // a reader that hangs keeps its descriptor
			f.Close()
		}
	}()
	st, err := f.Stat()
	if err != nil {
		return collect.OutcomeOf(err), nil
	}
	if t.src.aged && !t.env.Since.IsZero() && time.Unix(0, st.Mtime).Before(t.env.Since) {
		return bundle.Outcome{Outcome: bundle.Skipped, Reason: "last written before --since"}, nil
	}
	if t.src.small > 0 && st.Size > t.src.small {
		return bundle.Outcome{Outcome: bundle.Skipped, Reason: fmt.Sprintf("%d bytes, more than the %d this source copies; name it with --paths to take it", st.Size, t.src.small)}, nil
	}
	x := bundle.Exhibit{
		Source: t.src.desc.Name, Path: record.Bytes(path), Stat: statOf(st), Method: "open, read",
	}
	if t.flag != "" {
		x.Flags = append(x.Flags, t.flag)
	}
	if a, ok := f.(interface {
		Xattrs() (map[string]record.Bytes, error)
	}); ok {
		x.Xattrs, _ = a.Xattrs()
	}
	if l, err := t.env.Host.Lstat(path); err == nil && kind(l) == modeLink {
		target, _ := t.env.Host.Readlink(path)
		x.Flags = append(x.Flags, flagLink+" to "+collect.Escape([]byte(target)))
	}
	if t.env.KernelObject(st) {
		return bundle.Outcome{Outcome: bundle.Skipped, Reason: "an object of the kernel, not a stored file"}, nil
	}
	if o, done, err := t.small(f, st, x); done || err != nil {
		return o, err
	}
	r := newFileReader(t.ctx, t.env, f, st.Size)
	head, rest := t.parts(f, st)
	y, err := t.env.Out.File(x, head, r)
	abandoned = errors.Is(err, host.ErrTimeout)
	if err != nil {
		return bundle.Outcome{}, fmt.Errorf("%w", err)
	}
	o := t.judge(f, st, y, r)
	if rest != nil {
		o, abandoned, err = t.beyond(f, rest, x, o)
	}
	return o, err
}

// small reads a small file at once. A private key is replaced by a record of
// it; a file that cannot be read whole is left to the caller.
func (t *taker) small(f host.File, st record.File, x bundle.Exhibit) (bundle.Outcome, bool, error) {
	if st.Size > maxKeyFile && st.Size < maxKeyStore {
		var head [16]byte
		if _, err := f.ReadAt(head[:], 0); err == nil && keyStore(string(st.Path), head[:]) != "" {
			text := make([]byte, st.Size)
			if n, err := f.ReadAt(text, 0); (err == nil || err == io.EOF) && int64(n) == st.Size {
				o, err := t.secret(text, st)
				return o, true, err
			}
		}
	}
	if st.Size > maxKeyFile || (t.src.cap > 0 && st.Size > t.src.cap) {
		return bundle.Outcome{}, false, nil
	}
	text := make([]byte, st.Size)
	n, err := f.ReadAt(text, 0)
	if (err != nil && err != io.EOF) || int64(n) < st.Size {
		return bundle.Outcome{}, false, nil
	}
	if err := t.env.Throttle(t.ctx, n); err != nil {
		return bundle.Outcome{}, true, err
	}
	if looksPrivate(string(st.Path), text) {
		o, err := t.secret(text, st)
		return o, true, err
	}
	keys := innerKeys(text)
	for _, k := range keys {
		if err := t.inner(text, k, st); err != nil {
			return bundle.Outcome{}, true, err
		}
		clear(text[k.Offset : k.Offset+k.Length])
	}
	x.States = keys
	y, err := t.env.Out.Bytes(x, text)
	if err != nil {
		return bundle.Outcome{}, true, fmt.Errorf("%w", err)
	}
	y.States = y.States[min(len(keys), len(y.States)):]
	o := t.judge(f, st, y, &fileReader{})
	if len(keys) > 0 {
		o.Exhibits++
		o.Flags = append(o.Flags, fmt.Sprintf("%d private keys inside left out, their fingerprints are recorded", len(keys)))
	}
	return o, true, nil
}

// judge looks at the file again and tells how the copy came out.
func (t *taker) judge(f host.File, before record.File, y bundle.Exhibit, r *fileReader) bundle.Outcome {
	o := bundle.Outcome{Outcome: bundle.Collected, Exhibits: 1, Bytes: y.Size, Method: y.Method, Flags: y.Flags}
	if r.holes {
		o.Flags = append(o.Flags, flagSparse)
	}
	if after, err := f.Stat(); err == nil {
		switch {
		case after.Size > before.Size:
			o.Flags = append(o.Flags, flagGrew)
		case after.Size < before.Size:
			o.Flags = append(o.Flags, flagShrank)
		case after.Mtime != before.Mtime || after.Ctime != before.Ctime:
			o.Flags = append(o.Flags, flagChanged)
		}
	}
	if t.src.cap > 0 && before.Size > t.src.cap {
		o.Outcome, o.Cap, o.Reason = bundle.Partial, t.src.cap, fmt.Sprintf("cut at the cap of %d bytes, the file has %d", t.src.cap, before.Size)
	}
	for _, s := range y.States {
		switch s.State {
		case bundle.BytesShort:
			o.Outcome, o.Benign = bundle.Partial, o.Cap == 0
			o.Reason = fmt.Sprintf("%d bytes were gone before they could be read", s.Length)
		case bundle.BytesUnreadable:
			o.Outcome, o.Benign, o.Errno = bundle.Partial, false, host.ErrnoName(r.failed)
			o.Reason = fmt.Sprintf("%d bytes from %d unreadable", s.Length, s.Offset)
			if c := context.Cause(t.ctx); c != nil {
				o.Reason += ": " + c.Error()
			}
			return o
		case bundle.BytesRead, bundle.BytesZero:
		}
	}
	return o
}

func statOf(f record.File) *bundle.Stat {
	return &bundle.Stat{Dev: f.Dev, Ino: f.Ino, Mode: f.Mode, UID: f.UID, GID: f.GID, Nlink: f.Nlink,
		Size: f.Size, Atime: f.Atime, Mtime: f.Mtime, Ctime: f.Ctime, Btime: f.Btime}
}

// fileReader reads a file block by block within the budgets. What the disk
// cannot give is skipped page by page and reported; holes are not read.
type fileReader struct {
	ctx    context.Context
	env    *collect.Env
	f      host.File
	pos    int64
	size   int64
	data   int64 // end of the data stretch that pos is in; 0 before the first look
	hole   int64 // end of the hole that pos is in
	sparse bool  // ask for holes
	holes  bool
	bad    int // unreadable pages in a row
	failed error
}

func newFileReader(ctx context.Context, env *collect.Env, f host.File, size int64) *fileReader {
	return &fileReader{ctx: ctx, env: env, f: f, size: size, sparse: size >= holeFile}
}

const (
	badPage = 4096 // bytes given up after a read error
	maxBad  = 256  // pages in a row after which the rest is given up
	holeMin = 1 << 20
	// holeFile is the size from which holes are passed over: reading them costs
	// only time, and some file systems have reported holes where fresh data was.
	holeFile = 1 << 30
)

// Read implements collect.Reader.
func (r *fileReader) Read(p []byte) (int, error) {
	if err := r.env.Throttle(r.ctx, 0); err != nil {
		r.failed = err
		return 0, err
	}
	if n := r.zeros(p); n > 0 {
		return n, nil
	}
	n, err := r.f.ReadAt(p, r.pos)
	if n > 0 {
		r.pos += int64(n)
		r.bad = 0
		if terr := r.env.Throttle(r.ctx, n); terr != nil {
			r.failed = terr
			return n, terr
		}
		return n, nil
	}
	if err == io.EOF || err == nil {
		return 0, io.EOF
	}
	return r.skip(p, err)
}

// skip gives up one page behind a read error and goes on.
func (r *fileReader) skip(p []byte, err error) (int, error) {
	r.failed = err
	if len(p) > badPage { // the first page of a large read may still be good
		if n, _ := r.f.ReadAt(p[:badPage], r.pos); n > 0 {
			r.pos += int64(n)
			return n, nil
		}
	}
	if r.bad++; r.bad > maxBad {
		return 0, err
	}
	r.pos += badPage
	return 0, &bundle.UnreadableError{Length: badPage, Err: err}
}

// zeros answers for holes of at least 1 MiB of large files, such as lastlog,
// without reading them.
func (r *fileReader) zeros(p []byte) int {
	s, ok := r.f.(interface {
		NextData(off, size int64) (from, to int64)
	})
	if !ok || !r.sparse {
		return 0
	}
	if r.pos >= r.data && r.pos >= r.hole && r.pos < r.size {
		from, to := s.NextData(r.pos, r.size)
		if from-r.pos >= holeMin {
			r.hole, r.holes = from, true
		} else {
			r.data = max(to, r.pos+1)
		}
	}
	if r.pos >= r.hole {
		return 0
	}
	n := int(min(int64(len(p)), r.hole-r.pos))
	clear(p[:n])
	r.pos += int64(n)
	return n
}
