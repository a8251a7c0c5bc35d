package parse

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// accountLimit bounds the logs that are searched for the making of accounts,
// in decoded bytes of all of them.
const accountLimit = 2 << 30

// withAccountBirths adds to the facts when the accounts whose shell histories
// are among the exhibits were made, where the birth of their homes is not
// known. Two kinds of evidence tell it:
//
//   - the record that useradd (or audit, for it) wrote of the new account. It
//     is not taken when the account of today has another uid, when the name was
//     deleted before, or came by renaming, or its home was moved: then the
//     history may be of another life of the account;
//   - /etc/passwd-, the copy that the account tools leave of the file as it was
//     before its last change, with its times: when it lacks the account, that
//     change made it, after the copy was last written. Times of copies made at
//     a desk say nothing of that.
//
// The last change in shadow(5) says only that the account was there on that day.
func (r *runner) withAccountBirths(ctx context.Context, exhibits []bundle.Exhibit) (*Facts, error) {
	facts := *r.facts
	births := make(map[string]*accountLife)
	for _, x := range exhibits {
		if name := r.historyOf(x); name != "" {
			births[name] = &accountLife{uid: facts.uidOf(name)}
		}
	}
	facts.AccountBirth = func(name string) int64 {
		if l := births[name]; l != nil {
			return l.birth()
		}
		return 0
	}
	if len(births) == 0 {
		return &facts, nil
	}
	r.passwdBackup(exhibits, births)
	left := int64(accountLimit)
	for _, b := range exhibits {
		if !accountLog(string(b.Path)) || left <= 0 {
			continue
		}
		n, err := r.readLives(ctx, b, births, left)
		if err != nil {
			return nil, err
		}
		left -= n
	}
	return &facts, nil
}

// historyOf gives the account whose shell history an exhibit is by its path,
// "" for other exhibits and where the home's birth is known.
func (r *runner) historyOf(x bundle.Exhibit) string {
	p := rooted(string(x.Path))
	if base := path.Base(p); !strings.Contains(base, "hist") {
		return ""
	}
	if a, ok := r.facts.HomeOwner(p); ok {
		if r.facts.HomeBirth != nil && r.facts.HomeBirth(a.Home) != 0 {
			return ""
		}
		return a.Name
	}
	if _, rest, ok := strings.Cut(p, "/home/"); ok && len(r.facts.Accounts) == 0 {
		name, _, _ := strings.Cut(rest, "/")
		return name
	}
	return ""
}

// uidOf gives the uid of an account in decimal, "" when it is not known.
func (f *Facts) uidOf(name string) string {
	for i := range f.Accounts {
		if f.Accounts[i].Name == name {
			return strconv.FormatUint(uint64(f.Accounts[i].UID), 10)
		}
	}
	return ""
}

// accountLog says whether a log may tell of new accounts, by its name.
func accountLog(p string) bool {
	base := path.Base(p)
	for _, s := range [...]string{"auth", "secure", "messages", "syslog", "audit", "user.log", ".journal"} {
		if strings.Contains(base, s) {
			return true
		}
	}
	return false
}

// accountLife is what records tell of one account name.
type accountLife struct {
	uid     string // of the account today; "" unknown
	made    int64  // earliest instant of the first record of its making; 0 none
	gone    int64  // earliest instant of a record of its deletion; 0 none
	changed bool   // it came by renaming, or its home was moved
	backup  int64  // not before, by /etc/passwd-; 0 unknown
}

// birth is the instant before which the account was not; 0 unknown.
func (l *accountLife) birth() int64 {
	if l.changed || l.gone != 0 && (l.made == 0 || l.gone <= l.made) {
		return 0
	}
	return max(l.made, l.backup)
}

