package parser

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"sort"
	"strings"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// clamscanParser reads reports of clamscan and clamdscan (--log=FILE, or their
// output kept): a line per file, then a summary that states start and end.
type clamscanParser struct{ messages *Messages }

func newClamscan() *clamscanParser { return &clamscanParser{messages: NewMessages()} }

// Describe gives the parser's description.
func (p *clamscanParser) Describe() parse.Description {
	return parse.Description{
		Name: "clamscan", Version: 1,
		Doc:        "reports of clamscan and clamdscan: what was found in which file (under the decoder clamav), and the scan itself; a file's line has no time of its own and lies between the start and the end that its summary states",
		References: []string{"clamscan(1)"},
		Sources:    []string{"clamav"},
		Fields:     []string{"program", "signatures", "version", "directories", "files", "infected", "duration", "errors", "encoding", "text"},
		Actions:    []string{"scan", "note"},
		Sample:     "/srv/www/up/a.jsp: Html.Exploit.X-1 FOUND",
	}
}

const clamscanSummary = "----------- SCAN SUMMARY -----------"

// Claim looks for the summary, else for lines of files that were scanned.
func (p *clamscanParser) Claim(x *parse.Exhibit) parse.Strength {
	if strings.Contains(string(x.Head), clamscanSummary) || strings.Contains(string(x.Tail), clamscanSummary) {
		return parse.Strong
	}
	lines, hits := 0, 0
	for line := range headLines(x.Head, 32) {
		if line == "" || strings.Trim(line, "-") == "" {
			continue
		}
		lines++
		if clamscanLine(line) {
			hits++
		}
	}
	if lines > 0 && hits == lines {
		return parse.Weak
	}
	return parse.No
}

// clamscanLine says whether a line tells the result of one file.
func clamscanLine(s string) bool {
	_, result, ok := cutLastOK(s, ": ")
	return ok && (strings.HasSuffix(result, " FOUND") || result == "OK" || result == "Empty file" || result == "Symbolic link" || result == "Excluded")
}

// clamscanRun is one report of a file that may hold several.
type clamscanRun struct {
	end  int64 // offset of the end of the summary
	time event.Time
}

// Parse reads the exhibit twice: first for what the summaries state.
func (p *clamscanParser) Parse(ctx context.Context, f *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	runs, err := clamscanRuns(ctx, f, x)
	if err != nil {
		return err
	}
	m := p.messages.For(f)
	return parse.EachChunk(ctx, x, s, parse.TextOptions{Starts: clamscanStarts, Workers: x.Workers}, func(c *parse.Chunk, b *parse.Batch) error {
		r := clamscanReader{b: b, m: m, runs: runs}
		r.chunk(c)
		return nil
	})
}

// clamscanStarts keeps a summary in one piece.
func clamscanStarts(line []byte) bool { return !clamscanValue(unsafeString(line)) }

// clamscanValue says whether a line is part of a summary.
func clamscanValue(s string) bool {
	k, _, ok := strings.Cut(s, ":")
	return ok && clamscanField(k) != ""
}

// clamscanField names the field of a line of the summary, "-" for those that
// are not kept.
func clamscanField(key string) string {
	switch key {
	case "Known viruses":
		return "signatures"
	case "Engine version":
		return "version"
	case "Scanned directories":
		return "directories"
	case "Scanned files":
		return "files"
	case "Infected files":
		return "infected"
	case "Total errors":
		return "errors"
	case "Time":
		return "duration"
	case "Data scanned", "Data read", "Start Date", "End Date":
		return "-"
	}
	return ""
}

