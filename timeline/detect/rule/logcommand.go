package rule

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/command"
	"github.com/saksi-dfir/saksi/timeline/detect"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// LogCommand finds command lines that remove, empty or edit logs, shorten the
// journal, stop what writes them, set the clock or the times of files, or keep
// a shell from writing its history. Routine rotation does not use the command
// line of an account.
type LogCommand struct{}

// Describe tells what the detector is.
func (LogCommand) Describe() detect.Description {
	return detect.Description{
		Name: "log-command", Version: 1,
		Doc:         "a command line removes, empties or edits logs, stops what writes them, sets clocks or file times, or keeps a shell history from being written",
		Technique:   "T1070.002",
		References:  []string{"https://attack.mitre.org/techniques/T1070/002/", "https://attack.mitre.org/techniques/T1562/003/"},
		Alternative: "an administrator made room on the disk, kept a secret out of a history, or tested",
		Sources:     []string{"audit", "syslog", "journal", "history"},
	}
}

// deed is what a command line does to the records of the host.
type deed struct {
	what      string
	technique string
	level     claim.Level
}

// sameAct is how far apart, in ns, the records of one act may be stamped.
const sameAct = int64(2e9)

// act is one command as one or more records tell it.
type act struct {
	host    event.HostKey
	account string
	core    string
	f       claim.Finding
	unseen  bool // by audit, a process without a terminal
}

// Detect looks at command lines that speak of logs or histories. Records of
// one act (sudo, audit and a history each write their own) are one finding.
func (d LogCommand) Detect(ctx context.Context, ev detect.Events, _ detect.Coverage, emit func(claim.Finding) error) error {
	kids := []*query.Node{below("/var/log/")}
	for _, w := range []string{"/var/log", "journalctl", "hist", "/run/log", "wtmp", "auditctl", "syslog", "auditd", "journald", "psacct", "beat", "date -", "set-time", "hwclock", "dmesg", "touch -"} {
		kids = append(kids, text(w))
	}
	q := both(term("action", "exec"), either(kids...))
	var acts []*act
	for e, err := range ev.Events(ctx, q) {
		if err != nil {
			return fmt.Errorf("read commands: %w", err)
		}
		if e.Action != "exec" || e.Parser == "cron" {
			continue
		}
		what, ok := judgeLine(line(e), field(e, "cwd"))
		if !ok {
			continue
		}
		n := &act{host: e.Host, account: who(e), core: command.Core(line(e)), f: claim.Finding{Host: e.Host, Events: []event.ID{e.ID()}, Time: e.Time,
			Level: what.level, Confidence: "low", Technique: what.technique, Title: fmt.Sprintf("%s ran a command that %s", who(e), short(what.what)), Detail: "command line: " + clip(line(e))}}
		n.unseen = e.Source == "audit" && (field(e, "tty") == "" || field(e, "tty") == "(none)")
		if !joinAct(acts, n) {
			acts = append(acts, n)
		}
	}
	for _, a := range fold(acts) {
		if err := emit(a.f); err != nil {
			return err
		}
	}
	return nil
}

// joinAct adds the event to an act it tells of too. Acts come in time order,
// so only the last few are near.
func joinAct(acts []*act, n *act) bool {
	for i := len(acts) - 1; i >= 0 && i >= len(acts)-64; i-- {
		a := acts[i]
		if a.host == n.host && a.account == n.account && a.core == n.core && a.f.Time.Dated() && n.f.Time.Dated() &&
			n.f.Time.Earliest-a.f.Time.Latest <= sameAct && a.f.Time.Earliest-n.f.Time.Latest <= sameAct {
			a.f.Events = append(a.f.Events, n.f.Events...)
			return true
		}
	}
	return false
}

func judgeLine(l, cwd string) (deed, bool) {
	for _, s := range command.Simples(l) {
		if d, ok := judgeSimple(resolve(s, cwd)); ok {
			return d, true
		}
	}
	return assignments(l)
}

// resolve makes relative arguments absolute where the directory is known.
func resolve(s command.Simple, cwd string) command.Simple {
	if cwd == "" {
		return s
	}
	abs := func(in []string) []string {
		out := slices.Clone(in)
		for i, w := range out {
			name, of := strings.CutPrefix(w, "of=") // of dd(1)
			if name != "" && !strings.ContainsAny(name[:1], "/-~$") && isLog(path.Join(cwd, name)) {
				out[i] = path.Join(cwd, name)
				if of {
					out[i] = "of=" + out[i]
				}
			}
		}
		return out
	}
	s.Args, s.Writes = abs(s.Args), abs(s.Writes)
	return s
}

