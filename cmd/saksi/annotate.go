package main

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/tui/clean"
)

type annotateFlags struct {
	dir                        string
	star, unstar, undo, redo   bool
	tag, untag, note, bookmark string
	unbookmark                 string
	bookmarks                  bool
	confirm, reject, merge     string
}

func (a *app) annotateCmd() *cobra.Command {
	var f annotateFlags
	c := &cobra.Command{
		Use:   "annotate --case DIR EVENT... [--star|--tag T|--note TEXT|--bookmark NAME] | --bookmarks | --undo | --redo",
		Short: "Star, tag, note or bookmark events; undo and redo",
		Long: `Write annotations into the analyst's own journal of the case. Nothing is ever
taken out of it: an undo is a retraction that is recorded too.` + exitStatus,
		Example: "  saksi annotate --case CASE 1f0e...c3 --star\n  saksi annotate --case CASE 1f0e...c3 --note 'first use of the key'\n  saksi annotate --case CASE --undo",
	}
	caseFlag(c, &f.dir)
	fl := c.Flags()
	fl.BoolVar(&f.star, "star", false, "star the events")
	fl.BoolVar(&f.unstar, "unstar", false, "take the star off")
	fl.StringVar(&f.tag, "tag", "", "add a tag")
	fl.StringVar(&f.untag, "untag", "", "take a tag off")
	fl.StringVar(&f.note, "note", "", "add a note")
	fl.StringVar(&f.bookmark, "bookmark", "", "name the place of the event")
	fl.StringVar(&f.unbookmark, "unbookmark", "", "take a bookmark away, by its name")
	fl.BoolVar(&f.bookmarks, "bookmarks", false, "list the bookmarks")
	fl.BoolVar(&f.undo, "undo", false, "retract the last annotation")
	fl.BoolVar(&f.redo, "redo", false, "bring back what was retracted last")
	fl.StringVar(&f.confirm, "confirm", "", "confirm a finding, by its id")
	fl.StringVar(&f.reject, "reject", "", "reject a finding, by its id")
	fl.StringVar(&f.merge, "merge", "", "take in the journals of another copy of the case")
	acts := []string{"star", "unstar", "tag", "untag", "note", "bookmark", "unbookmark", "bookmarks", "undo", "redo", "confirm", "reject", "merge"}
	c.MarkFlagsMutuallyExclusive(acts...)
	c.MarkFlagsOneRequired(acts...)
	c.RunE = a.noting(&f.dir, func(cmd *cobra.Command, cs *timeline.Case, args []string) error {
		if f.undo || f.redo {
			return a.unmake(cmd, cs, f, args)
		}
		if f.unbookmark != "" || f.bookmarks {
			return a.onBookmarks(cmd, cs, f, args)
		}
		if f.confirm != "" || f.reject != "" || f.merge != "" {
			return a.onFinding(cmd, cs, f, args)
		}
		if len(args) == 0 {
			return usagef("name at least one event (ID column of saksi events)")
		}
		an := f.annotation()
		for _, s := range args {
			id, err := event.ParseID(s)
			if err != nil {
				return withCode(exitUsage, err, "ids stand in the ID column of saksi events")
			}
			if _, ok, err := cs.Get(cmd.Context(), id); err != nil {
				return err
			} else if !ok {
				return fmt.Errorf("event %s is not in this case", id)
			}
			an.Events = append(an.Events, id)
		}
		return cs.Annotate(cmd.Context(), an)
	})
	return c
}

// noting is listing for commands that write a journal of the case.
func (a *app) noting(dir *string, run func(cmd *cobra.Command, c *timeline.Case, args []string) error) func(*cobra.Command, []string) error {
	return a.listing(dir, func(cmd *cobra.Command, cs *timeline.Case, args []string) error {
		err := run(cmd, cs, args)
		if errors.Is(err, syscall.EROFS) || errors.Is(err, fs.ErrPermission) {
			return withCode(exitFailed, fmt.Errorf("the annotation cannot be written: %w", err), "annotate a copy of the case that can be written; saksi annotate --merge takes the journals of a copy in")
		}
		return err
	})
}

func (f annotateFlags) annotation() timeline.Annotation {
	switch {
	case f.star:
		return timeline.Annotation{Op: "star"}
	case f.unstar:
		return timeline.Annotation{Op: "unstar"}
	case f.tag != "":
		return timeline.Annotation{Op: "tag", Text: f.tag}
	case f.untag != "":
		return timeline.Annotation{Op: "untag", Text: f.untag}
	case f.bookmark != "":
		return timeline.Annotation{Op: "bookmark", Text: f.bookmark}
	}
	return timeline.Annotation{Op: "note", Text: f.note}
}

func (a *app) unmake(cmd *cobra.Command, c *timeline.Case, f annotateFlags, args []string) error {
	if len(args) > 0 {
		return usagef("--undo and --redo take no event: they act on the last annotation")
	}
	act := c.Undo
	if f.redo {
		act = c.Redo
	}
	what, err := act(cmd.Context())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.out, clean.Line(what))
	return err
}

// onFinding records a verdict on a finding, or merges journals.
func (a *app) onFinding(cmd *cobra.Command, c *timeline.Case, f annotateFlags, args []string) error {
	if len(args) > 0 {
		return usagef("--confirm, --reject and --merge take no event")
	}
	if f.merge != "" {
		n, err := c.MergeJournals(f.merge)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.out, "%d annotations taken in\n", n)
		return err
	}
	an := timeline.Annotation{Op: "confirm", Text: f.confirm}
	if f.reject != "" {
		an = timeline.Annotation{Op: "reject", Text: f.reject}
	}
	fs, err := c.Findings(cmd.Context())
	if err != nil {
		return err
	}
	for i := range fs {
		if fs[i].ID == an.Text {
			return c.Annotate(cmd.Context(), an)
		}
	}
	return withCode(exitUsage, fmt.Errorf("finding %q is not in this case", an.Text), "saksi findings --case DIR lists the ids")
}
