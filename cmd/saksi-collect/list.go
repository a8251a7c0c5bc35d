package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"text/tabwriter"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/source"
	"github.com/saksi-dfir/saksi/tui/clean"
)

func versionCommand(args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 {
		return usagef(stderr, "version takes no argument")
	}
	fmt.Fprintf(stdout, "saksi-collect %s %s/%s %s\n", version, runtime.GOOS, runtime.GOARCH, runtime.Version())
	return exitDone
}

func planCommand(args []string, stdout, stderr io.Writer) int {
	var o options
	fs := newFlags("plan", planText, planTail, stdout, stderr)
	o.selectFlags(fs)
	fs.BoolVar(&o.json, "json", false, "one JSON object a line")
	if code, done := parseFlags(fs, args, stderr); done {
		return code
	}
	h, err := openHost(o.root)
	if err != nil {
		return fail(stderr, err, "")
	}
	defer h.Close()
	sel, err := o.selection(hostZone(h.Identity()))
	if err != nil {
		return usagef(stderr, "%v", err)
	}
	plan, err := collect.NewPlan(context.Background(), h, source.All(), sel)
	switch {
	case errors.Is(err, collect.ErrLiveOnly):
		return usagef(stderr, "%v", err)
	case errors.Is(err, collect.ErrUnknownSource):
		return usagef(stderr, "%v; saksi-collect sources lists them", err)
	case err != nil:
		return fail(stderr, err, "")
	}
	if err := printPlan(stdout, plan, o.json); err != nil {
		return fail(stderr, err, "")
	}
	return exitDone
}

func printPlan(w io.Writer, plan *collect.Plan, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(w)
		for _, it := range plan.Items {
			if err := e.Encode(it); err != nil {
				return fmt.Errorf("print plan: %w", err)
			}
		}
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "ITEM\tBYTES\t  SOURCE TARGET")
	for _, it := range plan.Items {
		bytes := "?"
		if it.Bytes >= 0 {
			bytes = fmt.Sprint(it.Bytes)
		}
		fmt.Fprintf(t, "%d\t%s\t  %s\n", it.Item, bytes, clean.Line(it.Source+" "+it.Target))
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print plan: %w", err)
	}
	fmt.Fprintf(w, "%d items, about %s%s\n", len(plan.Items), human(plan.Bytes()), andUnknown(plan))
	return nil
}

// andUnknown says how many items of a plan have no estimate.
func andUnknown(plan *collect.Plan) string {
	n := 0
	for _, it := range plan.Items {
		if it.Bytes < 0 {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" and %d items whose size nobody knows before", n)
}

func sourcesCommand(args []string, stdout, stderr io.Writer) int {
	var o options
	fs := newFlags("sources", sourcesText, sourcesTail, stdout, stderr)
	fs.BoolVar(&o.json, "json", false, "one JSON object a line")
	if code, done := parseFlags(fs, args, stderr); done {
		return code
	}
	for _, s := range source.All() {
		d := s.Describe()
		if o.json {
			if err := json.NewEncoder(stdout).Encode(describe(d)); err != nil {
				return fail(stderr, err, "")
			}
			continue
		}
		fmt.Fprintf(stdout, "%s  (%s; %s; Linux %s)\n", d.Name, d.Group, profiles(d), d.MinKernel)
		for _, p := range []struct{ head, text string }{
			{"", d.Doc}, {"effects: ", d.Effects}, {"older kernels: ", d.Fallback}, {"see: ", strings.Join(d.References, ", ")},
		} {
			if p.text != "" {
				fmt.Fprintln(stdout, wrap(p.head+p.text, "    ", 96))
			}
		}
		if d.Root || d.LiveOnly {
			fmt.Fprintln(stdout, "    "+strings.TrimSuffix(needs(d), "; "))
		}
		fmt.Fprintln(stdout)
	}
	return exitDone
}

// listing is a Description as JSON; its field names are stable.
type listing struct {
	Name       string   `json:"name"`
	Doc        string   `json:"doc"`
	Effects    string   `json:"effects"`
	References []string `json:"references"`
	Group      string   `json:"group"`
	MinKernel  string   `json:"min_kernel"`
	Fallback   string   `json:"fallback,omitempty"`
	Root       bool     `json:"root"`
	LiveOnly   bool     `json:"live_only"`
	Profiles   []string `json:"profiles"`
}

func describe(d collect.Description) listing {
	return listing{d.Name, d.Doc, d.Effects, d.References, d.Group.String(), d.MinKernel, d.Fallback, d.Root, d.LiveOnly, d.Profiles}
}

func profiles(d collect.Description) string {
	if len(d.Profiles) == 0 {
		return "only when asked for"
	}
	return strings.Join(d.Profiles, ", ")
}

func needs(d collect.Description) (s string) {
	if d.Root {
		s += "needs root to see everything; "
	}
	if d.LiveOnly {
		s += "live host only; "
	}
	return s
}

// wrap breaks a text into indented lines.
func wrap(s, indent string, width int) string {
	var b strings.Builder
	col := 0
	for i, word := range strings.Fields(s) {
		switch {
		case i == 0:
			b.WriteString(indent)
			col = len(indent)
		case col+1+len(word) > width:
			b.WriteString("\n" + indent)
			col = len(indent)
		default:
			b.WriteByte(' ')
			col++
		}
		b.WriteString(word)
		col += len(word)
	}
	return b.String()
}
