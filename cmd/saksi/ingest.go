package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/spf13/cobra"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/desk"
	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/detect/rule"
	"github.com/saksi-dfir/saksi/tui"
	"github.com/saksi-dfir/saksi/tui/clean"
)

type ingestFlags struct {
	dir        string
	host, zone string
	copy       bool
	noDetect   bool
	rebuild    bool
	maxMemory  string
	at         string
	identities []string
}

func (a *app) ingestCmd() *cobra.Command {
	var f ingestFlags
	c := &cobra.Command{
		Use:   "ingest --case DIR INPUT...",
		Short: "Take bundles, directories or single files into a case, and run the detectors",
		Long: `Take inputs into the case; it is made when DIR holds none. Bundles are checked
while they are read: no byte that does not agree with its sealed hash reaches a
parser. A cut bundle is taken as far as its last checkpoint proves. Plain files
and directories are sealed into a bundle of this desk first; --host and --zone
say whose they are. The same input twice changes nothing.` + exitStatus,
		Example: `  saksi ingest --case CASE web01.tar.zst db01.tar.zst
  saksi ingest --case CASE --host web07 --zone Asia/Seoul auth.log wtmp /mnt/image
  saksi ingest --case CASE --rebuild`,
	}
	caseFlag(c, &f.dir)
	fl := c.Flags()
	fl.StringVar(&f.host, "host", "", "host that plain inputs come from")
	fl.StringVar(&f.zone, "zone", "", "IANA zone of the inputs, such as Asia/Seoul (also the zone of a new case); a bundle says its own")
	fl.BoolVar(&f.copy, "copy", false, "keep a copy of each bundle in the case directory")
	fl.BoolVar(&f.noDetect, "no-detect", false, "do not run the detectors at the end")
	fl.BoolVar(&f.rebuild, "rebuild", false, "remove the store and make it anew from the bundles of the case")
	fl.StringVar(&f.maxMemory, "max-memory", "2GiB", "soft limit of memory")
	fl.StringVar(&f.at, "at", "", "judge signers at this time (RFC 3339)")
	fl.StringArrayVar(&f.identities, "identity", nil, "age identity file for encrypted bundles (may be given again)")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if f.dir == "" {
			return usagef("--case DIR is required")
		}
		if len(args) == 0 && !f.rebuild {
			return usagef("name at least one bundle, directory or file")
		}
		limit, err := parseSize(f.maxMemory)
		if err != nil {
			return usagef("--max-memory %q: %v", f.maxMemory, err)
		}
		defer limitMemory(limit)()
		g := &ingester{a: a, flags: f}
		return g.run(cmd.Context(), args)
	}
	return c
}

// ingester carries one ingest from its inputs to the claims.
type ingester struct {
	a        *app
	flags    ingestFlags
	quiet    bool
	progress func(tui.Progress)
	w        *timeline.CaseWriter
	c        *timeline.Case
	keep     *desk.Keeper        // of plain inputs
	parsers  chan []parse.Parser // for them, made while they are sealed

	mu     sync.Mutex // bundles come in side by side
	meters meters
	code   int // worst of exitPartial, exitVerify
	taken  int
}

func (g *ingester) run(ctx context.Context, args []string) error {
	return g.caseError(g.take(ctx, args))
}

func (g *ingester) take(ctx context.Context, args []string) (err error) {
	if g.flags.rebuild {
		paths, err := timeline.Rebuild(g.flags.dir)
		if err != nil {
			return g.openError(err)
		}
		args = append(paths, args...)
	}
	bundles, plain, err := g.sort(args)
	if err != nil {
		return err
	}
	if err := g.open(bundles); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.c.Close()) }()
	if g.w, err = g.c.Writer(timeline.WriterOptions{}); err != nil {
		return g.openError(err)
	}
	closed := false
	defer func() {
		if !closed {
			err = errors.Join(err, g.w.Close())
		}
	}()
	if len(plain) > 0 {
		if err := g.plain(ctx, plain); err != nil {
			return err
		}
	}
	if err := g.bundles(ctx, bundles); err != nil {
		return err
	}
	if err := g.finish(ctx); err != nil {
		return err
	}
	closed = true
	if err := g.w.Close(); err != nil {
		return err
	}
	if g.taken > 0 && !g.quiet {
		g.a.hintAlike(ctx, g.c)
	}
	return g.outcome()
}

