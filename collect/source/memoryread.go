package source

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/memory"
	"github.com/saksi-dfir/saksi/collect/record"
)

// ErrNoImage says that a bundle holds no RAM image.
var ErrNoImage = errors.New("the bundle holds no RAM image")

// MemoryImage is what the source "memory" left in one bundle.
type MemoryImage struct {
	Parts   []memory.Part
	Wanted  []memory.Range // what it set out to read; with what was plugged in
	Notes   []byte         // PT_NOTE of kcore
	Header  []byte         // ELF header and program headers of kcore
	Plan    *record.MemoryPlan
	Summary *record.MemorySummary // nil when the run was cut
}

// Missing is what it set out to read and did not: stopped, cut or unreadable.
func (m *MemoryImage) Missing() []memory.Range {
	return memory.Subtract(m.Wanted, memory.NewImage(m.Parts).Read())
}

// ReadMemoryImage finds the image of a bundle, whole or cut. The bundle must
// stay open while parts are read.
func ReadMemoryImage(b *bundle.Bundle) (*MemoryImage, error) {
	m := &MemoryImage{}
	var last bundle.Exhibit // of the records: the first part has the plan, the last the summary
	for x, err := range b.Exhibits() {
		if err != nil {
			return nil, fmt.Errorf("exhibits: %w", err)
		}
		if x.Source != "memory" {
			continue
		}
		switch {
		case strings.HasSuffix(x.Name, ".raw"):
			m.part(b, x)
		case x.Name == "data/memory/kcore-notes":
			m.Notes, err = smallExhibit(b, x)
		case x.Name == "data/memory/kcore-header":
			m.Header, err = smallExhibit(b, x)
		case x.Parts == "memory" && x.Part == 1:
			err = m.lines(b, x)
		case x.Parts == "memory":
			last = x
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", x.Name, err)
		}
	}
	if last.Part > 0 {
		if err := m.lines(b, last); err != nil {
			return nil, fmt.Errorf("%s: %w", last.Name, err)
		}
	}
	if len(m.Parts) == 0 && m.Plan == nil {
		return nil, ErrNoImage
	}
	if m.Plan == nil { // an image of a collector that wrote no plan
		for _, p := range m.Parts {
			m.Wanted = append(m.Wanted, p.Range)
		}
	}
	m.Wanted = memory.Normal(m.Wanted)
	return m, nil
}

// part takes one exhibit of the image. One that was cut has fewer bytes than its name says.
func (m *MemoryImage) part(b *bundle.Bundle, x bundle.Exhibit) {
	var lo, hi uint64
	if n, _ := fmt.Sscanf(x.Name, "data/memory/%x-%x.raw", &lo, &hi); n != 2 || hi < lo || x.Size <= 0 || uint64(x.Size) > hi-lo+1 {
		return
	}
	p := memory.Part{Range: memory.Range{Start: lo, End: lo + uint64(x.Size)}, Open: func() (memory.ReadAtCloser, error) { return b.OpenExhibit(x) }}
	for _, s := range x.States {
		if s.State != bundle.BytesZero && s.State != bundle.BytesRead && s.Offset >= 0 && s.Length > 0 && s.Offset+s.Length <= x.Size {
			p.Unreadable = append(p.Unreadable, memory.Range{Start: lo + uint64(s.Offset), End: lo + uint64(s.Offset+s.Length)})
		}
	}
	m.Parts = append(m.Parts, p)
}

func smallExhibit(b *bundle.Bundle, x bundle.Exhibit) ([]byte, error) {
	r, err := b.OpenExhibit(x)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, 8<<20))
}

// lines looks for plan and summary among the records.
func (m *MemoryImage) lines(b *bundle.Bundle, x bundle.Exhibit) error {
	r, err := b.OpenExhibit(x)
	if err != nil {
		return err
	}
	defer r.Close()
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 64<<10), 16<<20)
	for s.Scan() {
		switch line := s.Bytes(); {
		case strings.HasPrefix(string(line[:min(len(line), 20)]), `{"t":"memory-plan"`):
			m.Plan = &record.MemoryPlan{}
			if err := json.Unmarshal(line, m.Plan); err != nil {
				return err
			}
			m.want(m.Plan.Wanted)
		case strings.HasPrefix(string(line[:min(len(line), 24)]), `{"t":"memory-summary"`):
			m.Summary = &record.MemorySummary{}
			if err := json.Unmarshal(line, m.Summary); err != nil {
				return err
			}
			m.want(m.Summary.Missing)
			m.want(m.Summary.Added)
		}
	}
	return s.Err()
}

func (m *MemoryImage) want(rs []record.MemoryRange) {
	for _, r := range rs {
		if r.End > r.Start {
			m.Wanted = append(m.Wanted, memory.Range{Start: r.Start, End: r.End})
		}
	}
}
