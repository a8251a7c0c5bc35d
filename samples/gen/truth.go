package gen

// Truth is what an analysis of the sample case must find.
type Truth struct {
	Infections []TruthInfection `json:"infections"`
	Sightings  []TruthSighting  `json:"sightings"`
	Clean      []string         `json:"clean"` // hosts without finding or infection
	Hole       TruthHole        `json:"hole"`
}

// TruthInfection is one infected host. Times are RFC 3339.
type TruthInfection struct {
	Host      string `json:"host"`
	Path      string `json:"path"`
	PID       int    `json:"pid"`
	Magic     string `json:"magic"` // payload constant of the filter
	NotBefore string `json:"not_before"`
	NotAfter  string `json:"not_after"`
	End       string `json:"end"`
}

// TruthSighting is one account with its grade.
type TruthSighting struct {
	Host    string `json:"host"`
	Account string `json:"account"`
	Grade   string `json:"grade"`
	When    string `json:"when"`
}

// TruthHole is the stretch in which the audit log of a host is silent.
type TruthHole struct {
	Host   string `json:"host"`
	Source string `json:"source"`
	From   string `json:"from"`
	To     string `json:"to"`
}

func truth() Truth {
	m := scenario()
	const layout = "2006-01-02T15:04:05Z07:00"
	return Truth{
		Infections: []TruthInfection{{Host: "web01", Path: implantPath, PID: implantPID, Magic: implantMagic,
			NotBefore: m.boot.Format(layout), NotAfter: m.started.Format(layout), End: "present at collection"}},
		Sightings: []TruthSighting{
			{"web01", deploy, "K3", m.started.Format(layout)},
			{"web01", admin, "K0", m.adminIn.Format(layout)},
			{"web01", admin, "K3", m.adminLook.Format(layout)},
		},
		Clean: []string{"db01", "mail01"},
		Hole:  TruthHole{"web01", "audit", m.silence.Format(layout), m.voice.Format(layout)},
	}
}
