package main

import "github.com/spf13/cobra"

// commands lists every command, sorted by the order of the workflow.
func (a *app) commands() []*cobra.Command {
	return []*cobra.Command{}
}
