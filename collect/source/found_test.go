//go:build linux

package source

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/collect"
)

// unseenHost is a host set up by somebody with ideas of his own: every log, root
// and quarantine lies where only a configuration says.
func unseenHost() map[string]string {
	const korean = "\xc7\xd1\xb1\xdb" // EUC-KR
	return map[string]string{
		"etc/passwd": "root:x:0:0::/root:/bin/sh\n",
		// the old encoding, a comment that would be a root, properties and options of the virtual machine
		"app/was1/conf/server.xml": "<?xml version=\"1.0\" encoding=\"EUC-KR\"?>\n<Server><Engine><!-- " + korean + " <Host appBase=\"/no/x\"/> -->" +
			"<Host name=\"" + korean + "\" appBase=\"/srv/tc/${app.dir}\"><Context docBase=\"shop\"/><Context path=\"/b\" docBase=\"/srv/tc2/" + korean + "\"/>" +
			"<Valve className=\"AccessLogValve\" directory=\"${log.root}/tc\" prefix=\"acc.\"/></Host></Engine></Server>",
		"app/was1/conf/catalina.properties": "#app.dir=no\napp.dir=apps\n", "app/was1/bin/setenv.sh": "JAVA_OPTS=\"-Xmx1g -Dlog.root=/data/log\"\n",
		"home/jeus/jeus8/domains/d/config/domain.xml": "<?xml version=\"1.0\" encoding=\"euc-kr\"?><domain xmlns=\"http://www.tmaxsoft.com/xml/ns/jeus\"><id>" + korean + "</id>" +
			"<server><log-home>/data/jeus</log-home></server><deployed-application><path>/data/apps/bank</path></deployed-application></domain>",
		"usr/local/php74/etc/php-fpm.conf": "error_log = log/fpm.log\n;slowlog = /no/slow.log\n",
		"etc/httpd/conf/httpd.conf":        "Define SITES /srv/sites\n#DocumentRoot /no/root\nIncludeOptional vh/*.vh\n",
		"etc/httpd/vh/a.vh":                "DocumentRoot \"${SITES}/shop one\"\nCustomLog \"||/usr/sbin/rotatelogs -l /data/httpd/acc.%Y%m%d 86400\" combined\n",
		// includes of includes
		"etc/rsyslog.conf": "$IncludeConfig /opt/rs/*.conf\n#$IncludeConfig /no/*\ninclude(file=\"/opt/rs2/b.rs\" mode=\"optional\")\n", "opt/rs/a.conf": "local7.* -/data/rs/boot7\n$IncludeConfig /opt/rs/a.conf\n",
		"opt/rs2/b.rs":                 "action(type=\"omfile\" file=\"/data/rs/two.log\")\n",
		"etc/logrotate.conf":           "include /opt/lr\n",
		"opt/lr/x":                     "\"/data/lr/three.log\" {\n olddir /data/lrold\n}\n",
		"etc/syslog-ng/syslog-ng.conf": "@define dir \"/data/ng\"\n@include \"more/*.conf\"\ndestination d { file(\"`dir`/msg.log\"); };\n", "etc/syslog-ng/more/m.conf": "destination e { file(\n \"/data/ng2/$HOST.log\"); };\n",
		"etc/systemd/system/x.service": "[Service]\nStandardOutput=append:/data/unit/out.log\nStandardError=journal\n", "etc/supervisord.conf": "[include]\nfiles = /opt/sv/*.ini\n", "opt/sv/p.ini": "stdout_logfile=/data/sv/p.log ; out\n",
		// scanners
		"etc/aide.conf":      "@@define DBDIR /data/aide\ndatabase_in=file:@@{DBDIR}/aide.db.gz\n#report_url=file:/no/aide.log\n@@include /opt/aide/more.conf\n",
		"opt/aide/more.conf": "database_out=file:/data/aide2/new.db\n",
		"etc/cron.d/clam":    "0 3 * * * root /usr/bin/clamscan -r -i --move=/data/infected -l /data/clam/nightly.log /srv\n#0 4 * * * root clamscan -l /no/clam.log /\n",
		"etc/cron.daily/rk":  "#!/bin/sh\nLOG=/data/rk\n/usr/bin/rkhunter --cronjob \\\n  >> $LOG/daily.log 2>&1\n",
	}
}

