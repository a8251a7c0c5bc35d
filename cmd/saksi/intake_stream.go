package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// taking is one stream on its way to disk.
type taking struct {
	a    *app
	f    *intakeFlags
	key  *heldKey
	from string
	to   string
	said io.Writer // progress
	tell func(*bundle.Follower)
}

// run writes the stream, follows it, and signs the receipt.
func (t *taking) run(ctx context.Context, in io.Reader) (bundle.Receipt, error) {
	var none bundle.Receipt
	follow, err := bundle.NewFollower(t.a.now)
	if err != nil {
		return none, withCode(exitFailed, err, "")
	}
	started := t.a.now()
	dir, name := filepath.Split(t.to)
	if st, err := os.Stat(t.to); err == nil && st.IsDir() {
		dir, name = t.to, ""
	} else if err == nil {
		return none, withCode(exitFailed, fmt.Errorf("%q exists", t.to), "evidence is never overwritten; choose another name")
	}
	if dir == "" {
		dir = "."
	}
	tmp, err := os.CreateTemp(dir, ".intake-*.part")
	if err != nil {
		return none, withCode(exitFailed, err, "")
	}
	copyErr := t.copy(ctx, tmp, in, follow)
	if err := errors.Join(tmp.Sync(), tmp.Close()); err != nil {
		return none, withCode(exitFailed, fmt.Errorf("%s: %w", tmp.Name(), err), "what arrived is in this file")
	}
	if name == "" {
		name = follow.Run()
		if name == "" {
			name = "intake-" + started.UTC().Format("20060102T150405Z")
		}
		name += ".tar.zst"
		if follow.Encrypted() {
			name += ".age"
		}
	}
	path, err := place(tmp.Name(), dir, name)
	if err != nil {
		return none, withCode(exitFailed, fmt.Errorf("%w; what arrived is in %s", err, tmp.Name()), "")
	}
	r := follow.Receipt()
	r.Started, r.File, r.By, r.From = started.UTC().Format(time.RFC3339Nano), filepath.Base(path), t.f.key.holder(), t.from
	t.judge(path, &r)
	if copyErr != nil && r.State != "whole" {
		r.Reason = fmt.Sprintf("%s (%v)", r.Reason, copyErr)
		var full *outputError
		if errors.As(copyErr, &full) {
			return r, withCode(exitFailed, fmt.Errorf("%s: %w", path, copyErr), "make room and ask the host again; what arrived is kept")
		}
	}
	if err := t.receipt(path, r); err != nil {
		return r, err
	}
	if err := os.Remove(tmp.Name() + marksName); err != nil && !errors.Is(err, os.ErrNotExist) {
		return r, withCode(exitFailed, err, "")
	}
	return r, nil
}

// outputError is a failure of our own disk.
type outputError struct{ err error }

func (e *outputError) Error() string { return e.err.Error() }
func (e *outputError) Unwrap() error { return e.err }

// copy moves bytes until the stream ends. The file is flushed to disk at each
// checkpoint.
func (t *taking) copy(ctx context.Context, out *os.File, in io.Reader, follow *bundle.Follower) error {
	buf := make([]byte, 256<<10)
	m := &meter{a: &app{err: t.said}, what: "intake", start: time.Now(), last: time.Now()}
	defer m.done()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := in.Read(buf)
		if n > 0 {
			if _, werr := out.Write(buf[:n]); werr != nil {
				return &outputError{werr}
			}
			_, _ = follow.Write(buf[:n]) // never fails
			if err := note(out, follow.Fresh()); err != nil {
				return &outputError{err}
			}
			if t.tell != nil {
				t.tell(follow)
			} else {
				m.set(follow.Bytes(), 0)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// note makes what arrived durable up to the checkpoints, and then the arrival
// of each in a file beside it: an intake that is killed leaves both.
func note(out *os.File, marks []bundle.ReceiptMark) error {
	if len(marks) == 0 {
		return nil
	}
	if err := out.Sync(); err != nil {
		return err
	}
	f, err := os.OpenFile(out.Name()+marksName, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	var lines []byte
	for _, m := range marks {
		line, err := json.Marshal(m)
		if err != nil {
			_ = f.Close()
			return err
		}
		lines = append(append(lines, line...), '\n')
	}
	_, err = f.Write(lines)
	return errors.Join(err, f.Sync(), f.Close())
}

const marksName = ".checkpoints.jsonl"

// place gives the file its name; one that exists is never replaced.
func place(tmp, dir, name string) (string, error) {
	for i := 1; i < 1000; i++ {
		path := filepath.Join(dir, name)
		if i > 1 {
			path = filepath.Join(dir, fmt.Sprintf("%s~%d", name, i))
		}
		err := os.Link(tmp, path)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil { // a file system without hard links
			if _, serr := os.Lstat(path); serr == nil {
				continue
			}
			return path, os.Rename(tmp, path)
		}
		return path, os.Remove(tmp)
	}
	return "", fmt.Errorf("%q: too many files of this name", name)
}

// judge opens what arrived and fills state and seal.
func (t *taking) judge(path string, r *bundle.Receipt) {
	ids, err := identities(t.f.identities)
	if err != nil {
		fmt.Fprintf(t.said, "saksi: %s\n", safe(err.Error()))
	}
	b, err := bundle.Open(path, bundle.OpenOptions{Identities: ids})
	switch {
	case errors.Is(err, bundle.ErrEncrypted):
		r.State = "encrypted"
		return
	case err != nil:
		r.State, r.Reason = "unreadable", err.Error()
		return
	}
	defer b.Close()
	s := b.Seal()
	r.Run, r.Seal, r.State, r.Reason = b.Acquisition().RunID, s.Hash, string(s.State), s.Reason
}

// receipt writes receipt and signature beside the bundle.
func (t *taking) receipt(path string, r bundle.Receipt) error {
	text, sig, err := r.Sign(t.key)
	if err != nil {
		return withCode(exitFailed, err, "")
	}
	if err := writeNew(path+".receipt.json", text, 0o600); err != nil {
		return withCode(exitFailed, err, "")
	}
	if err := writeNew(path+".receipt.json.sig", sig, 0o600); err != nil {
		return withCode(exitFailed, err, "")
	}
	return nil
}
