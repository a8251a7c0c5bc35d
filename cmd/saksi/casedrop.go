package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/detect/rule"
	"github.com/saksi-dfir/saksi/tui/clean"
)

// dropped is what a drop did.
type dropped struct {
	Run    string `json:"run"`
	Path   string `json:"path"`   // of the bundle, which stays
	Events int64  `json:"events"` // that went; a copy in another bundle stays as its own event
	Left   int64  `json:"left"`   // events of the case now
	Freed  int64  `json:"freed"`  // bytes of the disk
	Store  int64  `json:"store"`  // bytes of the store now
	Held   int64  `json:"held"`   // bytes that go when nobody reads the state before any more
}

func (a *app) caseDropCmd() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:     "drop RUN-ID --case DIR",
		Short:   "Take a bundle out of the case; the bundle itself stays where it is",
		Long:    "Take all events of a bundle out of the case, run the detectors again, and say\nwhat went and how much of the disk is free again." + exitStatus,
		Example: "  saksi case drop web01-20240731T010000Z-1f2e3d4c --case CASE",
		Args:    cobra.ExactArgs(1),
	}
	caseFlag(c, &dir)
	c.RunE = a.listing(&dir, func(cmd *cobra.Command, cs *timeline.Case, args []string) error {
		d, err := a.drop(cmd.Context(), cs, args[0])
		if err != nil {
			return err
		}
		if a.json {
			j := newJSONLines(a.out)
			d.Run, d.Path = clean.JSON(d.Run), clean.JSON(d.Path)
			if err := j.write(d); err != nil {
				return err
			}
			return j.flush()
		}
		return a.sayDropped(d)
	})
	return c
}

// drop takes a bundle out and measures the case before and after.
func (a *app) drop(ctx context.Context, cs *timeline.Case, run string) (d dropped, err error) {
	d.Run = run
	g := &ingester{a: a, c: cs}
	if g.w, err = cs.Writer(timeline.WriterOptions{}); err != nil {
		return d, g.openError(err)
	}
	bs, err := cs.Bundles(ctx)
	for i := range bs {
		if bs[i].Run == run {
			d.Path = bs[i].Path
		}
	}
	n, cerr := cs.Count(ctx, nil)
	before, serr := cs.Space()
	if err = errors.Join(err, cerr, serr); err == nil {
		err = g.dropRun(ctx, run)
	}
	if err = errors.Join(err, g.w.Close()); err != nil {
		return d, g.caseError(err)
	}
	left, err := cs.Count(ctx, nil)
	if err != nil {
		return d, err
	}
	after, err := cs.Space()
	d.Events, d.Left = n.N-left.N, left.N
	d.Freed, d.Store, d.Held = before.Named+before.Held-after.Named-after.Held, after.Named, after.Held
	return d, err
}

func (g *ingester) dropRun(ctx context.Context, run string) error {
	err := g.w.Drop(run)
	if errors.Is(err, fs.ErrNotExist) {
		return withCode(exitFailed, fmt.Errorf("bundle %q is not in this case", run), "saksi case stat --case DIR lists the run ids of its bundles")
	}
	if err != nil {
		return err
	}
	if err := g.w.Merge(ctx); err != nil {
		return err
	}
	return g.w.Detect(ctx, rule.All())
}

func (a *app) sayDropped(d dropped) error {
	text := fmt.Sprintf("dropped %s: %d events are out of the case, %d are left", d.Run, d.Events, d.Left)
	if d.Path != "" {
		text += "; the bundle stays at " + d.Path
	}
	if err := a.line(text); err != nil {
		return err
	}
	text = fmt.Sprintf("store: %s on the disk", size(d.Store))
	if d.Freed > 0 {
		text += fmt.Sprintf(", %s given back", size(d.Freed))
	}
	if d.Held > 0 {
		text += fmt.Sprintf("; %s more go with the next command that writes the case, once nobody reads the state before", size(d.Held))
	}
	return a.line(text)
}
