package source

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"
)

// Bounds of the hunt for servers by the structure of their directories.
const (
	huntDepth = 4
	huntDirs  = 20_000
	huntNames = 4096 // names looked at of one directory
)

// hunt looks for installations of web servers wherever they lie: a directory
// with conf/server.xml is a tomcat, whatever its name.
func (f *webFinder) hunt() {
	type place struct {
		dir   string
		depth int
	}
	todo, n := []place{{"", 0}}, 0
	for len(todo) > 0 && n < huntDirs && f.ctx.Err() == nil {
		p := todo[0]
		todo = todo[1:]
		n++
		names := map[string]bool{}
		_ = f.env.Host.ReadDir(cmp.Or(p.dir, "/"), func(name string, typ byte) bool {
			const dtUnknown, dtDir = 0, 4
			if typ == dtDir || typ == dtUnknown {
				names[name] = true
			}
			return len(names) < huntNames
		})
		f.judge(p.dir, names)
		if p.depth == huntDepth {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(names)) {
			sub := p.dir + "/" + name
			if _, remote := remoteMount(f.env, sub); !remote && !dull(sub) {
				todo = append(todo, place{sub, p.depth + 1})
			}
		}
	}
}

// dull leaves out directories that hold no installation, or too many names.
func dull(dir string) bool {
	switch dir {
	case "/proc", "/sys", "/dev", "/run", "/boot", "/lost+found", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin", "/snap",
		"/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec", "/usr/include", "/usr/src", "/usr/share", "/usr/bin", "/usr/sbin",
		"/var/cache", "/var/log", "/var/spool", "/var/lib/dpkg", "/var/lib/docker", "/var/lib/containerd", "/var/lib/containers", "/var/lib/rpm", "/var/lib/apt",
		"/var/lib/kubelet", "/var/lib/snapd", "/var/lib/systemd", "/var/lib/mysql", "/var/lib/pgsql", "/var/lib/postgresql", "/etc/alternatives", "/etc/ssl", "/etc/pki":
		return true
	}
	switch base := path.Base(dir); base {
	case "node_modules", ".git", ".cache", ".m2", ".npm", "site-packages", "__pycache__", ".gradle", ".cargo", ".rustup", "WEB-INF", "META-INF":
		return true
	}
	return false
}

// judge tells by the names below a directory what is installed there.
func (f *webFinder) judge(dir string, names map[string]bool) {
	if dir == "" {
		return
	}
	has := func(p string) bool { _, err := f.env.Host.Lstat(dir + p); return err == nil }
	if names["conf"] {
		switch {
		case has("/conf/server.xml"):
			f.tomcatBase(dir)
		case has("/conf/httpd.conf"), has("/conf/apache2.conf"):
			f.apacheBase(dir)
		case has("/conf/nginx.conf"):
			f.nginxBase(dir)
		}
	}
	if has("/nginx.conf") {
		f.nginxBase(dir)
	}
	if names["config"] {
		switch {
		case has("/config/config.xml") && names["servers"]:
			f.weblogicBase(dir)
		case len(f.files(dir+"/config", 0, ".m")) > 0:
			f.webtobBase(dir)
		case len(glob(f.env, dir+"/config/*/JEUSMain.xml")) > 0:
			f.jeusBase(dir)
		}
	}
	if names["domains"] && len(glob(f.env, dir+"/domains/*/config/domain.xml")) > 0 {
		f.jeusBase(dir)
	}
	if names["standalone"] && has("/standalone/configuration") {
		f.jbossBase(dir)
	}
}

// environments reads where servers are told to live: units, start scripts,
// their defaults, and the profiles of accounts.
func (f *webFinder) environments() {
	for _, p := range []string{"/etc/systemd/system/*.service", "/etc/systemd/system/*.d/*.conf", "/usr/lib/systemd/system/*tomcat*", "/usr/lib/systemd/system/*httpd*",
		"/usr/lib/systemd/system/*nginx*", "/usr/lib/systemd/system/*jboss*", "/usr/lib/systemd/system/*wildfly*", "/lib/systemd/system/*tomcat*", "/etc/init.d/*",
		"/etc/rc.d/init.d/*", "/etc/rc.local", "/etc/rc.d/rc.local", "/etc/default/*", "/etc/sysconfig/*", "/etc/profile", "/etc/profile.d/*.sh", "/etc/environment"} {
		for _, name := range glob(f.env, p) {
			f.environment(name)
		}
	}
	for _, home := range homes(f.env) {
		if _, remote := remoteMount(f.env, home); remote || f.ctx.Err() != nil {
			continue
		}
		for _, name := range []string{".bash_profile", ".bashrc", ".profile", ".kshrc"} {
			f.environment(home + "/" + name)
		}
	}
}

