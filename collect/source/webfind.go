package source

import (
	"cmp"
	"context"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/collect"
)

const (
	maxConf      = 1 << 20 // bytes read of one configuration file
	maxConfFiles = 4000
	maxFound     = 2000 // paths of one kind
)

// webFound is what configurations and command lines of web servers name.
type webFound struct{ confs, logs, roots []string }

// webFinder reads configurations to learn what to take. Nothing it concludes
// goes anywhere but into the plan.
type webFinder struct {
	ctx   context.Context
	env   *collect.Env
	confs map[string]bool
	logs  map[string]bool
	roots map[string]bool
	read  map[string]bool // configuration files already read
	vars  map[string]string

	properties map[string]string // of the tomcat that is being read
}

// findWeb looks for servers in their usual places and among the running processes.
func findWeb(ctx context.Context, env *collect.Env) webFound {
	if env.Seen != nil {
		if w, ok := env.Seen.Shared["web"].(webFound); ok {
			return w
		}
	}
	w := lookForWeb(ctx, env)
	if env.Seen != nil && ctx.Err() == nil {
		env.Seen.Share("web", w)
	}
	return w
}

func lookForWeb(ctx context.Context, env *collect.Env) webFound {
	f := &webFinder{ctx: ctx, env: env, confs: map[string]bool{}, logs: map[string]bool{}, roots: map[string]bool{}, read: map[string]bool{}, vars: map[string]string{}}
	for _, base := range f.existing("/etc/apache2", "/etc/httpd", "/usr/local/apache2", "/usr/local/apache*", "/opt/apache*", "/opt/*/apache*", "/usr/local/httpd", "/etc/httpd24", "/opt/rh/httpd24/root/etc/httpd", "/opt/lampp/etc", "/usr/local/etc/apache*") {
		f.apacheBase(base)
	}
	for _, base := range f.existing("/etc/nginx", "/usr/local/nginx", "/opt/nginx*", "/usr/local/openresty/nginx", "/etc/openresty", "/etc/tengine", "/usr/local/etc/nginx", "/opt/*/nginx*") {
		f.nginxBase(base)
	}
	for _, base := range f.existing("/opt/*tomcat*", "/usr/local/*tomcat*", "/var/lib/tomcat*", "/usr/share/tomcat*", "/home/*/*tomcat*", "/app/*tomcat*", "/data/*tomcat*", "/srv/*tomcat*") {
		f.tomcatBase(base)
	}
	for _, base := range f.existing("/home/*/jeus*", "/opt/jeus*", "/usr/local/jeus*", "/tmax/jeus*", "/app/jeus*") {
		f.jeusBase(base)
	}
	for _, base := range f.existing("/home/*/webtob*", "/opt/webtob*", "/usr/local/webtob*", "/tmax/webtob*", "/app/webtob*") {
		f.webtobBase(base)
	}
	for _, dir := range f.existing("/etc/php*", "/etc/php/*/fpm", "/etc/php/*/cli", "/etc/php/*/apache2", "/etc/opt/remi/php*", "/opt/cpanel/ea-php*/root/etc", "/usr/local/etc/php*", "/usr/local/php*/etc") {
		f.phpBase(dir)
	}
	for _, name := range []string{"/etc/php-fpm.conf", "/usr/local/etc/php-fpm.conf", "/etc/php.ini", "/usr/local/etc/php.ini", "/usr/local/lib/php.ini"} {
		f.phpFile(name)
	}
	for _, dir := range f.existing("/etc/lighttpd", "/usr/local/etc/lighttpd") {
		f.lighttpdBase(dir)
	}
	f.caddyFile("/etc/caddy/Caddyfile")
	for _, dir := range f.existing("/var/www", "/srv/www", "/usr/share/nginx/html", "/srv/http", "/var/apache2/htdocs", "/usr/local/www") {
		f.root(dir)
	}
	f.layers()
	f.environments()
	f.hunt()
	f.processes()
	return webFound{confs: slices.Sorted(maps.Keys(f.confs)), logs: slices.Sorted(maps.Keys(f.logs)), roots: slices.Sorted(maps.Keys(f.roots))}
}

// existing expands patterns to paths that are there.
func (f *webFinder) existing(patterns ...string) (out []string) {
	for _, p := range patterns {
		if f.ctx.Err() != nil {
			return out
		}
		for _, m := range glob(f.env, p) {
			if st, err := f.env.Host.Stat(m); err == nil && kind(st) == modeDir {
				out = append(out, m)
			}
		}
	}
	return out
}

// conf notes a configuration file, or a directory (with a slash at its end),
// but never a top-level one: a command line may claim anything.
func (f *webFinder) conf(p string) {
	if strings.HasSuffix(p, "/") && strings.Count(path.Clean(p), "/") < 2 {
		return
	}
	put(f.confs, p)
}

func (f *webFinder) root(dir string) {
	if dir = path.Clean(dir); strings.HasPrefix(dir, "/") && strings.Count(dir, "/") > 1 {
		put(f.roots, dir+"/")
	}
}

func put(set map[string]bool, p string) {
	if len(set) < maxFound && len(p) < 4096 {
		set[p] = true
	}
}

