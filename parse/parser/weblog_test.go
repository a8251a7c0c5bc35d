package parser

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/parsetest"
)

func TestWeblogForms(t *testing.T) {
	nginx := parsetest.File{Path: "/etc/nginx/nginx.conf", Data: []byte(
		`log_format timed '$remote_addr - $remote_user [$time_local] "$request" $status $request_time "$http_user_agent" $pipe'; access_log /var/log/nginx/timed.log timed;`)}
	apache := parsetest.File{Path: "/etc/apache2/apache2.conf", Data: []byte(
		"LogFormat \"%t %h %{%Y-%m-%dT%H:%M:%S}x \\\"%r\\\" %>s %D\" odd\nCustomLog /var/log/apache2/odd.log odd\n")}
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
