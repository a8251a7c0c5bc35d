package weblog

import "strings"

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
