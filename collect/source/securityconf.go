package source

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/collect"
)

// securityLogs gives the log files, databases and quarantine directories that
// the configurations of scanners name.
func securityLogs(_ context.Context, env *collect.Env) []string {
	f := &logFinder{env: env, paths: map[string]bool{}}
	f.jobs()
	for _, name := range f.files("/etc/clamav/*.conf", "/etc/clamd.d/*.conf", "/etc/clamd.conf", "/etc/freshclam.conf", "/usr/local/etc/clamd.conf", "/usr/local/etc/freshclam.conf",
		"/etc/rkhunter.conf", "/etc/rkhunter.conf.local", "/etc/rkhunter.d/*.conf", "/etc/fail2ban/fail2ban.*", "/etc/chkrootkit.conf",
		"/etc/chkrootkit/*.conf", "/etc/tripwire/twcfg.txt", "/etc/samhainrc", "/usr/local/maldetect/conf.maldet", "/etc/osquery/osquery.flags") {
		for line := range strings.SplitSeq(f.text(name), "\n") {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
				f.scanner(line)
			}
		}
	}
	a := aideReader{f: f, vars: map[string]string{}, read: map[string]bool{}}
	for _, name := range f.files("/etc/aide.conf", "/etc/aide/aide.conf", "/etc/aide/*.conf", "/etc/aide/aide.conf.d/*", "/usr/local/etc/aide.conf") {
		a.file(name)
	}
	return slices.Sorted(maps.Keys(f.paths))
}

// scanner reads "Key value", "key = value" and "--key=value" and takes paths
// of keys that name logs, reports, databases and quarantines.
func (f *logFinder) scanner(line string) {
	line = strings.Replace(strings.TrimPrefix(line, "--"), "=", " ", 1)
	w := words(line)
	if len(w) < 2 {
		return
	}
	key, value := lower(w[0]), w[1]
	for _, scheme := range []string{"file:/", "file:"} {
		if rest, ok := strings.CutPrefix(value, scheme); ok {
			value = "/" + strings.TrimLeft(rest, "/")
		}
	}
	switch key {
	case "logfile", "updatelogfile", "logtarget", "report_url", "database", "database_in", "database_out", "database_new", "dbfile", "reportfile", "sighist_file", "hitsdb", "logger_path",
		"virusevent", "log_file", "inspath_log":
		f.add(value)
	case "dbdir", "quardir", "quarantinedir", "tmpdir":
		if strings.HasPrefix(value, "/") && strings.Count(value, "/") > 2 {
			f.paths["?"+path.Clean(value)+"/"] = true
		}
	}
}

// aideReader reads aide.conf(5) with its macros: "@@define DBDIR /x",
// "@@{DBDIR}", "@@include FILE".
type aideReader struct {
	f    *logFinder
	vars map[string]string
	read map[string]bool
}

func (a *aideReader) file(name string) {
	if a.read[name] || len(a.read) >= 256 {
		return
	}
	a.read[name] = true
	for line := range strings.SplitSeq(a.f.text(name), "\n") {
		line = a.expand(strings.TrimSpace(line))
		w := strings.Fields(line)
		switch first(w) {
		case "@@define":
			if len(w) > 2 {
				a.vars[w[1]] = w[2]
			}
		case "@@include", "@@x_include":
			a.include(w[1:])
		case "":
		default:
			if line[0] != '#' {
				a.f.scanner(line)
			}
		}
	}
}

// include reads a file, or the files of a directory whose names a pattern
// names; the pattern is not asked: more files do no harm.
func (a *aideReader) include(args []string) {
	for _, p := range args[:min(1, len(args))] {
		for _, name := range a.f.files(p, p+"/*") {
			a.file(name)
		}
	}
}

func (a *aideReader) expand(s string) string {
	for range 8 {
		i := strings.Index(s, "@@{")
		j := strings.IndexByte(s[max(i, 0):], '}')
		if i < 0 || j < 0 {
			break
		}
		v, ok := a.vars[s[i+3:i+j]]
		if !ok || len(s)+len(v) > 4096 {
			break
		}
		s = s[:i] + v + s[i+j+1:]
	}
	return s
}

// jobs reads the regular jobs that run a scanner: where it logs to and where
// it moves what it finds.
func (f *logFinder) jobs() {
	for _, name := range f.files("/etc/crontab", "/etc/cron.d/*", "/etc/cron.hourly/*", "/etc/cron.daily/*", "/etc/cron.weekly/*", "/etc/cron.monthly/*", "/etc/anacrontab",
		"/var/spool/cron/*", "/var/spool/cron/crontabs/*", "/etc/systemd/system/*.service", "/usr/local/bin/*.sh", "/usr/local/sbin/*.sh", "/root/*.sh", "/root/bin/*.sh", "/opt/scripts/*.sh") {
		vars := map[string]string{}
		for line := range strings.SplitSeq(strings.ReplaceAll(f.text(name), "\\\n", " "), "\n") {
			f.job(strings.TrimSpace(line), vars)
		}
	}
}

// job takes the paths that one line of a script gives a scanner.
func (f *logFinder) job(line string, vars map[string]string) {
	if line == "" || line[0] == '#' {
		return
	}
	w := words(line)
	if k, v, ok := strings.Cut(first(w), "="); ok && len(w) == 1 && len(vars) < 1000 && !strings.ContainsAny(k, "/-. ") {
		vars[k] = shellValue(v, vars)
	}
	scanner := false
	for _, a := range w {
		switch path.Base(a) {
		case "clamscan", "clamdscan", "freshclam", "rkhunter", "chkrootkit", "aide", "maldet", "lynis", "yara", "loki", "unhide", "tripwire":
			scanner = true
		}
	}
	if !scanner {
		return
	}
	for i, a := range w {
		key, value, joined := strings.Cut(a, "=")
		next := ""
		if i+1 < len(w) {
			next = w[i+1]
		}
		switch {
		case key == "--move" || key == "--copy":
			if !joined {
				value = next
			}
			if dir := path.Clean(shellValue(value, vars)); strings.HasPrefix(dir, "/") && strings.Count(dir, "/") > 1 {
				f.paths["?"+dir+"/"] = true
			}
		case key == "--log" || key == "--logfile" || key == "--report" || key == "--report-file":
			if !joined {
				value = next
			}
			f.add(shellValue(value, vars))
		case a == "-l" || a == "-o" || a == ">" || a == ">>" || a == "&>" || a == "tee":
			f.add(shellValue(next, vars))
		case strings.HasPrefix(a, ">"):
			f.add(shellValue(strings.TrimLeft(a, ">"), vars))
		}
	}
}
