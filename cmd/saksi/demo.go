package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/samples/gen"
	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/tui/clean"
)

// demoMark is the file by which a later run knows that it may replace a directory.
const demoMark = ".saksi-demo"

func (a *app) demoCmd() *cobra.Command {
	var noTUI bool
	c := &cobra.Command{
		Use:   "demo [DIR]",
		Short: "Make the sample case, ingest it, answer the three questions, open the screen",
		Long: `Make the sample case of three invented hosts in DIR (default: saksi-demo), verify
and ingest it, and open the screen. Without a terminal, or with --no-tui, print
three blocks: WHEN, WHO SAW, CHECK. A second run makes the same case anew.` + exitStatus,
		Example: "  saksi demo\n  saksi demo --no-tui /tmp/demo",
		Args:    cobra.MaximumNArgs(1),
	}
	c.Flags().BoolVar(&noTUI, "no-tui", false, "print the answers; do not open the screen")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		dir := "saksi-demo"
		if len(args) == 1 {
			dir = args[0]
		}
		d := &demo{a: a, dir: dir}
		return d.run(cmd.Context(), noTUI || !a.isTerminal())
	}
	return c
}

// demo is one run of the demonstration.
type demo struct {
	a       *app
	dir     string
	bundles []string
}

func (d *demo) caseDir() string { return filepath.Join(d.dir, "case") }

func (d *demo) say(format string, args ...any) {
	if rest, blank := strings.CutPrefix(format, "\n"); blank {
		fmt.Fprintln(d.a.out)
		format = rest
	}
	fmt.Fprintln(d.a.out, clean.Line(fmt.Sprintf(format, args...)))
}

func (d *demo) run(ctx context.Context, print bool) error {
	if err := d.clear(); err != nil {
		return err
	}
	made, err := gen.Write(d.dir)
	if err != nil {
		return err
	}
	d.bundles = made.Bundles
	d.say("generate   three invented hosts (synthetic), kernel replies saved from real decoys: %s", d.dir)
	d.collect(ctx)
	if err := d.verify(ctx); err != nil {
		return err
	}
	start := time.Now()
	g := &ingester{a: d.a, quiet: true, flags: ingestFlags{dir: d.caseDir()}}
	if err := g.run(ctx, d.bundles); err != nil {
		return err
	}
	cs, err := openCase(d.caseDir())
	if err != nil {
		return err
	}
	defer cs.Close()
	st, err := cs.Stat(ctx)
	if err != nil {
		return err
	}
	d.say("ingest     %d events of %d hosts in %v: %s", st.Events, st.Hosts, time.Since(start).Round(10*time.Millisecond), d.caseDir())
	if err := d.answers(ctx, cs); err != nil {
		return err
	}
	d.say("\nThe case lies in %s. Remove it with: rm -r %s", d.dir, shellQuote(d.dir))
	if print {
		d.say("Open the screen with: %s tui --case %s", self(), shellQuote(d.caseDir()))
		return nil
	}
	d.say("Opening the screen (q leaves, ? helps) ...")
	return d.a.screen(ctx, cs, tuiFlags{dir: d.caseDir()}, "")
}

