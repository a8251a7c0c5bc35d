package tui

import (
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/tui/view"
)

// workOrders are the commands that write: annotations, exports, ingest.
func workOrders() []order {
	mark := func(op string) func(*linear, string) {
		return func(l *linear, rest string) { l.annotate(op, rest) }
	}
	return []order{
		{[]string{"star", "m"}, "star N, unstar N", "star event N, or take the star off", mark("star")},
		{[]string{"unstar"}, "", "", mark("unstar")},
		{[]string{"tag", "T"}, "tag N WORD, untag N WORD", "tag event N; filter tag:WORD finds it", mark("tag")},
		{[]string{"untag"}, "", "", mark("untag")},
		{[]string{"note", "a"}, "note N TEXT", "write a note on event N, kept with your name and the time", mark("note")},
		{[]string{"bookmark", "B"}, "bookmark N NAME", "name the place of event N; go @NAME leads there", mark("bookmark")},
		{[]string{"bookmarks", "'"}, "bookmarks", "list them", (*linear).bookmarks},
		{[]string{"confirm", "C"}, "confirm N, reject N", "your word on finding N of the last list of findings", func(l *linear, rest string) { l.verdict("confirm", rest) }},
		{[]string{"reject", "D"}, "", "", func(l *linear, rest string) { l.verdict("reject", rest) }},
		{[]string{"undo", "U"}, "undo, redo", "take the last annotation back, or bring it back; both are recorded", func(l *linear, _ string) { l.revert(false) }},
		{[]string{"redo", "R"}, "", "", func(l *linear, _ string) { l.revert(true) }},
		{[]string{"merge", "M"}, "merge DIR", "take in the annotations of another copy of the case", (*linear).merge},
		{[]string{"export", "x"}, "export FORMAT FILE", "write the events of the filter: " + strings.Join(Formats(), ", "), (*linear).export},
		{[]string{"ingest", "I"}, "ingest FILE...", "take bundles, files or directories in, with progress", (*linear).ingest},
		{[]string{"refresh", "ctrl-r"}, "refresh", "take in what others have ingested since", func(l *linear, _ string) { l.refresh() }},
	}
}

// annotate writes one annotation on event N of the last list.
func (l *linear) annotate(op, rest string) {
	n, text, _ := strings.Cut(rest, " ")
	r, ok := l.row(op, n)
	if !ok {
		return
	}
	text = strings.TrimSpace(text)
	if text == "" && op != "star" && op != "unstar" {
		l.say("%s wants a text after the number", op)
		return
	}
	if err := l.sh.Case.Annotate(l.ctx, timeline.Annotation{Op: op, Events: []event.ID{r.ID}, Text: text}); err != nil {
		l.say("not saved: %v", err)
		return
	}
	l.say("saved: %s on event %s; undo takes it back", strings.TrimSpace(op+" "+text), n)
}

func (l *linear) verdict(op, rest string) {
	n, err := strconv.Atoi(rest)
	if err != nil || n < 1 || n > len(l.said) {
		l.say("%s wants the number of a finding; findings lists them", op)
		return
	}
	f := l.said[n-1]
	if err := l.sh.Case.Annotate(l.ctx, timeline.Annotation{Op: op, Text: f.ID}); err != nil {
		l.say("not saved: %v", err)
		return
	}
	l.say("saved: %s finding %d, %s; undo takes it back", op, n, f.Title)
	l.reread()
}

func (l *linear) revert(redo bool) {
	act, words := l.sh.Case.Undo, "undone"
	if redo {
		act, words = l.sh.Case.Redo, "done again"
	}
	what, err := act(l.ctx)
	switch {
	case err != nil:
		l.say("%v", err)
	case what == "":
		l.say("nothing to be %s", words)
	default:
		l.say("%s: %s", words, what)
		l.reread()
	}
}

// reread takes in what annotations changed of findings.
func (l *linear) reread() {
	if err := l.read(); err != nil {
		l.say("%v", err)
	}
}

func (l *linear) bookmarks(string) {
	marks, err := l.sh.Case.Bookmarks(l.ctx)
	if err != nil {
		l.say("cannot read bookmarks: %v", err)
		return
	}
	for _, b := range marks {
		when := "undated"
		if !noInstant(b.At) {
			when = view.Stamp(b.At, l.sh.Case.Zone(), 19)
		}
		l.say("@%s, %s, by %s", b.Name, when, b.Author)
	}
	if len(marks) == 0 {
		l.say("no bookmarks yet")
	}
}

func (l *linear) merge(dir string) {
	if dir == "" {
		l.say("merge wants the directory of another copy of the case")
		return
	}
	n, err := l.sh.Case.MergeJournals(dir)
	if err != nil {
		l.say("not merged: %v", err)
		return
	}
	l.say("%s taken in", plural(int64(n), "annotation"))
	l.reread()
}

func (l *linear) export(rest string) {
	format, path, _ := strings.Cut(rest, " ")
	path = strings.TrimSpace(path)
	if l.o.Encode == nil || path == "" {
		l.say("export wants a format (%s) and a file that does not exist yet", strings.Join(Formats(), ", "))
		return
	}
	n, err := exportFile(l.ctx, path, func(w io.Writer) (int64, error) {
		enc, err := l.o.Encode(format, w)
		if err != nil {
			return 0, err
		}
		return writeRows(l.ctx, l.sh.Case, l.sh.Query(), nil, enc)
	})
	if err != nil {
		l.say("export: %v", err)
		return
	}
	l.say("%s written to %s", plural(n, "event"), path)
}

// ingest takes inputs in and says every few seconds how far each is.
func (l *linear) ingest(rest string) {
	args := splitArgs(rest)
	if l.o.Ingest == nil || len(args) == 0 {
		l.say("ingest wants a bundle, a file or a directory")
		return
	}
	var mu sync.Mutex
	said := map[string]time.Time{}
	err := l.o.Ingest(l.ctx, args, func(p Progress) {
		mu.Lock()
		defer mu.Unlock()
		if p.Note != "" {
			l.say("%s", p.Note)
			return
		}
		if last, ok := said[p.Input+p.Stage]; ok && time.Since(last) < 2*time.Second {
			return
		}
		said[p.Input+p.Stage] = time.Now()
		host := ""
		if p.Host != "" {
			host = ", host " + p.Host
		}
		l.say("%s%s: %s%s, %s so far", inputName(p), host, p.Stage, percent(p), plural(p.Events, "event"))
	})
	if err != nil {
		l.say("ingest: %v", err)
		return
	}
	l.say("ingest is done")
	l.refresh()
}

func (l *linear) refresh() {
	if _, err := l.sh.Case.Refresh(); err != nil {
		l.say("cannot look for newer data: %v", err)
		return
	}
	l.rows = nil
	if err := l.read(); err != nil {
		l.say("%v", err)
		return
	}
	l.say("the case has %s of %s now", plural(l.sh.Stat.Events, "event"), plural(int64(l.sh.Stat.Hosts), "host"))
}
