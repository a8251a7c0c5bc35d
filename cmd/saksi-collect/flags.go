package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/collect"
)

// options are the flags of run and plan.
type options struct {
	out, profile, root, paths, since, hashes string
	only, skip                               string
	memory, plain, json, quiet               bool
	authorization                            string
	caseID, operator, note                   string
	recipients, ntp                          list
	maxTime, stall                           span
	maxRate, minFree, maxMemory, memoryMax   size
	memoryRange                              list
	memoryResume                             string
	maxCPU, workers                          count
}

// list is a flag that may be given several times.
type list []string

// String implements flag.Value.
func (l *list) String() string { return strings.Join(*l, ",") }

// Set implements flag.Value.
func (l *list) Set(s string) error {
	*l = append(*l, s)
	return nil
}

// size is a number of bytes with an optional suffix: 10M, 2GiB.
type size int64

// String implements flag.Value.
func (n *size) String() string { return strconv.FormatInt(int64(*n), 10) }

// Set implements flag.Value.
func (n *size) Set(s string) error {
	text := strings.TrimSuffix(strings.TrimSuffix(strings.ToUpper(s), "/S"), "B")
	text = strings.TrimSuffix(text, "I")
	shift := 0
	for i, unit := range []string{"K", "M", "G", "T"} {
		if rest, ok := strings.CutSuffix(text, unit); ok {
			text, shift = rest, 10*(i+1)
		}
	}
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil || v < 0 || v > (1<<62)>>shift {
		return fmt.Errorf("%q is no number of bytes, such as 500K, 10M or 2G", s)
	}
	*n = size(v << shift)
	return nil
}

// selectFlags defines what run and plan share.
func (o *options) selectFlags(fs *flag.FlagSet) {
	fs.StringVar(&o.profile, "profile", "triage", "`NAME` of the set of sources: sweep, triage or full")
	fs.StringVar(&o.root, "root", "", "read the mounted tree below `DIR` instead of this host")
	fs.StringVar(&o.paths, "paths", "", "`FILE` with further paths to take, one a line: /a/file, /a/dir/, /a/*.log, ~/.x; - is standard input")
	fs.StringVar(&o.since, "since", "", "skip logs last written before `DATE` (2024-03-01, 2024-03-01T09:00, with Z or offset, else the host's zone)")
	fs.StringVar(&o.only, "only", "", "only these `SOURCES`, by name, separated by commas")
	fs.StringVar(&o.skip, "skip", "", "not these `SOURCES`")
	fs.StringVar(&o.hashes, "hashes", "", "look for files whose SHA-256 is in `FILE`, as sha256sum writes it")
	fs.Var(&o.ntp, "ntp", "measure the clock against this `SERVER` (address or address:port); may be given several times")
	fs.BoolVar(&o.memory, "memory", false, "also take an image of the RAM")
	fs.Var(&o.memoryMax, "memory-max", "with --memory: read at most `BYTES` of it (64G); the rest is listed")
	fs.Var(&o.memoryRange, "memory-range", "with --memory: only the physical addresses `START-END` (hexadecimal, END inclusive; several with commas)")
	fs.StringVar(&o.memoryResume, "memory-resume", "", "with --memory: only what `BUNDLE`, an earlier one of this boot that is not encrypted, left out")
}

