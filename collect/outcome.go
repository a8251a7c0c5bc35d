package collect

import (
	"context"
	"errors"
	"io/fs"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
)

// FlagMatch begins the flags of an outcome that name a match with what the
// user looks for; Result.Notes collects them.
const FlagMatch = "match: "

// WriteError says that the bundle could not be written: the disk is full, the
// pipe is closed. It ends the run; other errors end one item.
type WriteError struct{ Err error }

// Error gives the reason.
func (e *WriteError) Error() string { return "write bundle: " + e.Err.Error() }

// Unwrap gives the error of the writer.
func (e *WriteError) Unwrap() error { return e.Err }

// OutcomeOf turns the error of opening or reading something into the outcome
// that P3 asks for: absent, denied, timed out, skipped or failed. Nil gives
// collected.
func OutcomeOf(err error) bundle.Outcome {
	o := bundle.Outcome{Outcome: bundle.Collected}
	if err == nil {
		return o
	}
	o.Reason, o.Errno = Escape([]byte(err.Error())), host.ErrnoName(err)
	switch {
	case errors.Is(err, fs.ErrNotExist), o.Errno == "ENOTDIR":
		o.Outcome, o.Reason = bundle.Absent, ""
	case errors.Is(err, fs.ErrPermission):
		o.Outcome = bundle.Denied
	case errors.Is(err, host.ErrTimeout):
		o.Outcome = bundle.TimedOut
	case errors.Is(err, host.ErrNotRegular):
		o.Outcome, o.Errno = bundle.Skipped, ""
	case errors.Is(err, ErrCancelled), errors.Is(err, ErrTimeBudget), errors.Is(err, ErrFreeSpace), errors.Is(err, ErrMemory), errors.Is(err, context.Canceled):
		o.Outcome, o.Errno = bundle.Skipped, ""
	default:
		o.Outcome = bundle.Failed
	}
	return o
}
