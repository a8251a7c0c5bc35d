package parser

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/weblog"
	"github.com/saksi-dfir/saksi/parse/parsetest"
)

func TestWeblogForms(t *testing.T) {
	nginx := parsetest.File{Path: "/etc/nginx/nginx.conf", Data: []byte(
		`log_format timed '$remote_addr - $remote_user [$time_local] "$request" $status $request_time "$http_user_agent" $pipe'; access_log /var/log/nginx/timed.log timed;
		log_format tabbed "$time_iso8601\t$remote_addr\t$request_method\t$request_uri\t$status"; access_log /srv/tab.log tabbed buffer=32k;
		log_format short escape=json '{"t":"$time_iso8601","a":"$remote_addr","r":"$request","s":$status,"u":"$http_user_agent"}'; access_log /srv/short.json short;`)}
	apache := parsetest.File{Path: "/etc/apache2/apache2.conf", Data: []byte(
		"LogFormat \"%t %h %{%Y-%m-%dT%H:%M:%S}x \\\"%r\\\" %>s %D\" odd\nCustomLog /var/log/apache2/odd.log odd\n" +
			"CustomLog ${APACHE_LOG_DIR}/pipe.log \"%{%Y-%m-%d %H:%M:%S}t.%{msec_frac}t|%a|%u|%r|%>s|%{User-Agent}i\"\n")}
	for _, c := range []struct{ path, line, want string }{
		{"/var/log/apache2/access.log", `203.0.113.9 - kim [03/Mar/2024:02:14:07 +0900] "GET /a?x=1 HTTP/1.1" 200 494 "http://r/" "curl \"x\""`,
			`2024-03-02T17:14:07Z request-start request kim>/a?x=1 agent=curl \"x\" bytes=494 ip=203.0.113.9 method=GET path=/a protocol=HTTP/1.1 query=x=1 referer=http://r/ server=apache status=200`},
		{"/var/log/nginx/access.log", `2001:db8::1 - - [03/Mar/2024:02:14:07 +0000] "\x16\x03\x01" 400 157 "-" "-" "192.0.2.7"`,
			`2024-03-03T02:14:07Z request-end malformed-request >\x16\x03\x01 bytes=157 forwarded=192.0.2.7 ip=2001:db8::1 server=nginx status=400`},
		{"/x/vhost.log", `www.example.org:443 203.0.113.9 - - [03/Mar/2024:02:14:07 +0000] "GET / HTTP/1.1" 304 -`,
			`2024-03-03T02:14:07Z request request >/ ip=203.0.113.9 local_port=443 method=GET path=/ protocol=HTTP/1.1 status=304 vhost=www.example.org`},
		{"/var/log/nginx/timed.log", `203.0.113.9 - - [03/Mar/2024:02:14:07 +0000] "POST /u HTTP/2.0" 201 0.031 "a" .`,
			`2024-03-03T02:14:07Z request-end request >/u agent=a duration=0.031s ip=203.0.113.9 method=POST path=/u protocol=HTTP/2.0 server=nginx status=201`},
		{"/var/log/apache2/odd.log", `[03/Mar/2024:02:14:07 +0000] 203.0.113.9 zzz "GET /q HTTP/1.0" 500 81`,
			`2024-03-03T02:14:07Z request-start request >/q duration=81us ip=203.0.113.9 method=GET path=/q protocol=HTTP/1.0 server=apache status=500`},
		{"/var/log/apache2/pipe.log", `2024-03-03 02:14:07.250|203.0.113.9|kim|POST /up.php?x=1 HTTP/1.1|200|curl/8 | x`,
			`2024-03-03T02:14:07.25Z request-start request kim>/up.php?x=1 agent=curl/8 | x ip=203.0.113.9 method=POST path=/up.php protocol=HTTP/1.1 query=x=1 server=apache status=200`},
		{"/srv/tab.log", "2024-03-03T02:14:07+09:00\t203.0.113.9\tGET\t/t?q=1\t404",
			`2024-03-02T17:14:07Z request-end request >/t?q=1 ip=203.0.113.9 method=GET path=/t query=q=1 server=nginx status=404`},
		{"/srv/short.json", `{"t":"2024-03-03T02:14:07+09:00","a":"203.0.113.9","r":"GET /j HTTP/2.0","s":200,"u":"x\"y"}`,
			`2024-03-02T17:14:07Z request-end request >/j agent=x\"y ip=203.0.113.9 method=GET path=/j protocol=HTTP/2.0 server=nginx status=200`},
		{"/x/json.log", `{"ts":1709431447.25,"request":{"remote_ip":"203.0.113.9","method":"GET","uri":"/j?k","proto":"HTTP/2.0","headers":{"User-Agent":["c"]}},"status":200,"size":5}`,
			`2024-03-03T02:04:07.25Z request request >/j?k agent=c bytes=5 ip=203.0.113.9 method=GET path=/j protocol=HTTP/2.0 query=k status=200`},
		{"/var/log/nginx/error.log", `2024/03/03 02:14:07 [error] 8#9: *1 open() "/x" failed (2: No such file or directory), client: 203.0.113.9, server: _, request: "GET /x HTTP/1.1", host: "h.example.org"`,
			`2024-03-03T02:14:07Z logged error >/x ip=203.0.113.9 level=error method=GET path=/x pid=8 protocol=HTTP/1.1 server=nginx vhost=h.example.org`},
		{"/var/log/apache2/error.log", `[Sun Mar 03 02:14:07.123456 2024] [core:warn] [pid 8:tid 9] [client 203.0.113.9:5000] AH1: x`,
			`2024-03-03T02:14:07.123456Z logged warning > ip=203.0.113.9 level=warn module=core pid=8 port=5000 server=apache`},
		{"/opt/tomcat/logs/catalina.out", `03-Mar-2024 02:14:07.123 SEVERE [main] org.example.A.b failed`,
			`2024-03-03T02:14:07.123Z logged error > level=SEVERE module=org.example.A.b server=tomcat`},
	} {
		src := &parsetest.Source{Acq: host("UTC"), Files: []parsetest.File{{Path: c.path, Data: []byte(c.line + "\n")}, nginx, apache}}
		k, res := parsetest.Parse(t, src, All(), 1)
		if len(k.Events) != 1 || res.Exhibits[0].Parser != "weblog" {
			t.Errorf("%s: %d events by %q, %v", c.line, len(k.Events), res.Exhibits[0].Parser, k.Warnings)
			continue
		}
		e := k.Events[0]
		got := fmt.Sprintf("%s %s %s %s>%s", when(e.Time.Instant), e.Meaning, e.Action, e.Actor, e.Object)
		for _, f := range e.Fields {
			got += " " + f.Name + "=" + f.Value
		}
		if got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.line, got, c.want)
		}
	}
}

