package parser

import (
	"context"
	"strings"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// aptParser reads apt's history log.
type aptParser struct{}

func newApt() *aptParser { return &aptParser{} }

// Describe gives the parser's description.
func (aptParser) Describe() parse.Description {
	return parse.Description{
		Name: "apt", Version: 1,
		Doc:        "apt's history.log: one event when a transaction started and one when it ended, with its command and packages",
		References: []string{"apt.conf(5)"},
		Sources:    []string{"apt"},
		Fields:     []string{"command", "uid", "install", "reinstall", "upgrade", "downgrade", "remove", "purge", "error", "comment"},
		Actions:    []string{"transaction", "transaction-end"},
		Sample:     "Start-Date: 2024-03-03  02:14:07",
	}
}

const (
	aptStart = "Start-Date: "
	aptEnd   = "End-Date: "
)

// Claim wants a start line among the first lines.
func (aptParser) Claim(x *parse.Exhibit) parse.Strength {
	for line := range headLines(x.Head, 8) {
		if strings.HasPrefix(line, aptStart) {
			return parse.Strong
		}
	}
	return parse.No
}

// Parse reads the exhibit.
func (aptParser) Parse(ctx context.Context, f *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	o := parse.TextOptions{Workers: x.Workers, Starts: func(line []byte) bool { return strings.HasPrefix(unsafeString(line), aptStart) }}
	return parse.EachChunk(ctx, x, s, o, func(c *parse.Chunk, b *parse.Batch) error {
		a := apt{c: c, b: b, r: lineRecord{b: b, wall: parse.NewWall(f)}}
		a.chunk()
		return nil
	})
}

type apt struct {
	c *parse.Chunk
	b *parse.Batch
	r lineRecord
}

// chunk cuts a chunk into paragraphs that begin with a start line.
func (a *apt) chunk() {
	data := a.c.Data
	start := -1
	for at := 0; at < len(data); {
		next := lineEnd(data, at)
		text := trimEOL(data[at:next])
		begins := strings.HasPrefix(text, aptStart)
		if start >= 0 && (begins || text == "") {
			a.paragraph(start, at)
			start = -1
		}
		switch {
		case begins:
			start = at
		case start >= 0:
		case text == "":
			a.b.Padding(a.c.Offset+int64(at), int64(next-at))
		default:
			a.b.Extend(a.c.Offset+int64(at), int64(next-at), "unreadable", "lines of no transaction")
		}
		at = next
	}
	if start >= 0 {
		a.paragraph(start, len(data))
	}
}

func (a *apt) paragraph(from, to int) {
	text := strings.TrimRight(a.c.Data[from:to], "\r\n")
	offset := a.c.Offset + int64(from)
	if rest := to - from - len(text); rest > 0 {
		a.b.Padding(offset+int64(len(text)), int64(rest))
	}
	var start, end event.Time
	var started, ended bool
	actor, command := "", ""
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(trimEOL(line), ": ")
		switch key {
		case "Start-Date":
			start, _, started = a.r.plainTime(value)
		case "End-Date":
			end, _, ended = a.r.plainTime(value)
		case "Commandline":
			command = value
			a.b.Field("command", value)
		case "Requested-By":
			actor, value, _ = strings.Cut(value, " (")
			a.b.Field("uid", strings.TrimSuffix(value, ")"))
		case "Install", "Reinstall", "Upgrade", "Downgrade", "Remove", "Purge", "Error", "Comment":
			a.b.Field(strings.ToLower(key), value)
		}
	}
	fields := a.b.Take()
	if !started {
		a.b.Warning(offset, int64(len(text)), "bad-stamp", "a transaction whose start cannot be read")
		return
	}
	emit := func(t event.Time, ordinal uint32, action, meaning string) {
		e := a.b.Event()
		e.Source, e.Action, e.Meaning, e.Time, e.Ordinal = "apt", action, meaning, t, ordinal
		e.Actor, e.Object, e.Message, e.Fields = actor, command, text, fields
		e.Origin.Offset, e.Origin.Length = offset, int64(len(text))
	}
	emit(start, 0, "transaction", "started")
	if ended {
		emit(end, 1, "transaction-end", "ended")
	}
}
