package desk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// walk goes through one given directory in the order of names. It does not
// use io/fs, whose paths must be UTF-8.
type walk struct {
	s    *Survey
	root *os.Root
	dir  string
	tree tree
	item int
}

const maxDepth = 500

func (w *walk) below(ctx context.Context, rel string, depth int) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("desk: %w", err)
	}
	if depth > maxDepth {
		w.s.leave(filepath.Join(w.dir, rel), bundle.Skipped, "directories nested too deep")
		return nil
	}
	list, err := w.list(rel)
	if err != nil {
		w.s.leave(filepath.Join(w.dir, rel), code(err), err.Error())
	}
	for _, d := range list {
		name := d.Name()
		if rel != "." {
			name = rel + "/" + name
		}
		if err := w.entry(ctx, name, d, depth); err != nil {
			return err
		}
	}
	return nil
}

// listed is an entry of a directory, with its size as far as that is known.
type listed struct {
	fs.DirEntry
	size int64
}

func (w *walk) list(rel string) ([]listed, error) {
	f, err := w.root.Open(rel)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	list, dir := make([]listed, len(entries)), int(f.Fd())
	for i, d := range entries {
		list[i].DirEntry = d
		var st unix.Stat_t
		if d.Type().IsRegular() && unix.Fstatat(dir, d.Name(), &st, unix.AT_SYMLINK_NOFOLLOW) == nil {
			list[i].size = st.Size
		}
	}
	return list, err
}

func (w *walk) entry(ctx context.Context, rel string, d listed, depth int) error {
	full := w.dir + "/" + rel
	switch {
	case w.s.o.Skip != nil && w.s.o.Skip(full):
		w.s.leave(full, bundle.Skipped, "left out on request")
	case d.IsDir():
		return w.below(ctx, rel, depth+1)
	case !d.Type().IsRegular():
		w.s.leave(full, bundle.Skipped, kindOf(d.Type())+": only regular files are taken")
	default:
		return w.s.add(w.dir, rel, w.tree.original(rel), w.item, d.size)
	}
	return nil
}

func kindOf(m fs.FileMode) string {
	switch {
	case m&fs.ModeSymlink != 0:
		return "symbolic link"
	case m&fs.ModeNamedPipe != 0:
		return "named pipe"
	case m&fs.ModeSocket != 0:
		return "socket"
	case m&fs.ModeDevice != 0:
		return "device"
	}
	return "special file"
}

func code(err error) bundle.OutcomeCode {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return bundle.Denied
	case errors.Is(err, fs.ErrNotExist):
		return bundle.Absent
	}
	return bundle.Failed
}
