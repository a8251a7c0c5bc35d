package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
)

// newXferlog reads the log of transfers that wu-ftpd brought up and ProFTPD,
// vsftpd and Pure-FTPd write too.
func newXferlog() *lineLog {
	return &lineLog{
		about: parse.Description{
			Name: "xferlog", Version: 1,
			Doc:        "xferlog: files that FTP servers took in, gave out and deleted; the time is that of the end of the transfer",
			References: []string{"xferlog(5)"},
			Sources:    []string{"xferlog"},
			Fields:     []string{"ip", "rhost", "path", "size", "duration", "mode", "access", "service", "status", "encoding", "text"},
			Actions:    []string{"upload", "download", "delete"},
			Sample:     "Sun Mar  3 02:14:07 2024 1 203.0.113.9 512 /home/kim/a_b.jsp b _ i r kim ftp 0 * c",
		},
		read: xferLine,
	}
}

// xferLine reads "time seconds host bytes path type action direction access user
// service method id status". Blanks in a path are underscores, or blanks: its
// end is told from behind.
func xferLine(r *lineRecord) bool {
	t, n := r.ctimeAt(r.text)
	if n < 0 || n >= len(r.text) || r.text[n] != ' ' {
		return false
	}
	seconds, rest := token(r.text[n+1:])
	host, rest := token(rest)
	size, rest := token(rest)
	if !number(seconds) || !number(size) || host == "" {
		return false
	}
	var tail [9]string // status, id, method, service, user, access, direction, action, type
	for i := range tail {
		sp := strings.LastIndexByte(rest, ' ')
		if sp <= 0 {
			return false
		}
		tail[i], rest = rest[sp+1:], rest[:sp]
	}
	e := r.e
	switch tail[6] {
	case "i":
		e.Action = "upload"
	case "o":
		e.Action = "download"
	case "d":
		e.Action = "delete"
	default:
		return false
	}
	if len(tail[8]) != 1 || len(tail[5]) != 1 {
		return false
	}
	e.Time, e.Meaning, e.Actor, e.Object = t, "transfer-end", tail[4], rest
	host = strings.TrimPrefix(host, "::ffff:")
	if address(host) {
		r.b.Field("ip", host)
	} else {
		r.b.Field("rhost", host)
	}
	r.b.Field("path", rest)
	r.b.Field("size", size)
	r.b.Field("duration", seconds+"s")
	r.b.Field("mode", map[string]string{"a": "ascii", "b": "binary"}[tail[8]])
	r.b.Field("access", map[string]string{"a": "anonymous", "g": "guest", "r": "real"}[tail[5]])
	r.b.Field("service", tail[3])
	r.b.Field("status", map[string]string{"c": "complete", "i": "incomplete"}[tail[0]])
	return true
}
