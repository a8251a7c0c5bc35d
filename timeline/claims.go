package timeline

import (
	"context"
	"fmt"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/store"
)

// load reads the claims of the last detection run once per snapshot.
func (s *snapshot) load() (store.Claims, error) {
	s.once.Do(func() {
		if s.claims, s.claimErr = s.r.Claims(); s.claimErr != nil {
			s.claimErr = fmt.Errorf("read claims: %w", s.claimErr)
			return
		}
		s.levels = map[event.ID]claim.Level{}
		for _, f := range s.claims.Findings {
			for _, id := range f.Events {
				if old, ok := s.levels[id]; !ok || f.Level.Rank() > old.Rank() {
					s.levels[id] = f.Level
				}
			}
		}
	})
	return s.claims, s.claimErr
}

func (c *Case) claims() (store.Claims, error) {
	s, done, err := c.use()
	if err != nil {
		return store.Claims{}, err
	}
	defer done()
	return s.load()
}

// levelNames maps the cited events to the highest level of a finding.
func (c *Case) levelNames(context.Context) map[event.ID]string {
	s, done, err := c.use()
	if err != nil {
		return nil
	}
	defer done()
	if _, err := s.load(); err != nil {
		return nil
	}
	out := make(map[event.ID]string, len(s.levels))
	for id, l := range s.levels {
		out[id] = string(l)
	}
	return out
}

// Findings gives what the last detection run found, the weightiest first.
func (c *Case) Findings(context.Context) ([]claim.Finding, error) {
	cl, err := c.claims()
	return cl.Findings, err
}

// Infections gives one row per host and implant.
func (c *Case) Infections(context.Context) ([]claim.Infection, error) {
	cl, err := c.claims()
	return cl.Infections, err
}

// Sightings gives which accounts saw an infection, or could have: K3 first.
func (c *Case) Sightings(context.Context) ([]claim.Sighting, error) {
	cl, err := c.claims()
	return cl.Sightings, err
}

// Coverage gives for which time each source of each host can speak.
func (c *Case) Coverage(context.Context) ([]claim.Coverage, error) {
	cl, err := c.claims()
	return cl.Coverage, err
}
