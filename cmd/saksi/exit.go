package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/saksi-dfir/saksi/tui/clean"
)

// The exit codes, the same everywhere (EXIT STATUS in every help).
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitPartial = 3 // done, but something planned could not be had; each is named
	exitVerify  = 4 // verification failed
	exitCase    = 5 // case locked or damaged
)

// exitError carries an exit code and a hint for the user. It is the only way
// from an error to an exit code.
type exitError struct {
	code int
	err  error
	hint string
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// withCode marks an error with an exit code; nil stays nil.
func withCode(code int, err error, hint string) error {
	if err == nil {
		return nil
	}
	var have *exitError
	if errors.As(err, &have) {
		return err // the one who knew more has spoken
	}
	return &exitError{code: code, err: err, hint: hint}
}

// usagef is a usage error.
func usagef(format string, a ...any) error {
	return &exitError{code: exitUsage, err: fmt.Errorf(format, a...)}
}

// report prints an error once, sanitised, and gives its exit code.
func report(stderr io.Writer, err error) int {
	if err == nil {
		return exitDone
	}
	code, hint := exitFailed, ""
	var e *exitError
	if errors.As(err, &e) {
		code, hint = e.code, e.hint
	}
	if msg := err.Error(); msg != "" {
		fmt.Fprintf(stderr, "saksi: %s\n", clean.Line(msg))
	}
	if hint != "" {
		fmt.Fprintf(stderr, "  hint: %s\n", clean.Line(hint))
	}
	return code
}
