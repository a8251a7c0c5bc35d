package source

import (
	"encoding/xml"
	"path"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// lower gives s in lower case. It changes ASCII letters alone, so that places in the result are places in s
// (strings.ToLower makes bytes that are not UTF-8 longer).
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// apacheBase reads the configuration of one apache below a directory such as
// /etc/apache2, /etc/httpd or /usr/local/apache2.
func (f *webFinder) apacheBase(base string) {
	for line := range strings.SplitSeq(f.text(base+"/envvars"), "\n") {
		line = strings.TrimPrefix(strings.TrimSpace(line), "export ")
		if k, v, ok := strings.Cut(line, "="); ok {
			f.vars[strings.TrimSpace(k)] = strings.ReplaceAll(strings.Trim(strings.TrimSpace(v), `"'`), "$SUFFIX", "")
		}
	}
	for _, dir := range []string{base, base + "/conf", base + "/conf.d", base + "/conf/extra"} {
		for _, name := range f.files(dir, 0, ".conf") {
			f.apacheFile(name, base)
		}
	}
	for _, dir := range []string{"sites-enabled", "sites-available", "conf-enabled", "mods-enabled", "vhosts.d"} {
		for _, name := range f.files(base+"/"+dir, 1) {
			f.apacheFile(name, base)
		}
	}
	f.conf(base + "/logs/")
}

// apacheFile reads one file of directives. base is the ServerRoot.
func (f *webFinder) apacheFile(name, base string) {
	text := f.text(name)
	if text == "" {
		return
	}
	f.conf(name)
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\\\n", " "), "\n") {
		w := words(line)
		if len(w) < 2 {
			continue
		}
		arg := f.expand(w[1])
		switch lower(w[0]) {
		case "define":
			if len(w) > 2 {
				f.vars[w[1]] = f.expand(w[2])
			}
		case "serverroot":
			base = arg
		case "customlog", "errorlog", "transferlog", "globallog", "scriptlog", "forensiclog", "jklogfile", "rewritelog", "secauditlog", "secdebuglog":
			if command, ok := strings.CutPrefix(arg, "|"); ok {
				f.piped(command)
				continue
			}
			f.log(arg, base)
		case "documentroot", "virtualdocumentroot":
			f.root(starless(arg))
		case "alias", "scriptalias", "wsgiscriptalias":
			if len(w) > 2 {
				f.root(f.expand(w[2]))
			}
		case "include", "includeoptional":
			if !strings.HasPrefix(arg, "/") {
				arg = path.Join(base, arg)
			}
			for _, inc := range glob(f.env, arg) {
				f.apacheFile(inc, base)
			}
		}
	}
}

// piped finds the log of "|/usr/sbin/rotatelogs -l /var/log/x.%Y 86400".
func (f *webFinder) piped(command string) {
	w := words(command)
	for _, a := range w[min(1, len(w)):] {
		if strings.HasPrefix(a, "/") {
			f.log(a, "")
		}
	}
}

// expand replaces ${NAME} by what Define and envvars set.
func (f *webFinder) expand(s string) string {
	for range 8 {
		i := strings.Index(s, "${")
		j := strings.IndexByte(s[max(i, 0):], '}')
		if i < 0 || j < 0 {
			break
		}
		v, ok := f.vars[s[i+2:i+j]]
		if !ok || len(s)+len(v) > 4096 {
			break
		}
		s = s[:i] + v + s[i+j+1:]
	}
	return s
}

// starless cuts a path at its first variable part.
func starless(p string) string {
	if i := strings.IndexAny(p, "%$*?["); i >= 0 {
		return path.Dir(p[:i] + "x")
	}
	return p
}

// words splits a line at blanks; quotes hold together, # begins a comment.
func words(line string) (out []string) {
	var b strings.Builder
	quote, open := byte(0), false
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			} else {
				b.WriteByte(c)
			}
		case c == '"' || c == '\'':
			quote, open = c, true
		case c == '#' && !open && b.Len() == 0:
			return out
		case c == ' ' || c == '\t' || c == '\r':
			if open || b.Len() > 0 {
				out = append(out, b.String())
				b.Reset()
				open = false
			}
		default:
			b.WriteByte(c)
		}
	}
	if open || b.Len() > 0 {
		out = append(out, b.String())
	}
	return out
}

