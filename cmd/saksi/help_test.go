package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestEveryCommandExplainsItself: examples and exit status in each help.
func TestEveryCommandExplainsItself(t *testing.T) {
	a := &app{out: &bytes.Buffer{}, err: &bytes.Buffer{}, getenv: func(string) string { return "" }}
	seen := 0
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		for _, k := range c.Commands() {
			if k.Name() == "help" || k.Name() == "completion" || k.Parent().Name() == "completion" {
				continue
			}
			seen++
			if k.Short == "" || !strings.Contains(k.Example, "saksi "+strings.TrimPrefix(k.CommandPath(), "saksi ")) {
				t.Errorf("%s: short %q, example %q", k.CommandPath(), k.Short, k.Example)
			}
			if !strings.Contains(k.Long, "EXIT STATUS") {
				t.Errorf("%s: help has no EXIT STATUS", k.CommandPath())
			}
			walk(k)
		}
	}
	walk(a.root())
	if seen < 20 {
		t.Fatalf("only %d commands seen", seen)
	}
}
