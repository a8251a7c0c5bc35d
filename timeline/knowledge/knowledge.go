// Package knowledge answers WHO SAW: which accounts had, or could have had,
// sight of an infection. It knows accounts, never persons.
//
// K0 is presence: the account was logged in while the implant was proven to be
// there. That is opportunity, not sight, and is listed apart. K3 is touch: a
// command of the account names the implant's path, name or process. The act
// that put the implant there is a touch like any other; the row does not say
// why it was done. K1 is a tool's report: a scanner's log names the implant's
// file. It is nobody's sight either, and its row names the tool. "An intruder using this account" is an alternative of every
// row of an account.
package knowledge

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"path"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// Grades of sight. Others are given by evidence that is imported later.
const (
	Presence = "K0"
	Reported = "K1"
	Touched  = "K3"
)

// Events is what the analysis asks the timeline for. Answers may hold more
// than was asked; the analysis looks at every event itself.
type Events interface {
	// Naming gives the events of a host that name one of the words in their
	// object, path, executable, command or message.
	Naming(ctx context.Context, host event.HostKey, words []string) iter.Seq2[*event.Event, error]
	// Acts calls f with the named fields of the events of all hosts whose action
	// is one of the given, in no order, one call at a time.
	Acts(ctx context.Context, actions, fields []string, f func(*event.Slim) error) error
	// Get gives one event; false when there is none of that name.
	Get(ctx context.Context, id event.ID) (*event.Event, bool, error)
	// Commands gives the exec events of a host (of all hosts, for the zero key)
	// whose message holds one of the words.
	Commands(ctx context.Context, host event.HostKey, words []string) iter.Seq2[*event.Event, error]
}

// Input is what sightings are made from.
type Input struct {
	Infections []claim.Infection
	Findings   []claim.Finding
	Collected  map[event.HostKey]int64 // last acquisition of each host, ns UTC
	HostNames  map[event.HostKey][]string
}

// minName is the shortest base name that is looked for by itself: shorter ones
// are words of every line, and no index finds them.
const minName = 4

// target is an infection with what a command could name of it.
type target struct {
	inf   claim.Infection
	paths []string
	names []string // base names
	pids  []int
	at    int64 // last acquisition of the host; 0 unknown

	hostNames []string
}

// Analyze gives the sightings of every infection: K3 first, then K0, each in
// time order. Events of the infected host count, and commands on other hosts
// that name it together with the implant.
func Analyze(ctx context.Context, ev Events, in Input) ([]claim.Sighting, error) {
	var out []claim.Sighting
	stays, err := readStays(ctx, ev, in)
	if err != nil {
		return nil, err
	}
	for _, inf := range in.Infections {
		t := makeTarget(inf, in)
		k3, err := touches(ctx, ev, t)
		if err != nil {
			return nil, err
		}
		out = append(out, k3...)
		out = append(out, presences(t, stays[inf.Host])...)
	}
	for i := range out {
		out[i].ID = sightingID(&out[i])
	}
	slices.SortStableFunc(out, func(a, b claim.Sighting) int {
		return cmp.Or(-cmp.Compare(a.Grade, b.Grade), cmp.Compare(when(a), when(b)), bytes.Compare(a.Host[:], b.Host[:]),
			cmp.Compare(a.Account, b.Account), cmp.Compare(a.Infection, b.Infection), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

func when(s claim.Sighting) int64 {
	switch {
	case s.EventDate != event.NoInstant:
		return s.EventDate
	case s.Earliest != event.MinTime:
		return s.Earliest
	}
	return s.Latest
}

func makeTarget(inf claim.Infection, in Input) target {
	t := target{inf: inf, at: in.Collected[inf.Host], hostNames: in.HostNames[inf.Host]}
	for _, f := range in.Findings {
		if f.Host != inf.Host || f.Implant != inf.Implant {
			continue
		}
		if p := f.ImplantPath(); strings.HasPrefix(p, "/") && !strings.HasPrefix(p, "/memfd:") && !slices.Contains(t.paths, p) {
			t.paths = append(t.paths, p)
			if b := path.Base(p); len(b) >= minName && !slices.Contains(t.names, b) {
				t.names = append(t.names, b)
			}
		}
		if f.PID > 1 && !slices.Contains(t.pids, f.PID) {
			t.pids = append(t.pids, f.PID)
		}
	}
	slices.Sort(t.paths)
	slices.Sort(t.names)
	slices.Sort(t.pids)
	return t
}

func sightingID(s *claim.Sighting) string {
	h := sha256.New()
	for _, p := range []string{s.Kind, s.Account, s.Person, s.Infection, s.Grade, s.Rung} {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	for _, e := range s.Events {
		h.Write(e[:])
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func get(e *event.Event, name string) string {
	v, _ := e.Get(name)
	return v
}

// Account is the account that acted, as the record proves it: for audit the
// login id, which su and sudo do not change; for sudo the account that called
// it; else the actor. "" when the record names no login account.
//
// A journal entry whose program name nothing vouches for names no account:
// anybody could have written it.
func Account(e *event.Event) string {
	if slices.Contains(e.Tags, "unvouched") {
		return ""
	}
	if e.Source == "audit" {
		auid := get(e, "auid")
		if auid == "" || auid == "4294967295" || auid == "-1" || strings.EqualFold(auid, "unset") {
			if e.Action == "exec" || get(e, "syscall") != "" {
				return ""
			}
			return e.Actor
		}
		if e.Actor == "" {
			return "uid " + auid
		}
	}
	return e.Actor
}
