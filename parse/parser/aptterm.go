package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
)

// newAptterm reads what dpkg and the scripts of packages printed while apt ran
// them.
func newAptterm() *lineLog {
	return &lineLog{
		about: parse.Description{
			Name: "aptterm", Version: 1,
			Doc: "apt's term.log: one event when a transaction's output began, with the output of dpkg and of the packages' scripts, and one when it ended; " +
				"a line of the output has no time of its own",
			References: []string{"apt.conf(5) Dir::Log::Terminal"},
			Sources:    []string{"apt"},
			Fields:     []string{"encoding", "text"},
			Actions:    []string{"transaction", "transaction-end"},
			Sample:     "Log started: 2024-03-03  02:14:07",
		},
		read: apttermLine,
		follow: func(text string) bool {
			return !strings.HasPrefix(text, apttermStart) && !strings.HasPrefix(text, apttermEnd)
		},
	}
}

const (
	apttermStart = "Log started: "
	apttermEnd   = "Log ended: "
)

func apttermLine(r *lineRecord) bool {
	s, started := strings.CutPrefix(r.text, apttermStart)
	if !started {
		var ended bool
		if s, ended = strings.CutPrefix(r.text, apttermEnd); !ended {
			return false
		}
	}
	t, rest, ok := r.plainTime(s)
	if !ok || rest != "" {
		return false
	}
	r.e.Time, r.e.Action, r.e.Meaning = t, "transaction", "started"
	if !started {
		r.e.Action, r.e.Meaning = "transaction-end", "ended"
	}
	return true
}