// log notes a log path: the file itself and its rotated copies. A path with
// date or host fields becomes a pattern.
func (f *webFinder) log(p, base string) {
	p = strings.Trim(p, `"'`)
	if p == "" || strings.ContainsAny(p, "\x00|") || strings.HasPrefix(p, "syslog:") || strings.HasPrefix(p, "memory:") || p == "off" || p == "stderr" {
		return
	}
	if !strings.HasPrefix(p, "/") {
		p = path.Join(base, p)
	}
	if !strings.HasPrefix(p, "/") || strings.HasPrefix(p, "/dev/") || strings.HasPrefix(p, "/proc/") {
		return
	}
	put(f.logs, strings.TrimSuffix(starred(path.Clean(p)), "*")+"*")
}

// starred replaces strftime fields (%Y) and variables ($host, ${x}) by stars,
// and quotes what path.Match would take as a pattern.
func starred(p string) string {
	var b strings.Builder
	for i := 0; i < len(p); i++ {
		switch c := p[i]; c {
		case '%':
			i++
			b.WriteByte('*')
		case '$':
			for i+1 < len(p) && p[i] != '}' && (wordByte(p[i+1]) || p[i+1] == '{' || p[i+1] == '}') {
				i++
			}
			b.WriteByte('*')
		case '[', '?', '\\':
			b.WriteByte('?')
		default:
			b.WriteByte(c)
		}
	}
	out := b.String()
	for strings.Contains(out, "**") {
		out = strings.ReplaceAll(out, "**", "*")
	}
	return out
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// text reads one configuration file, once.
func (f *webFinder) text(p string) string {
	if f.read[p] || len(f.read) >= maxConfFiles {
		return ""
	}
	f.read[p] = true
	data, _, err := f.env.Host.ReadFile(p, maxConf)
	if err != nil {
		return ""
	}
	return string(data)
}

// files lists regular files below a directory with one of the endings, at
// most three directories deep.
func (f *webFinder) files(dir string, depth int, endings ...string) (out []string) {
	var dirs []string
	_ = f.env.Host.ReadDir(dir, func(name string, _ byte) bool {
		p := dir + "/" + name
		st, err := f.env.Host.Stat(p)
		switch {
		case err != nil:
		case kind(st) == modeDir:
			dirs = append(dirs, p)
		case kind(st) == modeReg && (len(endings) == 0 || hasSuffix(name, endings...)):
			out = append(out, p)
		}
		return len(out) < maxConfFiles && len(dirs) < maxConfFiles
	})
	slices.Sort(out)
	if depth > 0 {
		slices.Sort(dirs)
		for _, d := range dirs {
			if len(out) < maxConfFiles {
				out = append(out, f.files(d, depth-1, endings...)...)
			}
		}
	}
	return out
}

// processes looks at command lines: servers that live in unusual places.
func (f *webFinder) processes() {
	proc := f.env.Host.Proc()
	if proc == nil {
		return
	}
	pids, err := proc.PIDs()
	if err != nil {
		return
	}
	for _, pid := range pids {
		if f.ctx.Err() != nil {
			return
		}
		data, _, err := proc.Read(f.ctx, itoa(pid)+"/cmdline", 64<<10)
		if err != nil || len(data) == 0 {
			continue
		}
		argv := strings.Split(strings.TrimRight(string(data), "\x00"), "\x00")
		f.process(argv)
		if exe, err := proc.Readlink(itoa(pid) + "/exe"); err == nil {
			f.prefix(exe)
		}
	}
}

// process looks at one command line.
func (f *webFinder) process(argv []string) {
	program := path.Base(strings.TrimSuffix(cmp.Or(first(strings.Fields(argv[0])), argv[0]), ":"))
	for i, a := range argv {
		next := ""
		if i+1 < len(argv) {
			next = argv[i+1]
		}
		key, value, _ := strings.Cut(a, "=")
		switch key {
		case "-Dcatalina.base", "-Dcatalina.home", "-Djeus.home":
			f.place(key, value)
		case "-Djboss.server.log.dir", "-Dweblogic.log.dir":
			f.conf(path.Clean(value) + "/")
		case "-Djboss.server.base.dir":
			f.conf(path.Join(value, "configuration") + "/")
			f.conf(path.Join(value, "log") + "/")
			f.root(path.Join(value, "deployments"))
		case "-Djboss.home.dir":
			f.jbossBase(path.Clean(value))
		case "-Dweblogic.RootDirectory":
			f.weblogicBase(path.Clean(value))
		}
		abs := strings.HasPrefix(next, "/")
		switch {
		case program == "nginx" && a == "-c" && abs:
			f.nginxFile(next, path.Dir(next))
		case program == "nginx" && a == "-p" && abs:
			f.nginxBase(strings.TrimSuffix(next, "/"))
		case (program == "httpd" || program == "apache2") && a == "-f" && abs:
			f.apacheFile(next, path.Dir(path.Dir(next)))
		case (program == "httpd" || program == "apache2") && a == "-d" && abs:
			f.apacheBase(strings.TrimSuffix(next, "/"))
		}
	}
}

func first(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return s[0]
}
