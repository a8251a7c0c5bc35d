package knowledge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// maxCited is how many logins of one account a row cites; the bounds of the
// row still span them all.
const maxCited = 64

const altPresence = "an intruder using this account; being logged in does not show that the implant was noticed"

// stay is a login with the time it lasted, as far as that is known.
type stay struct {
	account string
	from    event.Time
	to      int64 // latest end; the login itself when no end is known
	channel string
	id      event.ID
	end     event.ID // of the record of its end, where there is one apart
}

// presences finds the logins that overlap the proven part of the infection,
// one row per account.
func presences(t target, byAccount map[string][]stay) []claim.Sighting {
	from, to := t.inf.NotAfter.Time, t.inf.EndNotBefore.Time
	if to < from {
		to = from
	}
	out := make([]claim.Sighting, 0, len(byAccount))
	for account, all := range byAccount {
		stays := make([]stay, 0, len(all))
		for _, s := range all {
			if s.from.Earliest <= to && s.to >= from {
				stays = append(stays, s)
			}
		}
		if len(stays) > 0 {
			out = append(out, opportunity(t, account, stays))
		}
	}
	slices.SortFunc(out, func(a, b claim.Sighting) int { return cmp.Compare(a.Account, b.Account) })
	return out
}

// stayOf reads a login event of a host whose last acquisition was at the given
// time, 0 for none. Sessions of sudo and cron are no logins; a login that
// failed is none; a login without a stated time cannot be placed.
func stayOf(e *event.Event, at int64) (stay, bool) {
	if !e.Time.Dated() || !begins(e.Action, e.Source, e.Parser, func(name string) string { return get(e, name) }) {
		return stay{}, false
	}
	s := stay{account: loginAccount(e), from: e.Time, to: e.Time.Latest, channel: loginChannel(e), id: e.ID()}
	if s.account == "" || s.to == event.MaxTime {
		return stay{}, false
	}
	if end, err := time.Parse(time.RFC3339Nano, get(e, "session_end")); err == nil {
		s.to = max(s.to, end.UnixNano())
	} else if e.Source == "utmp" && at > s.to {
		s.to = at // utmp lists who is logged in at the acquisition
	}
	return s, true
}

// begins says whether an event of this kind is a login.
func begins(action, source, parser string, get func(string) string) bool {
	switch {
	case get("success") == "no":
		return false
	case action == "login":
		return parser != "postfix" // that is one to send mail
	}
	return action == "session-start" && source == "audit" && isLoginProgram(get)
}

func loginAccount(e *event.Event) string {
	if slices.Contains(e.Tags, "unvouched") {
		return ""
	}
	return e.Actor
}

// isLoginProgram keeps sessions that a login opened (sshd, login, a display
// manager) apart from those of sudo, su and cron, which follow a login or
// need none: only the former have a remote host or are opened by a program
// that has no login id yet.
func isLoginProgram(get func(string) string) bool {
	if get("rhost") != "" || get("ip") != "" {
		return true
	}
	exe := get("exe")
	return strings.HasSuffix(exe, "/sshd") || strings.HasSuffix(exe, "/login")
}

func loginChannel(e *event.Event) string {
	switch {
	case e.Parser == "sshd" || strings.HasSuffix(get(e, "exe"), "/sshd"):
		return "ssh"
	case e.Source == "wtmp" || e.Source == "utmp" || e.Source == "audit":
		return e.Source
	case e.Parser != "":
		return e.Parser
	}
	return e.Source
}

// opportunity makes one row of all logins of an account.
func opportunity(t target, account string, stays []stay) claim.Sighting {
	slices.SortFunc(stays, func(a, b stay) int {
		return cmp.Or(cmp.Compare(a.from.Earliest, b.from.Earliest), slices.Compare(a.id[:], b.id[:]))
	})
	s := claim.Sighting{Kind: "account", Account: account, Infection: t.inf.ID, Host: t.inf.Host, Grade: Presence,
		Earliest: stays[0].from.Earliest, Latest: stays[0].to, EventDate: stays[0].from.Instant, StatementDate: event.NoInstant, Alternative: altPresence}
	var channels []string
	for i, st := range stays {
		s.Latest = max(s.Latest, st.to)
		if i < maxCited {
			s.Events = append(s.Events, st.id)
			if st.end != (event.ID{}) {
				s.Events = append(s.Events, st.end)
			}
		}
		if !slices.Contains(channels, st.channel) {
			channels = append(channels, st.channel)
		}
	}
	slices.Sort(channels)
	s.Channel = strings.Join(channels, ", ")
	if n := logins(stays); n > 1 {
		s.Alternative = fmt.Sprintf("%d logins between these times, not one stay; %s", n, s.Alternative)
	}
	return s
}

// sameLogin is how far apart, in ns, the records of one login may be stamped.
const sameLogin = int64(5e9)

// logins counts the logins that the records tell of: sshd, wtmp and audit each
// write their own. The stays come in time order.
func logins(stays []stay) int {
	n := 0
	for i, s := range stays {
		if i == 0 || s.from.Earliest-stays[i-1].from.Latest > sameLogin {
			n++
		}
	}
	return n
}
