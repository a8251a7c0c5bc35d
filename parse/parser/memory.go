package parser

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// memoryParser reads the records of a RAM image: one event for the image, a
// warning for every stretch that could not be read. The image itself is bytes
// of no known structure here; it is accounted for and left to memory tools.
type memoryParser struct{}

func newMemory() parse.Parser { return memoryParser{} }

// memoryLine bounds one record line, as the record format does.
const memoryLine = 16 << 20

// Describe tells what the parser reads.
func (memoryParser) Describe() parse.Description {
	return parse.Description{
		Name:       "memory",
		Version:    2,
		Doc:        "records of a RAM image: when it was begun and done, ranges, coverage, bytes by state, kernel, boot; what could not be read is a warning",
		References: []string{"collect/record/FORMAT.md", "proc_kcore(5)"},
		Sources:    []string{"memory"},
		Fields:     []string{"booted", "coverage", "direct_map", "kernel", "left", "missing", "output", "ranges", "read", "resumes", "unlisted", "unreadable", "zero"},
		Actions:    []string{"image-begun", "imaged"},
		Sample:     `{"t":"memory-summary","source":"kcore","ranges":[{"start":4096,"end":651264}],"read":647168}`,
	}
}

// Claim takes what the collector's memory source sealed.
func (memoryParser) Claim(x *parse.Exhibit) parse.Strength {
	if x.Sealed && x.Source == "memory" && (strings.HasPrefix(x.Name, "data/memory/") || strings.HasPrefix(x.Name, "data/records/memory.")) {
		return parse.Certain
	}
	return parse.No
}

// Parse reads the lines of the records.
func (memoryParser) Parse(ctx context.Context, _ *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	if !strings.HasPrefix(x.Name, "data/records/") {
		return s.Padding(0, x.Size)
	}
	in, err := x.Open()
	if err != nil {
		return fmt.Errorf("open %q: %w", x.Name, err)
	}
	defer in.Close()
	r := bufio.NewReaderSize(in, 1<<20)
	for off := int64(0); ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		line, err := boundedLine(r, memoryLine)
		if len(line) > 0 {
			if serr := memoryRecord(x, off, line, s); serr != nil {
				return serr
			}
			off += int64(len(line))
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %q at %d: %w", x.Name, off, err)
		}
	}
}

// boundedLine reads up to and with the next newline, at most limit bytes.
func boundedLine(r *bufio.Reader, limit int) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) || len(line) >= limit {
			if errors.Is(err, bufio.ErrBufferFull) {
				err = nil
			}
			return line, err
		}
	}
}

func memoryRecord(x *parse.Exhibit, off int64, line []byte, s parse.Sink) error {
	warn := func(code, msg string) error {
		return s.Warning(event.Warning{Offset: off, Length: int64(len(line)), Parser: "memory", Code: code, Message: msg})
	}
	var kind struct {
		T string `json:"t"`
	}
	if err := json.Unmarshal(line, &kind); err != nil {
		return warn("unreadable", "no record: "+err.Error())
	}
	switch kind.T {
	case "memory-plan":
		var m record.MemoryPlan
		if err := json.Unmarshal(line, &m); err != nil {
			return warn("unreadable", "no memory plan: "+err.Error())
		}
		return s.Event(memoryBegun(&m, off, int64(len(line))))
	case "memory-summary":
		var m record.MemorySummary
		if err := json.Unmarshal(line, &m); err != nil {
			return warn("unreadable", "no memory summary: "+err.Error())
		}
		return s.Event(memoryEvent(&m, off, int64(len(line))))
	case "memory-chunk":
		var c record.MemoryChunk
		if err := json.Unmarshal(line, &c); err != nil {
			return warn("unreadable", "no memory chunk: "+err.Error())
		}
		var lost []string
		for _, st := range c.States {
			if st.State == "unreadable" && len(lost) < 16 {
				lost = append(lost, fmt.Sprintf("%d bytes of physical memory at 0x%x: %s", st.Length, c.Start+uint64(st.Offset), st.Errno))
			}
		}
		if why := chunkDoubt(&c); why != "" {
			return warn("unreadable", "a memory chunk whose states do not fit it: "+why)
		}
		if len(lost) > 0 {
			return warn("unreadable", "could not be read: "+strings.Join(lost, "; "))
		}
		return s.Padding(off, int64(len(line)))
	}
	return warn("unknown-record", fmt.Sprintf("record type %q is not known", kind.T))
}

