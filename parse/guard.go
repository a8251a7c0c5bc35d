package parse

import "github.com/saksi-dfir/saksi/timeline/event"

// sinkError marks an error of the sink, which ends the run.
type sinkError struct{ err error }

func (e *sinkError) Error() string { return e.err.Error() }
func (e *sinkError) Unwrap() error { return e.err }

type guarded struct{ m *meter }

func guard(err error) error {
	if err == nil {
		return nil
	}
	return &sinkError{err}
}

func (g guarded) Event(e *event.Event) error         { return guard(g.m.Event(e)) }
func (g guarded) Warning(w event.Warning) error      { return guard(g.m.Warning(w)) }
func (g guarded) Counter(c event.Counter) error      { return guard(g.m.Counter(c)) }
func (g guarded) Padding(offset, length int64) error { return guard(g.m.Padding(offset, length)) }

// claim asks every parser; the strongest claim wins, then the earlier parser.
// A parser that panics on the head claims nothing.
func claim(parsers []Parser, f *Facts, x *Exhibit) Parser {
	var best Parser
	strongest := No
	for _, p := range parsers {
		if s := claims(p, f, x); s > strongest {
			best, strongest = p, s
		}
	}
	return best
}

func claims(p Parser, f *Facts, x *Exhibit) (s Strength) {
	defer func() {
		if recover() != nil {
			s = No
		}
	}()
	s = p.Claim(x)
	if k, ok := p.(FactClaimer); ok && f != nil {
		s = max(s, k.ClaimBy(f, x))
	}
	return s
}
