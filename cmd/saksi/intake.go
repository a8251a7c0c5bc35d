package main

import (
	"context"
	"errors"
	"fmt"
	"os"

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
