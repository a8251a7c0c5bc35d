package parser

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
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
	e.Origin.Offset, e.Origin.Length, e.Origin.Spans = p.Offset, p.Size, j.pieces(n)
	j.read(n, e)
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
func (j *journalReader) pieces(n *journal.Entry) []event.Span {
	s, last, sorted := j.b.Spans(len(n.Data)+1), int64(-1), true
	for _, d := range n.Data {
		sorted, last = sorted && d.Offset >= last, d.Offset
		s = append(s, event.Span{Offset: d.Offset, Length: d.Size})
		if !d.Used {
			d.Used = true
			j.used.set(d.Offset)
		}
	}
	s = append(s, event.Span{Offset: n.Offset, Length: n.Size})
	if !sorted || n.Offset < last {
		slices.SortFunc(s, func(a, b event.Span) int { return cmp.Compare(a.Offset, b.Offset) })
	}
	return s
}

// journalEntryLimit bounds the values that are kept of one entry, in bytes.
const journalEntryLimit = 1 << 20

// read fills the event from the fields of the entry.
func (j *journalReader) read(n *journal.Entry, e *event.Event) {
	v := journalValues{}
	cut, held := "", 0
	for _, d := range n.Data {
		if d.Key < 0 {
			continue
		}
		j.text += len(d.Value)
		if held += len(d.Value); held > journalEntryLimit {
			cut = "fields of more than 1 MiB"
			break
		}
		for d.Key >= len(j.plan) {
			j.plan = append(j.plan, journalPlan(j.file.Key(len(j.plan))))
		}
		k := &j.plan[d.Key]
		switch k.use {
		case journalKeep:
			j.b.Field(k.name, d.Value)
		case journalTake:
			v.take(k.name, d)
		}
		if d.Length > int64(len(d.Value)) {
			cut = fmt.Sprintf("%s %d", j.file.Key(d.Key), d.Length)
		}
	}
	j.b.Field("cut", cut)
	j.b.Field("sent", journalSent(v.sent, n.Realtime))
	j.b.Field("seqnum", strconv.FormatUint(n.Seqnum, 10))
	j.b.Field("monotonic", strconv.FormatUint(n.Monotonic, 10))
	j.b.Field("boot", j.bootName(n.Boot))
	j.values(&v, e)
	e.Fields = j.b.Take()
}

// values places the fields that need more than a new name.
func (j *journalReader) values(v *journalValues, e *event.Event) {
	pid := journalText(v.pid, v.syslogPID)
	program := journalText(v.program, v.comm)
	if program == "" && journalText(v.transport) == "kernel" {
		program = "kernel"
	}
	j.b.Field("pid", pid)
	j.b.Field("program", program)
	j.b.Field("comm", journalText(v.comm))
	j.b.Field("uid", journalText(v.uid))
	j.b.Field("transport", journalText(v.transport))
	auid := journalText(v.auid)
	if !auditUnset(auid) {
		j.b.Field("auid", auid)
	}
	if ses := journalText(v.ses); !auditUnset(ses) {
		j.b.Field("ses", ses)
	}
	if n, ok := journalSmall(v.priority); ok && n < 8 {
		j.b.Field("severity", syslog.Severity(n))
	}
	if n, ok := journalSmall(v.facility); ok && n < 24 {
		j.b.Field("facility", syslog.Facility(n*8))
	}
	if v.selinux != nil {
		j.b.Field("subj", strings.TrimRight(v.selinux.Value, "\n\x00"))
	}
	j.speaker(v, e)
	text := journalText(v.message)
	e.Message = text
	if program != "" {
		e.Message = journalTag(program, journalText(v.syslogPID, v.pid), text)
	}
	if journalText(v.transport) == "audit" && j.auditEntry(v, e, text) {
		return
	}
	if !j.run.messages.Decode(e, j.b, program, text) {
		e.Parser, e.Actor = "journal", j.account(auid, journalText(v.uid))
		j.run.messages.Shape(e, j.b, text)
		return
	}
	if !journalVouched(program, journalText(v.comm)) {
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

func journalTag(program, pid, text string) string {
	if pid == "" {
		return program + ": " + text
	}
	return program + "[" + pid + "]: " + text
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
