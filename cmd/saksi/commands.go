package main

import "github.com/spf13/cobra"

// commands lists every command in the order of the workflow.
func (a *app) commands() []*cobra.Command {
	return []*cobra.Command{
		a.demoCmd(),
		a.keyCmd(), a.authorizeCmd(), a.intakeCmd(), a.verifyCmd(), a.inspectCmd(), a.extractCmd(),
		a.ingestCmd(), a.detectCmd(),
		a.eventsCmd(), a.histCmd(), a.facetsCmd(),
		a.warningsCmd(), a.coverageCmd(), a.findingsCmd(), a.infectionsCmd(), a.sightingsCmd(),
		a.rawCmd(), a.annotateCmd(), a.caseCmd(), a.tuiCmd(),
		a.parsersCmd(), a.versionCmd(),
	}
}
