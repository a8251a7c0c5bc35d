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

	"github.com/spf13/cobra"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// intakeFlags are the flags of saksi intake.
type intakeFlags struct {
	key            keyFlags
	from, to       string
	hosts, command string
	ssh            string
	parallel       int
	identities     []string
}

// defaultCollect is what runs on a host of --hosts.
const defaultCollect = "sudo saksi-collect run --out -"

func (a *app) intakeCmd() *cobra.Command {
	var f intakeFlags
	c := &cobra.Command{
		Use:   "intake --from -|FILE --to BUNDLE",
		Short: "Receive a bundle as it is made and sign a receipt",
		Long: "Writes the stream to disk as it arrives, follows it, flushes at each signed checkpoint, and\n" +
			"signs a receipt (BUNDLE.receipt.json and .sig): hash, size, state, and when each checkpoint\n" +
			"was seen. A dropped connection leaves a valid prefix and a receipt that says so. The host\n" +
			"needs no key and no disk, and holds no credential for this desk. An intake that is killed\n" +
			"leaves .intake-*.part and the arrival of each checkpoint beside it; --from takes it up.\n\n" +
			"--hosts FILE runs your own ssh for each line (HOST, or USER@HOST, and ssh options after it)\n" +
			"and takes all streams in, into the directory --to." + exitStatus,
		Example: "  ssh web01 sudo saksi-collect run --out - | saksi intake --from - --to web01.tar.zst\n" +
			"  saksi intake --from /media/usb/web01.tar.zst --to evidence/web01.tar.zst\n  saksi intake --hosts hosts.txt --to evidence/",
		Args: exactly(0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.intake(cmd.Context(), f) },
	}
	f.key.add(c, "key that signs the receipt")
	c.Flags().StringVar(&f.from, "from", "", "- for standard input, or a file")
	c.Flags().StringVar(&f.to, "to", "", "bundle file to write, or an existing directory (required)")
	c.Flags().StringVar(&f.hosts, "hosts", "", "file with one host a line")
	c.Flags().StringVar(&f.command, "command", defaultCollect, "with --hosts: what ssh runs there")
	c.Flags().StringVar(&f.ssh, "ssh", "ssh", "with --hosts: the ssh program")
	c.Flags().IntVar(&f.parallel, "parallel", 8, "with --hosts: how many at once")
	c.Flags().StringArrayVar(&f.identities, "identity", nil, "age or SSH identity file, to judge an encrypted bundle when it is complete")
	return c
}

func (a *app) intake(ctx context.Context, f intakeFlags) error {
	switch {
	case f.to == "":
		return usagef("--to BUNDLE is required")
	case (f.from == "") == (f.hosts == ""):
		return usagef("either --from -|FILE or --hosts FILE is required")
	case f.parallel < 1:
		return usagef("--parallel %d: want at least 1", f.parallel)
	}
	key, err := a.intakeKey(f.key)
	if err != nil {
		return err
	}
	defer key.close()
	if f.hosts != "" {
		return a.intakeHosts(ctx, f, key)
	}
	in, from := a.in, "standard input"
	if f.from != "-" {
		file, err := os.Open(f.from)
		if err != nil {
			return withCode(exitFailed, err, "")
		}
		defer file.Close()
		in, from = file, f.from
	}
	t := &taking{a: a, f: &f, key: key, from: from, to: f.to, said: a.err}
	r, err := t.run(ctx, in)
	if err != nil {
		return err
	}
	return a.intakeEnd(r)
}

// intakeKey is the signing key; the user's own is made when there is none.
func (a *app) intakeKey(k keyFlags) (*heldKey, error) {
	path, err := a.keyPath(k.file)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); k.file == "" && errors.Is(err, os.ErrNotExist) {
		key, err := a.newKey(path, k.holder())
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(a.err, "saksi: made a key for receipts; saksi key show prints its lines for allowed_signers\n")
		return &heldKey{Key: key}, nil
	}
	return a.loadKey(path)
}

// intakeEnd prints the result and gives the exit code.
func (a *app) intakeEnd(r bundle.Receipt) error {
	if a.json {
		out := newJSONLines(a.out)
		if err := out.write(r); err != nil {
			return err
		}
		if err := out.flush(); err != nil {
			return err
		}
	} else if _, err := fmt.Fprint(a.out, receiptText(&r)); err != nil {
		return err
	}
	switch r.State {
	case "whole", "encrypted":
		return nil
	}
	return withCode(exitVerify, fmt.Errorf("the bundle in %s is %s: %s", r.File, r.State, r.Reason), "what its last checkpoint proves is usable: saksi verify, saksi ingest")
}

func receiptText(r *bundle.Receipt) string {
	s := fmt.Sprintf("RECEIVED %s, %d bytes, state %s\n", safe(r.File), r.Bytes, r.State)
	if r.Run != "" {
		s += fmt.Sprintf("RUN %s\nSIGNER %s (not judged here)\nCHECKPOINTS %d seen as they arrived\nSEAL %s\n", safe(r.Run), safe(r.Fingerprint), len(r.Checkpoints), r.Seal)
	}
	return s + fmt.Sprintf("SHA256 %s\nRECEIPT %s.receipt.json, signed as %s\n", r.SHA256, safe(r.File), safe(r.By))
}

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
