//go:build linux

package source

import (
	"context"
	"os"
	"slices"
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
		"etc/apache2/envvars":                "export APACHE_LOG_DIR=/data/apache$SUFFIX\n",
		"etc/apache2/apache2.conf":           "# CustomLog /commented combined\nErrorLog ${APACHE_LOG_DIR}/error.log\nIncludeOptional /opt/more/*.conf\n",
		"etc/apache2/sites-enabled/000.conf": "<VirtualHost *:80>\n DocumentRoot \"/srv/the site\"\n CustomLog \"|/usr/bin/rotatelogs -l /data/rot/acc.%Y%m%d 86400\" combined\n CustomLog syslog:local1 x\n</VirtualHost>\n",
		"opt/more/x.conf":                    "TransferLog logs/transfer\nAlias /up /var/uploads\n",
		"etc/nginx/nginx.conf":               "http { access_log /data/ng/$host.access.log main; include conf.d/*.conf; }\n",
		"etc/nginx/conf.d/a.conf":            "server { root /data/www/$host/html; error_log logs/err.log warn; access_log off; }\n",
		"opt/tomcat9/conf/server.xml":        `<Server><Service><Engine><Host name="x" appBase="apps"><Valve className="v" directory="/data/tc" prefix="acc"/><Context docBase="${catalina.base}/extra"/></Host></Engine></Service></Server>`,
		"home/jeus/webtob5/config/http.m":    "*NODE\nweb01 WEBTOBDIR=\"/home/jeus/webtob5\",\n DOCROOT=\"/export/web/docs\",\n*LOGGING\nacc Format=\"DEFAULT\", FileName=\"log/access.log_%M%%D%%Y%\"\n",
		"etc/php/8.2/fpm/pool.d/www.conf":    "; access.log = /no\naccess.log = /data/php/acc.log\nphp_admin_value[error_log] = /data/php/err.log\n",
		"var/www/html/index.html":            "x",
		"opt/jeus8/domains/d/config/x.xml":   "<x/>",
	})
	got := findWeb(context.Background(), webEnv(t, dir))
	want := struct{ logs, roots []string }{
		[]string{
			"/data/apache/error.log*", "/data/ng/*.access.log*", "/data/php/acc.log*", "/data/php/err.log*", "/data/rot/acc.*",
			"/etc/apache2/logs/transfer*", "/etc/nginx/logs/err.log*", "/home/jeus/webtob5/log/access.log_*", "/usr/share/nginx/logs/err.log*",
		},
		[]string{"/data/www/", "/export/web/docs/", "/opt/jeus8/webhome/", "/opt/tomcat9/apps/", "/opt/tomcat9/extra/", "/opt/tomcat9/webapps/", "/opt/tomcat9/work/", "/srv/the site/", "/var/uploads/", "/var/www/"},
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

// TestFindWebDeep has the forms that real servers are configured in: relative
// paths, directories as includes, statements over lines, variables, links,
// instances in odd places that only a unit or a profile names.
func TestFindWebDeep(t *testing.T) {
	dir := t.TempDir()
	plantFiles(t, dir, map[string]string{
		"etc/passwd":                                             "root:x:0:0::/root:/bin/sh\ntmax:x:500:500::/home/tmax:/bin/ksh\n",
		"etc/httpd/conf/httpd.conf":                              "ServerRoot \"/srv/httpd root\"\nInclude conf.d/\nDocumentRoot htdocs\nUserDir public_html\nCustomLog \\\n \"logs/a.log\" combined\nErrorLog \"||/usr/bin/cronolog /data/cron/%Y/err.log\"\n",
		"srv/httpd root/conf.d/a/b.conf":                         "<IfModule x>\nAliasMatch ^/u/(.*)$ /data/alias/$1\nphp_admin_value auto_prepend_file /opt/hook/pre.php\n</IfModule>\n",
		"etc/nginx/nginx.conf":                                   "http {\n  access_log\n    '/data/ng/a b.log'\n    main; # access_log /no;\n  server { set $base /data/sites/x; root $base/public; location / { fastcgi_param SCRIPT_FILENAME /data/fpm$fastcgi_script_name; } }\n  include sites-enabled/*; }\n",
		"data/vhost":                                             "server { listen 80; root html/rel; error_log \"/data/ng/${host}_e.log\"; }",
		"app/was/inst1/conf/server.xml":                          `<Server><Service><Engine><Host appBase="deploy"><Context path="" docBase="shop"/></Host></Engine></Service></Server>`,
		"app/was/inst1/conf/Catalina/localhost/up.xml":           `<Context docBase="/data/upload" workDir="/data/jspwork"/>`,
		"app/was/inst1/conf/logging.properties":                  "1catalina.org.apache.juli.FileHandler.directory = /data/juli\n",
		"app/was/inst1/bin/setenv.sh":                            "#!/bin/sh\nL=/data/out\nexport CATALINA_OUT=\"$L/catalina.out\"\n",
		"app/was/inst1/webapps/shop/WEB-INF/classes/logback.xml": "<file>/data/app/shop.log</file>",
		"data/instances/two/conf/server.xml":                     "<Server/>",
		"etc/systemd/system/two.service":                         "[Service]\nEnvironment=\"CATALINA_BASE=/data/instances/two\"\nExecStart=/usr/sbin/nginx -c /data/ngx/my.conf -g 'daemon off;'\n",
		"data/ngx/my.conf":                                       "access_log /data/ngx/acc.log;\n",
		"home/tmax/.profile":                                     "JEUS_HOME=$HOME/sw/j8; export JEUS_HOME\nWEBTOBDIR=${HOME}/sw/w5\n",
		"home/tmax/sw/j8/domains/dom/config/domain.xml":          "<domain><log-home>/data/jeuslog</log-home><applications><application><path>/data/was/app1</path></application><application><path>${JEUS_HOME}/x.war</path></application></applications><file-name>/data/jeuslog2/acc.log</file-name></domain>",
		"home/tmax/sw/w5/config/ws_engine.m":                     "*DOMAIN\nd1\n*NODE\nn WEBTOBDIR=\"/home/tmax/sw/w5\", # DOCROOT=\"/no\"\n  DOCROOT = \"docs\"\n*ALIAS\na1 URI=\"/img/\", RealPath=\"/data/img/\"\n*LOGGING\nl FILENAME=\"/data/wt/acc_%Y%%M%%D%.log\", FORMAT=\"DEFAULT\"\n",
		"etc/php-fpm.conf":                                       "[global]\nerror_log = \"/data/php/g.log\"\ninclude=/data/pools/*.conf\n",
		"data/pools/w.conf":                                      "[w]\naccess.log = /data/php/$pool.acc.log ; why\nchdir = /data/phpapp\n",
		"etc/lighttpd/lighttpd.conf":                             "server.document-root = \"/data/lighty\"\naccesslog.filename = \"/data/lt/a.log\"\n",
		"etc/caddy/Caddyfile":                                    "example.com {\n root * /data/caddy\n log {\n  output file /data/cd/a.log\n }\n}\n",
		"var/lib/docker/overlay2/abc/diff/var/www/x.php":         "<?php",
		"opt/wf/standalone/configuration/standalone.xml":         `<file path="/data/wf/server.log"/>`,
		"u01/dom/config/config.xml":                              "<domain><app-deployment><source-path>apps/x</source-path></app-deployment></domain>",
		"u01/dom/servers/s1/logs/s1.log":                         "x",
	})
	if err := os.MkdirAll(dir+"/etc/nginx/sites-enabled", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/data/vhost", dir+"/etc/nginx/sites-enabled/x"); err != nil {
		t.Fatal(err)
	}
	got := findWeb(context.Background(), webEnv(t, dir))
	holds := func(kind string, list []string, want ...string) {
		for _, w := range want {
			if !slices.Contains(list, w) {
				t.Errorf("%s %q is missing among %q", kind, w, list)
			}
		}
	}
	holds("log", got.logs, "/srv/httpd root/logs/a.log*", "/data/cron/*/err.log*", "/data/ng/a b.log*", "/data/ng/*_e.log*", "/data/out/catalina.out*", "/data/app/shop.log*",
		"/data/ngx/acc.log*", "/data/jeuslog2/acc.log*", "/data/wt/acc_*.log*", "/data/php/g.log*", "/data/php/*.acc.log*", "/data/lt/a.log*", "/data/cd/a.log*", "/data/wf/server.log*")
	holds("root", got.roots, "/srv/httpd root/htdocs/", "~/public_html/", "/data/alias/", "/data/sites/x/public/", "/data/fpm/", "/usr/share/nginx/html/rel/", "/app/was/inst1/deploy/",
		"/app/was/inst1/deploy/shop/", "/data/upload/", "/data/jspwork/", "/data/instances/two/webapps/", "/data/was/app1/", "/home/tmax/sw/w5/docs/", "/data/img/", "/data/phpapp/",
		"/data/lighty/", "/data/caddy/", "/var/lib/docker/overlay2/abc/diff/var/www/", "/opt/wf/standalone/deployments/", "/u01/dom/apps/x/")
	holds("configuration", got.confs, "/srv/httpd root/conf.d/a/b.conf", "/opt/hook/pre.php", "/etc/nginx/sites-enabled/x", "/app/was/inst1/conf/", "/data/juli/", "/data/jeuslog/",
		"/home/tmax/sw/j8/x.war", "/home/tmax/sw/w5/config/ws_engine.m", "/data/pools/w.conf", "/u01/dom/servers/s1/logs/", "/u01/dom/config/")
	for _, no := range slices.Concat(got.logs, got.roots) {
		if strings.HasPrefix(no, "/no") {
			t.Errorf("a comment became %q", no)
		}
	}
}

func TestStatements(t *testing.T) {
	for text, want := range map[string]string{
		"a b;c d { e 'f; g' h; }": "a|b\nc|d\ne|f; g|h", "x # y;\n z;": "x|z", "a ${b}c;": "a|${b}c", "a \"q\\\"r\" s;": `a|q"r|s`, "a {": "a", "${": "${", "'": "", "": "",
	} {
		var got []string
		for _, w := range statements(text) {
			got = append(got, strings.Join(w, "|"))
		}
		if s := strings.Join(got, "\n"); s != want {
			t.Errorf("%q: %q, want %q", text, s, want)
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
			if !strings.HasPrefix(p, "/") && !strings.HasPrefix(p, "~/") {
				t.Errorf("%q is not absolute", p)
			}
		}
	})
}
