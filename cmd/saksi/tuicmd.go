package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/tui"
	"github.com/saksi-dfir/saksi/tui/clean"
)

var _ tui.Case = (*timeline.Case)(nil)

type tuiFlags struct {
	dir          string
	theme        string
	ascii, plain bool
	mouse        bool
	fps          int
}

func (a *app) tuiCmd() *cobra.Command {
	var f tuiFlags
	c := &cobra.Command{
		Use:   "tui --case DIR [QUERY]",
		Short: "Browse the case on the screen: Overview, Timeline, Palette",
		Long: `Open the screen. The footer always shows how to leave and where help is; every
action stands in the palette (:) with its key and its command line.
Without --case the cases that were opened last are listed.` + exitStatus,
		Example: "  saksi tui --case CASE\n  saksi tui --case CASE 'tag:finding host:web01'",
	}
	c.Flags().StringVar(&f.dir, "case", "", "case directory")
	c.Flags().StringVar(&f.theme, "theme", "", "colours: ansi, dark, light, mono")
	c.Flags().BoolVar(&f.ascii, "ascii", false, "no character beyond ASCII in frames")
	c.Flags().BoolVar(&f.plain, "plain", false, "linear form for screen readers")
	c.Flags().BoolVar(&f.mouse, "mouse", false, "use the mouse (F2 toggles)")
	c.Flags().IntVar(&f.fps, "fps", 0, "most frames a second (0: 120, fewer when the line is measured to be slow)")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if f.dir == "" {
			return a.recentCases()
		}
		cs, err := openCase(f.dir)
		if err != nil {
			return err
		}
		defer cs.Close()
		return a.screen(cmd.Context(), cs, f, strings.Join(args, " "))
	}
	return c
}

// recentCases lists the cases that were opened last and are still there.
func (a *app) recentCases() error {
	var recent []string
	for _, dir := range tui.Recent(a.stateDir()) {
		if timeline.Exists(dir) {
			recent = append(recent, dir)
		}
	}
	if len(recent) == 0 {
		return usagef("--case DIR is required; a case begins with its first input: saksi ingest --case DIR BUNDLE...")
	}
	fmt.Fprintln(a.out, "cases opened last:")
	for _, r := range recent {
		fmt.Fprintf(a.out, "  saksi tui --case %s\n", clean.Line(r))
	}
	return usagef("--case DIR is required")
}

// stateDir is where the screen keeps sessions between runs; "" keeps nothing.
func (a *app) stateDir() string {
	if d := a.getenv("XDG_STATE_HOME"); filepath.IsAbs(d) {
		return filepath.Join(d, "saksi")
	}
	if h := a.getenv("HOME"); filepath.IsAbs(h) {
		return filepath.Join(h, ".local", "state", "saksi")
	}
	return ""
}

// screen runs the screen over an open case.
func (a *app) screen(ctx context.Context, cs *timeline.Case, f tuiFlags, query string) error {
	in, _ := a.in.(*os.File)
	out, _ := a.out.(*os.File)
	return tui.Run(ctx, tui.Options{
		Case: cs, In: in, Out: out, Env: a.getenv, Now: a.now, Theme: f.theme, ASCII: f.ascii, Plain: f.plain, Mouse: f.mouse, FPS: f.fps,
		Query: query, Dir: f.dir, StateDir: a.stateDir(),
		Ingest: func(ctx context.Context, args []string, progress func(tui.Progress)) error {
			flags, inputs, err := screenInputs(f.dir, args)
			if err != nil {
				return err
			}
			g := &ingester{a: a, quiet: true, flags: flags, progress: progress}
			return g.run(ctx, inputs)
		},
		Encode: func(format string, w io.Writer) (tui.Encoder, error) { return a.encoder(cs, format, w) },
	})
}

// screenInputs reads what was typed at "ingest" on the screen: inputs, and for
// plain files --host and --zone as on the command line.
func screenInputs(dir string, args []string) (ingestFlags, []string, error) {
	f := ingestFlags{dir: dir}
	var inputs []string
	for i := 0; i < len(args); i++ {
		name, value, given := strings.Cut(args[i], "=")
		to := map[string]*string{"--host": &f.host, "--zone": &f.zone}[name]
		switch {
		case to == nil && strings.HasPrefix(name, "--"):
			return f, nil, usagef("%q is not known here; --host NAME and --zone ZONE are", name)
		case to == nil:
			inputs = append(inputs, args[i])
			continue
		case !given && i+1 < len(args):
			i++
			value = args[i]
		}
		if value == "" {
			return f, nil, usagef("%s needs a value", name)
		}
		*to = value
	}
	if len(inputs) == 0 {
		return f, nil, usagef("name a bundle, a file or a directory")
	}
	return f, inputs, nil
}

// encoder is the writer of an export: the same rows as `saksi events`.
func (a *app) encoder(cs *timeline.Case, format string, w io.Writer) (tui.Encoder, error) {
	zone := a.zone(cs)
	switch format {
	case "jsonl":
		return exportRows{&jsonRows{cs, zone, newJSONLines(w)}}, nil
	case "csv":
		c := csv.NewWriter(w)
		return exportRows{&csvRows{cs, zone, c}}, c.Write(csvHead())
	case "cite":
		return exportRows{&tableRows{cs, zone, newTable(citeHead()...), citeRow, w, 0}}, nil
	}
	return nil, fmt.Errorf("format %q is not known", format)
}

// exportRows gives a rowWriter the method names of tui.Encoder.
type exportRows struct{ w rowWriter }

// Row writes one row.
func (e exportRows) Row(r *timeline.Row) error { return e.w.row(r) }

// Flush ends the export.
func (e exportRows) Flush() error { return e.w.flush() }
