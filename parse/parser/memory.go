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
		Version:    1,
		Doc:        "records of a RAM image: ranges, bytes by state, kernel, direct map; what could not be read is a warning",
		References: []string{"collect/record/FORMAT.md", "proc_kcore(5)"},
		Sources:    []string{"memory"},
		Fields:     []string{"direct_map", "kernel", "left", "ranges", "read", "unreadable", "zero"},
		Actions:    []string{"imaged"},
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
		for _, st := range c.States {
			if st.State == "unreadable" {
				return warn("unreadable", fmt.Sprintf("%d bytes of physical memory at 0x%x could not be read: %s", st.Length, c.Start+uint64(st.Offset), st.Errno))
			}
		}
		return s.Padding(off, int64(len(line)))
	}
	return warn("unknown-record", fmt.Sprintf("record type %q is not known", kind.T))
}

func memoryEvent(m *record.MemorySummary, off, n int64) *event.Event {
	t := event.At(m.Started, event.Nanosecond, event.ClockUnverified)
	t.Latest = max(t.Latest, m.At)
	num := func(v int64) string { return strconv.FormatInt(v, 10) }
	var ranges []string
	for i, r := range m.Ranges {
		if i == 64 {
			ranges = append(ranges, fmt.Sprintf("and %d more", len(m.Ranges)-i))
			break
		}
		ranges = append(ranges, fmt.Sprintf("%x-%x", r.Start, r.End-1))
	}
	return &event.Event{Time: t, Meaning: "imaged", Source: "memory", Action: "imaged", Object: "physical memory",
		Message: fmt.Sprintf("RAM imaged through %s: %d bytes read, %d zero, %d unreadable, %d left out, %d ranges", m.Source, m.Read, m.Zero, m.Unreadable, m.Left, len(m.Ranges)),
		Fields: []event.Field{{Name: "direct_map", Value: fmt.Sprintf("0x%x", m.Offset)}, {Name: "kernel", Value: m.Kernel}, {Name: "left", Value: num(m.Left)},
			{Name: "ranges", Value: strings.Join(ranges, " ")}, {Name: "read", Value: num(m.Read)}, {Name: "unreadable", Value: num(m.Unreadable)}, {Name: "zero", Value: num(m.Zero)}},
		Origin: event.Origin{Offset: off, Length: n}}
}