// assignments finds variables that keep a history from being written; they
// stand before or without a program.
func assignments(l string) (deed, bool) {
	for _, w := range command.Words(l) {
		switch w {
		case "HISTFILE=", "HISTFILE=/dev/null", "HISTSIZE=0", "HISTFILESIZE=0":
			return deed{"keeps the shell from writing its history", "T1562.003", claim.Low}, true
		}
	}
	return deed{}, false
}

func judgeSimple(s command.Simple) (deed, bool) {
	for _, w := range s.Writes {
		if isLog(w) {
			return deed{"writes over the log " + w, "T1070.002", weight(w)}, true
		}
	}
	base := path.Base(s.Program)
	switch base {
	case "rm", "shred", "unlink", "truncate", "wipe", "srm":
		return onLogs(s, "removes or empties ")
	case "sed", "perl", "utmpdump":
		if hasFlag(s, "-i") || base == "utmpdump" && hasFlag(s, "-r") {
			return onLogs(s, "edits ")
		}
	case "ln", "cp", "dd":
		if hasWord(s, "/dev/null") {
			return onLogs(s, "puts /dev/null in the place of ")
		}
	case "journalctl":
		for _, a := range s.Args {
			if strings.HasPrefix(a, "--vacuum") || a == "--rotate" {
				return deed{"rotates or shortens the journal (" + a + ")", "T1070.002", claim.Low}, true
			}
		}
	case "auditctl":
		if hasFlag(s, "-D") || hasFlag(s, "-e") && hasWord(s, "0") || hasWord(s, "-e0") {
			return deed{"removes the audit rules or stops auditing", "T1562.012", claim.Medium}, true
		}
	case "history":
		if hasFlag(s, "-c") {
			return deed{"clears the shell history", "T1070.003", claim.Low}, true
		}
	case "unset":
		if hasWord(s, "HISTFILE") {
			return deed{"keeps the shell from writing its history", "T1562.003", claim.Low}, true
		}
	case "export":
		return assignments(strings.Join(s.Args, " "))
	case "set":
		if hasWord(s, "+o") && hasWord(s, "history") {
			return deed{"keeps the shell from writing its history", "T1562.003", claim.Low}, true
		}
	}
	for _, judge := range []func(command.Simple) (deed, bool){stops, replaces, backdates} {
		if d, ok := judge(s); ok {
			return d, true
		}
	}
	return deed{}, false
}

func onLogs(s command.Simple, what string) (deed, bool) {
	for _, a := range s.Args {
		if isLog(a) {
			return deed{what + a, "T1070.002", weight(a)}, true
		}
	}
	return deed{}, false
}

// isLog says whether a word is a log, a login record or a shell history.
// Rotated copies that a cleanup of old files removes are logs too; the
// innocent alternative says so.
func isLog(w string) bool {
	w = strings.TrimPrefix(w, "of=")
	base := path.Base(w)
	switch {
	case strings.HasPrefix(w, "/var/log/"), strings.HasPrefix(w, "/run/log/journal"), w == "/var/log":
		return true
	case base == "wtmp", base == "btmp", base == "utmp", base == "lastlog":
		return true
	}
	return strings.HasSuffix(base, "_history") && strings.HasPrefix(base, ".")
}

// weight tells logs that record logins, privileges and commands from those of
// applications, which administrators remove every day.
func weight(w string) claim.Level {
	base := path.Base(strings.TrimPrefix(w, "of="))
	for _, name := range []string{"auth.log", "secure", "syslog", "messages", "wtmp", "btmp", "utmp", "lastlog", "faillog", "audit", "journal", "cron"} {
		if strings.HasPrefix(base, name) {
			return claim.Medium
		}
	}
	if strings.HasSuffix(base, "_history") || strings.Contains(w, "/log/audit") || strings.Contains(w, "/log/journal") || strings.Trim(w, "/") == "var/log" || strings.HasSuffix(w, "/*") {
		return claim.Medium
	}
	return claim.Low
}

func hasFlag(s command.Simple, flag string) bool {
	for _, a := range s.Args {
		if a == flag || len(flag) == 2 && strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "--") && strings.Contains(a, flag[1:]) {
			return true
		}
	}
	return false
}

func hasWord(s command.Simple, w string) bool {
	for _, a := range s.Args {
		if strings.TrimPrefix(a, "if=") == w {
			return true
		}
	}
	return false
}
