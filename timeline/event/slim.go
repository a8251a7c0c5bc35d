package event

import "bytes"

// Slim is an event of which only chosen fields were read: for counting what
// many events say. Strings other than Values may be kept.
type Slim struct {
	Time    Time
	Host    HostKey
	Source  string
	Action  string
	Parser  string
	Ordinal uint32
	Run     string
	Exhibit uint32
	Offset  int64
	Length  int64
	Values  []string // of the fields asked for, "" for none; valid only during the call, clone what is kept
}

// SlimOf gives the slim form of an event; values is used again.
func SlimOf(e *Event, fields []string, values []string) Slim {
	s := Slim{Time: e.Time, Host: e.Host, Source: e.Source, Action: e.Action, Parser: e.Parser, Ordinal: e.Ordinal,
		Run: e.Origin.Run, Exhibit: e.Origin.Exhibit, Offset: e.Origin.Offset, Length: e.Origin.Length, Values: values[:0]}
	for _, f := range fields {
		v, _ := e.Get(f)
		s.Values = append(s.Values, v)
	}
	return s
}

// ID computes the event's name.
func (s *Slim) ID() ID { return MakeID(s.Run, s.Exhibit, s.Offset, s.Length, s.Parser, s.Ordinal) }

// Before says whether the event stands before another of the same host in the
// order of the timeline.
func (s *Slim) Before(o *Slim) bool {
	a, dated := s.Time.Key()
	b, other := o.Time.Key()
	switch {
	case dated != other:
		return dated
	case a != b:
		return a < b
	}
	x, y := s.ID(), o.ID()
	return bytes.Compare(x[:], y[:]) < 0
}

// Kept gives the event without its values, to be kept.
func (s *Slim) Kept() Slim {
	k := *s
	k.Values = nil
	return k
}
