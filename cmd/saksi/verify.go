package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// limits says what a good verification means and what it does not (promise P9).
const limits = "A valid seal shows that bytes, order and completeness are as they were when the named key sealed them.\n" +
	"It does not show that the host's kernel told the truth, nor who held the key unless a list says so.\n"

// verifyFlags are the flags of saksi verify.
type verifyFlags struct {
	signers, krl, caseDir, at string
	receipts, identities      []string
}

func (a *app) verifyCmd() *cobra.Command {
	var f verifyFlags
	c := &cobra.Command{
		Use:   "verify BUNDLE...",
		Short: "Check bundles: every byte, every checkpoint, the seal, the signer",
		Long: "Reads whole bundles, makes every text again that the seal covers, and judges the signer.\n\n" +
			"Without a list of signers an unknown signer is no failure. With --signers, or in a case\n" +
			"that has allowed_signers, it is. Certificates are judged at --at, else at the time of a\n" +
			"signed intake receipt, never by the clock of the host or of this machine." + exitStatus,
		Example: "  saksi verify host.tar.zst\n  saksi verify host.tar.zst --signers allowed_signers --at 2026-04-03T02:14:07Z\n  saksi verify --case incident-7",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.verify(cmd, args, f)
		},
	}
	c.Flags().StringVar(&f.signers, "signers", "", "allowed_signers file: who may sign (ssh-keygen(1))")
	c.Flags().StringVar(&f.krl, "revoked", "", "revocation list that ssh-keygen -k made")
	c.Flags().StringVar(&f.caseDir, "case", "", "case directory: its allowed_signers, revoked.krl and bundles.jsonl")
	c.Flags().StringVar(&f.at, "at", "", "time of sealing that is known from elsewhere (RFC 3339)")
	c.Flags().StringArrayVar(&f.receipts, "receipt", nil, "signed intake receipt; BUNDLE.receipt.json is found by itself")
	c.Flags().StringArrayVar(&f.identities, "identity", nil, "age or SSH identity file for encrypted bundles")
	return c
}

func (a *app) verify(cmd *cobra.Command, args []string, f verifyFlags) error {
	j, err := f.judge()
	if err != nil {
		return err
	}
	if len(args) == 0 {
		args = j.paths()
	}
	if len(args) == 0 {
		return usagef("name at least one bundle, or a case that has some")
	}
	ids, err := identities(f.identities)
	if err != nil {
		return err
	}
	out := newJSONLines(a.out)
	bad, hint := 0, ""
	for _, path := range args {
		r, err := a.verifyOne(cmd, path, j, bundle.OpenOptions{Identities: ids})
		if err != nil {
			return err
		}
		if !r.OK {
			bad++
			hint = r.hint
		}
		if a.json {
			err = out.write(r.shown())
		} else {
			err = a.printReport(&r)
		}
		if err != nil {
			return err
		}
	}
	if err := out.flush(); err != nil {
		return err
	}
	if bad > 0 {
		return withCode(exitVerify, fmt.Errorf("%d of %d bundles do not verify", bad, len(args)), hint)
	}
	return nil
}

// judged is a report and what the command adds to it.
type judged struct {
	bundle.Report
	hint string
}

// verifyOne judges one file. A file that cannot be opened as a bundle is a
// report too; only what keeps us from reading is an error.
func (a *app) verifyOne(cmd *cobra.Command, path string, j *judge, o bundle.OpenOptions) (judged, error) {
	b, err := bundle.OpenContext(cmd.Context(), path, o)
	switch {
	case cmd.Context().Err() != nil && err != nil:
		return judged{}, withCode(exitFailed, err, "cancelled")
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return judged{}, withCode(exitFailed, err, "check the path and that you may read it")
	case errors.Is(err, bundle.ErrEncrypted):
		return judged{}, withCode(exitFailed, err, "give the key with --identity FILE")
	case err != nil:
		r := bundle.Report{Bundle: path, Integrity: bundle.IntegrityDamaged, Signer: "unknown", Reason: err.Error(),
			Missing: []bundle.PlanItem{}, Problems: []bundle.Problem{{What: err.Error(), Where: path}}}
		var u *bundle.UnprovenError
		if errors.As(err, &u) && len(u.Problems) > 0 {
			r.Problems = u.Problems
		}
		return judged{r, openHint(err)}, nil
	}
	defer b.Close()
	vo := j.options()
	m := a.meter("verify")
	vo.Progress = m.set
	r, err := b.Verify(cmd.Context(), vo)
	m.done()
	if errors.Is(err, bundle.ErrReceipt) {
		return judged{}, withCode(exitVerify, err, "a receipt must be of this bundle, and its signer listed for saksi.intake")
	}
	if err != nil {
		return judged{}, withCode(exitFailed, err, "")
	}
	j.expect(path, &r)
	return judged{r, reportHint(&r)}, nil
}

