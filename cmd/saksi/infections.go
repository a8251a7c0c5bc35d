package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/tui/clean"
)

type boundJSON struct {
	Time   *string `json:"time"`
	Event  *string `json:"event"`
	Reason string  `json:"reason"`
}

type blindJSON struct {
	From   *string `json:"from"`
	To     *string `json:"to"`
	Source string  `json:"source"`
}

type infectionJSON struct {
	ID       string               `json:"id"`
	Host     string               `json:"host"`
	Implant  string               `json:"implant"`
	State    string               `json:"state"`
	Start    map[string]boundJSON `json:"start"`
	End      any                  `json:"end"` // bounds, or "present at collection"
	Blind    []blindJSON          `json:"blind"`
	Findings []string             `json:"findings"`
}

const presentAtCollection = "present at collection"

func (a *app) infectionsCmd() *cobra.Command {
	return claimListing(a, &cobra.Command{
		Use:   "infections --case DIR",
		Short: "WHEN: one row per host and implant, both bounds cited or unknown",
		Long: `List infections: between which two provable instants each began and ended.
Presence proves only "not after"; "not before" needs evidence of absence, else
it is unknown. Blind stretches are those in which a source says nothing.` + exitStatus,
		Example: "  saksi infections --case CASE\n  saksi infections --case CASE --json",
	}, (*timeline.Case).Infections, a.infectionTable, makeInfection)
}

func makeBound(b claim.Bound, zone *time.Location) boundJSON {
	j := boundJSON{Reason: clean.JSON(b.Reason)}
	if b.Known {
		s, id := stamp(b.Time, zone), b.Event.String()
		j.Time = &s
		if b.Event != (event.ID{}) {
			j.Event = &id
		}
	}
	return j
}

func makeInfection(c *timeline.Case, x *claim.Infection, zone *time.Location) infectionJSON {
	j := infectionJSON{ID: x.ID, Host: clean.JSON(c.HostName(x.Host)), Implant: clean.JSON(x.Implant), State: x.State,
		Start: map[string]boundJSON{"not_before": makeBound(x.NotBefore, zone), "not_after": makeBound(x.NotAfter, zone)},
		End:   presentAtCollection, Blind: []blindJSON{}, Findings: x.Findings}
	if !x.PresentAtCollect {
		j.End = map[string]boundJSON{"not_before": makeBound(x.EndNotBefore, zone), "not_after": makeBound(x.EndNotAfter, zone)}
	}
	for _, b := range x.Blind {
		j.Blind = append(j.Blind, blindJSON{bound(b.From, zone), bound(b.To, zone), clean.JSON(b.Source)})
	}
	return j
}

func boundCell(b claim.Bound, zone *time.Location) string {
	if !b.Known {
		return "unknown"
	}
	return shortStamp(b.Time, zone)
}

func (a *app) infectionTable(c *timeline.Case, ins []claim.Infection, zone *time.Location) error {
	t := newTable("HOST", "IMPLANT", "STATE", "STARTED NOT BEFORE", "NOT AFTER", "ENDED", "BLIND")
	for i := range ins {
		x := &ins[i]
		end := presentAtCollection
		if !x.PresentAtCollect {
			end = boundCell(x.EndNotBefore, zone) + " .. " + boundCell(x.EndNotAfter, zone)
		}
		t.row(c.HostName(x.Host), x.Implant, x.State, boundCell(x.NotBefore, zone), boundCell(x.NotAfter, zone), end, fmt.Sprint(len(x.Blind)))
	}
	if err := t.write(a.out); err != nil {
		return err
	}
	for i := range ins {
		a.infectionDetail(c, &ins[i], zone)
	}
	return nil
}

