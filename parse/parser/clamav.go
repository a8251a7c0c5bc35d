package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
)

// clamav reads the messages of clamd, clamscan, clamonacc and freshclam, from
// syslog or their own logs.
func clamav() *decoder {
	return &decoder{
		about: parse.Description{
			Name: "clamav", Version: 1,
			Doc:        "messages of ClamAV: files found infected, scans, quarantine, updates of the signatures",
			References: []string{"clamd.conf(5)", "freshclam(1)"},
			Sources:    []string{"syslog", "journal", "clamav"},
			Fields:     []string{"path", "signature", "version", "reason", "moved_to", "signatures"},
			Actions:    []string{"found", "clean", "moved", "removed", "scan-error", "check", "reload", "update", "current", "start", "stop", "configure", "error", "note", "summary"},
			Sample:     "Sun Mar  3 02:14:07 2024 -> /srv/www/up/a.jsp: Html.Exploit.X-1 FOUND",
		},
		programs: []string{"clamd", "clamscan", "clamdscan", "freshclam", "clamonacc", "clamav", "clamav-milter"},
		decode:   clamavMessage,
	}
}

func clamavMessage(m *msg) bool {
	s := strings.TrimLeft(m.text, " ")
	for _, p := range [...]string{"ScanOnAccess: ", "WARNING: ", "ERROR: ", "LibClamAV Warning: ", "LibClamAV Error: "} {
		if r, ok := after(s, p); ok {
			s = r
			if p[0] != 'S' {
				m.b.Field("reason", p[:len(p)-2])
			}
		}
	}
	if clamavFile(m, s) {
		return true
	}
	return clamavState(m, s)
}

// clamavFile reads what is said of one file.
func clamavFile(m *msg, s string) bool {
	if p, sig, ok := cutLastOK(s, ": "); ok {
		switch {
		case strings.HasSuffix(sig, " FOUND"):
			sig = strings.TrimSuffix(sig, " FOUND")
			if i := strings.IndexByte(sig, '('); i > 0 { // with hash and size
				sig = sig[:i]
			}
			m.b.Field("signature", sig)
			m.b.Field("path", p)
			return m.act("found", "", p)
		case sig == "OK" || sig == "Empty file" || sig == "Symbolic link" || sig == "Excluded":
			m.b.Field("path", p)
			return m.act("clean", "", p)
		case strings.HasPrefix(sig, "moved to ") || strings.HasPrefix(sig, "copied to "):
			m.b.Field("path", p)
			m.b.Field("moved_to", quotedAfter(sig, "to "))
			return m.act("moved", "", p)
		case strings.HasPrefix(sig, "Removed"):
			m.b.Field("path", p)
			return m.act("removed", "", p)
		case strings.HasSuffix(sig, " ERROR") && strings.HasPrefix(p, "/"):
			m.b.Field("path", p)
			m.b.Field("reason", sig)
			return m.act("scan-error", "", p)
		}
	}
	return false
}

func clamavState(m *msg, s string) bool {
	switch {
	case strings.HasPrefix(s, "SelfCheck"):
		return m.act("check", "", "database")
	case strings.HasPrefix(s, "Database correctly reloaded"), strings.HasPrefix(s, "Database modification detected"), strings.HasPrefix(s, "Activating the newly loaded"), strings.HasPrefix(s, "Reading databases"), strings.HasPrefix(s, "Reloading"):
		m.b.Field("signatures", quotedAfter(s, "reloaded ("))
		return m.act("reload", "", "database")
	case strings.Contains(s, "is up-to-date") || strings.Contains(s, "is up to date"):
		name, _ := token(s)
		m.b.Field("version", quotedAfter(s, "version: "))
		return m.act("current", "", name)
	case strings.Contains(s, " updated"), strings.Contains(s, "update process started"), strings.HasPrefix(s, "Downloading"), strings.HasPrefix(s, "Testing database"), strings.HasPrefix(s, "Retrieving"), strings.Contains(s, "database available for"):
		name, _ := token(s)
		m.b.Field("version", quotedAfter(s, "version: "))
		return m.act("update", "", name)
	case strings.HasPrefix(s, "+++ Started"), strings.Contains(s, "daemon") && strings.Contains(s, "started"), strings.HasPrefix(s, "Received ") && strings.Contains(s, "user"), strings.HasPrefix(s, "clamd daemon"), strings.HasPrefix(s, "freshclam daemon"), strings.HasPrefix(s, "Listening daemon"):
		return m.act("start", "", m.program)
	case strings.HasPrefix(s, "--- Stopped"), strings.HasPrefix(s, "Exiting"), strings.HasPrefix(s, "Socket file removed"), strings.Contains(s, "signal"), strings.Contains(s, "terminated"), strings.HasPrefix(s, "Shutting down"):
		return m.act("stop", "", m.program)
	case strings.HasPrefix(s, "Known viruses"), strings.HasPrefix(s, "Scanned "), strings.HasPrefix(s, "Infected files"), strings.Contains(s, "SCAN SUMMARY"), strings.HasPrefix(s, "Data "), strings.HasPrefix(s, "Time:"), strings.HasPrefix(s, "Engine version"), strings.HasPrefix(s, "Start Date"), strings.HasPrefix(s, "End Date"):
		return m.act("summary", "", "")
	case strings.Contains(s, "support enabled"), strings.Contains(s, "support disabled"), strings.HasPrefix(s, "Limits:"), strings.HasPrefix(s, "Log file size"), strings.HasPrefix(s, "LOCAL:"), strings.HasPrefix(s, "TCP:"), strings.Contains(s, "detection enabled"), strings.Contains(s, "enabled."), strings.Contains(s, "disabled."), strings.HasPrefix(s, "Running as user"), strings.HasPrefix(s, "Bytecode:"), strings.HasPrefix(s, "Loaded "):
		return m.act("configure", "", m.program)
	}
	low := m.b.Get("reason")
	m.b.Field("reason", s)
	if low != "" || strings.Contains(s, "rror") || strings.Contains(s, "an't") || strings.Contains(s, "ailed") {
		return m.act("error", "", "")
	}
	return m.act("note", "", "")
}
