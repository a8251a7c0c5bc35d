package parse

import (
	"strings"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// webFormats reads the log formats that collected apache and nginx
// configurations define, and which log they are used for: rotation stem of the
// log's path -> format strings, each preceded by "apache:", "nginx:" or "tomcat:".
func webFormats(src Source, exhibits []bundle.Exhibit) map[string][]string {
	out := make(map[string][]string)
	names := make(map[string]string)
	type use struct{ file, format string }
	var uses []use
	files := byPath(exhibits)
	for _, x := range exhibits {
		p := rooted(string(x.Path))
		kind := webConfig(p)
		if kind == "" {
			continue
		}
		if kind == "tomcat:" {
			for file, format := range tomcatLogs(p, string(readSmall(src, files, p))) {
				out[file] = append(out[file], format)
			}
			continue
		}
		for _, words := range statements(kind, string(readSmall(src, files, p))) {
			switch {
			case kind == "nginx:" && words[0] == "log_format" && len(words) > 2:
				names[kind+words[1]] = kind + nginxFormat(words[2:])
			case kind == "nginx:" && words[0] == "access_log" && len(words) > 2:
				uses = append(uses, use{words[1], kind + words[2]})
			case kind == "apache:" && strings.EqualFold(words[0], "LogFormat") && len(words) > 2:
				names[kind+words[2]] = kind + words[1]
			case kind == "apache:" && strings.EqualFold(words[0], "CustomLog") && len(words) > 2:
				uses = append(uses, use{apacheLog(words[1]), kind + words[2]})
				if strings.Contains(words[2], "%") {
					names[kind+words[2]] = kind + words[2]
				}
			}
		}
	}
	for _, u := range uses {
		if f, ok := names[u.format]; ok && u.file != "" {
			stem := rotationStem(u.file)
			out[stem] = append(out[stem], f)
		}
	}
	return out
}

func webConfig(p string) string {
	switch {
	case strings.HasSuffix(p, "/server.xml"):
		return "tomcat:"
	case strings.Contains(p, "/nginx/") && (strings.HasSuffix(p, ".conf") || strings.Contains(p, "/sites-")):
		return "nginx:"
	case (strings.Contains(p, "/apache2/") || strings.Contains(p, "/httpd/")) && (strings.HasSuffix(p, ".conf") || strings.Contains(p, "/sites-")):
		return "apache:"
	}
	return ""
}

// apacheLog turns the log name of a configuration into a path as Debian and
// Red Hat lay them out.
func apacheLog(s string) string {
	if strings.HasPrefix(s, "|") { // "|/usr/bin/rotatelogs /var/log/httpd/access_log.%Y%m%d 86400"
		_, file, ok := strings.Cut(s, "rotatelogs ")
		i := strings.Index(file, "/")
		if !ok || i < 0 {
			return ""
		}
		s, _, _ = strings.Cut(file[i:], " ")
		s, _, _ = strings.Cut(s, "%")
		s = strings.TrimRight(s, ".-_")
	}
	s = strings.Replace(s, "${APACHE_LOG_DIR}", "/var/log/apache2", 1)
	if strings.HasPrefix(s, "logs/") {
		s = "/var/log/httpd/" + s[len("logs/"):]
	}
	return s
}

// nginxFormat joins the strings of a log_format, without its escape= word.
func nginxFormat(words []string) string {
	if strings.HasPrefix(words[0], "escape=") {
		words = words[1:]
	}
	return strings.Join(words, "")
}

// statements cuts a configuration into statements of words: nginx ends them
// with a semicolon or brace, apache with the line. Quotes group; a backslash
// escapes a quote.
func statements(kind, text string) [][]string {
	var out [][]string
	var words []string
	end := func() {
		if len(words) > 0 {
			out = append(out, words)
			words = nil
		}
	}
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '\n' && kind == "apache:":
			end()
			i++
		case c == '\\' && i+1 < len(text) && text[i+1] == '\n':
			i += 2
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			i++
		case c == '#':
			for i < len(text) && text[i] != '\n' {
				i++
			}
		case kind == "nginx:" && (c == ';' || c == '{' || c == '}'):
			end()
			i++
		default:
			var w string
			w, i = word(kind, text, i)
			words = append(words, w)
		}
	}
	end()
	return out
}

func word(kind, text string, i int) (string, int) {
	var b strings.Builder
	if q := text[i]; q == '"' || q == '\'' {
		for i++; i < len(text) && text[i] != q; i++ {
			if text[i] == '\\' && i+1 < len(text) && (text[i+1] == q || text[i+1] == '\\') {
				i++
			}
			b.WriteByte(text[i])
		}
		return b.String(), i + 1
	}
	for ; i < len(text); i++ {
		c := text[i]
		if c == ' ' || c == '\t' || c == '\r' || c == '\n' || kind == "nginx:" && (c == ';' || c == '{' || c == '}') {
			break
		}
		b.WriteByte(c)
	}
	return b.String(), i
}
