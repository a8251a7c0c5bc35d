package rule

import (
	"path"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/command"
)

// recorders are the services that keep the records of a host, by the names of
// their units, without ".service".
func recorders() []string {
	return []string{"rsyslog", "rsyslogd", "syslog", "syslog-ng", "syslogd", "auditd", "systemd-journald", "systemd-journal-flush", "acct", "psacct", "auditbeat", "filebeat"}
}

// stops judges commands that end what writes records.
func stops(s command.Simple) (deed, bool) {
	words := slices.DeleteFunc(slices.Clone(s.Args), func(a string) bool { return strings.HasPrefix(a, "-") })
	verbs := []string{"stop", "disable", "mask", "kill"}
	verb, units := "", []string(nil)
	switch path.Base(s.Program) {
	case "systemctl":
		if len(words) > 1 && slices.Contains(verbs, words[0]) {
			verb, units = words[0], words[1:]
		}
	case "service", "rc-service":
		if len(words) > 1 && words[len(words)-1] == "stop" {
			verb, units = "stop", words[:1]
		}
	case "killall", "pkill":
		verb, units = "kill", words
	}
	var worst deed
	for _, u := range units {
		u = strings.TrimSuffix(strings.TrimSuffix(u, ".service"), ".socket")
		if verb != "" && slices.Contains(recorders(), u) {
			level := claim.Low
			if u == "auditd" || verb == "mask" {
				level = claim.Medium
			}
			if level.Rank() > worst.level.Rank() {
				worst = deed{"stops what writes records: " + verb + " " + u, "T1562.001", level}
			}
		}
	}
	return worst, worst.what != ""
}

// replaces judges commands that put other bytes in the place of a log.
func replaces(s command.Simple) (deed, bool) {
	var files []string
	for _, a := range s.Args {
		if !strings.HasPrefix(a, "-") {
			files = append(files, a)
		}
	}
	if len(files) == 0 {
		return deed{}, false
	}
	last := files[len(files)-1]
	switch path.Base(s.Program) {
	case "mv", "cp", "install":
		if len(files) > 1 && isLog(last) && !isLog(files[0]) && !strings.HasSuffix(last, "/") && path.Base(last) != "log" {
			return deed{"puts another file in the place of " + last, "T1070.002", weight(last)}, true
		}
	case "dd":
		for _, a := range files {
			if strings.HasPrefix(a, "of=") && isLog(a) {
				return deed{"writes over the log " + strings.TrimPrefix(a, "of="), "T1070.002", weight(a)}, true
			}
		}
	case "tee":
		if !hasFlag(s, "-a") && !hasWord(s, "--append") {
			return onLogs(s, "writes over the log ")
		}
	case "find":
		if hasWord(s, "-delete") || slices.ContainsFunc(files, func(a string) bool { b := path.Base(a); return b == "rm" || b == "shred" || b == "unlink" }) {
			d, ok := onLogs(s, "looks for files to remove below ")
			d.level = claim.Low
			return d, ok
		}
	case "vi", "vim", "nvim", "nano", "emacs", "ed", "ex":
		d, ok := onLogs(s, "opens in an editor ")
		d.level = claim.Low
		return d, ok
	}
	return deed{}, false
}

// backdates judges commands that set the clock of the host or the times of a
// file that packages install.
func backdates(s command.Simple) (deed, bool) {
	clock := deed{"sets the clock of the host", "T1070.006", claim.Low}
	switch path.Base(s.Program) {
	case "date":
		return clock, hasFlag(s, "-s") && !hasFlag(s, "-d") || slices.ContainsFunc(s.Args, func(a string) bool { return strings.HasPrefix(a, "--set") })
	case "timedatectl":
		return clock, hasWord(s, "set-time")
	case "hwclock":
		return clock, hasWord(s, "--set")
	case "dmesg":
		if hasFlag(s, "-C") || hasFlag(s, "-c") || hasWord(s, "--clear") || hasWord(s, "--read-clear") {
			return deed{"empties the messages of the kernel", "T1070.002", claim.Low}, true
		}
	case "touch":
		given := hasFlag(s, "-r") || hasFlag(s, "-d") || hasFlag(s, "-t") || slices.ContainsFunc(s.Args, func(a string) bool {
			return strings.HasPrefix(a, "--reference") || strings.HasPrefix(a, "--date")
		})
		if n := len(s.Args); given && n > 0 && strings.HasPrefix(s.Args[n-1], "/") && packaged(s.Args[n-1]) {
			return deed{"gives " + s.Args[n-1] + " other times", "T1070.006", claim.Low}, true
		}
	}
	return deed{}, false
}
