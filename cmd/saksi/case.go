package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/detect/rule"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/tui/clean"
)

func (a *app) caseCmd() *cobra.Command {
	c := &cobra.Command{
		Use:     "case stat|check|digest|drop",
		Short:   "The case in numbers; check its store; digest its contents; drop a bundle",
		Long:    "Look after a case." + exitStatus,
		Example: "  saksi case stat --case CASE\n  saksi case drop RUN-ID --case CASE",
	}
	c.AddCommand(a.caseStatCmd(), a.caseCheckCmd(), a.caseDigestCmd(), a.caseDropCmd())
	c.RunE = func(*cobra.Command, []string) error { return usagef("name one of stat, check, digest, drop") }
	return c
}

type statJSON struct {
	Name      string         `json:"name"`
	Hosts     int            `json:"hosts"`
	Bundles   int            `json:"bundles"`
	Events    int64          `json:"events"`
	Undated   int64          `json:"undated"`
	Warnings  int64          `json:"warnings"`
	Findings  map[string]int `json:"findings"`
	First     *string        `json:"first"`
	Last      *string        `json:"last"`
	Zone      string         `json:"zone"`
	Trust     map[string]int `json:"trust"`
	Damaged   int            `json:"damaged"`
	Partial   bool           `json:"partial"`
	Unclaimed int            `json:"unclaimed"` // exhibits that no parser claims
	Failed    int            `json:"failed"`    // exhibits that could not be parsed
	Alike     []alikeJSON    `json:"alike"`     // keys that may stand for one host
}

func (a *app) caseStatCmd() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:     "stat --case DIR",
		Short:   "The case in numbers: hosts, bundles, trust, what no parser claims",
		Long:    "Print the case in numbers, and one line for each host and bundle." + exitStatus,
		Example: "  saksi case stat --case CASE",
		Args:    cobra.NoArgs,
	}
	caseFlag(c, &dir)
	c.RunE = a.listing(&dir, func(cmd *cobra.Command, cs *timeline.Case, _ []string) error {
		st, err := cs.Stat(cmd.Context())
		if err != nil {
			return err
		}
		hs, err := cs.Hosts(cmd.Context())
		if err != nil {
			return err
		}
		bs, err := cs.Bundles(cmd.Context())
		if err != nil {
			return err
		}
		unclaimed, failed := 0, 0
		for _, h := range hs {
			unclaimed, failed = unclaimed+h.Unparsed, failed+h.Failed
		}
		alike, err := cs.Alike(cmd.Context())
		if err != nil {
			return err
		}
		zone := a.zone(cs)
		if a.json {
			f := map[string]int{}
			for l, n := range st.Findings {
				f[string(l)] = n
			}
			j := newJSONLines(a.out)
			if err := j.write(statJSON{clean.JSON(st.Name), st.Hosts, st.Bundles, st.Events, st.Undated, st.Warnings, f, bound(st.First, zone), bound(st.Last, zone), cs.ZoneName(),
				st.Trust, st.Damaged, st.Partial, unclaimed, failed, makeAlike(alike)}); err != nil {
				return err
			}
			return j.flush()
		}
		fmt.Fprintf(a.out, "case %s: %d hosts, %d bundles (%d cut or damaged), zone %s\n%d events (%d undated), %d warnings, %d exhibits that no parser claims, %d that could not be parsed\n",
			clean.Line(st.Name), st.Hosts, st.Bundles, st.Damaged, cs.ZoneName(), st.Events, st.Undated, st.Warnings, unclaimed, failed)
		if st.First != event.MinTime {
			fmt.Fprintf(a.out, "from %s\n", span(st.First, st.Last, zone))
		}
		fmt.Fprintln(a.out)
		t := newTable("HOST", "KEY", "STATE", "EVENTS", "FIRST .. LAST")
		for _, h := range hs {
			t.row(h.Name, h.Key.String(), h.State, fmt.Sprint(h.Events), hostSpan(h, zone))
		}
		if err := t.write(a.out); err != nil {
			return err
		}
		fmt.Fprintln(a.out)
		t = newTable("BUNDLE", "HOST", "INTEGRITY", "SIGNER", "PATH")
		for _, b := range bs {
			t.row(b.Run, b.Hostname, b.Integrity, b.Trust, b.Path)
		}
		if err := t.write(a.out); err != nil {
			return err
		}
		a.alikeText(alike)
		return nil
	})
	return c
}

func hostSpan(h timeline.HostInfo, zone *time.Location) string {
	if h.First == event.MinTime || h.Events == 0 {
		return "no dated event"
	}
	return span(h.First, h.Last, zone)
}

func (a *app) detectCmd() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:     "detect --case DIR",
		Short:   "Run coverage, detectors, infections and sightings again (ingest ends with it)",
		Long:    "Run the detectors over the case; the result replaces that of the run before." + exitStatus,
		Example: "  saksi detect --case CASE",
		Args:    cobra.NoArgs,
	}
	caseFlag(c, &dir)
	c.RunE = a.listing(&dir, func(cmd *cobra.Command, cs *timeline.Case, _ []string) error {
		if err := cs.Detect(cmd.Context(), rule.All()); err != nil {
			return (&ingester{a: a}).openError(err)
		}
		fs, err := cs.Findings(cmd.Context())
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.out, "%d findings\n", len(fs))
		return err
	})
	return c
}