// clear makes room: only what an earlier demo made is removed.
func (d *demo) clear() error {
	mark := filepath.Join(d.dir, demoMark)
	if _, err := os.Stat(d.dir); err == nil {
		if _, err := os.Stat(mark); err != nil {
			if names, rerr := os.ReadDir(d.dir); rerr != nil || len(names) > 0 {
				return withCode(exitUsage, fmt.Errorf("%q exists and was not made by saksi demo", d.dir), "name another directory: saksi demo DIR")
			}
		}
		if err := os.RemoveAll(d.dir); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(d.dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(mark, []byte("made by saksi demo; may be removed\n"), 0o644)
}

// collect runs the real collector on this machine, when it lies beside this
// program: a quick look whose bundle stays out of the sample case.
func (d *demo) collect(ctx context.Context) {
	self, err := os.Executable()
	if err != nil {
		return
	}
	tool := filepath.Join(filepath.Dir(self), "saksi-collect")
	if _, err := os.Stat(tool); err != nil {
		d.say("collect    left out: saksi-collect does not lie beside %s", filepath.Base(self))
		return
	}
	out := filepath.Join(d.dir, "this-machine.tar.zst")
	start := time.Now()
	err = exec.CommandContext(ctx, tool, "run", "--profile", "sweep", "--out", out).Run()
	var ee *exec.ExitError
	note := "whole"
	switch {
	case errors.As(err, &ee) && ee.ExitCode() == exitPartial:
		note = "exit 3: some items were denied, as without root"
	case err != nil:
		d.say("collect    this machine could not be read: %v", err)
		return
	}
	st, err := os.Stat(out)
	if err != nil {
		d.say("collect    no bundle of this machine: %v", err)
		return
	}
	d.say("collect    this machine, profile sweep, %s in %v (%s): %s", size(st.Size()), time.Since(start).Round(10*time.Millisecond), note, out)
	d.bundles = append(d.bundles, out)
}

// verify checks every bundle; that of this machine is not part of the case.
func (d *demo) verify(ctx context.Context) error {
	own := filepath.Join(d.dir, "this-machine.tar.zst")
	var keep []string
	var signers []byte
	for _, p := range d.bundles {
		b, err := bundle.Open(p, bundle.OpenOptions{})
		if err != nil {
			return err
		}
		r, err := b.Verify(ctx, bundle.VerifyOptions{})
		if err == nil && p != own {
			signers = append(signers, signerLine(b)...)
		}
		if cerr := b.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return err
		}
		synthetic := ""
		if r.Synthetic {
			synthetic = ", synthetic"
		}
		d.say("verify     %s: INTEGRITY %s, SIGNER %s%s", filepath.Base(p), r.Integrity, r.Signer, synthetic)
		if p != own {
			keep = append(keep, p)
		}
	}
	d.bundles = keep
	return os.WriteFile(filepath.Join(d.dir, "allowed_signers"), signers, 0o644)
}

// answers prints the three blocks.
func (d *demo) answers(ctx context.Context, cs *timeline.Case) error {
	zone := d.a.zone(cs)
	ins, err := cs.Infections(ctx)
	if err != nil {
		return err
	}
	d.say("\nWHEN")
	for i := range ins {
		d.a.infectionDetail(cs, &ins[i], zone)
	}
	ss, err := cs.Sightings(ctx)
	if err != nil {
		return err
	}
	d.say("\nWHO SAW (accounts, not persons)")
	for _, grade := range []string{"K3", "K1", "K0"} {
		for _, g := range byAccount(ss, grade) {
			more := ""
			if len(g) > 1 {
				more = fmt.Sprintf(" and %d more like it until %s", len(g)-1, shortStamp(g[len(g)-1].Latest, zone))
			}
			s := g[0]
			d.say("  %s %s on %s, %s, by %s; event %s%s", s.Grade, holder(s), cs.HostName(s.Host), span(s.Earliest, s.Latest, zone), s.Channel, first(ids(s.Events)), more)
			d.say("     or: %s", s.Alternative)
		}
	}
	d.say("  all of them: %s sightings --case %s", self(), shellQuote(d.caseDir()))
	return d.check()
}

// byAccount gathers the sightings of one grade by account, host and infection,
// in their order, so that each account is named once.
func byAccount(ss []claim.Sighting, grade string) [][]*claim.Sighting {
	at := map[string]int{}
	var out [][]*claim.Sighting
	for i := range ss {
		s := &ss[i]
		if s.Grade != grade {
			continue
		}
		key := fmt.Sprintf("%q %v %s", s.Account, s.Host, s.Infection)
		n, ok := at[key]
		if !ok {
			n = len(out)
			at[key] = n
			out = append(out, nil)
		}
		out[n] = append(out[n], s)
	}
	return out
}

func first(ss []string) string {
	if len(ss) == 0 {
		return "none"
	}
	return ss[0]
}

// self is how this program was called, for lines that are pasted.
func self() string { return shellQuote(os.Args[0]) }