// chunkDoubt says why the states of a chunk are not those of its bytes, or "".
func chunkDoubt(c *record.MemoryChunk) string {
	at := int64(0)
	for _, st := range c.States {
		switch {
		case st.State != "read" && st.State != "zero" && st.State != "unreadable":
			return fmt.Sprintf("state %.40q is none of read, zero, unreadable", st.State)
		case st.Offset != at || st.Length <= 0:
			return fmt.Sprintf("%d bytes at %d, where %d were told", st.Length, st.Offset, at)
		}
		at += st.Length
	}
	if at != c.Length {
		return fmt.Sprintf("they tell %d of %d bytes", at, c.Length)
	}
	return ""
}

// memoryRanges writes ranges in hexadecimal, the end inclusive, at most 64.
func memoryRanges(rs []record.MemoryRange) string {
	var out []string
	for i := 0; i < len(rs); i++ {
		r := rs[i]
		for i+1 < len(rs) && rs[i+1].Start == r.End { // parts of one range
			i++
			r.End = rs[i].End
		}
		if len(out) == 64 {
			out = append(out, "and more")
			break
		}
		out = append(out, fmt.Sprintf("%x-%x", r.Start, r.End-1))
	}
	return strings.Join(out, " ")
}

func memoryBytes(rs []record.MemoryRange) (n uint64) {
	for _, r := range rs {
		n += r.End - r.Start
	}
	return n
}

// present keeps the fields that have a value.
func present(fields []event.Field) []event.Field {
	out := fields[:0]
	for _, f := range fields {
		if f.Value != "" {
			out = append(out, f)
		}
	}
	return out
}

// bootedAt is the boot by the clock of the moment, "" when it is not known.
func bootedAt(at, boottime int64) string {
	if boottime <= 0 || at <= boottime {
		return ""
	}
	return time.Unix(0, at-boottime).UTC().Format(time.RFC3339)
}

func memoryBegun(m *record.MemoryPlan, off, n int64) *event.Event {
	msg := fmt.Sprintf("RAM image through %s begun: %d bytes in %d ranges wanted", m.Source, memoryBytes(m.Wanted), len(m.Wanted))
	if u := memoryBytes(m.Unlisted); u > 0 {
		msg += fmt.Sprintf("; kcore maps %d bytes that iomem does not name", u)
	}
	return &event.Event{Time: collectedAt(m.At), Meaning: "imaged", Source: "memory", Action: "image-begun", Object: "physical memory", Message: msg,
		Fields: present([]event.Field{{Name: "booted", Value: bootedAt(m.At, m.Boottime)}, {Name: "direct_map", Value: fmt.Sprintf("0x%x", m.Offset)}, {Name: "kernel", Value: m.Kernel},
			{Name: "output", Value: m.Output}, {Name: "ranges", Value: memoryRanges(m.Wanted)}, {Name: "resumes", Value: m.Resumes}, {Name: "unlisted", Value: memoryRanges(m.Unlisted)}}),
		Origin: event.Origin{Offset: off, Length: n}}
}

func memoryEvent(m *record.MemorySummary, off, n int64) *event.Event {
	t := collectedAt(m.Started)
	if t.Dated() {
		t.Latest = max(t.Latest, m.At)
	}
	num := func(v int64) string { return strconv.FormatInt(v, 10) }
	all, coverage := float64(m.Read)+float64(m.Zero)+float64(m.Unreadable)+float64(m.Left), ""
	if all > 0 {
		coverage = fmt.Sprintf("%.2f %%", 100*(float64(m.Read)+float64(m.Zero))/all)
	}
	return &event.Event{Time: t, Meaning: "imaged", Source: "memory", Action: "imaged", Object: "physical memory",
		Message: fmt.Sprintf("RAM imaged through %s: %d bytes read, %d zero, %d unreadable, %d left out", m.Source, m.Read, m.Zero, m.Unreadable, m.Left),
		Fields: present([]event.Field{{Name: "booted", Value: bootedAt(m.At, m.Boottime)}, {Name: "coverage", Value: coverage}, {Name: "direct_map", Value: fmt.Sprintf("0x%x", m.Offset)},
			{Name: "kernel", Value: m.Kernel}, {Name: "left", Value: num(m.Left)}, {Name: "missing", Value: memoryRanges(m.Missing)}, {Name: "output", Value: m.Output},
			{Name: "ranges", Value: memoryRanges(m.Ranges)}, {Name: "read", Value: num(m.Read)}, {Name: "unreadable", Value: num(m.Unreadable)}, {Name: "zero", Value: num(m.Zero)}}),
		Origin: event.Origin{Offset: off, Length: n}}
}
