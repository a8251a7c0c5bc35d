package source

import (
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

// apacheFile reads one file of directives, or all files of a directory, as
// Include does. base is the ServerRoot.
func (f *webFinder) apacheFile(name, base string) {
	if st, err := f.env.Host.Stat(name); err == nil && kind(st) == modeDir {
		for _, sub := range f.files(name, 2) {
			f.apacheFile(sub, base)
		}
		return
	}
	text := f.text(name)
	if text == "" {
		return
	}
	f.conf(name)
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\\\n", " "), "\n") {
		if w := words(line); len(w) > 1 {
			base = f.apacheDirective(lower(w[0]), w, base)
		}
	}
}

// apacheDirective takes one directive and gives the ServerRoot that holds from
// there on. Relative paths are below it.
func (f *webFinder) apacheDirective(name string, w []string, base string) string {
	arg := f.expand(w[1])
	switch name {
	case "define":
		if len(w) > 2 {
			f.vars[w[1]] = f.expand(w[2])
		}
	case "serverroot":
		return absolute(arg, base)
	case "customlog", "errorlog", "transferlog", "globallog", "scriptlog", "forensiclog", "jklogfile", "rewritelog", "secauditlog", "secdebuglog", "cookielog":
		if command, ok := strings.CutPrefix(arg, "|"); ok {
			f.piped(command)
		} else {
			f.log(arg, base)
		}
	case "secauditlogstoragedir":
		f.conf(absolute(arg, base) + "/")
	case "documentroot", "virtualdocumentroot", "virtualscriptalias":
		f.root(starless(absolute(arg, base)))
	case "userdir":
		f.userDir(w[1:])
	case "alias", "scriptalias", "aliasmatch", "scriptaliasmatch", "wsgiscriptalias":
		if len(w) > 2 {
			f.root(starless(absolute(f.expand(w[2]), base)))
		}
	case "php_value", "php_admin_value":
		if len(w) > 2 && lower(arg) == "error_log" {
			f.log(f.expand(w[2]), base)
		} else if len(w) > 2 && strings.HasPrefix(lower(arg), "auto_") {
			f.script(f.expand(w[2]))
		}
	case "include", "includeoptional":
		for _, inc := range glob(f.env, absolute(arg, base)) {
			f.apacheFile(inc, base)
		}
	}
	return base
}

// absolute joins a relative path to its base.
func absolute(p, base string) string {
	if strings.HasPrefix(p, "/") {
		return p
	}
	return path.Join(base, p)
}

// userDir takes the directory that every account may serve files from.
func (f *webFinder) userDir(args []string) {
	for _, a := range args {
		switch {
		case strings.HasPrefix(a, "/"):
			f.root(starless(a))
		case a != "disabled" && a != "enabled" && !strings.ContainsAny(a, "*/:") && a != "." && a != "..":
			put(f.roots, "~/"+a+"/")
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
