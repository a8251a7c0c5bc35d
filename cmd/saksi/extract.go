package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

func (a *app) extractCmd() *cobra.Command {
	var to, as string
	var ids, only []string
	c := &cobra.Command{
		Use:   "extract BUNDLE [PATTERN] --to DIR|-",
		Short: "Take exhibits out of a bundle, verified",
		Long: "Writes exhibits below DIR under their bag paths (data/files/var/log/auth.log), mode 0600,\n" +
			"or the one exhibit that matches to standard output. PATTERN is compared with bag path and\n" +
			"original path; * matches anything, a pattern without * matches any part of a path.\n" +
			"Nothing is written outside DIR, no symbolic link is followed, no file is overwritten.\n" +
			"Bytes whose frame does not verify are left as zeros and named.\n\n" +
			"With --as the RAM image is written as one file; several bundles of one boot (taken with\n" +
			"--memory-max, --memory-range or --memory-resume) are joined, and what none of them could\n" +
			"read is zeros and named. --range takes physical addresses alone." + exitStatus,
		Example: "  saksi extract host.tar.zst --to out\n  saksi extract host.tar.zst '/var/log/*' --to out\n  saksi extract host.tar.zst /etc/passwd --to -\n  saksi extract host.tar.zst --as lime --to host.lime\n  saksi extract first.tar.zst rest.tar.zst --as elfcore --to host.core\n  saksi extract host.tar.zst --as raw --range 1000-1fff --to - | xxd",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 1 || as == "" && len(args) > 2 {
				return usagef("extract needs one bundle and at most one pattern")
			}
			if as == "" && len(only) > 0 {
				return usagef("--range goes with --as")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if to == "" {
				return usagef("--to DIR or --to - is required")
			}
			if as != "" {
				x := &imageExtraction{a: a, as: as}
				defer x.close()
				return x.run(cmd.Context(), args, ids, only, to)
			}
			b, err := openBundle(args[0], ids)
			if err != nil {
				return err
			}
			defer b.Close()
			e := &extraction{a: a, b: b}
			if len(args) == 2 {
				e.pattern = args[1]
			}
			if to == "-" {
				return e.single()
			}
			return e.all(cmd.Context(), to)
		},
	}
	c.Flags().StringVar(&as, "as", "", "the RAM image as one file, in the form lime, elfcore or raw")
	c.Flags().StringSliceVar(&only, "range", nil, "with --as: only the physical addresses START-END, hexadecimal, END inclusive")
	c.Flags().StringVar(&to, "to", "", "directory, made when it is not there (a file with --as); - is standard output (required)")
	c.Flags().StringArrayVar(&ids, "identity", nil, "age or SSH identity file for encrypted bundles")
	return c
}

// extraction takes exhibits out of one bundle.
type extraction struct {
	a       *app
	b       *bundle.Bundle
	pattern string
	done    int
	bytes   int64
	damaged int
	failed  int
}

func (e *extraction) matches(x *bundle.Exhibit) bool {
	if e.pattern == "" {
		return true
	}
	p := e.pattern
	if !strings.Contains(p, "*") {
		return strings.Contains(x.Name, p) || strings.Contains(string(x.Path), p)
	}
	return glob(x.Name, p) || glob(string(x.Path), p)
}

// glob matches * to anything, slashes too.
func glob(s, pattern string) bool {
	parts := strings.Split(pattern, "*")
	if !strings.HasPrefix(s, parts[0]) {
		return false
	}
	s = s[len(parts[0]):]
	for _, p := range parts[1 : len(parts)-1] {
		i := strings.Index(s, p)
		if i < 0 {
			return false
		}
		s = s[i+len(p):]
	}
	return strings.HasSuffix(s, parts[len(parts)-1])
}

// single writes the one exhibit that matches to standard output.
func (e *extraction) single() error {
	var found []bundle.Exhibit
	for x, err := range e.b.Exhibits() {
		if err != nil {
			return withCode(exitVerify, err, "saksi verify names what does not hold")
		}
		if e.matches(&x) {
			if string(x.Path) == e.pattern || x.Name == e.pattern {
				found = []bundle.Exhibit{x}
				break
			}
			found = append(found, x)
		}
	}
	switch {
	case len(found) == 0:
		return withCode(exitFailed, fmt.Errorf("no exhibit matches %q", e.pattern), "saksi inspect BUNDLE --json lists them")
	case len(found) > 1:
		return usagef("%d exhibits match %q, the first is %s; standard output takes one", len(found), e.pattern, found[0].Name)
	}
	r, err := e.b.OpenExhibit(found[0])
	if err != nil {
		return withCode(exitVerify, err, "")
	}
	if _, err := io.Copy(e.a.out, r); err != nil {
		var bad *bundle.DamagedError
		if errors.As(err, &bad) {
			return withCode(exitVerify, fmt.Errorf("%s: %w", found[0].Name, err), "--to DIR writes what is intact and leaves zeros")
		}
		return withCode(exitFailed, err, "")
	}
	return sealError(e.b)
}

