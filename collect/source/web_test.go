//go:build linux

package source

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/host"
)

func webEnv(t testing.TB, dir string) *collect.Env {
	t.Helper()
	h, err := host.NewMounted(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return &collect.Env{Host: h, Seen: &collect.Seen{}}
}

func TestFindWeb(t *testing.T) {
	dir := t.TempDir()
	plantFiles(t, dir, map[string]string{
		"etc/apache2/envvars":                    "export APACHE_LOG_DIR=/data/apache$SUFFIX\n",
		"etc/apache2/apache2.conf":               "# CustomLog /commented combined\nErrorLog ${APACHE_LOG_DIR}/error.log\nIncludeOptional /opt/more/*.conf\n",
		"etc/apache2/sites-enabled/000.conf":     "<VirtualHost *:80>\n DocumentRoot \"/srv/the site\"\n CustomLog \"|/usr/bin/rotatelogs -l /data/rot/acc.%Y%m%d 86400\" combined\n CustomLog syslog:local1 x\n</VirtualHost>\n",
		"opt/more/x.conf":                        "TransferLog logs/transfer\nAlias /up /var/uploads\n",
		"etc/nginx/nginx.conf":                   "http { access_log /data/ng/$host.access.log main; include conf.d/*.conf; }\n",
		"etc/nginx/conf.d/a.conf":                "server { root /data/www/$host/html; error_log logs/err.log warn; access_log off; }\n",
		"opt/tomcat9/conf/server.xml":            `<Server><Service><Engine><Host name="x" appBase="apps"><Valve className="v" directory="/data/tc" prefix="acc"/><Context docBase="${catalina.base}/extra"/></Host></Engine></Service></Server>`,
		"home/jeus/webtob5/config/http.m":        "*NODE\nweb01 WEBTOBDIR=\"/home/jeus/webtob5\",\n DOCROOT=\"/home/web/docs\",\n*LOGGING\nacc Format=\"DEFAULT\", FileName=\"log/access.log_%M%%D%%Y%\"\n",
		"etc/php/8.2/fpm/pool.d/www.conf":        "; access.log = /no\naccess.log = /data/php/acc.log\nphp_admin_value[error_log] = /data/php/err.log\n",
		"var/www/html/index.html":                "x",
		"home/jeus/jeus8/domains/d/config/x.xml": "<x/>",
	})
	got := findWeb(context.Background(), webEnv(t, dir))
	want := struct{ logs, roots []string }{
		[]string{
			"/data/apache/error.log*", "/data/ng/*.access.log*", "/data/php/acc.log*", "/data/php/err.log*", "/data/rot/acc.*",
			"/etc/apache2/logs/transfer*", "/etc/nginx/logs/err.log*", "/home/jeus/webtob5/log/access.log_*",
		},
		[]string{"/data/www/", "/home/jeus/jeus8/webhome/", "/home/web/docs/", "/opt/tomcat9/apps/", "/opt/tomcat9/extra/", "/opt/tomcat9/webapps/", "/opt/tomcat9/work/", "/srv/the site/", "/var/uploads/", "/var/www/"},
	}
	if d := cmp.Diff(want.logs, got.logs); d != "" {
		t.Errorf("logs (-want +got):\n%s", d)
	}
	if d := cmp.Diff(want.roots, got.roots); d != "" {
		t.Errorf("roots (-want +got):\n%s", d)
	}
	for _, c := range []string{"/etc/apache2/apache2.conf", "/opt/more/x.conf", "/etc/nginx/conf.d/a.conf", "/opt/tomcat9/conf/", "/data/tc/"} {
		if !strings.Contains(strings.Join(got.confs, "\n")+"\n", c+"\n") {
			t.Errorf("configuration %s not found in %q", c, got.confs)
		}
	}
}

func TestWebCollects(t *testing.T) {
	dir := t.TempDir()
	plantFiles(t, dir, map[string]string{
		"etc/nginx/nginx.conf": "access_log /data/ng/access.log;\nroot /data/site.example.com;\n", "data/ng/access.log": "GET /\n", "data/ng/access.log.1.gz": "z",
		"data/site.example.com/up.d/shell.jsp": "<% %>", "data/site.example.com/logo.png": "png", "etc/passwd": "root:x:0:0::/root:/bin/sh\n",
	})
	s := take(t, dir, collect.Selection{}, web(), webroot())
	for _, p := range []string{"/etc/nginx/nginx.conf", "/data/ng/access.log", "/data/ng/access.log.1.gz", "/data/site.example.com/up.d/shell.jsp"} {
		if _, ok := s.files[p]; !ok {
			t.Errorf("%s not taken", p)
		}
	}
	if _, ok := s.files["/data/site.example.com/logo.png"]; ok {
		t.Error("a picture was taken")
	}
}

// TestHostileInclude has configurations that include themselves and each other.
func TestHostileInclude(t *testing.T) {
	dir := t.TempDir()
	plantFiles(t, dir, map[string]string{
		"etc/nginx/nginx.conf":     "include /etc/nginx/nginx.conf;\ninclude /etc/nginx/*.conf;\naccess_log ../../../../etc/shadow;\n",
		"etc/nginx/b.conf":         "include nginx.conf;\naccess_log \x00;\n",
		"etc/apache2/apache2.conf": "Define A ${A}${A}\nErrorLog ${A}${A}\nCustomLog \"|\nInclude\nDocumentRoot /\n",
	})
	env := webEnv(t, dir)
	f := &webFinder{ctx: context.Background(), env: env, confs: map[string]bool{}, logs: map[string]bool{}, roots: map[string]bool{}, read: map[string]bool{}, vars: map[string]string{}}
	f.process([]string{"java", "-Djboss.server.log.dir=/", "-Dcatalina.base=", "-Djeus.home=/", "-Djboss.server.base.dir=/"})
	f.process([]string{""})
	f.process([]string{"nginx", "-c"})
	for c := range f.confs {
		if strings.Count(c, "/") < 2 || c == "//" {
			t.Errorf("a command line made %q a want", c)
		}
	}
	got := findWeb(context.Background(), env)
	for _, r := range got.roots {
		if r == "//" || r == "/" {
			t.Errorf("the whole disk became a web root")
		}
	}
}

func FuzzWebConfig(f *testing.F) {
	f.Add("CustomLog \"|/bin/x /a.%Y\" c\nDefine X ${Y}\n", "access_log /a/$b;{}root 'x y';")
	f.Fuzz(func(t *testing.T, apache, nginx string) {
		if len(apache)+len(nginx) > 1<<16 {
			return
		}
		dir := t.TempDir()
		plantFiles(t, dir, map[string]string{"etc/apache2/apache2.conf": apache, "etc/nginx/nginx.conf": nginx})
		got := findWeb(context.Background(), webEnv(t, dir))
		for _, p := range append(append(got.confs, got.logs...), got.roots...) {
			if !strings.HasPrefix(p, "/") {
				t.Errorf("%q is not absolute", p)
			}
		}
	})
}
