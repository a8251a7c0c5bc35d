package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
)

// clamav reads the messages of clamd, clamscan, clamonacc and freshclam, from
// syslog or their own logs.
func clamav() *decoder {
	t := mustForms(clamavForms)
	return &decoder{
		about: parse.Description{
			Name: "clamav", Version: 1,
			Doc:        "messages of ClamAV: files found infected, scans, quarantine, updates of the signatures",
			References: []string{"clamd.conf(5)", "freshclam(1)"},
			Sources:    []string{"syslog", "journal", "clamav"},
			Fields:     []string{"path", "signature", "hash", "size", "level", "version", "from", "to", "reason", "moved_to", "signatures", "database", "builder", "server", "ip", "port", "status", "message_id", "what", "value", "uid", "gid", "when", "duration", "count", "child_pid"},
			Actions:    []string{"found", "clean", "moved", "removed", "scan-error", "check", "reload", "update", "current", "start", "stop", "configure", "error", "note", "summary", "wake-up"},
			Sample:     "Sun Mar  3 02:14:07 2024 -> /srv/www/up/a.jsp: Html.Exploit.X-1 FOUND",
		},
		programs: []string{"clamd", "clamscan", "clamdscan", "freshclam", "clamonacc", "clamav", "clamav-milter"},
		decode:   func(m *msg) bool { return clamavMessage(m, t) },
	}
}

func clamavMessage(m *msg, t *forms) bool {
	s, level := strings.TrimLeft(m.text, " ^~*"), ""
	for _, p := range [...]string{"ScanOnAccess: ", "WARNING: ", "ERROR: ", "LibClamAV Warning: ", "LibClamAV Error: ", "LibClamAV info: "} {
		if r, ok := after(s, p); ok {
			s = r
			if p[0] != 'S' {
				level = strings.ToLower(strings.TrimSuffix(p, ": "))
			}
		}
	}
	m.b.Field("level", level)
	if t.read(m, s) {
		if m.e.Action == "found" {
			clamavHash(m)
		}
		if m.e.Object == "" {
			m.e.Object = "clamav"
		}
		return true
	}
	m.sweep(s)
	m.b.Field("reason", s)
	switch {
	case holds(s, "SCAN SUMMARY"), begins(s, "Known viruses", "Scanned ", "Infected files", "Data ", "Time:", "Engine version", "Start Date", "End Date"):
		return m.act("summary", "", "")
	case strings.Contains(level, "rror"), holds(s, "rror", "an't", "ailed", "annot", "ould not", "nable to", "nvalid"):
		return m.act("error", "", "")
	}
	return m.act("note", "", "")
}

// clamavHash reads the hash and the size that clamd appends to the name of
// what it found under ExtendedDetectionInfo: "Name(hash:size)".
func clamavHash(m *msg) {
	sig := m.b.Get("signature")
	i := strings.LastIndexByte(sig, '(')
	if i <= 0 || !strings.HasSuffix(sig, ")") {
		return
	}
	hash, size, ok := strings.Cut(sig[i+1:len(sig)-1], ":")
	if !ok {
		return
	}
	m.b.Set("signature", sig[:i])
	m.b.Field("hash", hash)
	m.b.Field("size", size)
}