func (e *extraction) all(ctx context.Context, to string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return withCode(exitFailed, err, "")
	}
	root, err := os.OpenRoot(to)
	if err != nil {
		return withCode(exitFailed, err, "")
	}
	defer root.Close()
	m := e.a.meter("extract")
	total := e.b.Seal().Bytes
	for x, err := range e.b.Exhibits() {
		if cerr := ctx.Err(); cerr != nil {
			return withCode(exitFailed, cerr, "")
		}
		if err != nil {
			e.damaged++
			fmt.Fprintf(e.a.err, "%s\n", safe(err.Error()))
			continue
		}
		if !e.matches(&x) {
			continue
		}
		if err := e.one(root, x); err != nil {
			if !errors.Is(err, errSkipExhibit) {
				return withCode(exitFailed, fmt.Errorf("%s: %w", x.Name, err), "nothing outside the target was written")
			}
			e.failed++
			fmt.Fprintf(e.a.err, "%s: %s\n", safe(x.Name), safe(err.Error()))
		}
		m.set(e.bytes, total)
	}
	m.done()
	return e.end()
}

func (e *extraction) end() error {
	if e.a.json {
		out := newJSONLines(e.a.out)
		if err := out.write(map[string]any{"exhibits": e.done, "bytes": e.bytes, "damaged": e.damaged, "refused": e.failed}); err != nil {
			return err
		}
		if err := out.flush(); err != nil {
			return err
		}
	} else if _, err := fmt.Fprintf(e.a.out, "%d exhibits, %s\n", e.done, size(e.bytes)); err != nil {
		return err
	}
	switch {
	case e.damaged > 0:
		return withCode(exitVerify, fmt.Errorf("%d exhibits or parts are damaged; what is intact was written", e.damaged), "saksi verify names every damaged range")
	case e.failed > 0:
		return withCode(exitFailed, fmt.Errorf("%d exhibits were not written", e.failed), "extract into an empty directory")
	case e.done == 0 && e.pattern != "":
		return withCode(exitFailed, fmt.Errorf("no exhibit matches %q", e.pattern), "saksi inspect BUNDLE --json lists them")
	}
	return sealError(e.b)
}

// errSkipExhibit says that one exhibit cannot be written where it belongs.
var errSkipExhibit = errors.New("not written")

// one writes one exhibit below root.
func (e *extraction) one(root *os.Root, x bundle.Exhibit) error {
	if err := makeDirs(root, path.Dir(x.Name)); err != nil {
		return err
	}
	r, err := e.b.OpenExhibit(x)
	if err != nil {
		return err
	}
	f, err := root.OpenFile(x.Name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%w: something is there already", errSkipExhibit)
	}
	if err != nil {
		return err
	}
	err = e.copy(f, r, x)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	if x.Stat != nil && x.Stat.Mtime > 0 {
		when := time.Unix(0, x.Stat.Mtime)
		if err := root.Chtimes(x.Name, when, when); err != nil {
			return err
		}
	}
	e.done++
	return nil
}

// makeDirs makes the directories of a bag path one by one and refuses
// anything else that lies in the way, links above all.
func makeDirs(root *os.Root, dir string) error {
	at := ""
	for comp := range strings.SplitSeq(dir, "/") {
		at = path.Join(at, comp)
		st, err := root.Lstat(at)
		if errors.Is(err, os.ErrNotExist) {
			err = root.Mkdir(at, 0o700)
			if err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		if !st.IsDir() {
			return fmt.Errorf("%w: %q is no directory", errSkipExhibit, at)
		}
	}
	return nil
}

// copy writes the intact bytes; damaged ranges and long runs of zeros are
// holes.
func (e *extraction) copy(f *os.File, r *bundle.ExhibitReader, x bundle.Exhibit) error {
	buf := make([]byte, 256<<10)
	zeros := make([]byte, len(buf))
	hurt := false
	for off := int64(0); off < r.Size(); {
		n, err := r.ReadAt(buf[:min(int64(len(buf)), r.Size()-off)], off)
		if n > 0 && !bytes.Equal(buf[:n], zeros[:n]) {
			if _, err := f.WriteAt(buf[:n], off); err != nil {
				return err
			}
		}
		off += int64(n)
		e.bytes += int64(n)
		var bad *bundle.DamagedError
		switch {
		case errors.As(err, &bad):
			next := r.NextFrame(off)
			fmt.Fprintf(e.a.err, "%s: bytes %d to %d are zeros: %s\n", safe(x.Name), off, next, safe(err.Error()))
			hurt = true
			off = next
		case err != nil && err != io.EOF:
			return err
		}
	}
	if hurt {
		e.damaged++
	}
	return f.Truncate(r.Size())
}