// finish merges what was taken and runs the detectors.
func (g *ingester) finish(ctx context.Context) error {
	if g.taken > 0 {
		g.stage("", "merging", 0, 0, 0)
		if err := g.w.Merge(ctx); err != nil {
			return err
		}
	}
	if g.flags.noDetect || g.taken == 0 && !g.flags.rebuild {
		return nil
	}
	g.stage("", "detecting", 0, 0, 0)
	return g.w.Detect(ctx, rule.All())
}

// outcome turns what was met on the way into the exit code; each was named.
func (g *ingester) outcome() error {
	switch g.code {
	case exitVerify:
		return withCode(exitVerify, errors.New("a bundle did not pass verification (named above); it was taken in as far as it is proven, and is marked"), "saksi verify BUNDLE says what is wrong")
	case exitPartial:
		return withCode(exitPartial, errors.New("done, but an input could not be read or parsed whole (named above)"), "saksi warnings --case DIR lists every range, saksi inspect BUNDLE every outcome")
	}
	return nil
}

// worse keeps the gravest code: a failed verification outweighs a lost exhibit.
func (g *ingester) worse(code int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.code = max(g.code, code)
}

// sort tells bundles from plain inputs by their content.
func (g *ingester) sort(args []string) (bundles, plain []string, err error) {
	for _, p := range args {
		st, err := os.Stat(p)
		if err != nil {
			hint := "check the path"
			if errors.Is(err, fs.ErrPermission) {
				hint = "use an account that may read it"
			}
			return nil, nil, withCode(exitFailed, fmt.Errorf("input %q: %w", p, err), hint)
		}
		if st.Mode().IsRegular() && looksLikeBundle(p) {
			bundles = append(bundles, p)
			continue
		}
		plain = append(plain, p)
	}
	return bundles, plain, nil
}

// looksLikeBundle says whether a file is a bundle, whole or not: then whatever
// is wrong with it is said of the bundle, and it is never taken for a log.
func looksLikeBundle(path string) bool {
	b, err := bundle.Open(path, bundle.OpenOptions{})
	if err == nil {
		b.Close()
		return true
	}
	return !errors.Is(err, bundle.ErrNotBundle) && beginsAsBundle(path)
}

// beginsAsBundle looks at the first bytes: of a zstd frame, or of age. A file
// whose start cannot be read is a plain input that cannot be read.
func beginsAsBundle(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 18)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false
	}
	return bytes.HasPrefix(head[:n], []byte("\x28\xb5\x2f\xfd")) || string(head[:n]) == "age-encryption.org"
}

// open opens the case, or makes it: its zone is --zone, else that of the first bundle.
func (g *ingester) open(bundles []string) (err error) {
	dir := g.flags.dir
	if _, err := os.Stat(filepath.Join(dir, "case.toml")); errors.Is(err, fs.ErrPermission) {
		return withCode(exitFailed, fmt.Errorf("case %q: %w", dir, err), "use an account that may read and write the case directory")
	}
	if !timeline.Exists(dir) {
		zone := g.flags.zone
		for _, p := range bundles {
			if zone != "" {
				break
			}
			if b, err := bundle.Open(p, bundle.OpenOptions{}); err == nil {
				zone = b.Acquisition().Host.Zone
				b.Close()
			}
		}
		err := timeline.Create(dir, timeline.CreateOptions{Zone: zone})
		if err != nil && zone != "" && g.flags.zone == "" {
			err = timeline.Create(dir, timeline.CreateOptions{})
		}
		if err != nil {
			return notMade(dir, err)
		}
	}
	g.c, err = openCase(dir)
	return err
}

func (g *ingester) say(format string, args ...any) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.progress != nil:
		g.progress(tui.Progress{Note: fmt.Sprintf(format, args...)})
	case !g.quiet:
		fmt.Fprintln(g.a.err, clean.Line(fmt.Sprintf(format, args...)))
	}
}

// mark tells the screen the host of an input and what became of it.
func (g *ingester) mark(input, host, stage string, events int64) {
	if g.progress != nil {
		g.progress(tui.Progress{Input: input, Host: host, Stage: stage, Events: events, Ended: stage != "parsing"})
	}
}
