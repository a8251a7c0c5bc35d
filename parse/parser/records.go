package parser

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// recordLineLimit bounds one line of a record exhibit (record/FORMAT.md).
const recordLineLimit = 16 << 20

// claimRecord claims a record stream of the collector. Only what a collector
// sealed is trusted to be one: a file of the same form that lay on the host is
// a file like any other.
func claimRecord(x *parse.Exhibit, stream string) parse.Strength {
	if x.Sealed && len(x.Path) == 0 && strings.HasPrefix(x.Name, "data/records/"+stream+".") {
		return parse.Certain
	}
	return parse.No
}

// eachRecord calls fn for every line of a record exhibit. Lines that are no
// JSON object, too long, or of a type that fn does not know become warnings.
func eachRecord(ctx context.Context, x *parse.Exhibit, name string, s parse.Sink, fn func(kind string, off int64, line []byte) (known bool, err error)) error {
	in, err := x.Open()
	if err != nil {
		return fmt.Errorf("open %q: %w", x.Name, err)
	}
	defer in.Close()
	r := bufio.NewReaderSize(in, 1<<20)
	for off := int64(0); ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		line, skipped, err := wholeLine(r)
		n := int64(len(line)) + skipped
		if n > 0 {
			if err := oneRecord(name, off, line, skipped, s, fn); err != nil {
				return err
			}
			off += n
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %q at %d: %w", x.Name, off, err)
		}
	}
}

// wholeLine reads up to and with the next newline. Of a line beyond the limit
// the rest is read but not kept; skipped counts it.
func wholeLine(r *bufio.Reader) (line []byte, skipped int64, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) <= recordLineLimit {
			line = append(line, part...)
		} else {
			skipped += int64(len(part))
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, skipped, err
		}
	}
}

func oneRecord(name string, off int64, line []byte, skipped int64, s parse.Sink, fn func(string, int64, []byte) (bool, error)) error {
	length := int64(len(line)) + skipped
	warn := func(code, message string) error {
		return s.Warning(event.Warning{Offset: off, Length: length, Parser: name, Code: code, Message: message})
	}
	if skipped > 0 {
		return warn("too-long", "a record line longer than 16 MiB")
	}
	if strings.TrimSpace(string(line[:min(len(line), 64)])) == "" && len(line) <= 64 {
		return s.Padding(off, length)
	}
	var head struct {
		T string `json:"t"`
	}
	if err := json.Unmarshal(line, &head); err != nil {
		return warn("unreadable", "not a record line: "+err.Error())
	}
	if !utf8.Valid(line) {
		if err := warn("not-utf8", "a record line with bytes that are no UTF-8, shown as U+FFFD"); err != nil {
			return err
		}
	}
	known, err := fn(head.T, off, line)
	if err != nil {
		var bad *badRecord
		if errors.As(err, &bad) {
			return warn("unreadable", bad.Error())
		}
		return err
	}
	if !known {
		return warn("unknown-type", "a record of a type that this version does not read: "+strconv.Quote(head.T))
	}
	return nil
}

// badRecord is a line whose members do not fit its type.
type badRecord struct{ err error }

func (b *badRecord) Error() string { return "not a record line: " + b.err.Error() }

func decodeRecord(line []byte, v any) error {
	if err := json.Unmarshal(line, v); err != nil {
		return &badRecord{err}
	}
	return nil
}

// fieldList gathers the fields of one event.
type fieldList []event.Field

func (f *fieldList) add(name, value string) {
	if value != "" {
		*f = append(*f, event.Field{Name: name, Value: value})
	}
}

func (f *fieldList) int(name string, v int64)   { f.add(name, strconv.FormatInt(v, 10)) }
func (f *fieldList) uint(name string, v uint64) { f.add(name, strconv.FormatUint(v, 10)) }

// sorted gives the fields by name.
func (f fieldList) sorted() []event.Field {
	slices.SortStableFunc(f, func(a, b event.Field) int { return strings.Compare(a.Name, b.Name) })
	return f
}

// accountNames gives the first account of each uid.
func accountNames(f *parse.Facts) map[uint32]string {
	out := map[uint32]string{}
	if f == nil {
		return out
	}
	for _, a := range f.Accounts {
		if _, ok := out[a.UID]; !ok {
			out[a.UID] = a.Name
		}
	}
	return out
}

// accountOf names a uid: the account, else the number.
func accountOf(names map[uint32]string, uid uint32) string {
	if n, ok := names[uid]; ok {
		return n
	}
	return strconv.FormatUint(uint64(uid), 10)
}

// collectedAt is the time of something the collector read: exact by the
// host's clock, which nothing vouches for. A record without its time is not of
// 1970.
func collectedAt(ns int64) event.Time {
	if ns == 0 {
		return event.Undated(event.StampNone)
	}
	return event.At(ns, event.Nanosecond, event.ClockUnverified)
}

// startedAt is the time of something that began so many ns after the boot and
// was seen at so many ns of the clock and of the time since boot. Nothing begins
// after it was seen: then the stated time cannot be.
func startedAt(at, boottime int64, since uint64, p event.Precision, rs ...event.Reason) event.Time {
	switch {
	case at <= 0 || boottime <= 0:
		return event.Undated(event.StampNone)
	case boottime > at || since > uint64(boottime)+uint64(time.Second):
		t := event.Undated(event.StampInvalid, event.BoundCollection)
		t.Latest = at
		return t
	}
	return event.At(at-boottime+int64(since), p, append(rs, event.BootDerived, event.ClockUnverified)...)
}
