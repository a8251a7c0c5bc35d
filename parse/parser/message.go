package parser

import (
	"context"
	"net/netip"
	"strconv"
	"strings"
	"sync"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// msg is one message of a program, and where what it means is put.
type msg struct {
	e       *event.Event
	b       *parse.Batch
	program string
	text    string
	facts   *parse.Facts
}

// account gives the name of a uid where the host's accounts are known; uid 0
// is root where they do not say otherwise.
func (m *msg) account(uid string) string {
	n, err := strconv.ParseUint(uid, 10, 32)
	if err != nil {
		return uid
	}
	name := uid
	if m.facts != nil {
		name = m.facts.AccountName(uint32(n))
	}
	if name == "0" {
		return "root"
	}
	return name
}

// act sets who did what to what.
func (m *msg) act(action, actor, object string) bool {
	m.e.Action, m.e.Actor, m.e.Object = action, actor, object
	return true
}

// decoder reads the messages of one program, whatever log holds them. It is a
// parser that claims no exhibit by itself: syslog and journal hand it lines.
type decoder struct {
	about    parse.Description
	programs []string
	decode   func(m *msg) bool
}

// Describe gives the decoder's description.
func (d *decoder) Describe() parse.Description { return d.about }

// Claim claims nothing: lines reach a decoder through syslog and journal.
func (d *decoder) Claim(*parse.Exhibit) parse.Strength { return parse.No }

// Parse reads an exhibit as a log of the syslog family.
func (d *decoder) Parse(ctx context.Context, f *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	return newSyslog().Parse(ctx, f, x, s)
}

// Messages gives the messages of programs their meaning. It may be
// shared by goroutines.
type Messages struct {
	byProgram map[string]*decoder
	pam       *decoder
	facts     *parse.Facts // of the host, nil when not known
	scratch   sync.Pool    // of *msg
}

// For gives a table that knows the host: an account told by number only gets
// its name from the collected passwd.
func (t *Messages) For(f *parse.Facts) *Messages {
	return &Messages{byProgram: t.byProgram, pam: t.pam, facts: f}
}

// NewMessages makes the table of decoders.
func NewMessages() *Messages {
	m := &Messages{byProgram: make(map[string]*decoder)}
	for _, d := range decoders() {
		for _, p := range d.programs {
			m.byProgram[p] = d
		}
		if d.about.Name == "pam" {
			m.pam = d
		}
	}
	return m
}

// Decode reads one message that a program logged (its text after the tag).
// When a decoder understands it, Decode sets e.Parser, Action, Actor and
// Object, adds typed fields to b (the caller collects them with b.Take) and
// returns true; else it changes nothing.
func (t *Messages) Decode(e *event.Event, b *parse.Batch, program, text string) bool {
	mark := b.Mark()
	m, ok := t.scratch.Get().(*msg)
	if !ok {
		m = new(msg)
	}
	defer t.scratch.Put(m)
	*m = msg{e: e, b: b, program: program, text: text, facts: t.facts}
	if t.pam != nil && (pamModule(text) || (strings.HasPrefix(text, "PAM ") || pamBare(text)) && t.usesPAM(program)) {
		if t.pam.decode(m) {
			e.Parser = t.pam.about.Name
			return true
		}
		b.Reset(mark)
	}
	d := t.find(program)
	if auditForward(program, text) {
		d = t.byProgram["kernel"]
	}
	if d == nil {
		if m.webRequest(program) {
			return true
		}
		b.Reset(mark)
		return false
	}
	if d.decode(m) {
		e.Parser = d.about.Name
		return true
	}
	b.Reset(mark)
	e.Action, e.Actor, e.Object = "", "", ""
	return false
}

// Shape gives a message that no decoder reads an action by its severity or
// words (note, warning, error) and the fields that show by shape.
func (t *Messages) Shape(e *event.Event, b *parse.Batch, text string) {
	m, ok := t.scratch.Get().(*msg)
	if !ok {
		m = new(msg)
	}
	defer t.scratch.Put(m)
	*m = msg{e: e, b: b, text: text, facts: t.facts}
	m.byShape(text)
}

// usesPAM says whether a message without a module's name may be PAM's: those
// of old systems come under tags like "sshd(pam_unix)".
func (t *Messages) usesPAM(program string) bool {
	return holds(program, "pam", "dm", "ftpd", "polkit", "screen") || t.find(program) != nil
}

func (t *Messages) find(program string) *decoder {
	if d, ok := t.byProgram[program]; ok {
		return d
	}
	if strings.HasPrefix(program, "(") { // a child of systemd on its way to the program named
		return t.byProgram["systemd-executor"]
	}
	if i := strings.IndexAny(program, "/."); i > 0 { // postfix/smtpd, fail2ban.actions
		if d := t.byProgram[program[:i]]; d != nil {
			return d
		}
	}
	if name, cut := daemonName(program); cut { // rsyslogd-2177, polkitd(authority=local)
		if d := t.byProgram[name]; d != nil && d.about.Name == "daemon" {
			return d
		}
	}
	return nil
}

// trouble takes a message that tells of a failure in any words.
func (m *msg) trouble(s string) bool { return troubled(s) && m.failure(s) }

// troubled says whether a text has a word that tells of a failure.
func troubled(s string) bool {
	return holds(s, "ailed", "ailure", "rror", "annot", "an't", "ould not", "nable to", "efus", "enied", "issing", "nvalid", "not found", "No such", "ot permitted")
}

// failure takes a message as that of a failure, with what can be told of it
// by its shape.
func (m *msg) failure(s string) bool {
	m.sweep(s)
	m.b.Field("reason", s)
	return m.act("error", "", "")
}

// noted takes a message of no known form for what can be told by its shape;
// one that shows nothing stays with the log it came from.
func (m *msg) noted(s string) bool {
	if m.text = s; strings.HasPrefix(s, "debug") || !m.sweep(s) {
		return false
	}
	m.b.Field("reason", s)
	return m.act("note", "", "")
}

// sweep finds what shows by its shape: addresses, ports and process ids named
// as such, absolute paths. It says whether it found any.
func (m *msg) sweep(s string) bool {
	found, before := false, ""
	put := func(name, v string) {
		if v != "" && m.b.Get(name) == "" {
			m.b.Field(name, v)
			found = true
		}
	}
	for w := range strings.FieldsSeq(s) {
		bare := strings.Trim(w, "\"'`()[]{}<>,;:.")
		switch {
		case ipAddress(bare):
			put("ip", bare)
		case strings.IndexByte(bare, ':') > 6 && address(bare[:strings.LastIndexByte(bare, ':')]):
			if a, err := netip.ParseAddrPort(bare); err == nil {
				put("ip", a.Addr().String())
				if m.b.Get("ip") == a.Addr().String() { // else it is the port of another address
					put("port", strconv.Itoa(int(a.Port())))
				}
			}
		case before == "port" && number(bare):
			put("port", bare)
		case before == "pid" && number(bare):
			put("child_pid", bare)
		case strings.HasPrefix(bare, "/") && w[0] != '.' && len(bare) > 1 && strings.IndexByte(bare[1:], '/') >= 0:
			put("path", bare)
		}
		before = bare
	}
	return found
}
