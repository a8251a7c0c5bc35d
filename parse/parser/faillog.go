package parser

import (
	"context"
	"path"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/lastlog"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// faillogParser reads /var/log/faillog.
type faillogParser struct{}

func newFaillog() parse.Parser { return faillogParser{} }

// Describe tells what the parser reads.
func (faillogParser) Describe() parse.Description {
	return parse.Description{
		Name:       "faillog",
		Version:    1,
		Doc:        "faillog: the last failed login of each uid and the number of failures since the last success",
		References: []string{"faillog(5)", "parse/format/lastlog/FORMAT.md"},
		Sources:    []string{"faillog"},
		Fields:     []string{"failures", "lock_seconds", "max", "tty", "uid"},
		Actions:    []string{"failed-login", "limit"},
		Sample:     "24 or 32 bytes at uid * size: 3 failures, terminal tty1, time",
		PathOnly:   true,
	}
}

// Claim goes by the name: the content has no mark.
func (faillogParser) Claim(x *parse.Exhibit) parse.Strength {
	if strings.HasPrefix(path.Base(x.Path), "faillog") && namedLog(x, "faillog") {
		return parse.ByName
	}
	return parse.No
}

// Parse gives one event for each uid that has failures or a limit.
func (faillogParser) Parse(ctx context.Context, f *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	if len(x.Head) == 0 {
		return s.Warning(event.Warning{Code: "empty", Message: "the file holds no records: no login failed, or it was emptied"})
	}
	l := lastlog.DetectFail(x.Head)
	names := loginAccounts(f)
	return loginScan(ctx, x, s, l.Size, func(uid, off int64, b []byte) error {
		r := l.Decode(b)
		if !r.Sound() {
			return s.Warning(event.Warning{Offset: off, Length: int64(len(b)), Code: "damaged", Message: "no record of a failed login"})
		}
		e := &event.Event{Source: "faillog", Meaning: "logged", Action: "failed-login", Object: string(r.Line)}
		e.Origin.Offset, e.Origin.Length = off, int64(len(b))
		loginWho(e, names, strconv.FormatInt(uid, 10))
		e.Time = event.At(r.Sec*1e9, event.Second, event.ResolutionSecond, event.ClockUnverified)
		e.Message = "last failed login of " + e.Actor + " on " + e.Object + ", " + strconv.Itoa(int(r.Count)) + " since the last success"
		if r.Sec == 0 {
			e.Time, e.Action, e.Message = event.Undated(event.StampNone), "limit", "limit of failed logins of "+e.Actor
		}
		loginField(e, "failures", strconv.Itoa(int(r.Count)))
		loginField(e, "max", strconv.Itoa(int(r.Max)))
		loginField(e, "lock_seconds", strconv.FormatInt(r.Lock, 10))
		loginField(e, "tty", e.Object)
		auditSort(e.Fields)
		return s.Event(e)
	})
}
