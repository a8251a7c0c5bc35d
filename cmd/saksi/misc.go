package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/saksi-dfir/saksi/parse/parser"
	"github.com/saksi-dfir/saksi/timeline/detect/rule"
)

// isTerminal says whether standard output is a terminal.
func (a *app) isTerminal() bool {
	f, ok := a.out.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func (a *app) versionCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version and how it was built",
		Long:    "Print the version, the Go version and the platform." + exitStatus,
		Example: "  saksi version",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			goVersion := "unknown"
			if bi, ok := debug.ReadBuildInfo(); ok {
				goVersion = bi.GoVersion
			}
			_, err := fmt.Fprintf(a.out, "saksi %s (%s)\n", buildVersion(), goVersion)
			return err
		},
	}
}

type parserJSON struct {
	Name       string   `json:"name"`
	Version    int      `json:"version"`
	Doc        string   `json:"doc"`
	Sources    []string `json:"sources"`
	Fields     []string `json:"fields"`
	Actions    []string `json:"actions"`
	References []string `json:"references"`
	Sample     string   `json:"sample"`
}

func (a *app) parsersCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "parsers",
		Short:   "List parsers and detectors with what they read and where that is described",
		Long:    "List every parser and detector: the one description from which help, tables and screen are made." + exitStatus,
		Example: "  saksi parsers\n  saksi parsers --json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if a.json {
				j := newJSONLines(a.out)
				for _, p := range parser.All() {
					d := p.Describe()
					if err := j.write(parserJSON{d.Name, d.Version, d.Doc, d.Sources, d.Fields, d.Actions, d.References, d.Sample}); err != nil {
						return err
					}
				}
				return j.flush()
			}
			t := newTable("PARSER", "VERSION", "SOURCES", "READS")
			for _, p := range parser.All() {
				d := p.Describe()
				t.row(d.Name, fmt.Sprint(d.Version), strings.Join(d.Sources, ","), d.Doc)
			}
			if err := t.write(a.out); err != nil {
				return err
			}
			fmt.Fprintln(a.out)
			t = newTable("DETECTOR", "VERSION", "TECHNIQUE", "FINDS")
			for _, r := range rule.All() {
				d := r.Describe()
				t.row(d.Name, fmt.Sprint(d.Version), d.Technique, d.Doc)
			}
			return t.write(a.out)
		},
	}
}

// buildVersion is the version of this build; main.version is set by the linker.
func buildVersion() string {
	if version != "" {
		return version
	}
	return "development"
}
