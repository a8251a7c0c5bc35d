package source

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/collect"
)

// logFinder reads the configuration of log writers and of logrotate to learn
// where logs lie besides /var/log.
type logFinder struct {
	env      *collect.Env
	paths    map[string]bool
	dir      string   // of the file that is read
	included []string // patterns of files still to read
}

// findLogs gives patterns of log files that configurations name, each with its
// rotated copies, and the directories of remote logs.
func findLogs(_ context.Context, env *collect.Env) []string {
	f := &logFinder{env: env, paths: map[string]bool{}}
	f.each(f.logrotate, "/etc/logrotate.conf", "/etc/logrotate.d/*")
	f.each(f.rsyslog, "/etc/rsyslog.conf", "/etc/rsyslog.d/*.conf", "/etc/syslog.conf")
	f.each(f.syslogNG, "/etc/syslog-ng/*.conf", "/etc/syslog-ng/conf.d/*.conf")
	f.each(f.units, "/etc/systemd/system/*.service", "/etc/systemd/system/*.d/*.conf", "/usr/lib/systemd/system/*.service", "/usr/local/lib/systemd/system/*.service", "/run/systemd/system/*.service")
	f.each(f.supervisor, "/etc/supervisord.conf", "/etc/supervisor/*.conf", "/etc/supervisor/conf.d/*", "/etc/supervisord.d/*")
	for line := range strings.SplitSeq(f.text("/etc/audit/auditd.conf"), "\n") {
		if k, v, ok := strings.Cut(line, "="); ok && strings.TrimSpace(k) == "log_file" {
			f.add(strings.TrimSpace(v))
		}
	}
	return slices.Sorted(maps.Keys(f.paths))
}

// each gives the text of every file to read, which may name further files of
// its kind. No file is read twice for one reader.
func (f *logFinder) each(read func(text string), patterns ...string) {
	done := map[string]bool{}
	f.included = patterns
	for len(f.included) > 0 && len(done) < maxConfFiles {
		p := f.included[0]
		f.included = f.included[1:]
		for _, name := range f.files(p) {
			if !done[name] && len(done) < maxConfFiles {
				done[name] = true
				f.dir = path.Dir(name)
				read(f.text(name))
			}
		}
	}
}

// include notes a file, pattern or directory that a configuration names.
func (f *logFinder) include(p string) {
	p = strings.Trim(p, "\"';")
	if p == "" || len(f.included) >= maxConfFiles {
		return
	}
	p = absolute(p, f.dir)
	if strings.HasPrefix(p, "/") {
		f.included = append(f.included, p, path.Clean(p)+"/*")
	}
}

// units reads where services write what they print: StandardOutput=append:/x
// (systemd.exec(5)).
func (f *logFinder) units(text string) {
	for line := range strings.SplitSeq(text, "\n") {
		k, v, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok || k != "StandardOutput" && k != "StandardError" {
			continue
		}
		if kind, p, ok := strings.Cut(v, ":"); ok && (kind == "append" || kind == "file" || kind == "truncate") {
			f.add(strings.ReplaceAll(p, "%", "$"))
		}
	}
}

// supervisor reads the log files of supervisord and its programs.
func (f *logFinder) supervisor(text string) {
	for line := range strings.SplitSeq(text, "\n") {
		k, v, ok := strings.Cut(strings.TrimSpace(line), "=")
		switch k = strings.TrimSpace(k); {
		case ok && (k == "logfile" || k == "stdout_logfile" || k == "stderr_logfile"):
			v, _, _ = strings.Cut(strings.TrimSpace(v), " ;")
			f.add(strings.ReplaceAll(v, "%(", "$"))
		case ok && k == "files":
			for _, p := range strings.Fields(v) {
				f.include(p)
			}
		}
	}
}

func (f *logFinder) files(patterns ...string) (out []string) {
	for _, p := range patterns {
		out = append(out, glob(f.env, p)...)
	}
	return out[:min(len(out), maxConfFiles)]
}

func (f *logFinder) text(name string) string {
	data, _, err := f.env.Host.ReadFile(name, maxConf)
	if err != nil {
		return ""
	}
	return string(data)
}