// What a host of other habits keeps is found, and nothing that a comment names.
func TestHostOfOtherHabits(t *testing.T) {
	dir := t.TempDir()
	plantFiles(t, dir, unseenHost())
	want := []string{"/srv/tc/apps/shop/s.jsp", "/srv/tc2/\xc7\xd1\xb1\xdb/k.jsp", "/data/log/tc/acc.2024.txt", "/data/jeus/JeusServer.log", "/data/apps/bank/x.jsp",
		"/usr/local/php74/var/log/fpm.log", "/srv/sites/shop one/up.php", "/data/httpd/acc.20240301", "/data/rs/boot7", "/data/rs/two.log-1.gz", "/data/lr/three.log",
		"/data/lrold/three.log.1", "/data/ng/msg.log", "/data/ng2/h.log", "/data/unit/out.log", "/data/sv/p.log", "/data/aide/aide.db.gz", "/data/aide2/new.db",
		"/data/infected/shell.jsp", "/data/clam/nightly.log", "/data/rk/daily.log", "/var/lib/aide/aide.db", "/var/lib/rkhunter/db/rkhunter.dat",
		"/var/lib/clamav/quarantine/q1", "/opt/AHNLAB/log/a.log", "/opt/ahnlab/v3/quarantine/index.db"}
	no := []string{"/no/root/a.php", "/no/aide.log", "/no/clam.log", "/no/slow.log", "/no/x/a.jsp", "/opt/ahnlab/v3/engine/e.bin", "/opt/ahnlab/lib/l.bin"}
	files := map[string]string{}
	for _, p := range slices.Concat(want, no) {
		files[p[1:]] = p
	}
	for p, text := range files { // plantFiles has one way with names; these are bytes
		at := filepath.Join(dir, p)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := take(t, dir, collect.Selection{}, logs(), web(), webroot(), security())
	for _, p := range want {
		if _, ok := s.files[p]; !ok {
			t.Errorf("%q was not taken", p)
		}
	}
	for _, p := range no {
		if _, ok := s.files[p]; ok {
			t.Errorf("%q was taken", p)
		}
	}
	if t.Failed() {
		t.Logf("taken: %q", slices.Sorted(maps.Keys(s.files)))
	}
}

// Configurations that name themselves, or one another without end, end.
func TestConfigurationsInCircles(t *testing.T) {
	dir := t.TempDir()
	long := strings.Repeat("@define a \"`a``a`\"\n", 64)
	plantFiles(t, dir, map[string]string{"etc/rsyslog.conf": "$IncludeConfig /etc/rsyslog.conf\n$IncludeConfig /etc/rsyslog.d\n", "etc/rsyslog.d/a.conf": "$IncludeConfig /etc/*.conf\n*.* /data/x/y.log\n",
		"etc/syslog-ng/s.conf": long + "`a`", "etc/aide.conf": "@@define A @@{A}@@{A}\n@@include /etc/aide.conf\n@@include\n@@define\n@@{A\n", "etc/cron.d/x": "clamscan -l\nclamscan --move\nclamscan --move=/ >\n",
		"app/t/conf/server.xml": "<Host appBase=\"${a}/x\"", "app/t/conf/catalina.properties": "a=${a}${a}\n"})
	env := webEnv(t, dir)
	if got := findLogs(t.Context(), env); !slices.Contains(got, "?/data/x/y.log*") {
		t.Errorf("logs %q", got)
	}
	for _, p := range securityLogs(t.Context(), env) {
		if strings.Count(p, "/") < 2 {
			t.Errorf("%q would take the whole host", p)
		}
	}
	_ = findWeb(t.Context(), env)
}

func FuzzXMLBytes(f *testing.F) {
	f.Add("<a b='\xc7\xd1&#44032;&amp;'/>")
	f.Add("<?xml version='1.0' encoding='CP949'?>\n<a>\xff</a>")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<12 {
			return
		}
		w := &webFinder{ctx: t.Context(), roots: map[string]bool{}, confs: map[string]bool{}, logs: map[string]bool{}, properties: properties(text)}
		w.tomcatXML(text, "/base/dir")
		w.jeusXML(text, "/base/dir")
		for p := range w.roots {
			if !strings.HasPrefix(p, "/") {
				t.Errorf("%q is no absolute path", p)
			}
		}
		if strings.IndexByte(text, '<') < 0 && xmlBytes(string([]rune(latin(text)))) != text {
			t.Errorf("%q became %q", text, xmlBytes(latin(text)))
		}
	})
}

// latin makes every byte one character.
func latin(s string) string {
	r := make([]rune, len(s))
	for i := range len(s) {
		r[i] = rune(s[i])
	}
	return string(r)
}
