package rule

import (
	"context"
	"fmt"
	"slices"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/detect"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// ForgedLine finds journal entries that speak as sshd, sudo or the like and
// that, by the fields only journald can set, another program wrote: anybody
// may call logger with any name.
type ForgedLine struct{}

// Unvouched is the tag of an event whose program name nothing vouches for.
const unvouched = "unvouched"

// Describe tells what the detector is.
func (ForgedLine) Describe() detect.Description {
	return detect.Description{
		Name: "forged-line", Version: 1,
		Doc:         "a journal entry bears the name of a login or privilege program, and another program wrote it",
		Technique:   "T1036",
		References:  []string{"https://www.freedesktop.org/software/systemd/man/latest/systemd.journal-fields.html"},
		Alternative: "a script or a wrapper logs under the name of the program it stands for, or the program runs under a thread name of its own",
		Sources:     []string{"journal"},
	}
}

// maxForged is how many entries one finding cites.
const maxForged = 64

// Detect gathers such entries by host, program named and action.
func (d ForgedLine) Detect(ctx context.Context, ev detect.Events, _ detect.Coverage, emit func(claim.Finding) error) error {
	type key struct {
		host                         event.HostKey
		parser, action, comm, writer string
	}
	found := map[key]*claim.Finding{}
	counts := map[key]int{}
	var keys []key
	for e, err := range ev.Events(ctx, both(source("journal"), term("tag", unvouched))) {
		if err != nil {
			return fmt.Errorf("read journal entries: %w", err)
		}
		if e.Source != "journal" || !slices.Contains(e.Tags, unvouched) {
			continue
		}
		k := key{e.Host, e.Parser, e.Action, field(e, "comm"), field(e, "uid")}
		f := found[k]
		if f == nil {
			f = &claim.Finding{Host: e.Host, Time: e.Time, Level: claim.Low, Confidence: "medium", Detail: e.Message}
			if e.Action == "login" || e.Action == "exec" {
				f.Level = claim.Medium
			}
			found[k] = f
			keys = append(keys, k)
		}
		counts[k]++
		if len(f.Events) < maxForged {
			f.Events = append(f.Events, e.ID())
		}
	}
	for _, k := range keys {
		f := found[k]
		f.Title = fmt.Sprintf("%d journal entries speak as %s (%s) and were written by %s, uid %s", counts[k], orNone(k.parser), orNone(k.action), orNone(k.comm), orNone(k.writer))
		if err := emit(*f); err != nil {
			return err
		}
	}
	return nil
}
