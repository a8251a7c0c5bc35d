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
	stride   int64 // bytes of a part
}

func newJournal() parse.Parser { return journalParser{NewMessages(), journalPartBytes} }

// Describe tells what the parser reads.
func (journalParser) Describe() parse.Description {
	return parse.Description{
		Name:    "journal",
		Version: 2,
		Doc:     "journald files, whole or damaged, read object by object: every entry that is there, clock steps from realtime minus monotonic, header claims against what was found",
		References: []string{"systemd, Journal File Format", "systemd.journal-fields(7)",
			"parse/format/journal/FORMAT.md"},
		Sources: []string{"journal"},
		Fields: []string{"*", "after", "auid", "before", "boot", "cmdline", "comm", "cut", "entries", "exe", "facility", "gid", "hostname", "last_entry", "monotonic",
			"child_pid", "ip", "msgid", "path", "pid", "port", "program", "sent", "seqnum", "ses", "session", "severity", "step", "subj", "target_unit", "transport", "uid", "unit",
			"user_unit"}, // *: other fields keep the names they have in the journal
		Actions: []string{"boot", "clock-step", "note", "warning", "error"},
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
	j := newJournalRun(f, x, s, file, p)
	if err := j.parts(ctx, x.Workers); err != nil {
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

// journalFound counts what the walk met, to be held against the header.
type journalFound struct {
	objects, entries, datas, fields, tags, arrays uint64
	firstSeq, lastSeq                             uint64
	firstTime, lastTime                           uint64
	tail, end                                     int64 // the last object, and where it ends
}

// journalRun is the state of one file: what goes from one part to the next.
type journalRun struct {
	s        parse.Sink
	x        *parse.Exhibit
	f        *parse.Facts
	file     *journal.File
	size     int64
	stride   int64 // bytes of a part
	messages *Messages
	accounts map[string]string
	b        *parse.Batch // what no part made
	found    journalFound
	at       int64       // up to here the file is accounted for
	known    journalBits // data objects that were met
	used     journalBits // data objects that an entry names
	spare    journalSpare
	pending  *parse.Batch // of the part before: its last event may still be changed
	taken    int          // parts, with the one that is being taken
	waits    int          // number of the pending one
	noted    bool         // an entry was met
	run      event.Counter
	boots    map[journal.ID]*journalBoot
	order    []*journalBoot // as they were met
	now      *journalBoot   // of the entry before
	list     journalList
	tired    bool
}

func newJournalRun(f *parse.Facts, x *parse.Exhibit, s parse.Sink, file *journal.File, p journalParser) *journalRun {
	size := file.Size()
	j := &journalRun{s: s, x: x, f: f, file: file, size: size, stride: p.stride, messages: p.messages.For(f), b: x.NewBatch(), boots: map[journal.ID]*journalBoot{}}
	j.known, j.used = journalBits{}, journalBits{}
	j.list = newJournalList(file)
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

// flush hands over what was made so far.
func (j *journalRun) flush() error {
	p, b := j.pending, j.b
	j.pending, j.b, j.waits = nil, j.x.NewBatch(), 0
	for _, b := range [...]*parse.Batch{p, b} {
		if b == nil {
			continue
		}
		if err := b.Deliver(j.s); err != nil {
			return err
		}
		j.x.Done(b)
	}
	return nil
}