func openHint(err error) string {
	switch {
	case errors.Is(err, bundle.ErrVersion):
		return "use the version of saksi that made it"
	case errors.Is(err, bundle.ErrNotBundle):
		return "plain logs go straight into saksi ingest, which seals them first"
	}
	return "nothing in this file is proven; ask for another copy"
}

func reportHint(r *bundle.Report) string {
	switch {
	case r.Integrity == bundle.IntegrityCut:
		return fmt.Sprintf("saksi ingest takes what checkpoint %d proves", r.Proven.Checkpoint)
	case r.Integrity != bundle.IntegrityOK:
		return "compare with another copy; the exhibits that are not named are proven"
	}
	return "the bytes are intact; the signer is the question"
}

// shown makes the texts of a report safe for JSON.
func (r judged) shown() bundle.Report {
	out := r.Report
	out.Problems = make([]bundle.Problem, len(r.Problems))
	for i, p := range r.Problems {
		out.Problems[i] = bundle.Problem{What: jsonText(p.What), Where: jsonText(p.Where)}
	}
	out.Bundle, out.Reason, out.SignerNote, out.Holder = jsonText(out.Bundle), jsonText(out.Reason), jsonText(out.SignerNote), jsonText(out.Holder)
	return out
}

// printReport is the report for people.
func (a *app) printReport(r *judged) error {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, "%s\n", safe(fmt.Sprintf(format, args...))) }
	line("BUNDLE %s", r.Bundle)
	if r.Run != "" {
		line("RUN %s", r.Run)
	}
	line("INTEGRITY %s", r.Integrity)
	if r.Reason != "" && r.Integrity != bundle.IntegrityOK {
		line("  %s", r.Reason)
	}
	if r.Fingerprint != "" {
		line("SIGNER %s %s", r.Signer, r.Fingerprint)
		if r.Holder != "" {
			line("  listed as %s", r.Holder)
		}
		if r.SignerNote != "" {
			line("  %s", r.SignerNote)
		}
		line("SEAL %s", r.Seal)
	}
	line("PROVEN %d exhibits, %d bytes, up to checkpoint %d", r.Proven.Items, r.Proven.Bytes, r.Proven.Checkpoint)
	if r.Integrity != bundle.IntegrityOK && r.Proven.Last != "" {
		line("  the last one is %s, its first %d bytes", r.Proven.Last, r.Proven.LastBytes)
	}
	if r.Synthetic {
		line("SYNTHETIC made by a generator, not collected from a live host")
	}
	for i, m := range r.Missing {
		if i == maxShown {
			line("MISSING and %d more plan items", len(r.Missing)-i)
			break
		}
		line("MISSING item %d, %s: %s", m.Item, m.Source, m.Target)
	}
	for i, p := range r.Problems {
		if i == maxShown {
			line("PROBLEM and %d more (all with --json)", len(r.Problems)-i)
			break
		}
		line("PROBLEM %s: %s", p.Where, p.What)
	}
	b.WriteString(limits)
	_, err := fmt.Fprint(a.out, b.String())
	return err
}

const maxShown = 40 // lines of one kind in a report for people

// parseAt reads --at.
func parseAt(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return at, usagef("--at %q is not an RFC 3339 time such as 2026-04-03T02:14:07Z", s)
	}
	return at, nil
}

// readList reads a file of a case or a flag; a missing one of a case is nil.
func readList(path string, optional bool) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	b, err := os.ReadFile(path)
	if optional && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, withCode(exitFailed, err, "")
	}
	if b == nil {
		b = []byte{}
	}
	return b, nil
}
