package parser

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/parse/format/journal"
	"github.com/saksi-dfir/saksi/parse/format/syslog"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// entry makes the event of one entry.
func (j *journalReader) entry(p *journal.Piece) {
	n, _ := j.file.Entry(p.Object)
	if n.Realtime > math.MaxInt64/1000 {
		j.warn(p.Offset, p.Size, "bad-stamp", fmt.Sprintf("the entry states the time %d us, which cannot be", n.Realtime))
	}
	e := j.b.Event()
	e.Source, e.Meaning, e.Parser = "journal", "logged", "journal"
	e.Time = journalTime(n.Realtime)
	stem := j.stem(n.Stem)
	e.Origin.Offset, e.Origin.Length, e.Origin.Spans = p.Offset, p.Size, j.pieces(n, stem)
	j.read(n, stem, e)
	j.text += len(e.Message) + 256 + 48*(len(e.Fields)+len(n.Data))
	j.notes = append(j.notes, journalNote{e: e, boot: n.Boot, seqnum: n.Seqnum, real: n.Realtime, mono: n.Monotonic, offset: p.Offset, length: p.Size})
}

func journalTime(us uint64) event.Time {
	if us > math.MaxInt64/1000 {
		return event.Undated(event.StampInvalid)
	}
	return event.At(int64(us)*1000, event.Microsecond, event.ClockUnverified)
}

// note keeps the counter and the extremes.
func (j *journalRun) note(n *journalNote) {
	f := &j.found
	if !j.noted {
		j.noted, f.firstSeq, f.firstTime = true, n.seqnum, n.real
	}
	f.lastSeq, f.lastTime = n.seqnum, n.real
	t := journalTime(n.real)
	if !t.Dated() {
		return
	}
	if j.run.First != 0 && n.seqnum == j.run.Last+1 {
		j.run.Last = n.seqnum
		j.run.From, j.run.To = min(j.run.From, t.Instant), max(j.run.To, t.Instant)
		return
	}
	j.endRun()
	j.run.First, j.run.Last, j.run.From, j.run.To = n.seqnum, n.seqnum, t.Instant, t.Instant
}

func (j *journalRun) endRun() {
	if j.run.First != 0 {
		j.b.Counter(j.run)
	}
	j.run.First = 0
}

// pieces lists the entry object and its data objects in file order, which is
// the order in which journald names them, the entry last.
func (j *journalReader) pieces(n *journal.Entry, t *journalStem) []event.Span {
	s, last, sorted := append(j.b.Spans(len(n.Data)+1), t.spans...), t.last, t.sorted
	for _, d := range n.Data[len(t.spans):] {
		sorted, last = sorted && d.Offset >= last, d.Offset
		s = append(s, event.Span{Offset: d.Offset, Length: d.Size})
		j.uses(d)
	}
	s = append(s, event.Span{Offset: n.Offset, Length: n.Size})
	if !sorted || n.Offset < last {
		slices.SortFunc(s, func(a, b event.Span) int { return cmp.Compare(a.Offset, b.Offset) })
	}
	return s
}

// uses notes that an entry names a data object.
func (j *journalReader) uses(d *journal.Data) {
	if d.Used {
		return
	}
	d.Used = true
	if d.Offset < j.from && len(j.before) < journalBefore {
		j.before = append(j.before, d.Offset)
		return
	}
	j.used.set(d.Offset)
}

// journalEntryLimit bounds the values that are kept of one entry, in bytes.
const journalEntryLimit = 1 << 20

// read fills the event from the fields of the entry.
func (j *journalReader) read(n *journal.Entry, t *journalStem, e *event.Event) {
	v, cut, held := t.values, "", t.text
	j.text += held
	j.b.Fields(t.fields)
	for _, d := range n.Data[len(t.spans):] {
		if d.Key < 0 {
			continue
		}
		j.text += len(d.Value)
		if held += len(d.Value); held > journalEntryLimit {
			cut = "fields of more than 1 MiB"
			break
		}
		switch k := j.planOf(d); k.use {
		case journalKeep:
			j.b.Field(k.name, d.Value)
		case journalTake:
			v.take(k.slot, d)
		}
		if d.Length > int64(len(d.Value)) {
			cut = fmt.Sprintf("%s %d", j.file.Key(d.Key), d.Length)
		}
	}
	j.b.Field("cut", cut)
	j.b.Field("sent", journalSent(v[journalSentAt], n.Realtime))
	j.b.Field("seqnum", j.b.Number(n.Seqnum))
	j.b.Field("monotonic", j.b.Number(n.Monotonic))
	j.b.Field("boot", j.bootName(n.Boot))
	j.values(&v, e)
	e.Fields = j.b.Take()
}

