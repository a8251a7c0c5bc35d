package parse

import (
	"fmt"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// warningLimit is the number of warnings of one exhibit after which those that
// touch each other are joined, so that a file of garbage cannot fill a case.
const warningLimit = 10000

// warningGap is what may lie between two that touch, in bytes: a newline, or
// the alignment of a record.
const warningGap = 8

// meter is the sink a parser sees: it completes events, warnings and counters
// with what the runner knows, counts them, and keeps account of the bytes.
type meter struct {
	x        *Exhibit
	facts    *Facts
	parser   string
	out      Receiver
	covered  coverage
	events   int64
	warnings int64
	pending  *event.Warning // beyond the limit: held back to be joined
	joined   int            // to pending
	doubt    stampDoubt
}

// newMeter gives the meter of an exhibit.
func newMeter(x *Exhibit, f *Facts, out Receiver) *meter {
	m := &meter{x: x, facts: f, out: out}
	if m.doubt.taken = x.Started; x.Started == 0 {
		m.doubt.taken = f.Collected
	}
	return m
}

func (m *meter) Event(e *event.Event) error {
	if e == nil {
		return fmt.Errorf("parser %s handed over no event", m.parser)
	}
	o := &e.Origin
	o.Run, o.Exhibit, o.Path, o.Layer, o.SHA256 = m.x.Run, m.x.Number, m.x.Name, m.x.Layer, m.x.SHA256
	if e.Parser == "" {
		e.Parser = m.parser
	}
	if e.Host.IsZero() {
		e.Host = m.facts.Host
	}
	if len(o.Spans) == 0 {
		m.covered.add(o.Offset, o.Length)
	}
	for _, s := range o.Spans {
		m.covered.add(s.Offset, s.Length)
	}
	m.doubt.add(e)
	m.events++
	return m.out.Event(e)
}

func (m *meter) Warning(w event.Warning) error {
	w.Run, w.Exhibit, w.Path, w.Layer, w.Host = m.x.Run, m.x.Number, m.x.Name, m.x.Layer, m.facts.Host
	if w.Parser == "" {
		w.Parser = m.parser
	}
	m.covered.add(w.Offset, w.Length)
	if m.warnings < warningLimit {
		m.warnings++
		return m.out.Warning(w)
	}
	if p := m.pending; p != nil && p.Code == w.Code && w.Offset >= p.Offset && w.Offset <= p.Offset+p.Length+warningGap {
		p.Length = max(p.Length, w.Offset+w.Length-p.Offset)
		m.joined++
		return nil
	}
	if err := m.flush(); err != nil {
		return err
	}
	m.pending = &w
	return nil
}

// rawWarning is a warning about bytes of the exhibit that no codec decodes: it
// is not in the account, which is of decoded bytes.
func (m *meter) rawWarning(w event.Warning) error {
	w.Run, w.Exhibit, w.Path, w.Host, w.Parser = m.x.Run, m.x.Number, m.x.Name, m.facts.Host, m.parser
	m.warnings++
	return m.out.Warning(w)
}

func (m *meter) flush() error {
	if m.pending == nil {
		return nil
	}
	w := *m.pending
	if m.joined > 0 {
		w.Message = fmt.Sprintf("%s (the first of %d that follow each other)", w.Message, m.joined+1)
	}
	m.pending, m.joined = nil, 0
	m.warnings++
	return m.out.Warning(w)
}

func (m *meter) Counter(c event.Counter) error {
	c.Run, c.Exhibit = m.x.Run, m.x.Number
	if c.Host.IsZero() {
		c.Host = m.facts.Host
	}
	return m.out.Counter(c)
}

func (m *meter) Padding(offset, length int64) error {
	m.covered.add(offset, length)
	return nil
}

// close warns about stamps that lie where none should, and about every byte of
// [0, size) that the parser said nothing of.
func (m *meter) close(size int64, code, message string) error {
	for _, w := range m.doubt.warnings() {
		if err := m.Warning(w); err != nil {
			return err
		}
	}
	for _, g := range m.covered.gaps(size) {
		if err := m.Warning(event.Warning{Offset: g.Offset, Length: g.Length, Code: code, Message: message}); err != nil {
			return err
		}
	}
	return m.flush()
}
