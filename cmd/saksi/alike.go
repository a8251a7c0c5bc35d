package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/tui/clean"
)

type alikeJSON struct {
	Name string   `json:"name"`
	Keys []string `json:"keys"`
	Why  string   `json:"why"`
}

func makeAlike(list []timeline.Alike) []alikeJSON {
	out := []alikeJSON{}
	for _, x := range list {
		j := alikeJSON{Name: clean.JSON(x.Name), Why: x.Why}
		for _, k := range x.Keys {
			j.Keys = append(j.Keys, k.String())
		}
		out = append(out, j)
	}
	return out
}

// alikeText says which keys may stand for one host, and how to join them.
func (a *app) alikeText(list []timeline.Alike) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(a.out, "\nMAY BE ONE HOST (each is judged alone; to join them, add the lines to case.toml and run saksi detect)")
	for _, x := range list {
		var keys []string
		for _, k := range x.Keys {
			keys = append(keys, fmt.Sprintf("%q", k.String()))
		}
		fmt.Fprintf(a.out, "%s: %s\n  [[host]]\n  name = \"%s\"\n  keys = [%s]\n", clean.Line(strings.Join(x.Shown, ", ")), x.Why, tomlText(x.Name), strings.Join(keys, ", "))
	}
}

// tomlText makes a name fit to stand in a basic string of TOML.
func tomlText(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(clean.Line(s))
}

// maxHinted is how many groups an ingest names; case stat lists all.
const maxHinted = 3

// hintAlike says at the end of an ingest that hosts may be one. What goes wrong
// here is no failure of the ingest.
func (a *app) hintAlike(ctx context.Context, c *timeline.Case) {
	list, err := c.Alike(ctx)
	if err != nil {
		return
	}
	for i, x := range list {
		if i == maxHinted {
			fmt.Fprintf(a.err, "note: %d more such groups\n", len(list)-i)
			break
		}
		shown := x.Shown[:min(len(x.Shown), 4)]
		more := ""
		if n := len(x.Shown) - len(shown); n > 0 {
			more = fmt.Sprintf(" and %d more", n)
		}
		fmt.Fprintf(a.err, "note: %s%s may be one host (%s)\n", clean.Line(strings.Join(shown, ", ")), more, x.Why)
	}
	if len(list) > 0 {
		fmt.Fprintln(a.err, "  hint: saksi case stat says how to join them; until then each is judged alone")
	}
}
