package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
)

// newVsftpd reads vsftpd's own log.
func newVsftpd() *lineLog {
	return &lineLog{
		about: parse.Description{
			Name: "vsftpd", Version: 1,
			Doc:        "vsftpd.log: connections, logins, files sent, taken, renamed and removed",
			References: []string{"vsftpd.conf(5)"},
			Sources:    []string{"vsftpd"},
			Fields:     []string{"ip", "rhost", "pid", "path", "bytes", "result", "rate", "detail", "encoding", "text"},
			Actions:    []string{"connect", "login", "failed-login", "upload", "download", "mkdir", "rmdir", "delete", "rename", "chmod", "other", "failed"},
			Sample:     `Mon Jun  6 18:43:32 2016 [pid 1] [kim] OK LOGIN: Client "192.0.2.9"`,
		},
		read: vsftpdLine,
	}
}

func vsftpdLine(r *lineRecord) bool {
	t, n := r.ctimeAt(r.text)
	if n < 0 {
		return false
	}
	s, ok := strings.CutPrefix(r.text[n:], " [pid ")
	if !ok {
		return false
	}
	pid, s, ok := strings.Cut(s, "] ")
	if !ok {
		return false
	}
	user := ""
	if strings.HasPrefix(s, "[") {
		// The name at a failed login is the far side's, and may read like the rest.
		end := strings.Index(s, "] ")
		if i := strings.LastIndex(s, "] FAIL LOGIN: Client \""); i > 0 && address(strings.TrimSuffix(s[i+len("] FAIL LOGIN: Client \""):], "\"")) {
			end = i
		}
		if end < 0 {
			return false
		}
		user, s = s[1:end], s[end+2:]
	}
	head, tail, ok := strings.Cut(s, ": Client ")
	if !ok {
		return false
	}
	e := r.e
	e.Time, e.Meaning, e.Actor = t, "logged", user
	r.b.Field("pid", pid)
	result, verb, found := strings.Cut(head, " ")
	if !found {
		result, verb = "", head
	}
	r.b.Field("result", strings.ToLower(result))
	e.Action = vsftpdAction(verb, result)
	vsftpdClient(r, tail)
	return true
}

func vsftpdAction(verb, result string) string {
	failed := result == "FAIL"
	switch verb {
	case "LOGIN":
		if failed {
			return "failed-login"
		}
		return "login"
	case "CONNECT", "UPLOAD", "DOWNLOAD", "MKDIR", "RMDIR", "DELETE", "RENAME", "CHMOD":
		if failed {
			return "failed"
		}
		return strings.ToLower(verb)
	}
	return "other"
}

// vsftpdClient reads `"address", "path", 12 bytes, 3.00Kbyte/sec`.
func vsftpdClient(r *lineRecord, s string) {
	for i := 0; s != ""; i++ {
		var v string
		if strings.HasPrefix(s, `"`) {
			end := strings.Index(s[1:], `", `)
			if end < 0 {
				v, s = strings.TrimSuffix(s[1:], `"`), ""
			} else {
				v, s = s[1:1+end], s[end+4:]
			}
		} else {
			v, s, _ = strings.Cut(s, ", ")
		}
		switch {
		case i == 0:
			v = strings.TrimPrefix(v, "::ffff:")
			if address(v) {
				r.b.Field("ip", v)
			} else {
				r.b.Field("rhost", v)
			}
		case strings.HasSuffix(v, " bytes"):
			r.b.Field("bytes", strings.TrimSuffix(v, " bytes"))
		case strings.HasSuffix(v, "byte/sec"):
			r.b.Field("rate", v)
		case strings.HasPrefix(v, "/"):
			r.e.Object = v
			r.b.Field("path", v)
		default:
			r.b.Field("detail", v)
		}
	}
}
