package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// exitStatus is the closing section of every help.
const exitStatus = `

EXIT STATUS
  0  done
  1  failed
  2  usage
  3  done, but a planned item or an exhibit could not be had; each is named
  4  verification failed
  5  case locked or damaged`

// caseFlag adds --case to a command that reads a case.
func caseFlag(c *cobra.Command, dir *string) {
	c.Flags().StringVar(dir, "case", "", "case directory (required)")
}

// openCase opens a case for reading and words what can go wrong.
func openCase(dir string) (*timeline.Case, error) {
	if dir == "" {
		return nil, usagef("--case DIR is required")
	}
	c, err := timeline.Open(dir)
	switch {
	case err == nil:
		return c, nil
	case danglingLink(dir):
		return nil, withCode(exitFailed, fmt.Errorf("case %q is a symbolic link to nothing", dir), "name the directory of the case, or make what the link names")
	case errors.Is(err, syscall.ENOTDIR):
		return nil, withCode(exitFailed, fmt.Errorf("%q is a file, and a case is a directory", dir), "a case begins with its first input: saksi ingest --case DIR BUNDLE...")
	case errors.Is(err, fs.ErrNotExist):
		return nil, withCode(exitFailed, fmt.Errorf("no case at %q: %w", dir, err), "a case begins with its first input: saksi ingest --case DIR BUNDLE...")
	case errors.Is(err, fs.ErrPermission):
		return nil, withCode(exitFailed, fmt.Errorf("case %q: %w", dir, err), "use an account that may read the case directory")
	}
	return nil, withCode(exitCase, fmt.Errorf("case %q: %w", dir, err), "the store is derived data: saksi ingest --case DIR --rebuild makes it anew from the bundles")
}

// danglingLink says whether dir is a symbolic link that leads nowhere.
func danglingLink(dir string) bool {
	st, err := os.Lstat(dir)
	if err != nil || st.Mode()&fs.ModeSymlink == 0 {
		return false
	}
	_, err = os.Stat(dir)
	return errors.Is(err, fs.ErrNotExist)
}

// zone is the zone in which a listing prints.
func (a *app) zone(c *timeline.Case) *time.Location {
	if a.utc {
		return time.UTC
	}
	return c.Zone()
}

// parseQuery reads the query words of a command line; a mistake is a usage
// error with its column marked. A word that was perhaps meant to join terms is
// named on stderr, even when something matches: it may be less than was meant.
func (a *app) parseQuery(c *timeline.Case, words []string) (*query.Node, error) {
	text := strings.Join(words, " ")
	q, err := c.Parse(text)
	if err == nil {
		for _, l := range query.Loosen(text) {
			fmt.Fprintf(a.err, "note: query, %s\n", l)
		}
		return q, nil
	}
	var se *query.SyntaxError
	if errors.As(err, &se) {
		return nil, withCode(exitUsage, fmt.Errorf("query, column %d: %s: %q", se.Column, se.Msg, text), se.Suggest)
	}
	return nil, withCode(exitUsage, err, "")
}

// readerGC is the growth of memory, in percent, at which a command that answers
// one question collects garbage: most end before it is worth it.
const readerGC = 400

// question is listing for commands that answer one question about the events.
func (a *app) question(dir *string, run func(cmd *cobra.Command, c *timeline.Case, args []string) error) func(*cobra.Command, []string) error {
	list := a.listing(dir, run)
	return func(cmd *cobra.Command, args []string) error {
		if a.getenv("GOGC") == "" {
			defer debug.SetGCPercent(debug.SetGCPercent(readerGC))
		}
		return list(cmd, args)
	}
}

// listing is the shape of the commands that read a case: open it, run, close.
func (a *app) listing(dir *string, run func(cmd *cobra.Command, c *timeline.Case, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) (err error) {
		c, err := openCase(*dir)
		if err != nil {
			return err
		}
		defer func() {
			if cerr := c.Close(); err == nil && cerr != nil {
				err = cerr
			}
		}()
		return run(cmd, c, args)
	}
}
