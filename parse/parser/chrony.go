package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
)

// chrony reads the messages of chronyd, ntpd and systemd-timesyncd.
func chrony() *decoder {
	t := mustForms(chronyForms)
	return &decoder{
		about: parse.Description{
			Name: "chrony", Version: 1,
			Doc:        "messages of chronyd, ntpd and systemd-timesyncd: sources of time, steps and jumps of the clock",
			References: []string{"chronyd(8)", "ntpd(8)", "systemd-timesyncd(8)"},
			Sources:    []string{"syslog", "journal"},
			Fields:     []string{"offset_s", "limit_s", "ip", "rhost", "port", "reason", "frequency_ppm", "version", "when", "to", "count", "what", "value", "path", "link", "command", "child_pid"},
			Actions:    []string{"clock-wrong", "clock-step", "clock-jump", "select-source", "lose-source", "source-state", "start", "stop", "configure", "leap", "refuse", "error", "note"},
			Sample:     "Mar  3 02:14:07 web01 chronyd[600]: System clock was stepped by -3599.998712 seconds",
		},
		programs: []string{"chronyd", "ntpd", "ntpdate", "systemd-timesyncd", "chrony", "sntp"},
		decode:   func(m *msg) bool { return chronyMessage(m, t) },
	}
}

func chronyMessage(m *msg, t *forms) bool {
	s := m.text
	if part, rest, ok := strings.Cut(s, ": "); ok && strings.HasPrefix(m.program, "ntp") && upper(part) { // ntpsec names the part that speaks
		s = rest
	}
	if t.read(m, s) {
		if ip := m.b.Get("ip"); m.e.Object == "" {
			m.e.Object = firstOf(ip, m.program)
		}
		return true
	}
	m.b.Field("reason", s)
	offset := func(mark string) string {
		i := strings.Index(s, mark)
		if i < 0 {
			return ""
		}
		w, _ := token(strings.TrimLeft(s[i+len(mark):], " "))
		return strings.TrimRight(w, "s,")
	}
	if i := strings.Index(s, " clock_step "); i > 0 && address(s[:strings.IndexByte(s, ' ')]) { // ntpd 4.2.6 on: "0.0.0.0 c61c 0c clock_step +3600.1 s"
		m.b.Field("offset_s", offset("clock_step "))
		return m.act("clock-step", "", "clock")
	}
	switch {
	case strings.HasPrefix(s, "System clock wrong by "):
		m.b.Field("offset_s", offset("wrong by "))
		return m.act("clock-wrong", "", "clock")
	case strings.HasPrefix(s, "System clock was stepped by "):
		m.b.Field("offset_s", offset("stepped by "))
		return m.act("clock-step", "", "clock")
	case begins(s, "time reset ", "step time server ", "time set "):
		m.b.Field("offset_s", offset("offset "))
		if strings.HasPrefix(s, "time ") {
			w, _ := token(s[strings.IndexAny(s, "+-0123456789"):])
			m.b.Field("offset_s", w)
		}
		return m.act("clock-step", "", "clock")
	case holds(s, "time jump detected", "jumped backwards", "clock time unset"), strings.HasPrefix(s, "System time"):
		return m.act("clock-jump", "", "clock")
	case strings.HasPrefix(s, "adjust time server "):
		m.b.Field("offset_s", offset("offset "))
		return m.act("clock-wrong", "", "clock")
	}
	return chronySource(m, s) || chronyState(m, s)
}

func chronySource(m *msg, s string) bool {
	for _, c := range [...]struct{ prefix, action string }{
		{"Selected source ", "select-source"}, {"Synchronized to time server ", "select-source"}, {"Initial synchronization to time server ", "select-source"},
		{"Initial clock synchronization to ", "select-source"}, {"Contacted time server ", "source-state"}, {"Using NTP server ", "source-state"}, {"synchronized to ", "select-source"},
		{"Can't synchronise", "lose-source"}, {"No selectable", "lose-source"}, {"no servers reachable", "lose-source"}, {"Timed out waiting for reply from ", "lose-source"},
		{"Source ", "source-state"}, {"Network configuration changed", "source-state"}, {"No network connectivity", "lose-source"}, {"Server has too large root distance", "source-state"},
		{"Detected falseticker ", "source-state"}, {"Received KoD", "source-state"}, {"Soliciting pool server ", "source-state"}, {"new interface", "source-state"},
	} {
		r, ok := after(s, c.prefix)
		if !ok {
			continue
		}
		w, _ := token(r)
		w = strings.TrimRight(w, ",.;:)")
		if i := strings.LastIndexByte(w, ':'); i > 0 && strings.Count(w, ":") == 1 {
			w = w[:i]
		} else if i := strings.Index(w, "]:"); i > 0 {
			w = strings.Trim(w[:i+1], "[]")
		}
		if address(w) {
			m.b.Field("ip", w)
		}
		return m.act(c.action, "", w)
	}
	return false
}

func chronyState(m *msg, s string) bool {
	switch {
	case strings.Contains(s, " starting") || strings.HasPrefix(s, "Started"):
		return m.act("start", "", m.program)
	case holds(s, " exiting", "terminating"):
		return m.act("stop", "", m.program)
	case begins(s, "Frequency ", "Initial frequency "):
		i := strings.Index(s, "requency ")
		w, _ := token(s[i+len("requency "):])
		m.b.Field("frequency_ppm", w)
		return m.act("configure", "", m.program)
	case begins(s, "Loaded ", "Using ", "System clock TAI", "Listen", "Command line:", "proto:", "kernel reports",
		"leapsecond", "restrict ", "switching logging", "basedate", "gps base"):
		return m.act("configure", "", m.program)
	case holds(s, "ould not", "ailed", "rror", "annot", "an't", "nvalid", "nsupported", "not supported", "issing", "rong "):
		m.sweep(s)
		return m.act("error", "", "")
	}
	m.sweep(s)
	return m.act("note", "", "")
}
