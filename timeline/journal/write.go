package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Signer signs journal lines. An operator key satisfies it.
type Signer interface {
	Sign(namespace string, message []byte) (armored []byte, err error)
}

// Append writes one entry into the journal of its author and gives it back
// completed. The caller sets Op, Events, Anchors, Text and Target.
func Append(dir, author string, e Entry, s Signer, now time.Time) (*Entry, error) {
	if err := ValidName(author); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make journal directory: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, author+".jsonl"), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	defer f.Close()
	if err := lock(f); err != nil {
		return nil, fmt.Errorf("lock journal %q: %w", f.Name(), err)
	}
	set, err := Load(dir) // under the lock: what others appended is seen
	if err != nil {
		return nil, err
	}
	e.V, e.Author, e.At, e.N, e.Prev = Version, author, now.UTC().Format(time.RFC3339Nano), set.highest()+1, set.last(author)
	if err := e.check(); err != nil {
		return nil, err
	}
	b, err := encode(&e, s)
	if err != nil {
		return nil, err
	}
	if err := write(f, b); err != nil {
		return nil, err
	}
	return &e, nil
}

// last gives the hash that the next entry of an author follows.
func (s *Set) last(author string) string {
	for i := range s.Files {
		if s.Files[i].Author == author {
			return s.Files[i].lastHash
		}
	}
	return zeros
}

// write appends b, after LF when the file ends in a torn line.
func write(f *os.File, b []byte) error {
	st, err := f.Stat()
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	if n := st.Size(); n > 0 {
		var c [1]byte
		if _, err := f.ReadAt(c[:], n-1); err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("write journal: %w", err)
		}
		if c[0] != '\n' {
			b = append([]byte{'\n'}, b...)
		}
	}
	if _, err := f.Write(b); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

// Merge appends to the journals in dst every line that those in src have and
// dst lacks, and gives the number of lines added. Lines that cannot be read
// are left out.
func Merge(dst, src string) (added int, err error) {
	names, err := files(src)
	if err != nil {
		return 0, err
	}
	if err := os.MkdirAll(dst, 0o755); err != nil {
		return 0, fmt.Errorf("make journal directory: %w", err)
	}
	for _, name := range names {
		n, err := mergeFile(filepath.Join(dst, name), filepath.Join(src, name))
		added += n
		if err != nil {
			return added, err
		}
	}
	return added, nil
}

func mergeFile(dst, src string) (int, error) {
	b, err := os.ReadFile(src)
	if err != nil {
		return 0, fmt.Errorf("merge journal: %w", err)
	}
	f, err := os.OpenFile(dst, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return 0, fmt.Errorf("merge journal: %w", err)
	}
	defer f.Close()
	if err := lock(f); err != nil {
		return 0, fmt.Errorf("lock journal %q: %w", dst, err)
	}
	have, _, _, err := loadFile(dst)
	if err != nil {
		return 0, err
	}
	var add []byte
	n := 0
	for l := range bytes.Lines(b) {
		l, whole := bytes.CutSuffix(l, []byte("\n"))
		if !whole {
			break
		}
		e, _, err := decode(l)
		if err != nil || e.Author != have.Author || have.hashes[e.hash] {
			continue
		}
		have.hashes[e.hash] = true
		add = append(append(add, l...), '\n')
		n++
	}
	if n == 0 {
		return 0, nil
	}
	return n, write(f, add)
}
