package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/syslog"
)

// newSquid reads the access log of the proxy Squid in its own form.
func newSquid() *lineLog {
	return &lineLog{
		about: parse.Description{
			Name: "squid", Version: 1,
			Doc: "Squid's access.log in its own form: what clients asked the proxy for, when it was answered (request-end), from where it was taken (dst, server); " +
				"refuse is what the proxy denied",
			References: []string{"squid.conf logformat squid"},
			Sources:    []string{"squid"},
			Fields:     []string{"ip", "rhost", "method", "url", "result", "status", "bytes", "duration", "way", "dst", "server", "mime", "detail", "encoding", "text"},
			Actions:    []string{"request", "refuse", "malformed-request"},
			Sample:     "1709432047.123    212 192.0.2.10 TCP_MISS/200 4523 GET http://www.example.com/a.html kim HIER_DIRECT/203.0.113.5 text/html",
		},
		read: squidLine,
	}
}

// squidLine reads "time elapsed client result/status bytes method url user way/peer type".
func squidLine(r *lineRecord) bool {
	var t syslog.Stamp
	n := sinceEpoch(r.text, &t)
	if n < 0 {
		return false
	}
	var f [5]string // elapsed, client, result/status, bytes, method
	rest := r.text[n:]
	for i := range f {
		f[i], rest = token(strings.TrimLeft(rest, " "))
	}
	result, status, ok := strings.Cut(f[2], "/")
	if !ok || !number(strings.TrimPrefix(f[0], "-")) || !number(f[3]) || !number(status) || !upper(strings.ReplaceAll(result, "_", "")) || f[4] == "" {
		return false
	}
	url, user, way, mime, detail, ok := squidTail(strings.TrimLeft(rest, " "))
	if !ok {
		return false
	}
	c := civil(&t, t.Year)
	e := r.e
	e.Time, e.Meaning, e.Action = parse.Zoned(&c, t.Offset), "request-end", "request"
	switch {
	case strings.Contains(result, "DENIED"):
		e.Action = "refuse"
	case f[4] == "NONE" || strings.HasPrefix(url, "error:"):
		e.Action = "malformed-request"
	}
	e.Actor, e.Object = squidNone(user), url
	way, peer, _ := strings.Cut(way, "/")
	named := func(v, addr, name string) {
		if address(v) {
			r.b.Field(addr, v)
		} else {
			r.b.Field(name, squidNone(v))
		}
	}
	named(f[1], "ip", "rhost")
	r.b.Field("method", f[4])
	r.b.Field("url", url)
	r.b.Field("result", result)
	r.b.Field("status", status)
	r.b.Field("bytes", f[3])
	r.b.Field("duration", f[0]+"ms")
	r.b.Field("way", way)
	named(peer, "dst", "server")
	r.b.Field("mime", squidNone(mime))
	r.b.Field("detail", detail)
	return true
}

// squidTail reads "url user way/peer type" and the headers in brackets that
// log_mime_hdrs puts behind. A URL may hold spaces where the configuration
// lets it; its end is told from behind then.
func squidTail(s string) (url, user, way, mime, detail string, ok bool) {
	if i := strings.Index(s, " ["); i > 0 && strings.HasSuffix(s, "]") {
		s, detail = s[:i], s[i+1:]
	}
	var last [3]string
	for i := range last {
		sp := strings.LastIndexByte(s, ' ')
		if sp <= 0 {
			return "", "", "", "", "", false
		}
		last[i], s = s[sp+1:], strings.TrimRight(s[:sp], " ")
	}
	mime, way, user = last[0], last[1], last[2]
	code, _, ok := strings.Cut(way, "/")
	return s, user, way, mime, detail, ok && upper(strings.ReplaceAll(code, "_", ""))
}

// squidNone turns the "-" that stands for nothing into "".
func squidNone(s string) string {
	if s == "-" {
		return ""
	}
	return s
}
