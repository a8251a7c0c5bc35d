package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"syscall"
	"time"

	"filippo.io/age"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/source"
	"github.com/saksi-dfir/saksi/tui/clean"
)

// memoryLimit is what the Go runtime keeps its heap below where it can.
const memoryLimit = 96 << 20

func runCommand(args []string, stdout, stderr io.Writer) int {
	var o options
	fs := newFlags("run", runText, runTail, stdout, stderr)
	o.runFlags(fs)
	if code, done := parseFlags(fs, args, stderr); done {
		return code
	}
	if o.out == "" {
		return usagef(stderr, "run wants --out FILE, or --out - for standard output")
	}
	if o.memory && !o.plain && len(o.recipients) == 0 {
		return usagef(stderr, "--memory copies keys and passwords: give --encrypt-to, or --plain to write them in clear")
	}
	recipients, err := parseRecipients(o.recipients)
	if err != nil {
		return usagef(stderr, "%v", err)
	}
	debug.SetMemoryLimit(memoryLimit)
	h, err := openHost(o.root)
	if err != nil {
		return fail(stderr, err, "")
	}
	defer h.Close()
	r := &run{o: o, h: h, recipients: recipients, args: args, stdout: stdout, stderr: stderr, start: time.Now()}
	return r.do()
}

func openHost(root string) (host.Host, error) {
	if root != "" {
		return host.NewMounted(root)
	}
	return host.NewLive()
}

// run is one run of the collector.
type run struct {
	o          options
	h          host.Host
	recipients []age.Recipient
	args       []string
	stdout     io.Writer
	stderr     io.Writer
	start      time.Time
	id         host.Identity
	signer     signer
	acq        bundle.Acquisition
	out        *output
	facts      []string // remarks already printed
}

func (r *run) do() int {
	ctx, stop := signals()
	defer stop()
	r.id = r.h.Identity()
	sel, err := r.o.selection(hostZone(r.id))
	if err != nil {
		return usagef(r.stderr, "%v", err)
	}
	if r.signer, err = newSigner(r.o.authorization, r.id.Hostname, r.start); err != nil {
		return fail(r.stderr, err, "")
	}
	if r.out, err = openOutput(r.o.out, r.signer.runID, r.stdout); err != nil {
		return fail(r.stderr, err, "name a file that does not exist yet, or a directory")
	}
	if r.out.path != "" {
		sel.Own = []string{r.out.path}
	}
	sel.Written = r.out.how
	plan, err := collect.NewPlan(ctx, r.h, source.All(), sel)
	if err != nil {
		r.out.discard()
		if errors.Is(err, collect.ErrCancelled) {
			return fail(r.stderr, err, "nothing was read into a bundle yet, and no file is left")
		}
		if errors.Is(err, collect.ErrLiveOnly) {
			return usagef(r.stderr, "%v", err)
		}
		if errors.Is(err, collect.ErrUnknownSource) {
			return usagef(r.stderr, "%v; saksi-collect sources lists them", err)
		}
		return fail(r.stderr, err, "")
	}
	r.acq = r.acquisition()
	return r.collect(ctx, plan)
}

// collect writes the bundle.
func (r *run) collect(ctx context.Context, plan *collect.Plan) int {
	r.say("run %s: %d items planned, about %s%s", r.signer.runID, len(plan.Items), human(plan.Bytes()), andUnknown(plan))
	r.say("signer %s (%s)", r.signer.key.Fingerprint(), r.signer.kind)
	r.say("allowed_signers: %s", r.signer.key.AllowedSignersLine(r.signer.runID))
	if os.Geteuid() != 0 {
		r.say("not run as root: what this account may not read will be listed as denied")
	}
	if how := r.out.how(); r.o.memory && (how == outBuffered || how == outMemory) {
		r.say("warning: the bundle is written into this host's memory (%s): it overwrites free memory before it is read; use --out FILE on a disk, or a pipe off the host", how)
	}
	r.facts = r.h.Facts()
	for _, f := range r.facts {
		r.say("%s", f)
	}
	w, err := bundle.NewWriter(r.out, bundle.Options{
		Acquisition: r.acq, Plan: plan.Items, Signer: r.signer.key, Workers: int(r.o.workers), Recipients: r.recipients,
	})
	if err != nil {
		r.out.discard()
		return fail(r.stderr, err, spaceHint(err))
	}
	meter := newMeter(r.stderr, r.o.quiet)
	res, err := collect.Run(ctx, collect.Config{
		Plan: plan, Writer: collect.Bundle(w), Progress: meter.show,
		Budgets: collect.Budgets{Time: time.Duration(r.o.maxTime), Rate: int64(r.o.maxRate), CPU: int(r.o.maxCPU), Free: max(int64(r.o.minFree), 1), Space: r.out.space,
			Memory: int64(r.o.maxMemory), Resident: resident, Stall: time.Duration(r.o.stall)},
	})
	meter.done()
	if err != nil {
		r.out.close()
		return fail(r.stderr, err, spaceHint(err)+"the bundle is cut: it proves what its last checkpoint covers")
	}
	sum, err := w.Close()
	if err == nil && len(r.recipients) > 0 && r.out.file != nil {
		err = r.statement(w, sum)
	}
	if err == nil {
		err = r.out.close()
	}
	if err != nil {
		return fail(r.stderr, fmt.Errorf("seal the bundle: %w", err), spaceHint(err)+"the bundle is cut: it proves what its last checkpoint covers")
	}
	return r.report(res, sum)
}