// note takes one event for what it tells of the accounts.
func noteLife(births map[string]*accountLife, e *event.Event) {
	name := e.Object
	if acct, ok := e.Get("acct"); ok && e.Parser == "audit" {
		name = acct
	}
	l := births[name]
	if id, ok := e.Get("id"); ok && e.Parser == "audit" && l == nil { // told by number only
		l = lifeOf(births, id)
	}
	for _, t := range e.Tags {
		if t == "unvouched" { // another program sent it under the tool's name
			return
		}
	}
	if l == nil || e.Time.Earliest == event.MinTime {
		return
	}
	switch e.Action {
	case "user-add", "account-add":
		uid, told := e.Get("uid")
		if e.Parser == "audit" {
			uid, told = e.Get("id")
			if success, _ := e.Get("success"); success != "yes" {
				return
			}
		}
		if told && l.uid != "" && uid != l.uid {
			return
		}
		if l.made == 0 || e.Time.Earliest < l.made {
			l.made = e.Time.Earliest
		}
	case "user-delete", "account-delete":
		if l.gone == 0 || e.Time.Earliest < l.gone {
			l.gone = e.Time.Earliest
		}
	case "user-rename":
		l.changed = true
	case "user-change":
		if what, _ := e.Get("what"); what == "home" {
			l.changed = true
		}
	}
}

func lifeOf(births map[string]*accountLife, uid string) *accountLife {
	for _, l := range births {
		if uid != "" && l.uid == uid {
			return l
		}
	}
	return nil
}

// passwdBackup notes the accounts that /etc/passwd has and /etc/passwd- lacks.
func (r *runner) passwdBackup(exhibits []bundle.Exhibit, births map[string]*accountLife) {
	files := byPath(exhibits)
	x, ok := files["/etc/passwd-"]
	if !ok || r.acq.Sealed != "host" || x.Stat == nil || len(r.facts.Accounts) == 0 {
		return
	}
	before := accounts(readSmall(r.src, files, "/etc/passwd-"))
	if len(before) == 0 {
		return
	}
	for name, l := range births {
		found := l.uid == ""
		for i := range before {
			found = found || before[i].Name == name || strconv.FormatUint(uint64(before[i].UID), 10) == l.uid
		}
		if !found {
			l.backup = x.Stat.Mtime
		}
	}
}

// readLives parses a log that holds one of the tools' phrases, and keeps what
// it tells of the accounts. It gives the bytes it read.
func (r *runner) readLives(ctx context.Context, b bundle.Exhibit, births map[string]*accountLife, limit int64) (int64, error) {
	x, _, err := prepare(r.src, &r.acq, b)
	if x == nil {
		return 0, nil // told when the exhibit itself is parsed
	}
	defer x.Close()
	if err != nil {
		return 0, nil
	}
	n, found := tellsOfAccounts(ctx, x, limit)
	if !found {
		return n, ctx.Err()
	}
	p := claim(r.parsers, r.facts, x)
	if p == nil {
		return n, nil
	}
	x.Workers = r.o.Workers
	m := &meter{x: x, facts: r.facts, parser: p.Describe().Name, out: lifeSink{births, r.facts.Host}}
	if err := r.parse(ctx, p, m); err != nil && ctx.Err() != nil {
		return n, context.Cause(ctx)
	}
	return n, nil // what fails here fails again, and is told, when the exhibit itself is parsed
}

// tellsOfAccounts looks for the phrases of the account tools.
func tellsOfAccounts(ctx context.Context, x *Exhibit, limit int64) (n int64, found bool) {
	c, err := x.Open()
	if err != nil {
		return 0, false
	}
	defer c.Close()
	const overlap = 32
	buf := make([]byte, 1<<20)
	kept := 0
	for ctx.Err() == nil && n < limit {
		got, err := io.ReadFull(c, buf[kept:])
		n += int64(got)
		data := buf[:kept+got]
		for _, phrase := range [...]string{"new user: name=", "delete user '", "change user name '", "type=ADD_USER", "type=DEL_USER", "ADD_USER pid="} {
			if bytes.Contains(data, []byte(phrase)) {
				return n, true
			}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				return n, false
			}
			break
		}
		kept = copy(buf, data[len(data)-overlap:])
	}
	return n, false
}

// lifeSink keeps what events tell of accounts and drops the events.
type lifeSink struct {
	births map[string]*accountLife
	host   event.HostKey
}

func (s lifeSink) Event(e *event.Event) error {
	if e.Host == s.host {
		noteLife(s.births, e)
	}
	return nil
}

func (lifeSink) Warning(event.Warning) error { return nil }
func (lifeSink) Counter(event.Counter) error { return nil }
