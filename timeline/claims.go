package timeline

import (
	"context"
	"fmt"
	"slices"

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
		s.levels = map[event.ID]string{}
		for _, f := range s.claims.Findings {
			for _, id := range f.Events {
				if old, ok := s.levels[id]; !ok || f.Level.Rank() > claim.Level(old).Rank() {
					s.levels[id] = string(f.Level)
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
	return s.levels
}

// Findings gives what the last detection run found, the weightiest first, with
// the analysts' words on it.
func (c *Case) Findings(ctx context.Context) ([]claim.Finding, error) {
	cl, err := c.claims()
	if err != nil {
		return nil, err
	}
	verdicts, err := c.Verdicts(ctx)
	if err != nil || len(verdicts) == 0 {
		return cl.Findings, err
	}
	out := slices.Clone(cl.Findings)
	for i := range out {
		v, ok := verdicts[out[i].ID]
		switch {
		case ok && v.Confirmed:
			out[i].Verdict = "confirmed by " + v.Author
		case ok:
			out[i].Verdict = "rejected by " + v.Author
		}
	}
	return out, nil
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
