package parser

import (
	"context"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/utmp"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// wtmpParser reads utmp, wtmp and btmp.
type wtmpParser struct{}

func newWtmp() parse.Parser { return wtmpParser{} }

// Describe tells what the parser reads.
func (wtmpParser) Describe() parse.Description {
	return parse.Description{
		Name:       "wtmp",
		Version:    1,
		Doc:        "login records (utmp, wtmp, btmp): who logged in where and when, boots and shutdowns, failed logins; sessions and boots paired",
		References: []string{"utmp(5)", "parse/format/utmp/FORMAT.md"},
		Sources:    []string{"btmp", "utmp", "wtmp"},
		Fields: []string{"clock_set", "duration", "ended_by", "exit_status", "id", "ip", "kernel", "pid", "rhost", "runlevel", "session",
			"session_end", "session_start", "signal", "step", "tty", "type", "user"},
		Actions: []string{"accounting", "boot", "clock-new", "clock-old", "empty", "failed-login", "getty", "init", "login",
			"logout", "process-end", "runlevel", "shutdown"},
		Sample: "384 or 400 bytes: type 7, pid 20060, line pts/32, user deploy, host 192.0.2.7",
	}
}

// wtmpSource is the source that the file's name tells, or "".
func wtmpSource(p string) string {
	base := path.Base(p)
	for _, s := range [...]string{"btmp", "wtmp", "utmp"} {
		if strings.Contains(base, s) && !strings.Contains(base, "wtmpdb") && !strings.Contains(base, ".db") {
			return s
		}
	}
	return ""
}

// Claim looks for a layout that explains the records.
func (wtmpParser) Claim(x *parse.Exhibit) parse.Strength {
	if strings.HasPrefix(string(x.Head[:min(16, len(x.Head))]), "SQLite format 3\x00") {
		return parse.No
	}
	if isTar(x.Head) {
		return parse.No // records of a file inside it lie out of step, and its padding is no wiped record
	}
	l, e, ok := utmp.Detect(x.Head, x.Size)
	switch {
	case ok && (e.Strict > 1 || x.Size == 384 || x.Size == 400):
		return parse.Strong
	case wtmpSource(x.Path) != "" && namedLog(x, "btmp", "wtmp", "utmp"):
		return parse.ByName
	case ok && x.Size%int64(l.Size) == 0: // one sound record, and no odd bytes
		return parse.Weak
	}
	return parse.No
}

// isTar says whether bytes begin with a header of a tar archive: its magic, as
// tar(5) has it, POSIX or GNU.
func isTar(head []byte) bool {
	const magic, block = 257, 512
	return len(head) >= block && (string(head[magic:magic+6]) == "ustar\x00" || string(head[magic:magic+8]) == "ustar  \x00")
}

// Parse reads the records twice: first to pair sessions, then to emit events.
func (wtmpParser) Parse(ctx context.Context, f *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	l, _, ok := utmp.Detect(x.Head, x.Size)
	w := &wtmpRun{x: x, s: s, ctx: ctx, layout: l, mtime: x.Mtime}
	if len(x.Head) == 0 {
		return s.Warning(w.warn("empty", 0, 0, "the file holds no records: it was never written or was emptied"))
	}
	if !ok {
		w.layout = utmp.Layouts()[0]
		if err := s.Warning(w.warn("unknown-layout", 0, 0, "no layout fits; read as "+w.layout.String())); err != nil {
			return err
		}
	}
	w.survey.open = map[string]int{}
	w.survey.ids = map[string]bool{}
	if err := w.pass(w.survey.piece); err != nil {
		return err
	}
	w.survey.finish()
	w.source = w.survey.source(wtmpSource(x.Path))
	if err := w.pass(w.piece); err != nil {
		return err
	}
	return w.endZero(event.MaxTime)
}

// wtmpRun is the state of one exhibit.
type wtmpRun struct {
	ctx    context.Context
	x      *parse.Exhibit
	s      parse.Sink
	layout utmp.Layout
	source string
	mtime  int64
	survey wtmpSurvey
	n      int   // index of the whole record
	last   int64 // stated time of the last whole record, ns; 0 before the first
	zero   wtmpZeroRun
	old    int64 // time of the last "clock before the change" record, ns; 0 for none
}

// wtmpZeroRun is a stretch of zeroed records that is still growing.
type wtmpZeroRun struct {
	at, length, after int64
}

func (w *wtmpRun) pass(each func(*utmp.Piece) error) error {
	r, err := w.x.Open()
	if err != nil {
		return fmt.Errorf("open exhibit: %w", err)
	}
	n := 0
	err = utmp.Scan(r, w.layout, func(p *utmp.Piece) error {
		if n++; n%1024 == 0 && w.ctx.Err() != nil {
			return w.ctx.Err()
		}
		return each(p)
	})
	return wtmpClose(r, err)
}

func wtmpClose(c io.Closer, err error) error {
	if cerr := c.Close(); err == nil && cerr != nil {
		return fmt.Errorf("close exhibit: %w", cerr)
	}
	return err
}

func (w *wtmpRun) warn(code string, off, n int64, msg string) event.Warning {
	return event.Warning{Offset: off, Length: n, Code: code, Message: msg}
}

// piece turns one stretch of the file into an event or a warning.
func (w *wtmpRun) piece(p *utmp.Piece) error {
	switch p.Kind {
	case utmp.Damaged:
		return w.s.Warning(w.warn("damaged", p.Offset, p.Length, "no login record: "+p.Why))
	case utmp.Trailing:
		return w.s.Warning(w.warn("trailing", p.Offset, p.Length,
			fmt.Sprintf("%d bytes are left over after the last %s record: the file was cut or edited", p.Length, w.layout)))
	case utmp.Zeroed:
		if w.zero.length != 0 && w.zero.at+w.zero.length != p.Offset { // damage lies between
			if err := w.endZero(event.MaxTime); err != nil {
				return err
			}
		}
		if w.zero.length == 0 {
			w.zero = wtmpZeroRun{at: p.Offset, after: w.last}
		}
		w.zero.length += p.Length
		return nil
	}
	r := &p.Record
	t := wtmpTime(r)
	if err := w.endZero(t.Latest); err != nil {
		return err
	}
	if t.Dated() && w.source != "utmp" && w.last != 0 && t.Instant < w.last-wtmpJitter {
		t.Reasons = t.Reasons.With(event.ClockStep)
		msg := fmt.Sprintf("the record states %s, the one before it %s: the clock was set back or records were edited",
			wtmpStamp(t.Instant), wtmpStamp(w.last))
		if err := w.s.Warning(w.warn("time-backwards", p.Offset, p.Length, msg)); err != nil {
			return err
		}
	}
	if r.OddUsec() {
		if err := w.s.Warning(w.warn("odd-fraction", p.Offset, p.Length, fmt.Sprintf("the microseconds are %d: only the seconds count", r.Usec))); err != nil {
			return err
		}
	}
	if t.Dated() {
		w.last = t.Instant
	}
	e := w.event(p, t)
	w.n++
	return w.s.Event(e)
}

// wtmpJitter is how far two records may lie out of order without remark:
// several programs append without a common lock.
const wtmpJitter = 5e9

// wtmpZeroEvents bounds the events made of one stretch of zeroed records; the
// warning covers the whole stretch.
const wtmpZeroEvents = 64

// endZero reports an open stretch of zeroed records: one warning, and an
// event for each of the first records, dated by its neighbours.
func (w *wtmpRun) endZero(next int64) error {
	z := w.zero
	if z.length == 0 {
		return nil
	}
	w.zero = wtmpZeroRun{}
	count := z.length / int64(w.layout.Size)
	if err := w.s.Warning(w.warn("zeroed", z.at, z.length,
		fmt.Sprintf("%d records hold NULs only: wiped, or never written after a crash", count))); err != nil {
		return err
	}
	t := event.Undated(event.StampNone)
	if z.after != 0 {
		t.Earliest, t.Reasons = z.after, t.Reasons.With(event.BoundNeighbour)
	}
	switch {
	case next != event.MaxTime && next >= t.Earliest:
		t.Latest, t.Reasons = next, t.Reasons.With(event.BoundNeighbour)
	case next == event.MaxTime && w.mtime != 0 && w.mtime >= t.Earliest:
		t.Latest, t.Reasons = w.mtime, t.Reasons.With(event.BoundMtime)
	}
	for i := int64(0); i < min(count, wtmpZeroEvents); i++ {
		e := &event.Event{Time: t, Meaning: "logged", Source: w.source, Action: "empty", Message: "login record of NULs only"}
		e.Origin.Offset, e.Origin.Length = z.at+i*int64(w.layout.Size), int64(w.layout.Size)
		if err := w.s.Event(e); err != nil {
			return err
		}
	}
	return nil
}

func wtmpTime(r *utmp.Record) event.Time {
	if r.Sec == 0 && r.Usec == 0 {
		return event.Time{Instant: event.NoInstant, Earliest: event.MinTime, Latest: event.MaxTime, Precision: event.NoPrecision,
			Reasons: event.Reasons(0).With(event.StampNone)}
	}
	if r.Sec > lastSecond {
		return event.Undated(event.StampInvalid)
	}
	ns, p := wtmpNano(r), event.Microsecond
	t := event.At(ns, p, event.ClockUnverified)
	if r.Usec == 0 || r.OddUsec() { // many writers store whole seconds
		t = event.At(ns, event.Second, event.ClockUnverified, event.ResolutionSecond)
	}
	return t
}

// wtmpNano is the stated time, ns.
func wtmpNano(r *utmp.Record) int64 {
	if r.OddUsec() {
		return r.Sec * 1e9
	}
	return r.Sec*1e9 + r.Usec*1e3
}

func wtmpStamp(ns int64) string {
	return time.Unix(ns/1e9, ns%1e9).UTC().Format(time.RFC3339Nano)
}

func wtmpSeconds(ns int64) string { return strconv.FormatInt(ns/1e9, 10) }
