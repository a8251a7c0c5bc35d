package view

import (
	"fmt"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// SetClaims takes infections and sightings and indexes the events that their
// bounds and sightings rest on.
func (s *Shared) SetClaims(ins []claim.Infection, ss []claim.Sighting) {
	s.Sightings, s.Resting = ss, map[event.ID][]string{}
	for i := range ins {
		in := &ins[i]
		host := s.Case.HostName(in.Host)
		s.bound(in.NotBefore, "WHEN: %s, %s started not before this", host, in.Implant)
		s.bound(in.NotAfter, "WHEN: %s, %s started not after this", host, in.Implant)
		if in.PresentAtCollect {
			s.bound(in.EndNotBefore, "WHEN: %s, %s last shown by this, present at collection", host, in.Implant)
		} else {
			s.bound(in.EndNotBefore, "WHEN: %s, %s ended not before this", host, in.Implant)
			s.bound(in.EndNotAfter, "WHEN: %s, %s ended not after this", host, in.Implant)
		}
	}
	for i := range ss {
		x := &ss[i]
		words := fmt.Sprintf("WHO SAW: %s, %s by %s; or: %s", x.Who(), x.Grade, x.Channel, x.Alternative)
		if x.Grade == "K0" || x.Grade == "K1" {
			words = fmt.Sprintf("WHO COULD: %s, %s by %s, had the opportunity; or: %s", x.Who(), x.Grade, x.Channel, x.Alternative)
		}
		for _, id := range x.Events {
			s.Resting[id] = append(s.Resting[id], words)
		}
	}
}

func (s *Shared) bound(b claim.Bound, format string, a ...any) {
	if b.Known {
		s.Resting[b.Event] = append(s.Resting[b.Event], fmt.Sprintf(format, a...)+": "+b.Reason)
	}
}