func (o *options) runFlags(fs *flag.FlagSet) {
	fs.StringVar(&o.out, "out", "", "`FILE` for the bundle; a directory; - for standard output (required)")
	o.selectFlags(fs)
	fs.BoolVar(&o.plain, "plain", false, "with --memory: do not insist on encryption")
	fs.StringVar(&o.authorization, "authorization", "", "`FILE` made by saksi authorize: run id, nonce, one-run key and certificate")
	fs.StringVar(&o.caseID, "case-id", "", "`ID` of the case, written into the bundle")
	fs.StringVar(&o.operator, "operator", "", "`NAME` of who runs it, written into the bundle")
	fs.StringVar(&o.note, "note", "", "`TEXT` written into the bundle")
	fs.Var(&o.recipients, "encrypt-to", "age or SSH public key of a `RECIPIENT`; may be given several times")
	fs.Var(&o.maxTime, "max-time", "end the run after `D` (30s, 10m) and seal what there is")
	fs.Var(&o.maxRate, "max-rate", "read at most `BYTES` per second (10M)")
	fs.Var(&o.maxCPU, "max-cpu", "use at most `PCT` per cent of one CPU")
	fs.Var(&o.minFree, "min-free", "end the run when less than `BYTES` are free where the bundle is written (default 256M)")
	fs.Var(&o.maxMemory, "max-memory", "end the run when this process holds more than `BYTES` of memory (default 512M)")
	fs.Var(&o.workers, "workers", "compress with `N` threads (default 1)")
	fs.Var(&o.stall, "stall", "give up a file or item that shows no progress for `D` (default 1m)")
	fs.BoolVar(&o.quiet, "quiet", false, "no progress on standard error")
	o.minFree, o.maxMemory, o.stall, o.workers = 256<<20, 512<<20, span(time.Minute), 1
}

// newFlags makes a flag set that prints our help.
func newFlags(name, head, tail string, stdout, stderr io.Writer) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() {
		fmt.Fprint(stdout, head)
		fs.SetOutput(stdout)
		fs.PrintDefaults()
		fs.SetOutput(stderr)
		fmt.Fprint(stdout, tail)
	}
	return fs
}

// parseFlags parses; done says that the command ends here with code.
func parseFlags(fs *flag.FlagSet, args []string, stderr io.Writer) (code int, done bool) {
	usage := fs.Usage
	asked := false
	for _, a := range args {
		if a == "-h" || a == "--help" || a == "-help" {
			asked = true
		}
	}
	if !asked {
		fs.Usage = func() {}
		fs.SetOutput(io.Discard)
	}
	err := fs.Parse(args)
	fs.Usage = usage
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitDone, true
	case err != nil:
		return usagef(stderr, "%v", err), true
	case fs.NArg() > 0:
		return usagef(stderr, "unexpected argument %q", fs.Arg(0)), true
	}
	return 0, false
}

func names(s string) []string {
	var out []string
	for n := range strings.SplitSeq(s, ",") {
		if n = strings.TrimSpace(n); n != "" {
			out = append(out, n)
		}
	}
	return out
}

// selection checks the flags and reads the files they name.
func (o *options) selection(zone *time.Location) (collect.Selection, error) {
	sel := collect.Selection{Profile: o.profile, Only: names(o.only), Skip: names(o.skip), NTP: o.ntp}
	switch o.profile {
	case collect.ProfileSweep, collect.ProfileTriage, collect.ProfileFull:
	default:
		return sel, fmt.Errorf("--profile %q: sweep, triage or full", o.profile)
	}
	if o.memory {
		sel.Also = []string{"memory"}
	}
	if err := o.ram(&sel); err != nil {
		return sel, err
	}
	if o.since != "" {
		t, err := parseDate(o.since, zone)
		if err != nil {
			return sel, err
		}
		sel.Since = t
	}
	if o.paths != "" {
		paths, err := readPaths(o.paths)
		if err != nil {
			return sel, err
		}
		sel.Paths = paths
	}
	if o.hashes != "" {
		known, err := readHashes(o.hashes)
		if err != nil {
			return sel, err
		}
		sel.Hashes = known
	}
	return sel, nil
}

// parseDate reads a date in the zone of the host unless it names its own.
func parseDate(s string, zone *time.Location) (time.Time, error) {
	for _, layout := range []string{"2006-01-02", "2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02 15:04:05", time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("--since %q: want 2024-03-01, 2024-03-01T09:00 or 2024-03-01T09:00:00+09:00", s)
}
