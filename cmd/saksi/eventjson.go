package main

import (
	"encoding/hex"
	"time"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/tui/clean"
)

// eventJSON is one line of `saksi events --json`.
type eventJSON struct {
	ID         string            `json:"id"`
	Time       *string           `json:"time"`
	Earliest   *string           `json:"earliest"`
	Latest     *string           `json:"latest"`
	Precision  string            `json:"precision"`
	TimeReason []string          `json:"time_reason"`
	Meaning    string            `json:"meaning"`
	Host       string            `json:"host"`
	HeldBy     string            `json:"held_by,omitempty"`
	Source     string            `json:"source"`
	Parser     string            `json:"parser"`
	Actor      string            `json:"actor"`
	Action     string            `json:"action"`
	Object     string            `json:"object"`
	Message    string            `json:"message"`
	Fields     map[string]string `json:"fields"`
	Tags       []string          `json:"tags"`
	Level      string            `json:"level,omitempty"`
	Witnesses  int               `json:"witnesses,omitempty"`
	Origin     originJSON        `json:"origin"`
}

type originJSON struct {
	Bundle  string       `json:"bundle"`
	Exhibit string       `json:"exhibit"`
	Offset  int64        `json:"offset"`
	Length  int64        `json:"length"`
	Spans   []event.Span `json:"spans"`
	Layer   string       `json:"layer"`
	SHA256  string       `json:"sha256"`
}

func makeOrigin(o *event.Origin) originJSON {
	spans := o.Spans
	if spans == nil {
		spans = []event.Span{}
	}
	return originJSON{Bundle: clean.JSON(o.Run), Exhibit: clean.JSON(o.Path), Offset: o.Offset, Length: o.Length, Spans: spans,
		Layer: o.Layer, SHA256: hex.EncodeToString(o.SHA256[:])}
}

func makeEvent(c *timeline.Case, r *timeline.Row, zone *time.Location) eventJSON {
	e := &r.Event
	j := eventJSON{ID: r.ID.String(), Earliest: bound(e.Time.Earliest, zone), Latest: bound(e.Time.Latest, zone), Precision: e.Time.Precision.String(),
		TimeReason: []string{}, Meaning: clean.JSON(e.Meaning), Host: clean.JSON(c.HostName(e.Host)), Source: clean.JSON(e.Source), Parser: e.Parser,
		Actor: clean.JSON(e.Actor), Action: clean.JSON(e.Action), Object: clean.JSON(e.Object), Message: clean.JSON(e.Message),
		Fields: map[string]string{}, Tags: []string{}, Level: string(r.Level), Witnesses: r.Witnesses, Origin: makeOrigin(&e.Origin)}
	if e.Time.Dated() {
		s := stamp(e.Time.Instant, zone)
		j.Time = &s
	}
	if !e.HeldBy.IsZero() {
		j.HeldBy = clean.JSON(c.HostName(e.HeldBy))
	}
	for _, x := range e.Time.Reasons.List() {
		j.TimeReason = append(j.TimeReason, x.String())
	}
	for _, f := range e.Fields {
		j.Fields[clean.JSON(f.Name)] = clean.JSON(f.Value)
	}
	for _, t := range r.Tags {
		j.Tags = append(j.Tags, clean.JSON(t))
	}
	return j
}

// rowTime is the time cell of a table: the stated instant with its offset,
// else the bounds.
func rowTime(t event.Time, zone *time.Location) string {
	if t.Dated() {
		s := shortStamp(t.Instant, zone)
		if t.Width() > int64(time.Hour) {
			s += " ~"
		}
		return s
	}
	return span(t.Earliest, t.Latest, zone)
}

// span words an interval whose sides may be open.
func span(from, to int64, zone *time.Location) string {
	l, r := "unknown", "unknown"
	if from != event.MinTime {
		l = shortStamp(from, zone)
	}
	if to != event.MaxTime {
		r = shortStamp(to, zone)
	}
	if l == r {
		return l
	}
	return l + " .. " + r
}
