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
	env   *collect.Env
	paths map[string]bool
}

// findLogs gives patterns of log files that configurations name, each with its
// rotated copies, and the directories of remote logs.
func findLogs(_ context.Context, env *collect.Env) []string {
	f := &logFinder{env: env, paths: map[string]bool{}}
	for _, name := range f.files("/etc/logrotate.conf", "/etc/logrotate.d/*") {
		f.logrotate(f.text(name))
	}
	for _, name := range f.files("/etc/rsyslog.conf", "/etc/rsyslog.d/*.conf", "/etc/syslog.conf") {
		f.rsyslog(f.text(name))
	}
	for _, name := range f.files("/etc/syslog-ng/*.conf", "/etc/syslog-ng/conf.d/*.conf") {
		f.syslogNG(f.text(name))
	}
	for line := range strings.SplitSeq(f.text("/etc/audit/auditd.conf"), "\n") {
		if k, v, ok := strings.Cut(line, "="); ok && strings.TrimSpace(k) == "log_file" {
			f.add(strings.TrimSpace(v))
		}
	}
	return slices.Sorted(maps.Keys(f.paths))
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
			if !strings.HasPrefix(first(paths), "/") {
				paths = nil // a directive, such as include
			}
			for _, p := range paths {
				f.add(p)
			}
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

// syslogNG reads file("/path" ...).
func (f *logFinder) syslogNG(text string) {
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
