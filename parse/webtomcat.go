package parse

import (
	"path"
	"strings"
)

// tomcatLogs reads the AccessLogValves of a server.xml: log path without the
// date that Tomcat puts into it -> format, preceded by "tomcat:". The JSON
// valve needs none. A relative directory lies below CATALINA_BASE, which is
// where conf/ is; Debian keeps conf in /etc/NAME and logs in /var/log/NAME.
func tomcatLogs(p, text string) map[string]string {
	out := make(map[string]string)
	for {
		i := strings.Index(text, "<")
		if i < 0 {
			return out
		}
		text = text[i:]
		if strings.HasPrefix(text, "<!--") {
			_, text, _ = strings.Cut(text, "-->")
			continue
		}
		tag, rest := xmlTag(text[1:])
		text = rest
		if !strings.HasPrefix(tag, "Valve") {
			continue
		}
		a := xmlAttributes(tag[len("Valve"):])
		if !strings.HasSuffix(a["className"], ".AccessLogValve") && !strings.HasSuffix(a["className"], ".ExtendedAccessLogValve") {
			continue
		}
		format := a["pattern"]
		switch format {
		case "", "common":
			format = `%h %l %u %t "%r" %s %b`
		case "combined":
			format = `%h %l %u %t "%r" %s %b "%{Referer}i" "%{User-Agent}i"`
		}
		prefix, ok := a["prefix"]
		if !ok {
			prefix = "access_log"
		}
		for _, dir := range tomcatDirs(p, a["directory"]) {
			out[dir+"/"+prefix+a["suffix"]] = "tomcat:" + format
		}
	}
}

// tomcatDirs gives the places where a valve's directory may lie.
func tomcatDirs(p, dir string) []string {
	if dir == "" {
		dir = "logs"
	}
	dir = strings.NewReplacer("${catalina.base}/", "", "${catalina.home}/", "").Replace(dir)
	if strings.HasPrefix(dir, "/") {
		return []string{path.Clean(dir)}
	}
	conf := path.Dir(p)
	name := path.Base(conf)
	if name == "conf" {
		base := path.Dir(conf)
		return []string{path.Join(base, dir), "/var/log/" + path.Base(base)}
	}
	return []string{"/var/log/" + name, path.Join("/var/lib", name, dir), path.Join("/usr/share", name, dir)}
}

// xmlTag cuts a tag at the ">" that no quotes hold.
func xmlTag(s string) (tag, rest string) {
	var quote byte
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// xmlAttributes reads name="value" pairs.
func xmlAttributes(s string) map[string]string {
	out := make(map[string]string)
	decode := strings.NewReplacer("&quot;", `"`, "&apos;", "'", "&lt;", "<", "&gt;", ">", "&#34;", `"`, "&#37;", "%", "&amp;", "&")
	for {
		name, rest, ok := strings.Cut(s, "=")
		rest = strings.TrimLeft(rest, " \t\r\n")
		if !ok || rest == "" || rest[0] != '"' && rest[0] != '\'' {
			return out
		}
		value, after, ok := strings.Cut(rest[1:], rest[:1])
		if !ok {
			return out
		}
		out[strings.TrimSpace(name)] = decode.Replace(value)
		s = after
	}
}

// undated cuts ".2024-03-03" and the like out of the name of a log, as Tomcat
// puts it between prefix and suffix.
func undated(p string) string {
	dir, base := path.Split(p)
	for i := 0; i+11 <= len(base); i++ {
		d := base[i : i+11]
		if (d[0] == '.' || d[0] == '-' || d[0] == '_') && digits(d[1:5]) && d[5] == '-' && digits(d[6:8]) && d[8] == '-' && digits(d[9:11]) {
			return rooted(dir + base[:i] + base[i+11:])
		}
	}
	return rooted(p)
}
