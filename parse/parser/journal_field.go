package parser

import (
	"iter"
	"maps"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/parse/format/audit"
	"github.com/saksi-dfir/saksi/parse/format/journal"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// What is done with a field of the journal.
const (
	journalDrop = iota // it says nothing that other fields or the raw bytes do not
	journalKeep        // it becomes a field
	journalTake        // it goes to journalValues
)

type journalField struct {
	use  int
	name string // of what becomes a field
	slot int    // in journalValues
}

// journalPlan says what to do with a field. Names of the timeline are given
// only to fields that journald itself vouches for (leading underscore) or that
// decide what the message is; all others keep their names, so that a program
// cannot pass itself off as another by logging UID=0.
func journalPlan(name string) journalField {
	switch name {
	case "_CAP_EFFECTIVE", "_SYSTEMD_CGROUP", "_SYSTEMD_SLICE", "_SYSTEMD_USER_SLICE", "_SYSTEMD_INVOCATION_ID", "_STREAM_ID",
		"_RUNTIME_SCOPE", "_LINE_BREAK", "_SOURCE_MONOTONIC_TIMESTAMP", "_SOURCE_BOOTTIME_TIMESTAMP",
		"SYSLOG_TIMESTAMP", "SYSLOG_RAW", "CODE_FILE", "CODE_LINE", "CODE_FUNC", "TID", "INVOCATION_ID", "USER_INVOCATION_ID", "JOB_ID",
		"_BOOT_ID", "COREDUMP", "_NAMESPACE":
		return journalField{use: journalDrop}
	case "_GID":
		return journalField{use: journalKeep, name: "gid"}
	case "_EXE":
		return journalField{use: journalKeep, name: "exe"}
	case "_CMDLINE":
		return journalField{use: journalKeep, name: "cmdline"}
	case "_SYSTEMD_UNIT":
		return journalField{use: journalKeep, name: "unit"}
	case "_SYSTEMD_USER_UNIT":
		return journalField{use: journalKeep, name: "user_unit"}
	case "_SYSTEMD_SESSION":
		return journalField{use: journalKeep, name: "session"}
	case "MESSAGE_ID":
		return journalField{use: journalKeep, name: "msgid"}
	case "UNIT", "USER_UNIT":
		return journalField{use: journalKeep, name: "target_unit"}
	}
	if slot, ok := journalSlot(name); ok {
		return journalField{use: journalTake, slot: slot}
	}
	if strings.HasPrefix(name, "_AUDIT_FIELD_") { // the message holds them too
		return journalField{use: journalDrop}
	}
	return journalField{use: journalKeep, name: name}
}

// journalValues holds the fields of one entry that are looked at, by slot: the
// first of each name.
type journalValues [journalSlots]*journal.Data

// The slots of journalValues.
const (
	journalMessage = iota
	journalPID
	journalSyslogPID
	journalProgram
	journalComm
	journalUID
	journalTransport
	journalPriority
	journalFacility
	journalAuid
	journalSes
	journalSelinux
	journalHostname
	journalMachine
	journalAuditType
	journalAuditID
	journalSentAt
	journalSlots
)

// journalSlot gives the slot of a field that is looked at.
func journalSlot(name string) (int, bool) {
	slot := slices.Index([]string{"MESSAGE", "_PID", "SYSLOG_PID", "SYSLOG_IDENTIFIER", "_COMM", "_UID", "_TRANSPORT", "PRIORITY", "SYSLOG_FACILITY",
		"_AUDIT_LOGINUID", "_AUDIT_SESSION", "_SELINUX_CONTEXT", "_HOSTNAME", "_MACHINE_ID", "_AUDIT_TYPE_NAME", "_AUDIT_ID",
		"_SOURCE_REALTIME_TIMESTAMP"}, name)
	return slot, slot >= 0
}

func (v *journalValues) take(slot int, d *journal.Data) {
	if v[slot] == nil {
		v[slot] = d
	}
}

// text is the first value that is there.
func (v *journalValues) text(slots ...int) string {
	for _, s := range slots {
		if d := v[s]; d != nil && d.Value != "" {
			return d.Value
		}
	}
	return ""
}

func journalSmall(d *journal.Data) (int, bool) {
	if d == nil || len(d.Value) == 0 || len(d.Value) > 3 {
		return 0, false
	}
	n := 0
	for i := 0; i < len(d.Value); i++ {
		if d.Value[i] < '0' || d.Value[i] > '9' {
			return 0, false
		}
		n = n*10 + int(d.Value[i]-'0')
	}
	return n, true
}

// journalSent is the time at which the message was sent, when it lies a second
// or more from the time at which it was written (us).
func journalSent(d *journal.Data, written uint64) string {
	if d == nil {
		return ""
	}
	us, err := strconv.ParseInt(d.Value, 10, 64)
	if err != nil || us <= 0 || us > math.MaxInt64/1000 || abs(us-int64(written)) < 1e6 {
		return ""
	}
	return wtmpStamp(us * 1000)
}

// journalHost keeps whom the last entry spoke of: entries of one host follow
// each other.
type journalHost struct {
	name, machine string
	key           event.HostKey
	known         bool
	boot          journal.ID
	bootText      string
}

// speaker sets the host when the entry speaks of another machine.
func (j *journalReader) speaker(v *journalValues, e *event.Event) {
	name, machine := v.text(journalHostname), v.text(journalMachine)
	h := &j.host
	if !h.known || h.name != name || h.machine != machine {
		h.known, h.name, h.machine, h.key = true, name, machine, event.HostKey{}
		switch {
		case j.run.f.MachineID != "" && machine != "":
			if machine != j.run.f.MachineID {
				h.key = event.MakeHostKey(machine, name)
			}
		case j.run.f.HostFor != nil && name != "":
			h.key = j.run.f.HostFor(name)
		}
	}
	if !h.key.IsZero() {
		e.Host, e.HeldBy = h.key, j.run.f.Host
	}
	if name != "" && name != j.run.f.Hostname {
		j.b.Field("hostname", name)
	}
}

// auditEntry reads an entry that came from the kernel's audit system: one
// record, as the line of audit.log but for its stamp.
func (j *journalReader) auditEntry(v *journalValues, e *event.Event, text string) bool {
	typ := v.text(journalAuditType)
	body, ok := strings.CutPrefix(text, typ)
	if typ == "" || !ok {
		return false
	}
	if j.audit == nil {
		j.audit = &auditView{names: audit.NewNames(), facts: j.run.f, accounts: j.run.accounts}
	}
	j.audit.one(typ, strings.TrimLeft(body, " "))
	message := e.Message // as it was logged
	j.audit.describe(e)
	for _, f := range j.audit.fields {
		if j.b.Get(f.Name) == "" {
			j.b.Field(f.Name, f.Value)
		}
	}
	j.b.Field("serial", v.text(journalAuditID))
	j.b.Field("types", typ)
	e.Meaning, e.Parser, e.Message = "logged", "audit", message
	return true
}

// journalBits is a sparse set of object offsets, all multiples of 8.
type journalBits map[int64]*[128]uint64

// journalMark sets bits; those of a few stretches follow each other as a rule.
type journalMark struct {
	bits journalBits
	near [32]struct {
		at    int64
		words *[128]uint64 // of at
	}
}

func (m *journalMark) set(off int64) {
	n := &m.near[off>>16&31]
	if n.words == nil || off>>16 != n.at {
		n.at, n.words = off>>16, m.bits.words(off)
	}
	n.words[off>>9&127] |= 1 << (off >> 3 & 63)
}

// words gives the bits of a stretch.
func (b journalBits) words(off int64) *[128]uint64 {
	w := b[off>>16]
	if w == nil {
		w = new([128]uint64)
		b[off>>16] = w
	}
	return w
}

// set adds an offset.
func (b journalBits) set(off int64) { b.words(off)[off>>9&127] |= 1 << (off >> 3 & 63) }

// merge adds the offsets of another set, which is not used afterwards.
func (b journalBits) merge(o journalBits) {
	for k, words := range o {
		w := b[k]
		if w == nil {
			b[k] = words
			continue
		}
		for i := range words {
			w[i] |= words[i]
		}
	}
}

// without iterates over the offsets that are in b and not in c, ascending.
func (b journalBits) without(c journalBits) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		for _, k := range slices.Sorted(maps.Keys(b)) {
			words, skip := b[k], c[k]
			for i, w := range words {
				if skip != nil {
					w &^= skip[i]
				}
				for ; w != 0; w &= w - 1 {
					if !yield(k<<16 | int64(i)<<9 | int64(bits.TrailingZeros64(w))<<3) {
						return
					}
				}
			}
		}
	}
}
