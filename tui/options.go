// Package tui is the screen of a case: Overview, Timeline, palette and what
// opens over them. It reads the case through the small interface Case, asks
// beside the screen and never inside it, and writes to the terminal through
// tui/term alone.
package tui

import (
	"context"
	"io"
	"os"
	"time"

	"github.com/saksi-dfir/saksi/tui/view"
)

// Case is what the screen needs of a case; *timeline.Case satisfies it.
type Case = view.Case

// Progress is how far an ingest that was started on the screen has come.
type Progress struct {
	Input  string // what is read: a bundle or a file
	Host   string
	Stage  string // checking, parsing, merging, detecting ...
	Done   int64  // bytes
	Total  int64  // bytes; 0 when not known
	Events int64
	Ended  bool   // nothing more comes of this input
	Note   string // something to tell, such as a verdict or a failure; the rest is empty then
}

// Options of a run.
type Options struct {
	Case Case
	// Ingest takes inputs into the case; nil leaves the action out.
	Ingest func(ctx context.Context, args []string, progress func(Progress)) error
	// Encode makes the writer of an export in one of Formats; nil leaves the
	// action out.
	Encode func(format string, w io.Writer) (Encoder, error)
	In     *os.File // the keyboard; nil is os.Stdin
	Out    *os.File // the terminal; nil is os.Stdout
	Env    func(string) string
	Now    func() time.Time
	Theme  string // see widget.Themes; "" is ansi
	ASCII  bool   // no character beyond ASCII in our own frames
	Plain  bool   // linear form for screen readers and dumb terminals
	Mouse  bool
	FPS    int    // most frames a second; 0 is 120, fewer on a line that is measured to be slow
	Query  string // filter to start with
	Dir    string // case directory as the user wrote it, for command lines shown
	// StateDir keeps session, prompt history and the file "keys" with other
	// keys for actions; "" keeps nothing.
	StateDir string
	Poll     time.Duration // how often to look for newer data; 0 is 5 s, below 0 never
}

func (o Options) filled() Options {
	if o.In == nil {
		o.In = os.Stdin
	}
	if o.Out == nil {
		o.Out = os.Stdout
	}
	if o.Env == nil {
		o.Env = os.Getenv
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Poll == 0 {
		o.Poll = 5 * time.Second
	}
	if o.Dir == "" {
		o.Dir = "DIR"
	}
	return o
}
