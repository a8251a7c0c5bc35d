package weblog

import "strings"

// Parse reads a line in the format.
func (f *Format) Parse(s string, r *Record) bool {
	*r = Record{}
	dated := false
	for k := range f.parts {
		p := &f.parts[k]
		var ok bool
		if s, ok = strings.CutPrefix(s, p.before); !ok {
			return false
		}
		var value string
		if value, s, ok = p.cut(s); !ok {
			return false
		}
		if strings.HasPrefix(p.field, "time") {
			if !r.stamp(p.field, value) {
				return false
			}
			dated = true
			continue
		}
		r.set(p.field, value)
	}
	if r.Request == "" && r.Method != "" {
		r.Request = r.Method + " " + r.URI
	}
	return dated && s == ""
}

// cut takes the field's value up to its end. In quotes an escaped quote is no
// end; %t brings its own brackets.
func (p *part) cut(s string) (value, rest string, ok bool) {
	if p.field == "time_clf" {
		i := strings.IndexByte(s, ']')
		if i < 0 || s[0] != '[' || !strings.HasPrefix(s[i+1:], p.end) {
			return "", "", false
		}
		return s[1:i], s[i+1+len(p.end):], true
	}
	if p.end == "" {
		return s, "", true
	}
	for at := 0; ; {
		i := strings.Index(s[at:], p.end)
		if i < 0 {
			return "", "", false
		}
		i += at
		if p.quoted && i > 0 && s[i-1] == '\\' && !backslashes(s[:i]) {
			at = i + 1
			continue
		}
		if p.field == "forwarded" && !p.quoted && i > 0 && s[i-1] == ',' { // a list
			at = i + 1
			continue
		}
		if strings.HasPrefix(p.field, "time") && i < len(s)-6 && (s[i+1] == '+' || s[i+1] == '-') && strings.HasPrefix(s[i+6:], p.end) && p.end == " " { // its zone
			i += 6
		}
		return s[:i], s[i+len(p.end):], true
	}
}

// backslashes says whether s ends with an even number of them: the last one
// is escaped and escapes nothing.
func backslashes(s string) bool {
	return (len(s)-len(strings.TrimRight(s, `\`)))%2 == 0
}

// stamp reads a time in one of the forms.
func (r *Record) stamp(form, s string) bool {
	switch form {
	case "time_unix":
		switch {
		case len(s) == 13 && number(s): // milliseconds
			s = s[:10] + "." + s[10:]
		case len(s) == 16 && number(s): // microseconds
			s = s[:10] + "." + s[10:]
		}
		return Unix(s, &r.Time)
	case "time_iso":
		return ISO(s, &r.Time) > 0
	}
	return CLF(s, &r.Time) > 0
}

// set puts a value under its canonical name.
func (r *Record) set(name, v string) {
	v = dash(v)
	if v == "" {
		return
	}
	switch name {
	case "addr":
		r.Addr = v
	case "port":
		r.Port = v
	case "ident":
		r.Ident = v
	case "user":
		r.User = v
	case "request":
		r.request(v)
	case "status":
		r.Status = v
	case "bytes": // the first of several: the body before the whole
		if r.Bytes == "" {
			r.Bytes = v
		}
	case "referer":
		r.Referer = v
	case "agent":
		r.Agent = v
	case "forwarded":
		r.Forwarded = v
	case "vhost":
		r.VHost = v
	case "local_port":
		r.LocalPort = v
	case "method":
		r.Method = v
	case "uri":
		r.URI = v
	case "uri_query": // Tomcat writes "-" for no query
		if !strings.Contains(v, "?") {
			v = strings.TrimSuffix(v, "-")
		}
		r.URI = v
	case "query":
		r.URI += v
	case "protocol":
		r.Protocol = v
	case "request_time":
		if r.Duration == "" {
			r.Duration = v + "s"
		}
	case "duration_us", "duration_ms", "duration_":
		if r.Duration == "" {
			r.Duration = v + name[len("duration_"):]
		}
	case "id":
		r.ID = v
	case "pid":
		r.PID = v
	case "level":
		r.Level = v
	case "message":
		r.Text = v
	}
}
