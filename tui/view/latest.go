package view

import "context"

// latest lets only the newest of several questions run on: asking again ends
// the work on the answer before.
type latest struct{ stop context.CancelFunc }

// only gives a command that ends when the next one is asked for.
func (l *latest) only(cmd Cmd) Cmd {
	if l.stop != nil {
		l.stop()
	}
	superseded, stop := context.WithCancel(context.Background())
	l.stop = stop
	return func(ctx context.Context) any {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(superseded, cancel)()
		return cmd(ctx)
	}
}

// end stops what runs, if anything does.
func (l *latest) end() {
	if l.stop != nil {
		l.stop()
		l.stop = nil
	}
}
