package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/tui/clean"
)

type bookmarkJSON struct {
	Name   string  `json:"name"`
	Event  string  `json:"event"`
	Author string  `json:"author"`
	Time   *string `json:"time"`
}

// onBookmarks lists the bookmarks or takes one away.
func (a *app) onBookmarks(cmd *cobra.Command, c *timeline.Case, f annotateFlags, args []string) error {
	if len(args) > 0 {
		return usagef("--bookmarks and --unbookmark take no event")
	}
	bs, err := c.Bookmarks(cmd.Context())
	if err != nil {
		return err
	}
	if f.bookmarks {
		return a.listBookmarks(c, bs)
	}
	for _, b := range bs {
		if b.Name == f.unbookmark {
			return c.Annotate(cmd.Context(), timeline.Annotation{Op: "unbookmark", Text: b.Name})
		}
	}
	return withCode(exitUsage, fmt.Errorf("no bookmark %q in this case", f.unbookmark), "saksi annotate --case DIR --bookmarks lists them")
}

func (a *app) listBookmarks(c *timeline.Case, bs []timeline.Bookmark) error {
	zone := a.zone(c)
	if a.json {
		return jsonList(a, bs, func(b *timeline.Bookmark) bookmarkJSON {
			j := bookmarkJSON{Name: clean.JSON(b.Name), Event: b.Event.String(), Author: clean.JSON(b.Author)}
			if b.At != event.NoInstant {
				j.Time = bound(b.At, zone)
			}
			return j
		})
	}
	t := newTable("NAME", "TIME", "AUTHOR", "ID")
	for _, b := range bs {
		at := "undated"
		if b.At != event.NoInstant {
			at = shortStamp(b.At, zone)
		}
		t.row(b.Name, at, b.Author, b.Event.String())
	}
	return t.write(a.out)
}
