package source

import (
	"path"
	"strings"
)

// nginxBase reads the configuration of one nginx.
func (f *webFinder) nginxBase(base string) {
	for _, dir := range []string{base, base + "/conf"} {
		for _, name := range f.files(dir, 0, ".conf") {
			f.nginxFile(name, path.Dir(name))
		}
	}
	for _, dir := range []string{"conf.d", "sites-enabled", "sites-available", "default.d", "vhosts", "conf/vhost", "snippets"} {
		for _, name := range f.files(base+"/"+dir, 1) {
			f.nginxFile(name, base)
		}
	}
	f.conf(base + "/logs/")
}

// nginxFile reads one file of statements. base is the directory of the main
// configuration: includes are relative to it.
func (f *webFinder) nginxFile(name, base string) {
	text := f.text(name)
	if text == "" {
		return
	}
	f.conf(name)
	for _, w := range statements(text) {
		if len(w) > 1 {
			f.nginxStatement(w, base)
		}
	}
}

// nginxStatement takes one statement. Logs and roots that are relative are
// below the prefix, which is the directory above conf/, or the one that
// distributions build in.
func (f *webFinder) nginxStatement(w []string, base string) {
	prefixes := []string{strings.TrimSuffix(base, "/conf")}
	if strings.HasPrefix(base, "/etc/") {
		prefixes = append(prefixes, "/usr/share/nginx")
	}
	arg := f.dollar(w[1])
	switch w[0] {
	case "access_log", "error_log":
		for _, p := range prefixes {
			f.log(arg, p)
		}
	case "root", "alias":
		for _, p := range prefixes {
			f.root(starless(absolute(arg, p)))
		}
	case "set":
		if len(w) > 2 && strings.HasPrefix(w[1], "$") && strings.HasPrefix(w[2], "/") {
			f.vars[w[1]] = w[2]
		}
	case "fastcgi_param", "uwsgi_param", "scgi_param":
		if len(w) > 2 && (w[1] == "SCRIPT_FILENAME" || w[1] == "DOCUMENT_ROOT") {
			f.root(starless(strings.TrimSuffix(f.dollar(w[2]), "$fastcgi_script_name")))
		} else if len(w) > 2 && w[1] == "PHP_VALUE" || len(w) > 2 && w[1] == "PHP_ADMIN_VALUE" {
			if k, v, ok := strings.Cut(w[2], "="); ok && strings.HasPrefix(strings.TrimSpace(k), "auto_") {
				f.script(strings.TrimSpace(v))
			}
		}
	case "include":
		for _, p := range glob(f.env, absolute(arg, base)) {
			f.nginxFile(p, base)
		}
	}
}

// dollar replaces a variable that "set" gave a path.
func (f *webFinder) dollar(s string) string {
	if !strings.HasPrefix(s, "$") {
		return s
	}
	name, rest, _ := strings.Cut(s, "/")
	v, ok := f.vars[name]
	if !ok {
		return s
	}
	return strings.TrimSuffix(v, "/") + "/" + rest
}

// statements splits a configuration of "name value ...;" and blocks into the
// words of each statement, over lines: quotes hold together, # begins a
// comment where a word may begin.
func statements(text string) (out [][]string) {
	var cur []string
	var b strings.Builder
	word := false
	push := func() {
		if word {
			cur = append(cur, b.String())
		}
		b.Reset()
		word = false
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '#' && !word:
			if j := strings.IndexByte(text[i:], '\n'); j >= 0 {
				i += j
			} else {
				i = len(text)
			}
		case (c == '"' || c == '\'') && !word:
			word = true
			for i++; i < len(text) && text[i] != c; i++ {
				if text[i] == '\\' && i+1 < len(text) {
					i++
				}
				b.WriteByte(text[i])
			}
		case c == ';' || c == '{' || c == '}':
			if push(); len(cur) > 0 {
				out = append(out, cur)
			}
			cur = nil
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			push()
		case c == '$' && i+1 < len(text) && text[i+1] == '{': // ${name}: its brace is no block
			j := strings.IndexByte(text[i:], '}')
			if j < 0 {
				j = len(text) - i - 1
			}
			b.WriteString(text[i : i+j+1])
			i, word = i+j, true
		default:
			b.WriteByte(c)
			word = true
		}
	}
	if push(); len(cur) > 0 {
		out = append(out, cur)
	}
	return out
}

// lighttpdBase reads "name = value" of lighttpd.
func (f *webFinder) lighttpdBase(base string) {
	for _, name := range f.files(base, 2, ".conf") {
		f.conf(name)
		for line := range strings.SplitSeq(f.text(name), "\n") {
			k, v, ok := strings.Cut(line, "=")
			if v = strings.Trim(strings.TrimSpace(strings.TrimPrefix(v, ">")), `"`); !ok || !strings.HasPrefix(v, "/") {
				continue
			}
			switch k = strings.TrimSpace(k); {
			case k == "server.errorlog", k == "accesslog.filename", k == "server.breakagelog":
				f.log(v, "")
			case k == "server.document-root", strings.HasSuffix(k, ".document-root"):
				f.root(v)
			}
		}
	}
}

// caddyFile reads roots and log files of a Caddyfile.
func (f *webFinder) caddyFile(name string) {
	text := f.text(name)
	if text == "" {
		return
	}
	f.conf(name)
	for line := range strings.SplitSeq(text, "\n") {
		w := words(line)
		switch last := len(w) - 1; {
		case len(w) > 1 && w[0] == "root" && strings.HasPrefix(w[last], "/"):
			f.root(starless(w[last]))
		case len(w) > 2 && w[0] == "output" && w[1] == "file":
			f.log(w[2], "")
		}
	}
}

// phpBase reads pool and main configuration of php-fpm.
func (f *webFinder) phpBase(dir string) {
	for _, name := range f.files(dir, 1, ".conf", ".ini") {
		f.phpFile(name)
	}
}

func (f *webFinder) phpFile(name string) {
	text := f.text(name)
	if text == "" {
		return
	}
	f.conf(name)
	for line := range strings.SplitSeq(text, "\n") {
		k, v, ok := strings.Cut(line, "=")
		if k = strings.TrimSpace(k); !ok || strings.HasPrefix(k, ";") || strings.HasPrefix(k, "#") {
			continue
		}
		v, _, _ = strings.Cut(strings.TrimSpace(v), " ;")
		v = strings.Trim(v, `"' `)
		switch {
		case k == "access.log", k == "slowlog", k == "error_log", strings.HasSuffix(k, "[error_log]"):
			f.log(v, "/var")
			if prefix, _, ok := strings.Cut(name, "/etc/"); ok && prefix != "" { // built with --prefix
				f.log(v, prefix+"/var")
			}
		case k == "auto_prepend_file", k == "auto_append_file", strings.HasSuffix(k, "[auto_prepend_file]"), strings.HasSuffix(k, "[auto_append_file]"):
			f.script(v)
		case k == "chdir", k == "chroot", k == "doc_root", strings.HasSuffix(k, "[doc_root]"):
			f.root(starless(v))
		case k == "include" && strings.HasPrefix(v, "/"):
			for _, p := range glob(f.env, v) {
				f.phpFile(p)
			}
		}
	}
}

// script notes a file that every request runs.
func (f *webFinder) script(p string) {
	if p = strings.Trim(p, `"'`); strings.HasPrefix(p, "/") && strings.Count(path.Clean(p), "/") > 1 && !strings.HasSuffix(p, "/") {
		f.conf(path.Clean(p))
	}
}
