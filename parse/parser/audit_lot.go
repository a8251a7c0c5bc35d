package parser

import (
	"errors"
	"io"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/audit"
	"github.com/saksi-dfir/saksi/parse/format/codec"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// The bounds of a lot: groups, and text in bytes.
const (
	auditLotGroups = 512
	auditLotBytes  = 1 << 20
)

// auditLot is a run of groups whose records are all there, and what was said
// of the lines they stand in.
type auditLot struct {
	groups []*auditGroup
	bytes  int
	b      *parse.Batch
}

// next reads lines until a lot is full or the log ends.
func (a *auditRun) next(lines *audit.Lines) (*auditLot, bool, error) {
	if a.ended {
		return nil, false, nil
	}
	a.lot = &auditLot{b: &parse.Batch{}}
	for a.said = 0; len(a.lot.groups) < auditLotGroups && a.lot.bytes < auditLotBytes && a.said < 1<<14; {
		l, err := lines.Next()
		if errors.Is(err, io.EOF) {
			a.ended = true
			break
		}
		if err != nil {
			return nil, false, err
		}
		a.line(l)
	}
	if a.ended {
		if a.lines == 0 {
			a.lot.b.Warning(0, 0, "empty", "the log holds no lines: it was never written, was rotated or was emptied")
		}
		a.window.flushAll(a.finish)
		a.serials.flush(a.lot.b)
	}
	return a.lot, true, nil
}

// torn notes with which records other files of the rotation begin and end: an
// event of this file that has one of these keys is torn.
func (a *auditRun) torn(f *parse.Facts, x *parse.Exhibit) {
	if f.Siblings == nil {
		return
	}
	var own, others []parse.Sibling
	for _, s := range f.Siblings(x.Path) {
		if s.Path == x.Path || codec.Trim(s.Path, x.Layer) == x.Path {
			own = append(own, s)
		} else {
			others = append(others, s)
		}
	}
	edge := func(line string) (k auditKey, ok bool) {
		var r audit.Record
		if r.Parse(auditTrim([]byte(line))) != "" {
			return k, false
		}
		return a.key(&r), true
	}
	var first, last auditKey
	for _, s := range own {
		first, _ = edge(s.First)
		last, _ = edge(s.Last)
	}
	a.others = map[auditKey]string{}
	for _, s := range others {
		if _, ok := edge(s.First); !ok && s.First != "" {
			a.after = s.Path
		}
		if s.Open {
			a.before = s.Path
		}
		if k, ok := edge(s.First); ok && k != first {
			a.others[k] = s.Path
		}
		if k, ok := edge(s.Last); ok && k != last {
			a.others[k] = s.Path
		}
	}
}

// cutLine words what a last line without an end means.
func (a *auditRun) cutLine() string {
	if a.after != "" {
		return "the last line has no end: the record is cut, its rest stands at the start of " + a.after
	}
	return "the last line has no end: the record may be cut, or was being written"
}

// make turns a group into an event, and what is missing into a warning.
func (v *auditView) make(g *auditGroup, b *parse.Batch) {
	e, doubt := v.event(g, b)
	if g.stepped {
		e.Time.Reasons = e.Time.Reasons.With(event.ClockStep)
	}
	for _, sp := range g.spans {
		if sp.newline {
			b.Padding(sp.at+sp.length, 1)
		}
	}
	if doubt != "" {
		b.Warning(e.Origin.Offset, e.Origin.Length, "incomplete", doubt)
	}
}
