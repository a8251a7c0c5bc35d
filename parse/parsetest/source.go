// Package parsetest is the contract that every parser passes, and what tests
// of parsers need: exhibits in memory and a sink that keeps everything.
//
// # Every origin re-reads equal
//
// An event is what its own bytes say. For each fixture all bytes of a copy are
// blanked but those of the spans of an event, the same parser reads what is
// left under the same facts, and the event must come out again: same id, time,
// account, action, object, message, fields. So an origin that is too short,
// misses a piece, or leans on bytes it does not name fails. What a format may
// leave beside the spans is its rule, written down once in AloneRule:
//
//   - text (syslog, audit, web, histories, records of the collector ...): nothing
//   - wtmp, lastlog, faillog: nothing; the other bytes are zero. Fields that
//     pair two records (the other end of a session) come of the neighbour, as
//     does the account of a logout
//   - journal, SQLite: the frame, which is all bytes that belong to no event:
//     headers, hash tables, page headers, cell pointers. The objects of an entry
//     and the cell and overflow pages of a row are in its spans
//   - module: what is drawn from two lists is held to its object only, for what
//     is missing in one has no bytes
//
// A time that says itself that neighbours bound it, or that the clock was set
// since the record before, is not compared in that. Behind a codec the spans lie
// in the decoded stream: the compressed fixture must give the same ids there,
// so that the same bytes are named.
package parsetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"sort"
	"sync"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// File is one exhibit in memory.
type File struct {
	Name   string // path in the bag; "" makes one of Path
	Path   string // original path
	Source string
	Data   []byte
	Mtime  int64 // ns
	Btime  int64
	UID    uint32
	States []bundle.StateRange
}

// Source is a bundle in memory; it satisfies parse.Source.
type Source struct {
	Acq   bundle.Acquisition
	Files []File
}

// Acquisition gives the run record; an empty one gets a run id.
func (s *Source) Acquisition() bundle.Acquisition {
	a := s.Acq
	if a.RunID == "" {
		a.RunID = "test-run"
	}
	if a.Sealed == "" {
		a.Sealed = "host"
	}
	return a
}

// Exhibits lists the files, numbered from 1.
func (s *Source) Exhibits() iter.Seq2[bundle.Exhibit, error] {
	return func(yield func(bundle.Exhibit, error) bool) {
		for i, f := range s.Files {
			sum := sha256.Sum256(f.Data)
			x := bundle.Exhibit{Number: uint32(i + 1), Name: f.Name, Source: f.Source, Path: []byte(f.Path), Size: int64(len(f.Data)),
				SHA256: hex.EncodeToString(sum[:]), Method: "test", States: f.States}
			if x.Name == "" {
				x.Name = "data/files" + f.Path
			}
			if f.Path != "" {
				x.Stat = &bundle.Stat{Size: x.Size, Mtime: f.Mtime, Btime: f.Btime, UID: f.UID}
			}
			if !yield(x, nil) {
				return
			}
		}
	}
}

type content struct {
	*bytes.Reader
}

func (content) Close() error { return nil }

// OpenExhibit opens a file's bytes.
func (s *Source) OpenExhibit(x bundle.Exhibit) (parse.Content, error) {
	if x.Number < 1 || int(x.Number) > len(s.Files) {
		return nil, fmt.Errorf("no exhibit %d", x.Number)
	}
	return content{bytes.NewReader(s.Files[x.Number-1].Data)}, nil
}

// Kept is a sink that keeps everything. It may be used by several goroutines.
type Kept struct {
	mu       sync.Mutex
	Events   []*event.Event
	Warnings []event.Warning
	Counters []event.Counter
}

// Event keeps an event.
func (k *Kept) Event(e *event.Event) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.Events = append(k.Events, e)
	return nil
}

// Warning keeps a warning.
func (k *Kept) Warning(w event.Warning) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.Warnings = append(k.Warnings, w)
	return nil
}

// Counter keeps a counter reading.
func (k *Kept) Counter(c event.Counter) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.Counters = append(k.Counters, c)
	return nil
}

// Sort brings everything into one order: exhibit, offset, ordinal.
func (k *Kept) Sort() {
	sort.SliceStable(k.Events, func(i, j int) bool {
		a, b := k.Events[i], k.Events[j]
		switch {
		case a.Origin.Exhibit != b.Origin.Exhibit:
			return a.Origin.Exhibit < b.Origin.Exhibit
		case a.Origin.Offset != b.Origin.Offset:
			return a.Origin.Offset < b.Origin.Offset
		}
		return a.Ordinal < b.Ordinal
	})
	sort.SliceStable(k.Warnings, func(i, j int) bool {
		a, b := &k.Warnings[i], &k.Warnings[j]
		if a.Exhibit != b.Exhibit {
			return a.Exhibit < b.Exhibit
		}
		return a.Offset < b.Offset
	})
}