func TestWeblogContract(t *testing.T) {
	access := `203.0.113.9 - - [03/Mar/2024:02:14:07 +0900] "GET /a HTTP/1.1" 200 494 "-" "curl"
203.0.113.9 - - [03/Mar/2024:02:14:08 +0900] "GET /b HTTP/1.1" 200 494 "-" "cu
{"time":"2024-03-03T02:14:07Z","remote_addr":"203.0.113.9","request":"GET / HTTP/1.1","status":"200"}

x
`
	trace := `03-Mar-2024 02:14:07.123 SEVERE [main] org.example.A.b failed
java.lang.NullPointerException
	at org.example.A.b(A.java:1)
03-Mar-2024 02:14:08.123 INFO [main] org.example.A.b went on
`
	for _, c := range []struct {
		path, text string
		n          int
	}{{"/var/log/apache2/access.log", access, 2}, {"/opt/tomcat/logs/catalina.out", trace, 2}, {"/opt/tomcat/logs/catalina.out", strings.Repeat(trace, 5000), 10000}} {
		contract(t, parsetest.Case{Parser: "weblog", Events: c.n, Source: parsetest.Source{Acq: host("UTC"), Files: []parsetest.File{{Path: c.path, Data: []byte(c.text)}}}})
	}
}

func BenchmarkWeblog(b *testing.B) {
	var buf bytes.Buffer
	for i := range 1_000_000 {
		fmt.Fprintf(&buf, "203.0.113.%d - - [03/Mar/2024:%02d:%02d:%02d +0900] \"GET /shop/item/%d?ref=%d HTTP/1.1\" 200 %d \"https://www.example.org/shop\" \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\"\n",
			i%250, i/3600%24, i/60%60, i%60, i%5000, i%77, i%90000)
	}
	src := &parsetest.Source{Acq: host("UTC"), Files: []parsetest.File{{Path: "/var/log/nginx/access.log", Data: buf.Bytes()}}}
	b.SetBytes(int64(buf.Len()))
	b.ReportAllocs()
	for b.Loop() {
		d := new(drop)
		if _, err := parse.RunSource(context.Background(), src, All(), parse.Options{Sink: d}); err != nil || d.n != 1_000_000 {
			b.Fatal(d.n, err)
		}
	}
	b.ReportMetric(float64(b.N)*1e6/b.Elapsed().Seconds(), "lines/s")
}

