package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/desk"
	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/parser"
	"github.com/saksi-dfir/saksi/timeline"
)

// bundle takes one bundle in, from verification to commit, with so many pieces
// parsed at once. made is set for plain inputs that this desk has just sealed.
func (g *ingester) bundle(ctx context.Context, path string, made *desk.Sealed, workers int) error {
	var parsers []parse.Parser
	if made != nil {
		parsers = <-g.parsers
	} else {
		parsers = parser.All()
	}
	versions := map[string]int{}
	for _, p := range parsers {
		d := p.Describe()
		versions[d.Name] = d.Version
	}
	o := timeline.IngestOptions{Desk: made != nil, Copy: g.flags.copy, Parsers: versions}
	if made != nil {
		o.Written = made.Written
	} else { // what this desk seals says its zone itself
		o.Zone = g.flags.zone
	}
	o.Progress = func(done, total int64) { g.stage(path, "checking", done, total, 0) }
	var err error
	if o.Identities, err = identities(g.flags.identities); err != nil {
		return err
	}
	if g.flags.at != "" {
		if o.At, err = time.Parse(time.RFC3339, g.flags.at); err != nil {
			return usagef("--at %q is no RFC 3339 time", g.flags.at)
		}
		o.AtFrom = "given with --at"
	}
	in, err := g.w.Ingest(ctx, path, o)
	if in != nil {
		g.verdict(path, &in.Report)
	}
	switch {
	case errors.Is(err, timeline.ErrKnown):
		g.say("%s: in the case already, nothing to do", path)
		g.mark(path, "", "in the case already", 0)
		return nil
	case errors.Is(err, bundle.ErrNothing), errors.Is(err, bundle.ErrVersion), errors.Is(err, bundle.ErrNotBundle):
		return withCode(exitVerify, err, "nothing of it can be used; ask for the bundle again")
	case errors.Is(err, bundle.ErrEncrypted):
		return withCode(exitFailed, err, "give the age identity with --identity FILE")
	case err != nil:
		return g.caseError(err)
	}
	g.mark(path, in.Info().Hostname, "parsing", 0)
	if made != nil {
		if err := g.unread(path, in.Bundle); err != nil {
			return errors.Join(err, in.Abort())
		}
	}
	src := parse.FromBundle(in.Bundle)
	if made != nil && in.Report.Integrity == bundle.IntegrityOK { // what is on disk is what was written of these bytes
		src = parse.FromMemory(in.Bundle, g.keep.Bytes)
	}
	res, err := g.parse(ctx, path, in, src, parsers, workers)
	if made != nil {
		go g.keep.Release() // beside the commit; plain waits for it
	}
	if err != nil {
		return errors.Join(err, in.Abort())
	}
	if err := in.Commit(); err != nil {
		return err
	}
	g.mu.Lock()
	g.taken++
	g.mu.Unlock()
	host := in.Info().Hostname
	if host == "" {
		host = "not named (--host names it)"
	}
	g.say("%s: host %s, %d exhibits, %d events, %d warnings", path, host, len(res.Exhibits), res.Events, res.Warnings)
	g.mark(path, in.Info().Hostname, "taken in", res.Events)
	return nil
}

// unread names what of the plain inputs could not be read: for them this is the
// program that collects. What is no regular file is left out and only counted.
func (g *ingester) unread(path string, b *bundle.Bundle) error {
	outs, err := b.Outcomes()
	if err != nil {
		return err
	}
	left := 0
	for _, o := range outs {
		switch o.Outcome {
		case bundle.Collected:
		case bundle.Skipped:
			left++
		default:
			g.say("%s: %s: %s", o.Target, o.Outcome, o.Reason)
			g.worse(exitPartial)
		}
		for _, f := range o.Flags {
			g.say("%s: %s", o.Target, f)
		}
	}
	if left > 0 {
		g.say("%s: %d left out, such as links and pipes; saksi inspect names each", path, left)
	}
	return nil
}

// verdict says what verification found, when it found something.
func (g *ingester) verdict(path string, r *bundle.Report) {
	if r.Run == "" {
		return
	}
	g.say("%s: INTEGRITY %s, SIGNER %s", path, r.Integrity, r.Signer)
	for _, p := range r.Problems {
		g.say("%s: %s: %s", path, p.Where, p.What)
	}
	if !r.OK {
		g.worse(exitVerify)
	}
}

func (g *ingester) parse(ctx context.Context, path string, in *timeline.Ingest, src parse.Source, parsers []parse.Parser, workers int) (parse.Result, error) {
	var zone *time.Location
	if name := in.Zone(); name != "" && in.Bundle.Acquisition().Sealed != "desk" {
		z, err := parse.LoadZone(name)
		if err != nil {
			return parse.Result{}, usagef("--zone %q: %v", name, err)
		}
		zone = z
	}
	events := int64(0)
	return parse.RunSource(ctx, src, parsers, parse.Options{Sink: in, Forgets: true, Zone: zone, Workers: workers,
		Skip:     func(x bundle.Exhibit, name string, version int) bool { return in.Skip(x.Number, name, version) },
		Progress: func(done, total int64) { g.stage(path, "parsing", done, total, events) },
		Done: func(x parse.ExhibitResult) {
			events += x.Events
			failed := ""
			if x.Err != nil {
				failed = x.Err.Error()
				g.say("%s: %s could not be parsed to its end: %v", path, x.Name, x.Err)
				g.worse(exitPartial)
			}
			if x.Skipped {
				return
			}
			in.Exhibit(timeline.ExhibitInfo{Number: x.Number, Name: x.Name, Path: x.Path, Source: x.Source, Size: x.Size, SHA256: x.SHA256, Layer: x.Layer,
				Parser: x.Parser, Failed: failed, Events: x.Events})
		}})
}

// parseSize reads 2GiB, 512MiB, 1GB or plain bytes.
func parseSize(s string) (int64, error) {
	units := []struct {
		suffix string
		factor float64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"B", 1}, {"", 1}}
	for _, u := range units {
		n, ok := strings.CutSuffix(s, u.suffix)
		if !ok {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(n), 64)
		if err != nil || v <= 0 || v*u.factor > 1<<62 {
			return 0, fmt.Errorf("not a size: use 2GiB, 512MiB or bytes")
		}
		return int64(v * u.factor), nil
	}
	return 0, errors.New("not a size")
}