// nginxBase reads the configuration of one nginx.
func (f *webFinder) nginxBase(base string) {
	for _, dir := range []string{base, base + "/conf"} {
		for _, name := range f.files(dir, 0, ".conf") {
			f.nginxFile(name, path.Dir(name))
		}
	}
	for _, dir := range []string{"conf.d", "sites-enabled", "sites-available", "default.d", "vhosts", "conf/vhost"} {
		for _, name := range f.files(base+"/"+dir, 1) {
			f.nginxFile(name, base)
		}
	}
	f.conf(base + "/logs/")
}

// nginxFile reads one file of "name value ...;" statements.
func (f *webFinder) nginxFile(name, base string) {
	text := f.text(name)
	if text == "" {
		return
	}
	f.conf(name)
	for line := range strings.SplitSeq(text, "\n") {
		for statement := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == ';' || r == '{' || r == '}' }) {
			w := words(statement)
			if len(w) < 2 {
				continue
			}
			switch w[0] {
			case "access_log", "error_log":
				f.log(w[1], strings.TrimSuffix(base, "/conf"))
			case "root", "alias":
				f.root(starless(w[1]))
			case "include":
				inc := w[1]
				if !strings.HasPrefix(inc, "/") {
					inc = path.Join(base, inc)
				}
				for _, p := range glob(f.env, inc) {
					f.nginxFile(p, base)
				}
			}
		}
	}
}

// phpBase reads pool and main configuration of php-fpm.
func (f *webFinder) phpBase(dir string) {
	for _, name := range f.files(dir, 1, ".conf", ".ini") {
		text := f.text(name)
		if text == "" {
			continue
		}
		f.conf(name)
		for line := range strings.SplitSeq(text, "\n") {
			k, v, ok := strings.Cut(line, "=")
			if k = strings.TrimSpace(k); !ok || strings.HasPrefix(k, ";") {
				continue
			}
			switch {
			case k == "access.log", k == "slowlog", k == "error_log", strings.HasSuffix(k, "[error_log]"):
				f.log(strings.TrimSpace(v), "/var")
			}
		}
	}
}

// tomcatBase reads conf/server.xml below a CATALINA_BASE.
func (f *webFinder) tomcatBase(base string) {
	base = path.Clean(base)
	if !strings.HasPrefix(base, "/") {
		return
	}
	text := f.text(base + "/conf/server.xml")
	if text == "" {
		return
	}
	f.conf(base + "/conf/")
	f.conf(base + "/logs/")
	f.root(base + "/webapps")
	f.root(base + "/work")
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict = false
	for {
		t, err := d.Token()
		if err != nil {
			return
		}
		e, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range e.Attr {
			value := strings.ReplaceAll(strings.ReplaceAll(a.Value, "${catalina.base}", base), "${catalina.home}", base)
			if !strings.HasPrefix(value, "/") {
				value = path.Join(base, value)
			}
			switch {
			case e.Name.Local == "Host" && a.Name.Local == "appBase", e.Name.Local == "Context" && a.Name.Local == "docBase":
				f.root(value)
			case e.Name.Local == "Valve" && a.Name.Local == "directory":
				f.conf(value + "/")
			}
		}
	}
}

// jeusBase takes the usual places of JEUS 6 to 8.
func (f *webFinder) jeusBase(base string) {
	base = path.Clean(base)
	for _, dir := range []string{"/logs/", "/config/", "/domains/*/config/", "/domains/*/servers/*/logs/", "/logs/*/"} {
		f.conf(base + dir)
	}
	f.root(base + "/webhome")
	for _, dir := range f.existing(base+"/domains/*/.applications", base+"/domains/*/servers/*/.workspace") {
		f.root(dir)
	}
}

// webtobBase reads config/http.m below a WEBTOBDIR: KEY = "value" pairs.
func (f *webFinder) webtobBase(base string) {
	base = path.Clean(base)
	f.conf(base + "/log/")
	for _, name := range f.files(base+"/config", 0, ".m") {
		text := f.text(name)
		f.conf(name)
		for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == '\n' }) {
			k, v, ok := strings.Cut(part, "=")
			if !ok {
				continue
			}
			v = strings.Trim(strings.TrimSpace(v), `"`)
			if !strings.HasPrefix(v, "/") {
				v = path.Join(base, v)
			}
			keys := strings.Fields(lower(k))
			switch last := first(keys[max(0, len(keys)-1):]); last {
			case "docroot", "appdir":
				f.root(v)
			case "filename", "logfile":
				for _, c := range "YMDHS" { // date fields are %Y%, not %Y
					v = strings.ReplaceAll(v, "%"+string(c)+"%", "%Y")
				}
				f.log(v, base)
			}
		}
	}
}
