package parser

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/journal"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// journalParser reads the files of systemd-journald.
type journalParser struct {
	messages *Messages
}

func newJournal() parse.Parser { return journalParser{NewMessages()} }

// Describe tells what the parser reads.
func (journalParser) Describe() parse.Description {
	return parse.Description{
		Name:    "journal",
		Version: 1,
		Doc:     "journald files, whole or damaged, read object by object: every entry that is there, clock steps from realtime minus monotonic, header claims against what was found",
		References: []string{"systemd, Journal File Format", "systemd.journal-fields(7)",
			"parse/format/journal/FORMAT.md"},
		Sources: []string{"journal"},
		Fields: []string{"*", "after", "auid", "before", "boot", "cmdline", "comm", "cut", "entries", "exe", "facility", "gid", "hostname", "last_entry", "monotonic",
			"msgid", "pid", "program", "sent", "seqnum", "ses", "session", "severity", "step", "subj", "target_unit", "transport", "uid", "unit",
			"user_unit"}, // *: other fields keep the names they have in the journal
		Actions: []string{"boot", "clock-step"},
		Sample:  "object type 3: seqnum 4711, realtime, monotonic, boot id, 25 data objects",
	}
}

// Claim looks for the signature.
func (journalParser) Claim(x *parse.Exhibit) parse.Strength {
	switch {
	case bytes.HasPrefix(x.Head, []byte(journal.Signature)):
		return parse.Certain
	case strings.HasSuffix(x.Path, ".journal") || strings.HasSuffix(x.Path, ".journal~"):
		return parse.ByName
	}
	return parse.No
}

// Parse walks the file.
func (p journalParser) Parse(ctx context.Context, f *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	if x.Size == 0 || len(x.Head) == 0 {
		return s.Warning(event.Warning{Code: "empty", Message: "the file is empty: it was never written or was emptied"})
	}
	at, size, err := journalBytes(x)
	if err != nil {
		return err
	}
	if at == nil {
		return s.Warning(event.Warning{Length: x.Size, Code: "too-large", Message: "a compressed journal file of this size is not unpacked in memory"})
	}
	file, err := journal.Open(at, size)
	if errors.Is(err, journal.ErrNotJournal) {
		return s.Warning(event.Warning{Length: size, Code: "unreadable", Message: err.Error()})
	}
	if err != nil {
		return err
	}
	defer file.Close()
	j := newJournalRun(ctx, f, s, file, size, p.messages)
	if err := file.Walk(j.piece); err != nil {
		return err
	}
	if err := j.finish(); err != nil {
		return err
	}
	return j.flush()
}

// journalSpool is how much of a compressed journal file is held in memory, in bytes.
const journalSpool = 256 << 20

// journalBytes gives random access to the exhibit; nil when it is too large.
func journalBytes(x *parse.Exhibit) (io.ReaderAt, int64, error) {
	if x.At != nil && x.Size >= 0 {
		return x.At, x.Size, nil
	}
	r, err := x.Open()
	if err != nil {
		return nil, 0, fmt.Errorf("open exhibit: %w", err)
	}
	b, err := io.ReadAll(io.LimitReader(r, journalSpool+1))
	if err = wtmpClose(r, err); err != nil {
		return nil, 0, err
	}
	if len(b) > journalSpool {
		return nil, 0, nil
	}
	return bytes.NewReader(b), int64(len(b)), nil
}

// journalPieces is after how many objects or stretches what was made is handed over.
const journalPieces = 1 << 14

// journalFound counts what the walk met, to be held against the header.
type journalFound struct {
	objects, entries, datas, fields, tags, arrays uint64
	firstSeq, lastSeq                             uint64
	firstTime, lastTime                           uint64
	tail                                          int64
	damaged                                       int64 // bytes
}

// journalRun is the state of one file.
type journalRun struct {
	ctx      context.Context
	s        parse.Sink
	f        *parse.Facts
	file     *journal.File
	size     int64
	messages *Messages
	plan     []journalField // by key
	accounts map[string]string
	b        *parse.Batch
	n        int // objects and stretches met
	flushed  int // n when events were last handed over
	spans    []event.Span
	found    journalFound
	at       int64       // up to here the file is accounted for
	known    journalBits // data objects that were met
	used     journalBits // data objects that an entry names
	prev     journalPrev
	run      event.Counter
	host     journalHost
	boots    map[journal.ID]bool // those that have an event
	now      journalBoot
	audit    *auditView
}

func newJournalRun(ctx context.Context, f *parse.Facts, s parse.Sink, file *journal.File, size int64, m *Messages) *journalRun {
	j := &journalRun{ctx: ctx, s: s, f: f, file: file, size: size, messages: m, b: &parse.Batch{}, boots: map[journal.ID]bool{}}
	j.known, j.used = journalBits{}, journalBits{}
	j.accounts = make(map[string]string, len(f.Accounts))
	for _, a := range f.Accounts {
		uid := strconv.FormatUint(uint64(a.UID), 10)
		if _, ok := j.accounts[uid]; !ok {
			j.accounts[uid] = a.Name
		}
	}
	j.run = event.Counter{Source: "journal", Name: "seqnum", Scope: file.Header().SeqnumID.String()}
	j.b.Padding(0, min(file.Start(), size))
	j.at = min(file.Start(), size)
	for _, d := range file.Doubts() {
		j.b.Warning(0, min(file.Start(), size), "header-mismatch", d)
	}
	return j
}

// piece takes one stretch of the file.
func (j *journalRun) piece(p *journal.Piece) error {
	if j.n++; j.n%1024 == 0 {
		if err := j.ctx.Err(); err != nil {
			return err
		}
	}
	if j.n-j.flushed >= journalPieces { // a damaged file may hold few entries and many warnings
		if err := j.flush(); err != nil {
			return err
		}
	}
	if p.Offset > j.at {
		j.b.Padding(j.at, p.Offset-j.at) // alignment
	}
	j.at = max(j.at, p.Offset+p.Size)
	switch p.Kind {
	case journal.Unused:
		j.b.Padding(p.Offset, p.Size)
		return nil
	case journal.Wiped, journal.Damaged:
		j.found.damaged += p.Size
		code := "damaged"
		if p.Kind == journal.Wiped {
			code = "zeroed"
		}
		j.b.Warning(p.Offset, p.Size, code, p.Why)
		return nil
	}
	return j.object(p)
}

func (j *journalRun) object(p *journal.Piece) error {
	j.found.objects++
	j.found.tail = p.Offset
	if p.Why != "" {
		j.b.Warning(p.Offset, p.Size, journalCode(p), p.Type.String()+": "+p.Why)
	}
	switch p.Type {
	case journal.TypeEntry:
		j.found.entries++
		return j.entry(p)
	case journal.TypeData:
		j.found.datas++
		j.known.set(p.Offset)
		return nil
	case journal.TypeField:
		j.found.fields++
	case journal.TypeTag:
		j.found.tags++
	case journal.TypeEntryArray:
		j.found.arrays++
	}
	j.b.Padding(p.Offset, p.Size)
	return nil
}

func journalCode(p *journal.Piece) string {
	if p.Kind == journal.Recovered {
		return "bad-size"
	}
	return "mismatch"
}

// flush hands over what was made so far.
func (j *journalRun) flush() error {
	b := j.b
	j.b, j.prev.undelivered, j.flushed = &parse.Batch{}, false, j.n
	return b.Deliver(j.s)
}
