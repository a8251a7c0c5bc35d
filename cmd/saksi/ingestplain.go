package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/desk"
	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/parser"
)

// keepBytes is how many bytes of plain inputs are held in memory between the
// reading that seals them and the parsers.
const keepBytes = 96 << 20

// plain seals plain inputs into one bundle and takes it in.
func (g *ingester) plain(ctx context.Context, paths []string) error {
	g.keep, g.parsers = desk.NewKeeper(keepBytes), make(chan []parse.Parser, 1)
	defer g.keep.Release()
	go func() { g.parsers <- parser.All() }()
	made, err := g.seal(ctx, paths)
	if err != nil {
		return err
	}
	return g.bundle(ctx, made.Path, &made, runtime.GOMAXPROCS(0))
}

// seal makes one bundle of all plain inputs.
func (g *ingester) seal(ctx context.Context, plain []string) (desk.Sealed, error) {
	out := g.c.BundleDir()
	if err := os.MkdirAll(out, 0o700); err != nil {
		return desk.Sealed{}, err
	}
	abs, err := filepath.Abs(g.flags.dir)
	if err != nil {
		return desk.Sealed{}, err
	}
	p, err := desk.Seal(ctx, plain, desk.Options{Host: g.flags.host, Zone: g.flags.zone, Out: out, Tool: bundle.Tool{Name: "saksi", Version: buildVersion()}, Workers: 2, Keep: g.keep,
		Skip:     func(path string) bool { a, err := filepath.Abs(path); return err == nil && a == abs },
		Progress: func(done, total int64) { g.stage("plain inputs", "sealing", done, total, 0) }})
	if errors.Is(err, desk.ErrNothing) {
		return desk.Sealed{}, withCode(exitFailed, fmt.Errorf("%v: %w", plain, err), "name files, or directories that hold some")
	}
	return p, err
}
