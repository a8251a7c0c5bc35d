package parser

import (
	"context"
	"strings"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// runParser reads what the collector says of its own run: how it read the host.
type runParser struct{}

func newRunFacts() parse.Parser { return runParser{} }

// Describe implements parse.Parser.
func (runParser) Describe() parse.Description {
	return parse.Description{
		Name:       "runfacts",
		Version:    1,
		Doc:        "how the collector read the host: by what means it left the times of access alone, what it could not, and why a run ended early",
		References: []string{"collect/record/FORMAT.md"},
		Sources:    []string{"run"},
		Fields:     []string{"reason"},
		Actions:    []string{"collected", "ended"},
		Sample:     `{"t":"run","at":1700000000000000000,"facts":["reads go through a detached clone of the mounts"]}`,
		PathOnly:   true,
	}
}

// Claim implements parse.Parser.
func (runParser) Claim(x *parse.Exhibit) parse.Strength { return claimRecord(x, "run") }

// Parse implements parse.Parser.
func (runParser) Parse(ctx context.Context, _ *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	return eachRecord(ctx, x, "runfacts", s, func(kind string, off int64, line []byte) (bool, error) {
		if kind != "run" {
			return false, nil
		}
		var r struct {
			At    int64    `json:"at"`
			Facts []string `json:"facts"`
			Ended string   `json:"ended"`
		}
		if err := decodeRecord(line, &r); err != nil {
			return true, err
		}
		f := &fieldList{}
		f.add("reason", r.Ended)
		e := &event.Event{Time: collectedAt(r.At), Meaning: "observed", Source: "run", Action: "collected", Object: "host", Message: strings.Join(r.Facts, "; "), Fields: f.sorted(),
			Origin: event.Origin{Offset: off, Length: int64(len(line))}}
		if r.Ended != "" {
			e.Action, e.Message = "ended", "the run ended early: "+r.Ended+"; "+e.Message
		}
		return true, s.Event(e)
	})
}
