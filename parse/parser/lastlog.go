package parser

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"strconv"
	"strings"
	"unicode"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/lastlog"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// lastlogParser reads /var/log/lastlog.
type lastlogParser struct{}

func newLastlog() parse.Parser { return lastlogParser{} }

// Describe tells what the parser reads.
func (lastlogParser) Describe() parse.Description {
	return parse.Description{
		Name:       "lastlog",
		Version:    1,
		Doc:        "lastlog: the last login of each uid, with terminal and remote host",
		References: []string{"lastlog(8)", "parse/format/lastlog/FORMAT.md"},
		Sources:    []string{"lastlog"},
		Fields:     []string{"ip", "rhost", "tty", "uid"},
		Actions:    []string{"login"},
		Sample:     "292 or 296 bytes at uid * size: time, terminal pts/0, host 192.0.2.7",
	}
}

// Claim looks for records at both ends: the file is sparse.
func (lastlogParser) Claim(x *parse.Exhibit) parse.Strength {
	base := path.Base(x.Path)
	named := namedLog(x, "lastlog") && !strings.Contains(base, "lastlog2")
	l, ok := lastlog.Detect(x.Head, x.Tail, x.Size-int64(len(x.Tail)))
	size := x.Size
	if size < 0 && len(x.Head) < 64<<10 { // the head is the whole file
		size = int64(len(x.Head))
	}
	switch {
	case ok && (size < 0 || size%int64(l.Size) == 0):
		return parse.Strong
	case named && !bytes.HasPrefix(x.Head, []byte("SQLite")):
		return parse.ByName
	}
	return parse.No
}

// Parse gives one event for each uid that ever logged in.
func (lastlogParser) Parse(ctx context.Context, f *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	l, ok := lastlog.Detect(x.Head, x.Tail, x.Size-int64(len(x.Tail)))
	if !ok {
		l = lastlog.Guess(x.Head, x.Tail, x.Size-int64(len(x.Tail)), x.Size)
	}
	if len(x.Head) == 0 {
		return s.Warning(event.Warning{Code: "empty", Message: "the file holds no records: nobody logged in, or it was emptied"})
	}
	names := loginAccounts(f)
	return loginScan(ctx, x, s, l.Size, func(uid, off int64, b []byte) error {
		r := l.Decode(b)
		if why := lastlogDoubt(&r); why != "" {
			return s.Warning(event.Warning{Offset: off, Length: int64(len(b)), Code: "damaged", Message: "no record of a last login: " + why})
		}
		e := &event.Event{Source: "lastlog", Meaning: "login", Action: "login", Object: string(r.Line)}
		e.Time = event.At(r.Sec*1e9, event.Second, event.ResolutionSecond, event.ClockUnverified)
		e.Origin.Offset, e.Origin.Length = off, int64(len(b))
		loginWho(e, names, strconv.FormatInt(uid, 10))
		e.Message = "last login of " + e.Actor + " on " + e.Object
		loginFrom(e, string(r.Host))
		loginField(e, "tty", e.Object)
		auditSort(e.Fields)
		return s.Event(e)
	})
}

func lastlogDoubt(r *lastlog.Record) string {
	switch {
	case r.Sec == 0:
		return "it states no time"
	case r.Sec < 0 || r.Sec >= 1<<33:
		return "its time cannot be"
	case bytes.ContainsFunc(r.Line, unicode.IsControl), bytes.ContainsFunc(r.Host, unicode.IsControl):
		return "its terminal or host holds control characters: another file under this name, or edited"
	}
	return ""
}

// loginAccounts maps decimal uids to account names; the first name counts.
func loginAccounts(f *parse.Facts) map[string]string {
	m := make(map[string]string, len(f.Accounts))
	for _, a := range f.Accounts {
		uid := strconv.FormatUint(uint64(a.UID), 10)
		if _, ok := m[uid]; !ok {
			m[uid] = a.Name
		}
	}
	return m
}

// stretchBase is the offset, in the file on the host, of the first byte of an
// exhibit that the collector took from the middle of a sparse file: it stands
// behind the "@" of its path (collect/record/FORMAT.md). 0 for other exhibits.
func stretchBase(x *parse.Exhibit) int64 {
	i := strings.LastIndexByte(x.Path, '@')
	if x.Source == "" || i < 0 {
		return 0
	}
	n, err := strconv.ParseInt(x.Path[i+1:], 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// loginScan reads an array that is indexed by uid.
func loginScan(ctx context.Context, x *parse.Exhibit, s parse.Sink, size int, record func(uid, off int64, b []byte) error) error {
	r, err := x.Open()
	if err != nil {
		return fmt.Errorf("open exhibit: %w", err)
	}
	first := stretchBase(x) / int64(size)
	err = lastlog.Scan(r, size, func(i, off int64, b []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if i < 0 {
			return s.Warning(event.Warning{Offset: off, Length: int64(len(b)), Code: "trailing",
				Message: fmt.Sprintf("%d bytes are left over after the last record of %d: the file was cut or edited", len(b), size)})
		}
		return record(first+i, off, b)
	}, func(off, n int64) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return s.Padding(off, n)
	})
	return wtmpClose(r, err)
}

func loginField(e *event.Event, name, value string) {
	if value != "" {
		e.Fields = append(e.Fields, event.Field{Name: name, Value: value})
	}
}

func loginWho(e *event.Event, names map[string]string, uid string) {
	e.Actor = auditFirst(names[uid], uid)
	loginField(e, "uid", uid)
}

// loginFrom adds where a login came from.
func loginFrom(e *event.Event, host string) {
	if host == "" {
		return
	}
	e.Message += " from " + host
	loginField(e, "rhost", host)
	loginField(e, "ip", loginIP(host))
}
