// Package claim holds what detectors and analyses say about events: findings,
// coverage, infections, sightings. Data only; every claim cites events, and
// every claim can be dropped and rebuilt (promises P5, P6).
package claim

import (
	"strings"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// Level is how much a finding matters: info, low, medium, high.
type Level string

// The levels.
const (
	Info   Level = "info"
	Low    Level = "low"
	Medium Level = "medium"
	High   Level = "high"
)

// Rank orders levels: 0 for info to 3 for high, -1 for anything else.
func (l Level) Rank() int {
	switch l {
	case Info:
		return 0
	case Low:
		return 1
	case Medium:
		return 2
	case High:
		return 3
	}
	return -1
}

// Finding is a versioned claim that cites the events it rests on.
type Finding struct {
	ID          string        `json:"id"` // 16 hex digits of SHA-256 over rule, host and cited events
	Rule        string        `json:"rule"`
	Version     int           `json:"version"`
	Technique   string        `json:"technique"` // ATT&CK id, "" when none fits
	Level       Level         `json:"level"`
	Confidence  string        `json:"confidence"` // low, medium, high
	Host        event.HostKey `json:"-"`
	Implant     string        `json:"implant,omitempty"` // what joins findings of one implant: e.g. "exe:/dev/shm/x" ; "" when the finding claims no implant
	PID         int           `json:"pid,omitempty"`
	Path        string        `json:"path,omitempty"` // original path of the executable or file
	Title       string        `json:"title"`
	Detail      string        `json:"detail,omitempty"` // instructions, constants: what was decoded
	Events      []event.ID    `json:"-"`
	Alternative string        `json:"alternative"`       // the innocent explanation
	Verdict     string        `json:"verdict,omitempty"` // an analyst's word, joined at read: "confirmed by kim", "rejected by lee"
	Coverage    []string      `json:"coverage"`          // what stands behind it: "socket: present", "audit: absent" ...
	Time        event.Time    `json:"-"`                 // of the earliest cited event
}

// ImplantPath is the file whose name tells of the implant: the executable, or
// the script when an interpreter runs one; "" when only a process is known,
// since the interpreter's own path tells of everybody's scripts.
func (f *Finding) ImplantPath() string {
	if s, ok := strings.CutPrefix(f.Implant, "script:"); ok {
		return s
	}
	if strings.HasPrefix(f.Implant, "pid:") {
		return ""
	}
	return f.Path
}

// Coverage says for which time a source of a host can speak.
type Coverage struct {
	Host     event.HostKey `json:"-"`
	Source   string        `json:"source"`
	From     int64         `json:"-"`
	To       int64         `json:"-"`
	State    string        `json:"state"`     // present, absent, unknown
	JudgedBy string        `json:"judged_by"` // counter, events, outcome, clock ...
}

// Bound is one end of an interval with the event that proves it.
type Bound struct {
	Known  bool
	Time   int64
	Event  event.ID
	Reason string // why this event bounds it; or why nothing does
}

// Blind is a stretch of an infection during which a source says nothing.
type Blind struct {
	From, To int64
	Source   string
}

// Infection is one implant on one host, between bounds.
type Infection struct {
	ID               string
	Host             event.HostKey
	Implant          string
	State            string // confirmed, probable, possible
	NotBefore        Bound  // start: evidence of absence; unknown without it
	NotAfter         Bound  // start: first proven presence
	EndNotBefore     Bound  // end: last proven presence
	EndNotAfter      Bound  // end: evidence of absence later
	PresentAtCollect bool   // still there when the bundle was taken
	Blind            []Blind
	Findings         []string
}

// Tool is the kind of a sighting that is the report of a tool: its Account is
// the tool's name, and no account.
const Tool = "tool"

// Who names whose sighting it is: "account kim", "tool clamd".
func (s *Sighting) Who() string {
	if s.Kind == Tool {
		return "tool " + s.Account
	}
	return "account " + s.Account
}

// Sighting says that an account saw, or could have seen, an infection.
type Sighting struct {
	ID            string
	Kind          string // account, person or tool
	Account       string // of kind tool: the tool's name
	Person        string // "" unless mapped and corroborated
	To            string // told to
	Infection     string // Infection.ID
	Host          event.HostKey
	Rung          string // what was known: odd-event, malware-present ...; "" for opportunity
	Grade         string // K0 .. K5
	Earliest      int64
	Latest        int64
	EventDate     int64
	StatementDate int64
	Channel       string // ssh, sudo, audit, history ...
	Events        []event.ID
	Alternative   string
}