// planOf says what to do with a field.
func (j *journalReader) planOf(d *journal.Data) *journalField {
	for d.Key >= len(j.plan) {
		j.plan = append(j.plan, journalPlan(j.file.Key(len(j.plan))))
	}
	return &j.plan[d.Key]
}

// journalStem is what the first fields of many entries give: it is made once
// for all of them.
type journalStem struct {
	spans  []event.Span // one of each data object
	sorted bool
	last   int64 // offset of the last
	fields []event.Field
	values journalValues
	text   int // bytes of the values
}

// stem gives what the first fields of an entry give, nothing for none that are
// shared, or that are too long.
func (j *journalReader) stem(s *journal.Stem) *journalStem {
	if s == nil {
		return &j.noStem
	}
	if t, ok := s.Known.(*journalStem); ok {
		return t
	}
	t := &journalStem{last: -1, sorted: true}
	s.Known = t
	for _, d := range s.Data {
		if t.text += len(d.Value); t.text > journalEntryLimit || d.Key < 0 || d.Length > int64(len(d.Value)) {
			s.Known = &j.noStem
			return &j.noStem
		}
		t.sorted, t.last = t.sorted && d.Offset >= t.last, d.Offset
		t.spans = append(t.spans, event.Span{Offset: d.Offset, Length: d.Size})
		j.uses(d)
		switch k := j.planOf(d); {
		case k.use == journalKeep && d.Value != "":
			t.fields = append(t.fields, event.Field{Name: k.name, Value: d.Value})
		case k.use == journalTake:
			t.values.take(k.slot, d)
		}
	}
	return t
}

// values places the fields that need more than a new name.
func (j *journalReader) values(v *journalValues, e *event.Event) {
	pid := v.text(journalPID, journalSyslogPID)
	program := v.text(journalProgram, journalComm)
	if program == "" && v.text(journalTransport) == "kernel" {
		program = "kernel"
	}
	j.b.Field("pid", pid)
	j.b.Field("program", program)
	j.b.Field("comm", v.text(journalComm))
	j.b.Field("uid", v.text(journalUID))
	j.b.Field("transport", v.text(journalTransport))
	auid := v.text(journalAuid)
	if !auditUnset(auid) {
		j.b.Field("auid", auid)
	}
	if ses := v.text(journalSes); !auditUnset(ses) {
		j.b.Field("ses", ses)
	}
	if n, ok := journalSmall(v[journalPriority]); ok && n < 8 {
		j.b.Field("severity", syslog.Severity(n))
	}
	if n, ok := journalSmall(v[journalFacility]); ok && n < 24 {
		j.b.Field("facility", syslog.Facility(n*8))
	}
	if d := v[journalSelinux]; d != nil {
		j.b.Field("subj", strings.TrimRight(d.Value, "\n\x00"))
	}
	j.speaker(v, e)
	text := v.text(journalMessage)
	e.Message = text
	if program != "" {
		e.Message = j.tag(program, v.text(journalSyslogPID, journalPID), text)
	}
	if v.text(journalTransport) == "audit" && j.auditEntry(v, e, text) {
		return
	}
	if !j.run.messages.Decode(e, j.b, program, text) {
		e.Parser, e.Actor = "journal", j.account(auid, v.text(journalUID))
		j.run.messages.Shape(e, j.b, text)
		return
	}
	if !journalVouched(program, v.text(journalComm)) {
		e.Tags = append(e.Tags, "unvouched")
	}
}

// journalVouched says whether the name a message was sent under fits the
// command name that journald saw for the sender. Anybody may send as "sshd"
// (logger -t sshd); the tag "unvouched" shows where sender and name differ.
// Names that share their first three letters fit: sshd and sshd-session, CRON
// and cron, gdm-password] and gdm-session-wor.
func journalVouched(program, comm string) bool {
	if comm == "" {
		return true
	}
	program = program[strings.LastIndexByte(program, '/')+1:] // postfix/smtpd
	n := min(3, len(program), len(comm))
	return strings.EqualFold(program[:n], comm[:n])
}

// tag is a message as syslog has it: who sent it, and the text.
func (j *journalReader) tag(program, pid, text string) string {
	if pid == "" {
		return j.b.Join(program, ": ", text)
	}
	return j.b.Join(program, "[", pid, "]: ", text)
}

// account names the login account, else that of the process.
func (j *journalReader) account(ids ...string) string {
	for _, id := range ids {
		if auditUnset(id) {
			continue
		}
		if n := j.run.accounts[id]; n != "" {
			return n
		}
		return id
	}
	return ""
}

func (j *journalReader) bootName(id journal.ID) string {
	if j.host.boot != id || j.host.bootText == "" {
		j.host.boot, j.host.bootText = id, id.String()
	}
	return j.host.bootText
}
