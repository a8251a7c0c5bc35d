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
		case begins(sig, "moved to ", "copied to "):
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
	case begins(s, "Database correctly reloaded", "Database modification detected", "Activating the newly loaded",
		"Reading databases", "Reloading"):
		m.b.Field("signatures", quotedAfter(s, "reloaded ("))
		return m.act("reload", "", "database")
	case holds(s, "is up-to-date", "is up to date"):
		name, _ := token(s)
		m.b.Field("version", quotedAfter(s, "version: "))
		return m.act("current", "", name)
	case holds(s, " updated", "update process started"), begins(s, "Downloading", "Testing database", "Retrieving"), strings.Contains(s, "database available for"):
		name, _ := token(s)
		m.b.Field("version", quotedAfter(s, "version: "))
		return m.act("update", "", name)
	case strings.HasPrefix(s, "+++ Started"), strings.Contains(s, "daemon") && strings.Contains(s, "started"), strings.HasPrefix(s, "Received ") && strings.Contains(s, "user"),
		begins(s, "clamd daemon", "freshclam daemon", "Listening daemon"):
		return m.act("start", "", m.program)
	case begins(s, "--- Stopped", "Exiting", "Socket file removed", "Shutting down"), holds(s, "signal", "terminated"):
		return m.act("stop", "", m.program)
	case strings.Contains(s, "SCAN SUMMARY"),
		begins(s, "Known viruses", "Scanned ", "Infected files", "Data ", "Time:", "Engine version", "Start Date", "End Date"):
		return m.act("summary", "", "")
	case holds(s, "support enabled", "support disabled", "detection enabled", "enabled.", "disabled."),
		begins(s, "Limits:", "Log file size", "LOCAL:", "TCP:", "Running as user", "Bytecode:", "Loaded "):
		return m.act("configure", "", m.program)
	}
	low := m.b.Get("reason")
	m.b.Field("reason", s)
	if low != "" || holds(s, "rror", "an't", "ailed") {
		return m.act("error", "", "")
	}
	return m.act("note", "", "")
}
