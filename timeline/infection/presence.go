package infection

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/command"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// named reads the events that name a path of the implant and keeps those that
// prove the file or process was there.
func (s *subject) named(ctx context.Context, ev Events) error {
	words := s.filePaths()
	if len(words) == 0 {
		return nil
	}
	for _, p := range words[:len(words):len(words)] { // "cd /dev/shm; ./x" does not name the whole path
		if b := path.Base(p); len(b) >= 4 && !slices.Contains(words, b) {
			words = append(words, b)
		}
	}
	for e, err := range ev.Naming(ctx, s.host, words) {
		if err != nil {
			return fmt.Errorf("read events that name %q: %w", words, err)
		}
		if e.Host != s.host {
			continue
		}
		s.consider(e)
	}
	return nil
}

func (s *subject) consider(e *event.Event) {
	switch e.Source {
	case "file":
		s.file(e)
	case "process":
		if s.isPath(strings.TrimSuffix(get(e, "exe"), " (deleted)")) {
			s.cite(e)
		}
	case "socket":
		// cited by a finding, or of no concern
	case "audit":
		s.audit(e)
	default:
		if s.scanner(e) {
			return
		}
		s.commandLine(e)
	}
}

// scanner takes the report of a virus scanner: it had read a file at this path.
func (s *subject) scanner(e *event.Event) bool {
	if e.Parser != "clamav" || !s.isPath(get(e, "path")) || slices.Contains(e.Tags, "unvouched") {
		return false
	}
	switch e.Action {
	case "found", "moved", "removed":
		s.seen(e, "a virus scanner had read the file at this path by then ("+e.Action+")")
		if e.Action != "found" {
			s.taken(e, "by its log a virus scanner took the file away then ("+e.Action+")")
		}
		return true
	}
	return false
}

// taken notes that the file was removed. What ran from it may have gone on, so
// this ends only an implant that is a file by its nature, as a web shell is.
func (s *subject) taken(e *event.Event, reason string) {
	if p, ok := at(e, reason+"; it says nothing of a copy elsewhere"); ok && strings.HasPrefix(s.implant, "file:") {
		s.removed = append(s.removed, s.stamped(p))
	}
}

// file takes the birth of the file at the path. Where the process of the same
// acquisition runs from a deleted file, the file at the path is another one.
func (s *subject) file(e *event.Event) {
	if !s.isPath(e.Object) || s.fileGone[e.Origin.Run] || s.otherFile(e) {
		return
	}
	if strings.Contains(e.Meaning, "b") && e.Time.Dated() {
		s.seen(e, "the file at this path was born then")
	}
	if a, ok := s.acquisition(e.Origin.Run); ok {
		p := proof{earliest: a.Collected, latest: a.Collected, id: e.ID(), run: a.Run, reason: "the file lay at this path at the acquisition"}
		if _, have := s.atCollect[a.Run]; !have {
			s.atCollect[a.Run] = p
		}
		s.present = append(s.present, p)
	}
}

// otherFile says whether the file of an event is another one than the process
// of the same acquisition runs from: one in a container sees other files.
func (s *subject) otherFile(e *event.Event) bool {
	at, ok := s.ran[e.Origin.Run]
	return ok && get(e, "inode") != "" && !at[get(e, "dev")+":"+get(e, "inode")]
}

// audit takes records of the kernel about the path: that it was executed, or
// that an operation on it succeeded.
func (s *subject) audit(e *event.Event) {
	if get(e, "success") == "no" {
		return
	}
	if s.isPath(get(e, "exe")) {
		s.seen(e, "an audit record has it as the executable that acted")
		return
	}
	if s.isPath(get(e, "path")) && get(e, "success") == "yes" {
		s.seen(e, "an audit record has a successful operation on this path")
		if e.Action == "delete" {
			s.taken(e, "an audit record has the deletion of this path")
		}
		return
	}
	s.commandLine(e)
}

// commandLine takes commands that ran the path or made the file. A command
// that merely looks for it, or removes it, does not prove that it was there.
func (s *subject) commandLine(e *event.Event) {
	if e.Action != "exec" || slices.Contains(e.Tags, "unvouched") {
		return
	}
	line, cwd := Line(e), get(e, "cwd")
	for _, p := range s.filePaths() {
		switch command.Of(line, cwd, p) {
		case command.Runs:
			s.seen(e, "a command line runs this path ("+told(e)+")")
			return
		case command.Makes:
			s.seen(e, "a command line writes to this path or makes it executable ("+told(e)+")")
			return
		}
	}
}

// told says who tells of a command, and what such a record cannot say.
func told(e *event.Event) string {
	if e.Source == "audit" {
		return "audit: the program was started; what it did is not on record"
	}
	return e.Source + ": the words are on record, not what came of them"
}

// Line is the command line that an event speaks of.
func Line(e *event.Event) string {
	for _, f := range []string{"command", "cmdline"} {
		if v := get(e, f); v != "" {
			return v
		}
	}
	return e.Object
}

func (s *subject) acquisition(run string) (Acquisition, bool) {
	for _, a := range s.acquisitions {
		if a.Run == run {
			return a, true
		}
	}
	return Acquisition{}, false
}
