// Package quiet keeps the start of the program silent. Bubble Tea asks the
// terminal for its background colour while packages are initialised and waits
// up to five seconds for an answer, whatever the command is. With CI set it
// does not ask.
//
// Go initialises the first package by import path among those whose imports
// are ready. This package imports os alone, so it is ready as soon as os is;
// Bubble Tea needs os/exec and os/signal, which need os too and sort after
// this path. So this init always runs first (a test on a silent terminal
// holds it). Nothing else may be imported here.
package quiet

import "os"

// mark is the value that tells our own setting from the user's.
const mark = "saksi-start"

func init() {
	if os.Getenv("CI") == "" {
		os.Setenv("CI", mark)
	}
}

// Restore takes the setting back. main calls it first, so that nothing the
// program does or starts later sees it.
func Restore() {
	if os.Getenv("CI") == mark {
		os.Unsetenv("CI")
	}
}
