// Command saksi-collect reads what a suspect Linux host, or a mounted image of
// one, shows of itself, and seals it into one bundle. It starts no process,
// loads no module and writes nothing but the bundle.
package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/saksi-dfir/saksi/tui/clean"
)

// version is set by the linker.
var version = "dev"

// The exit codes, the same as those of saksi.
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitPartial = 3
)

func main() {
	// The zone of this host is evidence, not a setting: without this the Go
	// runtime would read /etc/localtime at some point.
	time.Local = time.UTC
	os.Exit(command(os.Args[1:], os.Stdout, os.Stderr))
}

// command runs one subcommand and gives the exit code.
func command(args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(stderr, usageText)
		return exitUsage
	}
	switch args[0] {
	case "run":
		return runCommand(args[1:], stdout, stderr)
	case "plan":
		return planCommand(args[1:], stdout, stderr)
	case "sources":
		return sourcesCommand(args[1:], stdout, stderr)
	case "version":
		return versionCommand(args[1:], stdout, stderr)
	case "help", "-h", "-help", "--help":
		fmt.Fprint(stdout, usageText)
		return exitDone
	}
	return usagef(stderr, "unknown command %q; try saksi-collect help", args[0])
}

// usagef prints one line about how it was called and gives exit code 2.
func usagef(stderr io.Writer, format string, a ...any) int {
	fmt.Fprintf(stderr, "saksi-collect: %s\n", clean.Line(fmt.Sprintf(format, a...)))
	return exitUsage
}

// fail prints one error and what to do, and gives exit code 1.
func fail(stderr io.Writer, err error, hint string) int {
	fmt.Fprintf(stderr, "saksi-collect: %s\n", clean.Line(err.Error()))
	if hint != "" {
		fmt.Fprintf(stderr, "  hint: %s\n", hint)
	}
	return exitFailed
}