// statement writes beside an encrypted bundle which ciphertext belongs to
// which run and seal, for those who cannot decrypt.
func (r *run) statement(w *bundle.Writer, sum bundle.Summary) error {
	text, sig, err := w.Statement(sum)
	if err != nil {
		return fmt.Errorf("statement: %w", err)
	}
	return errors.Join(r.out.beside(".statement.json", text), r.out.beside(".statement.json.sig", sig))
}

// report prints the result; the balance is the last line.
func (r *run) report(res collect.Result, sum bundle.Summary) int {
	for i, o := range res.Bad {
		if i == 100 {
			r.say("... and %d more (saksi inspect lists all)", len(res.Bad)-100+res.BadMore)
			break
		}
		r.say("%s: %s %s: %s", o.Outcome, o.Source, o.Target, reason(o))
	}
	for _, n := range res.Notes {
		r.say("%s", n)
	}
	for _, f := range r.h.Facts() {
		if !slices.Contains(r.facts, f) {
			r.say("%s", f)
		}
	}
	if res.Ended != nil {
		hint := ""
		if errors.Is(res.Ended, collect.ErrFreeSpace) {
			hint = " (--min-free sets the bound)"
		}
		r.say("the run ended early: %v%s; the bundle is sealed", res.Ended, hint)
	}
	r.say("sealed %s in %s: seal %s, %d exhibits, %s read, %s written", r.out.name(), res.Elapsed.Round(10*time.Millisecond),
		sum.Seal, sum.Exhibits, human(sum.ExhibitBytes), human(r.out.written))
	r.say("%s", res.Line())
	if !res.Complete() {
		return exitPartial
	}
	return exitDone
}

func reason(o bundle.Outcome) string {
	switch {
	case o.Reason == "":
		return o.Errno
	case o.Errno == "":
		return o.Reason
	}
	return o.Reason + " (" + o.Errno + ")"
}

// say prints one line on standard error.
func (r *run) say(format string, a ...any) {
	fmt.Fprintln(r.stderr, clean.Line(fmt.Sprintf(format, a...)))
}

// signals gives a context that the first signal cancels; the second ends the
// process as it always did.
func signals() (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	ch := make(chan os.Signal, 1)
	signal.Notify(ch, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	signal.Ignore(syscall.SIGPIPE) // a closed pipe is an error of the write
	quit := make(chan struct{})
	go func() {
		select {
		case <-ch:
			signal.Stop(ch)
			cancel(collect.ErrCancelled)
		case <-quit:
		}
	}()
	return ctx, func() { close(quit); signal.Stop(ch); cancel(nil) }
}

// hostZone is the zone of the host whose dates the user types, UTC where the
// host names none.
func hostZone(id host.Identity) *time.Location {
	if len(id.ZoneData) > 0 {
		if loc, err := time.LoadLocationFromTZData(id.Zone, id.ZoneData); err == nil {
			return loc
		}
	}
	return time.UTC
}

func spaceHint(err error) string {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return "no space left: write to another disk, or to standard output; "
	}
	return ""
}

// newSigner reads the authorization, or makes a one-run key in memory.
func newSigner(file, hostname string, start time.Time) (signer, error) {
	if file == "" {
		return runSigner(hostname, start, rand.Reader)
	}
	return authorized(file)
}