// add notes one log path, which may be a pattern.
func (f *logFinder) add(p string) {
	p = path.Clean(strings.Trim(p, `"'`))
	if !strings.HasPrefix(p, "/") || strings.Count(p, "/") < 2 || hasDir(p+"/", "var/log") || strings.ContainsAny(p, "\x00{}()") {
		return
	}
	for _, no := range []string{"/dev/", "/proc/", "/sys/"} {
		if strings.HasPrefix(p, no) {
			return
		}
	}
	if len(f.paths) < maxFound {
		f.paths["?"+strings.TrimSuffix(starred(p), "*")+"*"] = true
	}
}

// logrotate reads the paths before each "{": several on a line or on lines of
// their own.
func (f *logFinder) logrotate(text string) {
	inside := false
	for line := range strings.SplitSeq(text, "\n") {
		head, _, opens := strings.Cut(line, "{")
		if !inside {
			paths := words(head)
			if !strings.HasPrefix(first(paths), "/") { // a directive
				if len(paths) > 1 && paths[0] == "include" {
					f.include(paths[1])
				}
				paths = nil
			}
			for _, p := range paths {
				f.add(p)
			}
		}
		if w := words(line); len(w) > 1 && w[0] == "olddir" && strings.HasPrefix(w[1], "/") {
			f.add(w[1] + "/")
		}
		inside = (inside || opens) && !strings.Contains(line, "}")
	}
}

// rsyslog reads "selector -/path", file="..." and File="..." (legacy and
// RainerScript), and templates of file names.
func (f *logFinder) rsyslog(text string) {
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		low := lower(line)
		if rest, ok := strings.CutPrefix(low, "$includeconfig"); ok {
			f.include(strings.TrimSpace(line[len(line)-len(rest):]))
			continue
		}
		if strings.HasPrefix(low, "include(") {
			if _, value, ok := strings.Cut(line, `file="`); ok {
				value, _, _ = strings.Cut(value, `"`)
				f.include(value)
			}
			continue
		}
		for _, key := range []string{`file="`, `string="/`, `dynafile="`} {
			for at := 0; ; {
				i := strings.Index(low[at:], key)
				if i < 0 {
					break
				}
				at += i + len(key)
				value, _, _ := strings.Cut(line[at:], `"`)
				if strings.HasSuffix(key, "/") {
					value = "/" + value
				}
				f.add(percent(value))
			}
		}
		if strings.HasPrefix(line, "$") || strings.Contains(line, "(") {
			if template, value, ok := strings.Cut(line, ",\""); ok && strings.HasPrefix(low, "$template") && template != "" {
				value, _, _ = strings.Cut(value, `"`)
				f.add(percent(value))
			}
			continue
		}
		if w := strings.Fields(line); len(w) > 1 {
			action, _, _ := strings.Cut(strings.TrimPrefix(w[len(w)-1], "-"), ";")
			f.add(action)
		}
	}
}

// percent makes the properties of a template, %HOSTNAME%, one field each.
func percent(s string) string {
	for range 32 {
		i := strings.IndexByte(s, '%')
		if i < 0 {
			break
		}
		j := strings.IndexByte(s[i+1:], '%')
		if j < 0 {
			break
		}
		s = s[:i] + "*" + s[i+j+2:]
	}
	return s
}

// syslogNG reads file("/path" ...), with "@define NAME value" and "@include".
func (f *logFinder) syslogNG(text string) {
	for line := range strings.SplitSeq(text, "\n") {
		switch w := words(strings.TrimSpace(line)); first(w) {
		case "@define":
			if len(w) > 2 && len(w[1]) > 0 {
				text = strings.ReplaceAll(text, "`"+w[1]+"`", w[2])
				if len(text) > 4*maxConf {
					return
				}
			}
		case "@include":
			if len(w) > 1 {
				f.include(w[1])
			}
		}
	}
	for at := 0; ; {
		i := strings.Index(text[at:], "file(")
		if i < 0 {
			return
		}
		at += i + len("file(")
		value, _, _ := strings.Cut(strings.TrimLeft(text[at:min(len(text), at+4096)], " \t\n\""), `"`)
		f.add(strings.TrimRight(value, " )"))
	}
}
