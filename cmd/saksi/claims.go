package main

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/tui/clean"
)

type findingJSON struct {
	ID          string   `json:"id"`
	Rule        string   `json:"rule"`
	Version     int      `json:"version"`
	Technique   string   `json:"technique"`
	Level       string   `json:"level"`
	Confidence  string   `json:"confidence"`
	Host        string   `json:"host"`
	Time        *string  `json:"time"`
	PID         int      `json:"pid,omitempty"`
	Path        string   `json:"path,omitempty"`
	Title       string   `json:"title"`
	Detail      string   `json:"detail,omitempty"`
	Events      []string `json:"events"`
	Alternative string   `json:"alternative"`
	Coverage    []string `json:"coverage"`
	Verdict     string   `json:"verdict,omitempty"` // of an analyst, joined at read
}

// claimListing makes a command that lists one kind of claim as a table or as JSON lines.
func claimListing[T, J any](a *app, c *cobra.Command, get func(*timeline.Case, context.Context) ([]T, error),
	table func(*timeline.Case, []T, *time.Location) error, make func(*timeline.Case, *T, *time.Location) J) *cobra.Command {
	var dir string
	c.Args = cobra.NoArgs
	caseFlag(c, &dir)
	c.RunE = a.listing(&dir, func(cmd *cobra.Command, cs *timeline.Case, _ []string) error {
		vs, err := get(cs, cmd.Context())
		if err != nil {
			return err
		}
		zone := a.zone(cs)
		if !a.json {
			return table(cs, vs, zone)
		}
		return jsonList(a, vs, func(v *T) J { return make(cs, v, zone) })
	})
	return c
}

func (a *app) findingsCmd() *cobra.Command {
	return claimListing(a, &cobra.Command{
		Use:   "findings --case DIR",
		Short: "List what detectors found, with the events cited",
		Long: `List findings. A finding names the events it rests on, its confidence, the
innocent alternative and the log coverage behind it. It cites; it does not accuse.` + exitStatus,
		Example: "  saksi findings --case CASE\n  saksi findings --case CASE --json",
	}, (*timeline.Case).Findings, a.findingTable, makeFinding)
}

func (a *app) findingTable(c *timeline.Case, fs []claim.Finding, zone *time.Location) error {
	t := newTable("LEVEL", "CONFIDENCE", "HOST", "TIME", "RULE", "EVENTS", "TITLE")
	for i := range fs {
		f := &fs[i]
		t.row(string(f.Level), f.Confidence, c.HostName(f.Host), rowTime(f.Time, zone), fmt.Sprintf("%s v%d", f.Rule, f.Version), fmt.Sprint(len(f.Events)), f.Title)
	}
	if err := t.write(a.out); err != nil {
		return err
	}
	for i := range fs {
		f := &fs[i]
		fmt.Fprintf(a.out, "\n%s  %s\n", f.ID, clean.Line(f.Title))
		for _, l := range [][2]string{{"detail", f.Detail}, {"innocent alternative", f.Alternative}, {"coverage", strings.Join(f.Coverage, ", ")}, {"events", strings.Join(ids(f.Events), " ")}, {"verdict", f.Verdict}} {
			if l[1] != "" {
				fmt.Fprintf(a.out, "  %s: %s\n", l[0], strings.Join(cleanLines(l[1]), "\n    "))
			}
		}
	}
	return nil
}

// cleanLines cuts a text of several lines and makes each fit for a terminal.
func cleanLines(s string) []string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = clean.Line(l)
	}
	return lines
}

func makeFinding(c *timeline.Case, f *claim.Finding, zone *time.Location) findingJSON {
	j := findingJSON{ID: f.ID, Rule: f.Rule, Version: f.Version, Technique: f.Technique, Level: string(f.Level), Confidence: f.Confidence, Host: clean.JSON(c.HostName(f.Host)),
		PID: f.PID, Path: clean.JSON(f.Path), Title: clean.JSON(f.Title), Detail: clean.JSON(f.Detail), Events: ids(f.Events), Alternative: clean.JSON(f.Alternative), Coverage: []string{}, Verdict: clean.JSON(f.Verdict)}
	if f.Time.Dated() {
		j.Time = bound(f.Time.Instant, zone)
	}
	for _, s := range f.Coverage {
		j.Coverage = append(j.Coverage, clean.JSON(s))
	}
	return j
}

func ids(es []event.ID) []string {
	out := make([]string, len(es))
	for i, e := range es {
		out[i] = e.String()
	}
	return out
}

type coverageJSON struct {
	Host     string  `json:"host"`
	Source   string  `json:"source"`
	From     *string `json:"from"`
	To       *string `json:"to"`
	State    string  `json:"state"`
	JudgedBy string  `json:"judged_by"`
}

func (a *app) coverageCmd() *cobra.Command {
	return claimListing(a, &cobra.Command{
		Use:   "coverage --case DIR",
		Short: "List for which time each source of each host can speak",
		Long: `List coverage: present, absent or unknown, per host and source, with what it
was judged by. Absence of records is never "clean".` + exitStatus,
		Example: "  saksi coverage --case CASE",
	}, (*timeline.Case).Coverage, a.coverageTable, makeCoverage)
}

func (a *app) coverageTable(c *timeline.Case, cov []claim.Coverage, zone *time.Location) error {
	t := newTable("HOST", "SOURCE", "STATE", "FROM .. TO", "JUDGED BY")
	for _, v := range cov {
		t.row(c.HostName(v.Host), v.Source, v.State, span(v.From, v.To, zone), v.JudgedBy)
	}
	return t.write(a.out)
}

func makeCoverage(c *timeline.Case, v *claim.Coverage, zone *time.Location) coverageJSON {
	return coverageJSON{clean.JSON(c.HostName(v.Host)), clean.JSON(v.Source), bound(v.From, zone), bound(v.To, zone), v.State, clean.JSON(v.JudgedBy)}
}

type warningJSON struct {
	Bundle  string `json:"bundle"`
	Exhibit string `json:"exhibit"`
	Offset  int64  `json:"offset"`
	Length  int64  `json:"length"`
	Layer   string `json:"layer,omitempty"`
	Parser  string `json:"parser"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (a *app) warningsCmd() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:     "warnings --case DIR",
		Short:   "List every byte range that no parser could read, and every doubt",
		Long:    "List warnings: what could not be read, where, and why." + exitStatus,
		Example: "  saksi warnings --case CASE\n  saksi warnings --case CASE --json",
		Args:    cobra.NoArgs,
	}
	caseFlag(c, &dir)
	c.RunE = a.listing(&dir, func(cmd *cobra.Command, cs *timeline.Case, _ []string) error {
		j, t := newJSONLines(a.out), newTable("EXHIBIT", "OFFSET", "LENGTH", "PARSER", "CODE", "MESSAGE")
		for w, err := range cs.Warnings(cmd.Context()) {
			if err != nil {
				return err
			}
			if !a.json {
				t.row(w.Path, fmt.Sprint(w.Offset), fmt.Sprint(w.Length), w.Parser, w.Code, clip(w.Message, 300))
				continue
			}
			if err := j.write(warningJSON{clean.JSON(w.Run), clean.JSON(w.Path), w.Offset, w.Length, w.Layer, w.Parser, w.Code, clean.JSON(w.Message)}); err != nil {
				return err
			}
		}
		if a.json {
			return j.flush()
		}
		sort.SliceStable(t.rows, func(i, k int) bool { return t.rows[i][0] < t.rows[k][0] })
		return t.write(a.out)
	})
	return c
}
