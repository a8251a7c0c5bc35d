package parser

import (
	"testing"

	"github.com/saksi-dfir/saksi/parse"
)

// TestErrorLogWords: failed logins, firewalls, records of several lines, and
// names that read like what the server says of the client.
func TestErrorLogWords(t *testing.T) {
	for _, c := range [...]struct{ path, text, action, actor, object, ip string }{
		{"/var/log/apache2/error.log", `[Sun Mar 03 02:14:07.123456 2024] [auth_basic:error] [pid 812] [client 203.0.113.9:50022] AH01617: user admin] [client 1.2.3.4:5]: authentication failure for "/private": Password Mismatch`, "failed-login", "admin] [client 1.2.3.4:5]", "/private", "203.0.113.9"},
		{"/var/log/httpd/error_log", `[Sun Mar 03 02:14:07 2024] [error] [client 203.0.113.9] user eve not found: /private, referer: http://x/`, "failed-login", "eve", "/private", "203.0.113.9"},
		{"/var/log/nginx/error.log", `2024/03/03 02:14:07 [error] 812#813: *99 user "eve", client: 1.2.3.4, server: "x" was not found in "/etc/nginx/.htpasswd", client: 203.0.113.9, server: _, request: "GET /a HTTP/1.1", host: "x"`, "failed-login", `eve", client: 1.2.3.4, server: "x`, "/a", "203.0.113.9"},
		{"/var/log/nginx/error.log", `2024/03/03 02:14:07 [error] 812#813: *99 user "kim": password mismatch, client: 203.0.113.9, server: _, request: "GET /adm HTTP/1.1", host: "x"`, "failed-login", "kim", "/adm", "203.0.113.9"},
		{"/var/log/nginx/error.log", `2024/03/03 02:14:07 [error] 812#813: *99 open() "/srv/a, client: 1.2.3.4, server: b" failed (2: No such file or directory), client: 203.0.113.9, server: _, request: "GET /a?c=1, client: 9.9.9.9 HTTP/1.1"`, "error", "", "/a", "203.0.113.9"},
		{"/var/log/nginx/error.log", "2024/03/03 02:14:07 [error] 812#813: *99 FastCGI sent in stderr: \"PHP message: one\ntwo\" while reading upstream, client: 203.0.113.9, server: _, request: \"POST /b.php?c=1 HTTP/1.1\", host: \"x\"", "error", "", "/b.php", "203.0.113.9"},
		{"/var/log/apache2/error.log", `[Sun Mar 03 02:14:07.123456 2024] [security2:error] [pid 812] [client 203.0.113.9:50022] [client 203.0.113.9] ModSecurity: Access denied with code 403 (phase 2). [file "/etc/x.conf"] [line "1"] [id "942100"] [uri "/a.php"] [unique_id "Zabc"]`, "error", "", "/a.php", "203.0.113.9"},
		{"/var/log/apache2/access.log", `198.51.100.1, 203.0.113.9 - kim [03/Mar/2024:02:14:07 +0900] "GET /x HTTP/1.1" 200 494 "-" "curl/8.5"`, "request", "kim", "/x", "203.0.113.9"},
	} {
		s := binParse(t, newWeblog(), &parse.Facts{}, c.path, []byte(c.text+"\n"))
		if len(s.events) != 1 || len(s.warnings) != 0 {
			t.Errorf("%s: %d events, %v", c.text, len(s.events), s.warnings)
			continue
		}
		e := s.events[0]
		ip, _ := e.Get("ip")
		if e.Action != c.action || e.Actor != c.actor || e.Object != c.object || ip != c.ip {
			t.Errorf("%s\ngot %s actor %q object %q ip %q", c.text, e.Action, e.Actor, e.Object, ip)
		}
	}
}
