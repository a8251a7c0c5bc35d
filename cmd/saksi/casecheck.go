package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/tui/clean"
)

func (a *app) caseDigestCmd() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "digest --case DIR",
		Short: "One hash over all events and inputs, equal on every machine",
		Long: `Hash the contents of all events, warnings and counters, naming every input by
its hash: a bundle by its seal, a plain input by what was sealed. The digest is
equal on every machine, worker count and input order.` + exitStatus,
		Example: "  saksi case digest --case CASE",
		Args:    cobra.NoArgs,
	}
	caseFlag(c, &dir)
	c.RunE = a.listing(&dir, func(cmd *cobra.Command, cs *timeline.Case, _ []string) error {
		d, err := cs.Digest(cmd.Context())
		if err != nil {
			return err
		}
		if a.json {
			j := newJSONLines(a.out)
			if err := j.write(d); err != nil {
				return err
			}
			return j.flush()
		}
		fmt.Fprintf(a.out, "%s  %d events, %d warnings, %d counters\n", d.SHA256, d.Events, d.Warnings, d.Counters)
		t := newTable("INPUT", "HASH OF", "SHA256")
		for _, r := range d.Inputs {
			if r.Contents != "" {
				t.row(r.Run, "contents", r.Contents)
				continue
			}
			t.row(r.Run, "seal", r.Seal)
		}
		return t.write(a.out)
	})
	return c
}

type problemJSON struct {
	Where string `json:"where"`
	What  string `json:"what"`
}

func (a *app) caseCheckCmd() *cobra.Command {
	var dir string
	var identity []string
	c := &cobra.Command{
		Use:   "check --case DIR",
		Short: "Hold the store against its format; judge the signers of the bundles again",
		Long: `Check every file of the store against its format and hashes. The store is
derived data: what is damaged is made anew with saksi ingest --rebuild.

Then judge the signer of every bundle again, by allowed_signers and revoked.krl
of the case as they are now, and name those of which the case says something
else. Taking such a bundle in once more notes the new judgement; saksi verify
--case DIR reads the bundles whole.` + exitStatus,
		Example: "  saksi case check --case CASE",
		Args:    cobra.NoArgs,
	}
	caseFlag(c, &dir)
	c.Flags().StringArrayVar(&identity, "identity", nil, "age identity file for encrypted bundles (may be given again)")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		if dir == "" {
			return usagef("--case DIR is required")
		}
		ps, err := timeline.Check(cmd.Context(), dir)
		if errors.Is(err, fs.ErrNotExist) {
			return withCode(exitFailed, fmt.Errorf("no case at %q: %w", dir, err), "name the directory that saksi ingest made")
		}
		if err != nil {
			return (&ingester{a: a}).caseError(err)
		}
		j := newJSONLines(a.out)
		for _, p := range ps {
			if a.json {
				if err := j.write(problemJSON{clean.JSON(p.Where), clean.JSON(p.What)}); err != nil {
					return err
				}
				continue
			}
			fmt.Fprintf(a.out, "%s: %s\n", clean.Line(p.Where), clean.Line(p.What))
		}
		if err := j.flush(); err != nil {
			return err
		}
		if len(ps) > 0 {
			many := "problems"
			if len(ps) == 1 {
				many = "problem"
			}
			return withCode(exitCase, fmt.Errorf("%d %s in the store of %q", len(ps), many, dir), "saksi ingest --case DIR --rebuild makes it anew from the bundles")
		}
		if !a.json {
			fmt.Fprintln(a.out, "the store is as it was written")
		}
		return a.rejudge(cmd.Context(), dir, identity)
	}
	return c
}

type trustJSON struct {
	Bundle  string `json:"bundle"`
	Path    string `json:"path"`
	Was     string `json:"was"`
	Is      string `json:"is"`
	Why     string `json:"why"`
	OK      bool   `json:"ok"`
	Problem string `json:"problem"`
}

// rejudge names the bundles whose signer is judged otherwise today.
func (a *app) rejudge(ctx context.Context, dir string, identity []string) error {
	ids, err := identities(identity)
	if err != nil {
		return err
	}
	xs, err := timeline.Rejudge(ctx, dir, ids)
	if err != nil {
		return err
	}
	bad := 0
	j := newJSONLines(a.out)
	for _, x := range xs {
		if x.Problem == "" && !x.OK {
			bad++
		}
		if a.json {
			if err := j.write(trustJSON{clean.JSON(x.Run), clean.JSON(x.Path), x.Was, x.Is, clean.JSON(x.Why), x.OK, clean.JSON(x.Problem)}); err != nil {
				return err
			}
			continue
		}
		text := fmt.Sprintf("%s: SIGNER was %q when it was taken in, is %q by the lists of the case as they are now (%s)", x.Run, x.Was, x.Is, x.Why)
		if x.Problem != "" {
			text = fmt.Sprintf("%s: SIGNER %q cannot be judged again: %s: %s", x.Run, x.Was, x.Path, x.Problem)
		}
		if err := a.line(text); err != nil {
			return err
		}
	}
	if err := j.flush(); err != nil {
		return err
	}
	if bad > 0 {
		return withCode(exitVerify, fmt.Errorf("%d bundles are signed by nobody whom the case lists now", bad), "saksi ingest --case DIR BUNDLE notes the new judgement, so that listings show it; saksi case drop takes a bundle out")
	}
	return nil
}
