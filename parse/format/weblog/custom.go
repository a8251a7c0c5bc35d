package weblog

import (
	"strings"
)

// Format is a compiled access log format of apache or nginx.
type Format struct {
	Server string // "apache" or "nginx"
	parts  []part
}

// part is a field followed by the literal text that ends it.
type part struct {
	before string // literal in front of the field, only for the first part
	field  string // canonical name; "" for a field that is not kept
	quoted bool
	end    string // literal behind it; "" at the end of the line
}

const maxParts = 100

// Compile reads a format as it stands in a configuration, preceded by
// "apache:" or "nginx:". ok is false when it names no time.
func Compile(s string) (f *Format, ok bool) {
	f = &Format{}
	f.Server, s, _ = strings.Cut(s, ":")
	var literal strings.Builder
	flush := func() {
		if n := len(f.parts); n > 0 {
			f.parts[n-1].end = literal.String()
		}
	}
	for i := 0; i < len(s); {
		name, n := f.directive(s[i:])
		if n == 0 {
			literal.WriteByte(s[i])
			i++
			continue
		}
		if len(f.parts) >= maxParts {
			return nil, false
		}
		i += n
		if name == "%" {
			literal.WriteByte('%')
			continue
		}
		flush()
		p := part{field: name, quoted: strings.HasSuffix(literal.String(), `"`)}
		if len(f.parts) == 0 {
			p.before = literal.String()
		}
		literal.Reset()
		f.parts = append(f.parts, p)
		ok = ok || strings.HasPrefix(name, "time")
	}
	flush()
	return f, ok && len(f.parts) > 1
}

// directive reads one directive and gives its canonical name and length.
func (f *Format) directive(s string) (name string, n int) {
	if f.Server == "nginx" {
		if s[0] != '$' {
			return "", 0
		}
		n = 1
		if n < len(s) && s[n] == '{' {
			e := strings.IndexByte(s, '}')
			if e < 0 {
				return "", 0
			}
			return nginxName(s[2:e]), e + 1
		}
		for n < len(s) && (s[n] == '_' || digit(s[n]) || s[n] >= 'a' && s[n] <= 'z') {
			n++
		}
		if n == 1 {
			return "", 0
		}
		return nginxName(s[1:n]), n
	}
	if s[0] != '%' || len(s) < 2 {
		return "", 0
	}
	for n = 1; n < len(s) && (s[n] == '>' || s[n] == '<' || s[n] == '!' || s[n] == ',' || digit(s[n])); n++ {
	}
	arg := ""
	if n < len(s) && s[n] == '{' {
		e := strings.IndexByte(s[n:], '}')
		if e < 0 {
			return "", 0
		}
		arg = s[n+1 : n+e]
		n += e + 1
	}
	if n >= len(s) {
		return "", 0
	}
	return apacheName(s[n], arg), n + 1
}

func nginxName(s string) string {
	switch s {
	case "remote_addr", "realip_remote_addr":
		return "addr"
	case "remote_port":
		return "port"
	case "remote_user":
		return "user"
	case "time_local":
		return "time_local"
	case "time_iso8601":
		return "time_iso"
	case "msec":
		return "time_unix"
	case "request", "status", "request_time":
		return s
	case "body_bytes_sent", "bytes_sent":
		return "bytes"
	case "http_referer":
		return "referer"
	case "http_user_agent":
		return "agent"
	case "http_x_forwarded_for":
		return "forwarded"
	case "host", "server_name", "http_host":
		return "vhost"
	case "server_port":
		return "local_port"
	case "request_method":
		return "method"
	case "request_uri", "uri":
		return "uri"
	case "server_protocol":
		return "protocol"
	case "request_id":
		return "id"
	}
	return ""
}

func apacheName(c byte, arg string) string {
	switch c {
	case '%':
		return "%"
	case 'h', 'a':
		return "addr"
	case 'l':
		return "ident"
	case 'u':
		return "user"
	case 't':
		return apacheTime(arg)
	case 'r':
		return "request"
	case 's':
		return "status"
	case 'b', 'B', 'O':
		return "bytes"
	case 'v', 'V':
		return "vhost"
	case 'p':
		return "local_port"
	case 'm':
		return "method"
	case 'U':
		return "uri"
	case 'q':
		return "query"
	case 'H':
		return "protocol"
	case 'D':
		return "duration_us"
	case 'T':
		if arg == "ms" || arg == "us" {
			return "duration_" + arg
		}
		return "request_time"
	case 'L':
		return "id"
	case 'P':
		return "pid"
	case 'i':
		switch strings.ToLower(arg) {
		case "referer":
			return "referer"
		case "user-agent":
			return "agent"
		case "x-forwarded-for":
			return "forwarded"
		case "host":
			return "vhost"
		}
	}
	return ""
}

// apacheTime names the forms of %{...}t that hold a whole time.
func apacheTime(arg string) string {
	arg = strings.TrimPrefix(arg, "begin:")
	arg, end := strings.CutPrefix(arg, "end:")
	name := ""
	switch {
	case arg == "":
		name = "time_clf"
	case arg == "sec":
		name = "time_unix"
	case strings.HasPrefix(arg, "%Y-%m-%d") && strings.Contains(arg, "%"):
		name = "time_iso"
	case strings.HasPrefix(arg, "%d/%b/%Y:%"):
		name = "time_local"
	}
	if end && name != "" {
		name += "_end"
	}
	return name
}