// TestTomcat reads what Tomcat's valves wrote, by the patterns of its
// server.xml; the time is that of the end unless the pattern says "begin:".
func TestTomcat(t *testing.T) {
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join("testdata/tomcat", name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	for _, c := range [...]struct {
		name, path        string
		lines             int
		moment, ip, field string
		want              string
	}{
		{"timed.txt", "timed.2026-11-22.txt", 11, "request-start", "127.0.0.1", "forwarded", "198.51.100.7, 10.0.0.9"},
		{"ended.txt", "ended.2026-11-22.txt", 11, "request-end", "127.0.0.1", "path", "/index.jsp"},
		{"combined.txt", "combined.2026-11-22.txt", 11, "request-end", "127.0.0.1", "agent", `agent \"q\" x`},
		{"localhost_access_log.txt", "localhost_access_log.2026-11-22.txt", 11, "request-end", "127.0.0.1", "status", "200"},
		{"json.txt", "json.2026-11-22.txt", 11, "request-end", "127.0.0.1", "status", "200"},
	} {
		for _, conf := range [...][2]string{{"/etc/tomcat10/server.xml", "/var/log/tomcat10/"}, {"/opt/tomcat/conf/server.xml", "/opt/tomcat/logs/"}} {
			src := &parsetest.Source{Acq: host("UTC"), Files: []parsetest.File{{Path: conf[1] + c.path, Data: read(c.name)}, {Path: conf[0], Data: read("server.xml")}}}
			k, res := parsetest.Parse(t, src, All(), 1)
			if res.Exhibits[0].Parser != "weblog" || len(k.Events) != c.lines || len(k.Warnings) != 0 {
				t.Errorf("%s: claimed by %q, %d events, %v", c.path, res.Exhibits[0].Parser, len(k.Events), k.Warnings)
				continue
			}
			e := k.Events[1] // the first one with a proxy before it
			ip, _ := e.Get("ip")
			if v, _ := e.Get(c.field); e.Meaning != c.moment || ip != c.ip || v != c.want {
				t.Errorf("%s: %s: meaning %s, ip %s, %s %q", c.path, e.Message, e.Meaning, ip, c.field, v)
			}
		}
	}
	for _, name := range [...]string{"catalina.out", "localhost.log"} {
		src := &parsetest.Source{Acq: host("UTC"), Files: []parsetest.File{{Path: "/var/log/tomcat10/" + name, Data: read(name)}}}
		k, _ := parsetest.Parse(t, src, All(), 1)
		traces := 0
		for _, e := range k.Events {
			if strings.Contains(e.Message, "\n\t\tat ") {
				traces++
			}
			if strings.HasPrefix(e.Message, "\t") {
				t.Errorf("%s: a line of a trace is an event: %q", name, e.Message)
			}
		}
		if len(k.Events) == 0 || len(k.Warnings) != 0 || traces == 0 {
			t.Errorf("%s: %d events, %d traces, %v", name, len(k.Events), traces, k.Warnings)
		}
	}
}

// TestWebFormats compiles formats as administrators write them and reads a
// line of each.
func TestWebFormats(t *testing.T) {
	for _, c := range [...]struct{ format, line, want string }{
		{`apache:%{X-Forwarded-For}i %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i" %{ms}T`,
			`198.51.100.7, 10.0.0.9 10.0.0.2 - kim [03/Mar/2024:02:14:07 +0900] "GET /a HTTP/1.1" 200 12 "-" "curl/8 \"x\"" 33`, "10.0.0.2 198.51.100.7, 10.0.0.9 /a 200 start"},
		{`apache:%v:%p %a %t "%!200,304{X}i" "%r" %s %^FB %D`, `web:443 2001:db8::1 [03/Mar/2024:02:14:07 +0900] "-" "GET /b HTTP/1.1" 404 21 99`, "2001:db8::1  /b 404 start"},
		{`apache:%h\t%{end:%Y-%m-%dT%H:%M:%S%z}t\t"%r"\t%>s`, "10.0.0.2\t2024-03-03T02:14:07+0900\t\"GET /c HTTP/1.1\"\t200", "10.0.0.2  /c 200 end"},
		{`apache:%{begin:usec}t %{end:usec}t %h "%r" %s`, `1709399647123456 1709399648123456 10.0.0.2 "GET /d HTTP/1.1" 200`, "10.0.0.2  /d 200 start"},
		{`nginx:$remote_addr - [$time_iso8601] "$request" $status "$http_x_forwarded_for" $upstream_response_time`, `10.0.0.2 - [2024-03-03T02:14:07+09:00] "GET /e HTTP/1.1" 200 "198.51.100.7, 10.0.0.9" 0.1, 0.2`, "10.0.0.2 198.51.100.7, 10.0.0.9 /e 200 end"},
		{`nginx:$msec|$remote_addr|$request_method $request_uri|$status`, `1709399647.123|10.0.0.2|GET /f?x=1|200`, "10.0.0.2  /f?x=1 200 end"},
		{`nginx:${remote_addr}x$time_local "$request" $status`, `10.0.0.2x03/Mar/2024:02:14:07 +0900 "\x16\x03\x01" 400`, `10.0.0.2   400 end`},
		{`tomcat:%h %{begin:msec}t "%r" %s %D`, `10.0.0.2 1709399647123 "GET /g HTTP/1.1" 200 5`, "10.0.0.2  /g 200 start"},
	} {
		f, ok := weblog.Compile(c.format)
		if !ok {
			t.Errorf("%s is no format", c.format)
			continue
		}
		var r weblog.Record
		if !f.Parse(c.line, &r) {
			t.Errorf("%s does not read %q", c.format, c.line)
			continue
		}
		got := r.Addr + " " + r.Forwarded + " " + r.URI + " " + r.Status + " " + map[bool]string{true: "end", false: "start"}[f.End]
		if got != c.want {
			t.Errorf("%s\ngot  %q\nwant %q", c.line, got, c.want)
		}
	}
}

// TestWebDecoys: what a client sends - agent, referer, user, URI - reads like
// another line, and makes none.
func TestWebDecoys(t *testing.T) {
	lines := []string{
		`203.0.113.9 - - [03/Mar/2024:02:14:07 +0900] "GET / HTTP/1.1" 200 494 "-" "Accepted password for root from 10.0.0.1 port 22 ssh2"`,
		`203.0.113.9 - - [03/Mar/2024:02:14:07 +0900] "GET /\" 500 1 \"-\" \"x HTTP/1.1" 404 494 "-" "a\" 200 1"`,
		`203.0.113.9 - - [03/Mar/2024:02:14:07 +0900] "\x16\x03\x01\x02" 400 226 "-" "-"`,
		`203.0.113.9 - 10.0.0.1 - root [01/Jan/2020:00:00:00 +0000] [03/Mar/2024:02:14:07 +0900] "GET / HTTP/1.1" 401 494 "-" "x"`,
		`2001:db8::7 - - [03/Mar/2024:02:14:07 +0900] "GET /` + strings.Repeat("A", 9000) + ` HTTP/1.1" 414 300 "-" "-"`,
		`203.0.113.9 - - [03/Mar/2024:02:14:07 +0900] "-" 408 0 "-" "-"`,
		`web.example.org:443 203.0.113.9 - - [03/Mar/2024:02:14:07 +0900] "GET / HTTP/1.1" 200 494 "-" "x"`,
		`198.51.100.7, 10.0.0.9 - - [03/Mar/2024:02:14:07 +0900] "GET / HTTP/1.1" 200 494 "-" "x"`,
	}
	src := &parsetest.Source{Acq: host("UTC"), Files: []parsetest.File{{Path: "/var/log/apache2/access.log", Data: []byte(strings.Join(lines, "\n") + "\n")}}}
	k, _ := parsetest.Parse(t, src, All(), 1)
	if len(k.Events) != len(lines) || len(k.Warnings) != 0 {
		t.Fatalf("%d events of %d lines, %v", len(k.Events), len(lines), k.Warnings)
	}
	for i, e := range k.Events {
		status, _ := e.Get("status")
		ip, _ := e.Get("ip")
		if e.Time.Instant != utc("2024-03-02T17:14:07Z") || !strings.HasSuffix(e.Action, "request") || e.Parser != "weblog" {
			t.Errorf("%s: %s %s at %d", lines[i], e.Parser, e.Action, e.Time.Instant)
		}
		if want := [...]string{"200", "404", "400", "401", "414", "408", "200", "200"}[i]; status != want {
			t.Errorf("%.200s: status %s, want %s", lines[i], status, want)
		}
		if want := [...]string{"203.0.113.9", "203.0.113.9", "203.0.113.9", "203.0.113.9", "2001:db8::7", "203.0.113.9", "203.0.113.9", ""}[i]; ip != want && i != 7 {
			t.Errorf("%.200s: ip %q, want %q", lines[i], ip, want)
		}
	}
}

// TestErrorLogWeekday: a day of the week that is not that of the date is told.
func TestErrorLogWeekday(t *testing.T) {
	const right, wrong = "[Sun Mar 03 02:14:07.123456 2024] [core:error] [pid 8:tid 9] AH1: x\n", "[Thu Mar 03 02:14:07 2024] [error] [client 203.0.113.9] x\n"
	s := binParse(t, newWeblog(), &parse.Facts{}, "/var/log/apache2/error.log", []byte(right+wrong))
	if len(s.events) != 2 || len(s.warnings) != 1 || s.warnings[0].Code != "doubt" || s.warnings[0].Offset != int64(len(right)) {
		t.Errorf("%d events, %+v", len(s.events), s.warnings)
	}
}
