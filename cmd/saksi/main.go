// Command saksi is the desk: it checks bundles, builds the timeline of a case
// and shows it. One file per command; exit.go holds the only way from an
// error to an exit code.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/saksi-dfir/saksi/tui/quiet"
)

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
	return report(a.err, root.ExecuteContext(ctx))
}

// root builds the command tree. Each command lives in its own file.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "saksi",
		Short:         "Timeline and custody of forensic evidence",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.PersistentFlags().BoolVar(&a.utc, "utc", false, "print times in UTC instead of the case zone")
	root.PersistentFlags().BoolVar(&a.json, "json", false, "print one JSON object a line")
	root.AddCommand(a.commands()...)
	return root
}
