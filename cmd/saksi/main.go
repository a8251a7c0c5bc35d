// Command saksi is the desk: it checks bundles, builds the timeline of a case
// and shows it. One file per command; exit.go holds the only way from an
// error to an exit code.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/saksi-dfir/saksi/tui/quiet"
)

// workflow is what the program says when it is called without a command.
const workflow = `saksi answers three questions about compromised Linux servers: when was each
infected, who saw it, and can an outsider check both answers.

  on the suspect host   sudo saksi-collect run --out host.tar.zst
  or through ssh        ssh HOST sudo saksi-collect run --out - | saksi intake --from - --to host.tar.zst
  check it              saksi verify host.tar.zst          saksi inspect host.tar.zst
  build the timeline    saksi ingest --case CASE host.tar.zst
  ask                   saksi infections --case CASE       (when)
                        saksi sightings --case CASE        (who saw)
                        saksi findings | events | coverage | warnings --case CASE
                        saksi raw --case CASE EVENT        (the very bytes, re-hashed)
  browse                saksi tui --case CASE

  no evidence at hand   saksi demo
  every command         saksi --help, saksi COMMAND --help`

// app is what every command gets from main: streams, clock, environment.
type app struct {
	in     io.Reader
	out    io.Writer
	err    io.Writer
	now    func() time.Time
	getenv func(string) string
	utc    bool // --utc
	json   bool // --json
}

// version is set by the linker (-X main.version=...).
var version string

func main() {
	quiet.Restore()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a := &app{in: os.Stdin, out: os.Stdout, err: os.Stderr, now: time.Now, getenv: os.Getenv}
	code := a.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// run executes one command line and gives its exit code.
func (a *app) run(ctx context.Context, args []string) int {
	root := a.root()
	root.SetArgs(args)
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	started := false
	markStart(root, &started)
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil && !started {
		err = withCode(exitUsage, err, "see "+cmd.CommandPath()+" --help")
	}
	return report(a.err, err)
}

// markStart notes when a command begins: what fails before is a usage error.
func markStart(c *cobra.Command, started *bool) {
	if run := c.RunE; run != nil {
		c.RunE = func(cmd *cobra.Command, args []string) error {
			*started = true
			return run(cmd, args)
		}
	}
	for _, k := range c.Commands() {
		markStart(k, started)
	}
}

// root builds the command tree. Each command lives in its own file.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "saksi",
		Short: "When was each server infected, who saw it, and can an outsider check",
		Long:  workflow,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			near := ""
			if s := c.SuggestionsFor(args[0]); len(s) > 0 {
				near = "; did you mean " + s[0] + "?"
			}
			return fmt.Errorf("there is no command %q%s", args[0], near)
		},
		SuggestionsMinimumDistance: 2,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(a.out, workflow)
			return err
		},
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.PersistentFlags().BoolVar(&a.utc, "utc", false, "print times in UTC instead of the case zone")
	root.PersistentFlags().BoolVar(&a.json, "json", false, "print one JSON object a line")
	root.AddCommand(a.commands()...)
	return root
}
