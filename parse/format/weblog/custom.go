package weblog

import (
	"strings"
)

// Format is a compiled access log format of apache, nginx or tomcat.
type Format struct {
	Server string // "apache", "nginx" or "tomcat"
	// End says that the time it states is that of the request's end: nginx
	// and tomcat state it unless told otherwise, apache only when told so.
	End   bool
	parts []part
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
// "apache:", "nginx:" or "tomcat:". ok is false when it names no time.
func Compile(s string) (f *Format, ok bool) {
	f = &Format{}
	f.Server, s, _ = strings.Cut(s, ":")
	f.End = f.Server != "apache"
	if f.Server == "apache" { // pieces of one time: "%{%F %T}t.%{msec_frac}t %{%z}t"
		s = strings.NewReplacer("}t.%{msec_frac}t", ".%f}t", "}t.%{usec_frac}t", ".%f}t", "}t,%{msec_frac}t", ".%f}t").Replace(s)
		s = strings.NewReplacer("}t%{%z}t", "%z}t", "}t %{%z}t", " %z}t").Replace(s)
	}
	if f.Server != "tomcat" {
		s = strings.NewReplacer(`\t`, "\t", `\n`, "\n", `\r`, "\r").Replace(s)
	}
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
		if k := len(f.parts); k > 0 && literal.Len() == 0 { // nothing tells where one ends
			f.join(&f.parts[k-1], name)
			continue
		}
		flush()
		p := part{field: name, quoted: strings.HasSuffix(literal.String(), `"`)}
		if len(f.parts) == 0 {
			p.before = literal.String()
		}
		literal.Reset()
		f.parts = append(f.parts, p)
		switch last := &f.parts[len(f.parts)-1]; {
		case !strings.HasPrefix(name, "time"):
		case ok:
			last.field = "" // a second time
		default:
			last.field, ok = f.moment(name), true
		}
	}
	flush()
	return f, ok && len(f.parts) > 1
}

// join makes one field of two without text between them: a path and its query
// belong together, of any others nothing is kept.
func (f *Format) join(last *part, name string) {
	switch {
	case last.field == "uri" && name == "query" && f.Server == "tomcat":
		last.field = "uri_query"
	case last.field == "uri" && name == "query":
	default:
		last.field = ""
	}
}

// moment takes the mark of start or end off the name of a time.
func (f *Format) moment(name string) string {
	if field, found := strings.CutSuffix(name, "_end"); found {
		f.End = true
		return field
	}
	field, found := strings.CutSuffix(name, "_begin")
	f.End = f.End && !found
	return field
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
	if s[n] == '^' && n+2 < len(s) { // %^FB, %{name}^ti
		return "", n + 3
	}
	if f.Server == "tomcat" {
		return tomcatName(s[n], arg), n + 1
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

// tomcatName names the directives of an AccessLogValve that differ from
// apache's. The unit of %D is milliseconds before Tomcat 10.1, microseconds since.
func tomcatName(c byte, arg string) string {
	switch c {
	case 't':
		return tomcatTime(arg)
	case 'D':
		return "duration_"
	case 'F', 'I', 'S', 'X', 'P', 'L', 'O':
		return ""
	}
	return apacheName(c, arg)
}

// tomcatTime names the forms of %{...}t of Tomcat, SimpleDateFormat patterns
// among them, that hold a whole time.
func tomcatTime(arg string) string {
	arg, begin := strings.CutPrefix(arg, "begin:")
	arg, end := strings.CutPrefix(arg, "end:")
	name := ""
	switch {
	case arg == "" || arg == "clf":
		name = "time_clf"
	case arg == "sec", arg == "msec":
		name = "time_unix"
	case strings.HasPrefix(arg, "yyyy-MM-dd") && strings.Contains(arg, "HH:mm:ss"):
		name = "time_iso"
	case strings.HasPrefix(arg, "dd/MMM/yyyy:HH:mm:ss"):
		name = "time_local"
	}
	switch {
	case name == "":
	case begin:
		name += "_begin"
	case end:
		name += "_end"
	}
	return name
}

// apacheTime names the forms of %{...}t that hold a whole time.
func apacheTime(arg string) string {
	arg = strings.TrimPrefix(arg, "begin:")
	arg, end := strings.CutPrefix(arg, "end:")
	name := ""
	switch {
	case arg == "":
		name = "time_clf"
	case arg == "sec", arg == "msec", arg == "usec":
		name = "time_unix"
	case (strings.HasPrefix(arg, "%Y-%m-%d") || strings.HasPrefix(arg, "%F")) && (strings.Contains(arg, "%T") || strings.Contains(arg, "%H:%M:%S")):
		name = "time_iso"
	case strings.HasPrefix(arg, "%d/%b/%Y:%") || strings.HasPrefix(arg, "%d/%b/%Y %"):
		name = "time_local"
	}
	if end && name != "" {
		name += "_end"
	}
	return name
}