// environment reads assignments and start commands of one file of a shell or
// of systemd.
func (f *webFinder) environment(name string) {
	text := f.text(name)
	vars := map[string]string{"HOME": path.Dir(name)}
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			continue
		}
		if command, ok := strings.CutPrefix(line, "ExecStart="); ok {
			f.process(words(strings.TrimLeft(command, "@-+!:")))
			continue
		}
		for _, w := range words(strings.TrimPrefix(line, "Environment=")) {
			key, value, ok := strings.Cut(strings.TrimLeft(w, ";"), "=")
			if !ok || value == "" || len(vars) > 1000 {
				continue
			}
			value = shellValue(value, vars)
			for _, o := range strings.Fields(value) { // JAVA_OPTS="-Dapp.dir=/x"
				if k, v, ok := strings.Cut(strings.TrimPrefix(o, "-D"), "="); ok && strings.HasPrefix(o, "-D") && f.properties != nil {
					f.properties[k] = v
				}
			}
			if !strings.ContainsAny(key, "-.") {
				vars[key] = value
			}
			f.place(key, value)
		}
	}
}

// shellValue replaces $NAME and ${NAME}.
func shellValue(v string, vars map[string]string) string {
	var b strings.Builder
	v = strings.Trim(v, `"';`)
	for i := 0; i < len(v); i++ {
		if v[i] != '$' || i+1 == len(v) {
			b.WriteByte(v[i])
			continue
		}
		j := i + 1
		for j < len(v) && (wordByte(v[j]) || v[j] == '{') {
			j++
		}
		b.WriteString(vars[strings.Trim(v[i+1:j], "{")])
		if j < len(v) && v[j] == '}' {
			j++
		}
		i = j - 1
		if b.Len() > 4096 {
			break
		}
	}
	return b.String()
}

// place takes a variable that says where a server lives.
func (f *webFinder) place(key, value string) {
	if !strings.HasPrefix(value, "/") || strings.Count(path.Clean(value), "/") < 1 || value == "/" {
		return
	}
	switch key {
	case "CATALINA_BASE", "CATALINA_HOME", "TOMCAT_HOME", "-Dcatalina.base", "-Dcatalina.home":
		f.tomcatBase(value)
	case "CATALINA_OUT":
		f.log(value, "")
	case "JEUS_HOME", "-Djeus.home":
		f.jeusBase(value)
	case "WEBTOBDIR", "WEBTOB_HOME", "WEBTOB_DIR":
		f.webtobBase(value)
	case "JBOSS_HOME", "WILDFLY_HOME":
		f.jbossBase(path.Clean(value))
	case "DOMAIN_HOME":
		f.weblogicBase(path.Clean(value))
	case "HTTPD_ROOT", "APACHE_HOME", "APACHE_CONFDIR":
		f.apacheBase(path.Clean(value))
	}
}

// prefix takes the installation that a running server was started from:
// PREFIX/bin/httpd has PREFIX/conf, PREFIX/sbin/nginx too.
func (f *webFinder) prefix(exe string) {
	dir := path.Dir(path.Dir(strings.TrimSuffix(exe, " (deleted)")))
	if dir == "/" || dir == "/usr" || dir == "." {
		return
	}
	switch path.Base(strings.TrimSuffix(exe, " (deleted)")) {
	case "httpd", "apache2":
		f.apacheBase(dir)
	case "nginx":
		f.nginxBase(dir)
	case "wsm", "htl", "hth":
		f.webtobBase(dir)
	}
}

// layers takes the usual web roots inside the layers of containers.
func (f *webFinder) layers() {
	for _, layer := range []string{"/var/lib/docker/overlay2/*/diff", "/var/lib/containers/storage/overlay/*/diff",
		"/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/*/fs"} {
		for _, dir := range f.existing(layer+"/var/www", layer+"/usr/share/nginx/html", layer+"/usr/local/tomcat/webapps", layer+"/usr/local/apache2/htdocs", layer+"/opt/*/webapps") {
			f.root(dir)
		}
	}
}