func (a *app) infectionDetail(c *timeline.Case, x *claim.Infection, zone *time.Location) {
	fmt.Fprintf(a.out, "\n%s  %s on %s\n", x.ID, clean.Line(x.Implant), clean.Line(c.HostName(x.Host)))
	cite := func(name string, b claim.Bound) {
		id := ""
		if b.Known && b.Event != (event.ID{}) {
			id = " event " + b.Event.String()
		}
		fmt.Fprintf(a.out, "  %s %s%s: %s\n", name, boundCell(b, zone), id, clean.Line(b.Reason))
	}
	cite("started not before", x.NotBefore)
	cite("started not after ", x.NotAfter)
	if x.PresentAtCollect {
		cite("present at collection, last shown", x.EndNotBefore)
	} else {
		cite("ended not before  ", x.EndNotBefore)
		cite("ended not after   ", x.EndNotAfter)
	}
	for _, b := range x.Blind {
		fmt.Fprintf(a.out, "  blind: %s %s\n", clean.Line(b.Source), span(b.From, b.To, zone))
	}
	fmt.Fprintf(a.out, "  findings: %s\n", strings.Join(x.Findings, " "))
}

type sightingJSON struct {
	ID            string   `json:"id"`
	Kind          string   `json:"kind"`
	Account       string   `json:"account"`
	Person        *string  `json:"person"`
	To            *string  `json:"to"`
	Infection     string   `json:"infection"`
	Host          string   `json:"host"`
	Rung          string   `json:"rung"`
	Grade         string   `json:"grade"`
	Earliest      *string  `json:"earliest"`
	Latest        *string  `json:"latest"`
	EventDate     *string  `json:"event_date"`
	StatementDate *string  `json:"statement_date"`
	Channel       string   `json:"channel"`
	Events        []string `json:"events"`
	Alternative   string   `json:"alternative"`
}

func (a *app) sightingsCmd() *cobra.Command {
	return claimListing(a, &cobra.Command{
		Use:   "sightings --case DIR",
		Short: "WHO SAW: accounts that touched or could have seen an infection",
		Long: `List sightings by grade. K0 and K1 are opportunity and are listed apart: an
account was there (K0), or a tool's log reports the file (K1, kind "tool"), which
nobody need have read. K3 touched: a command named or read the implant. The actor is
an account, never a person, unless a person is mapped and corroborated.` + exitStatus,
		Example: "  saksi sightings --case CASE\n  saksi sightings --case CASE --json",
	}, (*timeline.Case).Sightings, a.sightingTable, makeSighting)
}

func makeSighting(c *timeline.Case, s *claim.Sighting, zone *time.Location) sightingJSON {
	text := func(v string) *string {
		if v == "" {
			return nil
		}
		v = clean.JSON(v)
		return &v
	}
	date := func(ns int64) *string {
		if ns == 0 {
			return nil
		}
		return bound(ns, zone)
	}
	return sightingJSON{ID: s.ID, Kind: s.Kind, Account: clean.JSON(s.Account), Person: text(s.Person), To: text(s.To), Infection: s.Infection, Host: clean.JSON(c.HostName(s.Host)), Rung: s.Rung, Grade: s.Grade,
		Earliest: bound(s.Earliest, zone), Latest: bound(s.Latest, zone), EventDate: date(s.EventDate), StatementDate: date(s.StatementDate), Channel: clean.JSON(s.Channel), Events: ids(s.Events), Alternative: clean.JSON(s.Alternative)}
}

// holder is whose sighting a row is: an account by its name, a tool as one.
func holder(s *claim.Sighting) string {
	if s.Kind == claim.Tool {
		return s.Who()
	}
	return s.Account
}

// opportunity says whether a grade only means that an account was there.
func opportunity(grade string) bool { return grade == "K0" || grade == "K1" }

func (a *app) sightingTable(c *timeline.Case, ss []claim.Sighting, zone *time.Location) error {
	for _, part := range []struct {
		title string
		opp   bool
	}{{"SIGHTINGS (an account named or touched it)", false}, {"OPPORTUNITY (an account was there, or a tool reported it; nothing shows that anybody saw)", true}} {
		t := newTable("GRADE", "HOST", "ACCOUNT", "WHEN", "CHANNEL", "INFECTION", "EVENTS", "ALTERNATIVE")
		for i := range ss {
			if s := &ss[i]; opportunity(s.Grade) == part.opp {
				t.row(s.Grade, c.HostName(s.Host), holder(s), span(s.Earliest, s.Latest, zone), s.Channel, s.Infection, fmt.Sprint(len(s.Events)), s.Alternative)
			}
		}
		fmt.Fprintln(a.out, part.title)
		if err := t.write(a.out); err != nil {
			return err
		}
	}
	return nil
}
