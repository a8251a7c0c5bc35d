package tui

import (
	"context"
	"fmt"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

func (f *fakeCase) Findings(ctx context.Context) ([]claim.Finding, error) {
	if f.n <= 13 || f.fail != nil {
		return nil, f.fail
	}
	r := f.make(13)
	said := ""
	for _, a := range f.undo {
		if a.Text == "f1" {
			said = map[string]string{"confirm": "confirmed by kim", "reject": "rejected by kim"}[a.Op]
		}
	}
	return []claim.Finding{{ID: "f1", Rule: "magic-packet", Version: 1, Technique: "T1205", Level: claim.High, Confidence: "high", Host: r.Event.Host, Verdict: said, Title: "a socket filter waits for a magic packet",
		Events: []event.ID{r.ID}, Alternative: "a monitoring tool of one's own", Coverage: []string{"socket: present"}, Time: r.Event.Time}}, nil
}

// Infections: one, on host-01; events 1 and 4 prove its bounds.
func (f *fakeCase) Infections(context.Context) ([]claim.Infection, error) {
	if f.n <= 13 {
		return nil, nil
	}
	return []claim.Infection{{ID: "i1", Host: hostKey(1), Implant: "exe:/dev/shm/x", State: "confirmed",
		NotBefore: claim.Bound{Known: true, Time: f.base, Event: f.make(1).ID, Reason: "scan without it"},
		NotAfter:  claim.Bound{Known: true, Time: f.base + 3600e9, Event: f.make(4).ID, Reason: "process start"}, PresentAtCollect: true}}, nil
}

func (f *fakeCase) Sightings(context.Context) ([]claim.Sighting, error) {
	if f.n <= 13 {
		return nil, nil
	}
	return []claim.Sighting{{ID: "s1", Kind: "account", Account: "kim", Infection: "i1", Host: hostKey(1), Rung: "file-named", Grade: "K3", Earliest: f.base + 100e9, Latest: f.base + 100e9, Channel: "audit",
		Events: []event.ID{f.make(13).ID}, Alternative: "an intruder using this account"},
		{ID: "s2", Kind: "account", Account: "lee", Infection: "i1", Host: hostKey(1), Grade: "K0", Earliest: f.base, Latest: f.base + 50e9, Channel: "wtmp"}}, nil
}

func (f *fakeCase) Coverage(context.Context) ([]claim.Coverage, error) {
	return []claim.Coverage{{Host: hostKey(1), Source: "audit", From: f.base + 7200e9, To: f.base + 9000e9, State: "absent", JudgedBy: "counter"},
		{Host: hostKey(1), Source: "audit", From: f.base, To: f.base + 7200e9, State: "present", JudgedBy: "counter"},
		{Host: hostKey(0), Source: "wtmp", From: event.MinTime, To: event.MaxTime, State: "unknown", JudgedBy: "events"}}, nil
}

func (f *fakeCase) Hosts(ctx context.Context) ([]timeline.HostInfo, error) {
	if err := f.enter(ctx); err != nil {
		return nil, err
	}
	if f.n == 0 {
		return nil, nil
	}
	var out []timeline.HostInfo
	for i := range f.hosts {
		h := timeline.HostInfo{Key: hostKey(i), Name: fmt.Sprintf("host-%02d", i), First: f.base, Last: f.base + int64(f.n/5)*f.step, Events: int64(f.n / f.hosts),
			Findings: map[claim.Level]int{}, State: "no sign", Bundles: []string{"run-1"}, Trust: "ok (kim)", Integrity: "ok", Exhibits: 12, Unparsed: 2}
		switch i {
		case 1:
			h.State, h.Findings = "confirmed", map[claim.Level]int{claim.High: 2, claim.Low: 1}
			h.Infections, _ = f.Infections(ctx)
		case 2:
			h.State, h.Bundles, h.Trust, h.Integrity, h.BlindDays = "no data", nil, "", "", -1
		}
		out = append(out, h)
	}
	return out, nil
}

func (f *fakeCase) Stat(ctx context.Context) (timeline.Stat, error) {
	if err := f.enter(ctx); err != nil {
		return timeline.Stat{}, err
	}
	s := timeline.Stat{Name: "case-1", Hosts: f.hosts, Bundles: 2, Events: int64(f.n + f.grown), Trust: map[string]int{"ok (kim)": 2}, Findings: map[claim.Level]int{claim.High: 1}, First: event.MinTime, Last: event.MinTime}
	if f.partial {
		s.Partial, s.Damaged = true, 1
	}
	if f.n > 0 {
		s.First, s.Last = f.base, f.base+int64((f.n-1)/5)*f.step
	} else {
		s.Hosts, s.Bundles = 0, 0
	}
	return s, nil
}

func (f *fakeCase) Bundles(context.Context) ([]timeline.BundleInfo, error) {
	return []timeline.BundleInfo{{Run: "run-1", Seal: "5ea1", Path: "/evidence/run-1.tar.zst", Host: hostKey(1), Hostname: "host-01", Trust: "ok (kim)", Integrity: "ok", Collected: f.base,
		Outcomes: nil}}, nil
}
