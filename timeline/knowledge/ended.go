package knowledge

import (
	"strings"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// maxOpen bounds the logins whose end is awaited; a log in which so many are
// open at once tells no ends.
const maxOpen = 1 << 16

// openStays are the logins whose end has not been read yet, by what ties the
// two records of one session together: in audit the session and the process
// that opened it, in syslog and journal the program and process that let the
// account in. sshd and login close the session under the pid that opened it.
type openStays map[string]openStay

type openStay struct {
	account string
	at      int // index in the account's stays
}

// sessionKey names the session an event opens or ends, "" when it names none.
func sessionKey(source string, get func(string) string) string {
	pid := get("pid")
	switch {
	case pid == "":
		return ""
	case source == "audit":
		if ses := get("ses"); ses != "" && ses != "4294967295" {
			return "audit/" + ses + "/" + pid
		}
	case source == "syslog" || source == "journal":
		if program := get("program"); program != "" {
			return source + "/" + strings.TrimSuffix(program, "-session") + "/" + pid
		}
	}
	return ""
}

func keyOf(e *event.Event) string {
	return sessionKey(e.Source, func(name string) string { return get(e, name) })
}

// begin notes that the session of a login is open. Another one of the same key
// takes its place: the pid was given anew, and the end of the first was lost.
func (o openStays) begin(e *event.Event, account string, at int) {
	if key := keyOf(e); key != "" && len(o) < maxOpen {
		if was, ok := o[key]; ok && was.account == account && e.Source == "audit" {
			return // USER_START and USER_LOGIN of one session: the first counts
		}
		o[key] = openStay{account, at}
	}
}

// end takes an event that ends a session, or all of them (a boot: when they
// ended is not told), and lengthens the stay that it ends.
func (o openStays) end(e *event.Event, stays map[string][]stay) {
	if e.Action == "boot" {
		clear(o)
		return
	}
	key := keyOf(e)
	was, ok := o[key]
	if key == "" || !ok || !sameAccount(e, was.account) {
		return
	}
	delete(o, key)
	s := &stays[was.account][was.at]
	if e.Time.Dated() && e.Time.Latest > s.to && e.Time.Latest != event.MaxTime {
		s.to, s.end = e.Time.Latest, e.ID()
	}
}

// sameAccount says whether an end may be that of the account's session: it
// names the account, or nobody.
func sameAccount(e *event.Event, account string) bool {
	return e.Actor == account || e.Object == account || get(e, "acct") == account || e.Actor == "" && e.Object == ""
}

// ends says whether an action ends a session.
func ends(action string) bool {
	switch action {
	case "session-close", "session-end", "logout", "boot":
		return true
	}
	return false
}