// clamscanRuns finds the summaries and the times they state.
func clamscanRuns(ctx context.Context, f *parse.Facts, x *parse.Exhibit) ([]clamscanRun, error) {
	r, err := x.Open()
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", x.Name, err)
	}
	defer r.Close()
	var runs []clamscanRun
	from, to := event.Undated(), event.Undated()
	var offset int64
	wall := parse.NewWall(f)
	in := bufio.NewReaderSize(r, 64<<10)
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		line, err := in.ReadSlice('\n')
		offset += int64(len(line))
		if v, ok := strings.CutPrefix(unsafeString(line), "Start Date:"); ok {
			from = clamscanTime(wall, v)
		} else if v, ok := strings.CutPrefix(unsafeString(line), "End Date:"); ok {
			to = clamscanTime(wall, v)
			if from.Dated() && to.Dated() && from.Earliest <= to.Latest {
				t := event.Between(from.Earliest, to.Latest, event.StampNone, event.BoundNeighbour)
				t.Reasons |= from.Reasons | to.Reasons
				runs = append(runs, clamscanRun{end: offset, time: t})
			}
			from = event.Undated()
		}
		switch err {
		case nil, bufio.ErrBufferFull:
		case io.EOF:
			return runs, nil
		default:
			return nil, err
		}
	}
}

// clamscanTime reads "2024:03:03 02:14:07" in the zone of the host.
func clamscanTime(w *parse.Wall, s string) event.Time {
	s = strings.TrimSpace(s)
	if len(s) < 19 || s[4] != ':' || s[7] != ':' {
		return event.Undated()
	}
	var c parse.Civil
	if civilAt(s[:4]+"-"+s[5:7]+"-"+s[8:], &c) < 0 {
		return event.Undated()
	}
	return w.Local(&c)
}

// clamscanReader reads the lines of one chunk.
type clamscanReader struct {
	b    *parse.Batch
	m    *Messages
	runs []clamscanRun
}

// at gives the time of what stands at an offset: that of the report it is in.
func (r *clamscanReader) at(offset int64) event.Time {
	i := sort.Search(len(r.runs), func(i int) bool { return r.runs[i].end > offset })
	if i == len(r.runs) {
		return event.Undated(event.StampNone)
	}
	return r.runs[i].time
}

func (r *clamscanReader) chunk(c *parse.Chunk) {
	data := c.Data
	for at := 0; at < len(data); {
		next := lineEnd(data, at)
		text := trimEOL(data[at:next])
		offset := c.Offset + int64(at)
		switch {
		case text == "" || text != clamscanSummary && strings.Trim(text, "-") == "":
			r.b.Padding(offset, int64(next-at))
		case text == clamscanSummary || clamscanValue(text):
			for next < len(data) && clamscanValue(trimEOL(data[next:lineEnd(data, next)])) {
				next = lineEnd(data, next)
			}
			r.summary(strings.TrimRight(data[at:next], "\r\n"), offset)
			r.b.Padding(offset+int64(len(strings.TrimRight(data[at:next], "\r\n"))), int64(next-at-len(strings.TrimRight(data[at:next], "\r\n"))))
		case noText(text):
			r.b.Warning(offset, int64(next-at), "unreadable", "no line of a known form")
		default:
			r.line(text, offset)
			r.b.Padding(offset+int64(len(text)), int64(next-at-len(text)))
		}
		at = next
	}
}

// line makes the event of one file.
func (r *clamscanReader) line(text string, offset int64) {
	e := r.event(text, offset)
	r.b.Field("program", "clamscan")
	if !r.m.Decode(e, r.b, "clamscan", text) {
		e.Action = "note"
	}
	korean(r.b, text)
	e.Fields = r.b.Take()
}

// summary makes the event of a whole scan, at its end.
func (r *clamscanReader) summary(text string, offset int64) {
	e := r.event(text, offset)
	e.Action, e.Object = "scan", "clamscan"
	for line := range strings.Lines(text) {
		k, v, ok := strings.Cut(trimEOL(line), ":")
		if name := clamscanField(k); ok && name != "" && name != "-" {
			r.b.Field(name, strings.TrimSpace(v))
		}
	}
	if t := e.Time; t.Bounded() { // stated to the second: the scan ended then
		e.Time.Instant, e.Time.Precision = t.Latest-int64(event.Second.Nanos())+1, event.Second
	}
	e.Fields = r.b.Take()
}

func (r *clamscanReader) event(text string, offset int64) *event.Event {
	e := r.b.Event()
	e.Source, e.Parser, e.Meaning, e.Message = "clamav", "clamscan", "logged", text
	e.Origin.Offset, e.Origin.Length = offset, int64(len(text))
	e.Time = r.at(offset)
	return e
}
