package weblog

import (
	"strings"
	"testing"
)

// TestLoose: lines of formats that no configuration told.
func TestLoose(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`203.0.113.9 [03/Mar/2024:02:14:07 +0900] 0.003 200 "GET /a HTTP/1.1" "curl/8"`, "203.0.113.9|GET|/a|200|HTTP/1.1"},
		{`[03/Mar/2024:02:14:07 +0900] 203.0.113.9 TLSv1.3 AES "GET /a HTTP/1.1" 512`, "203.0.113.9|GET|/a||HTTP/1.1"},
		{`2024-03-03T02:14:07.123+09:00 203.0.113.9:4312 POST "/up/a.php?x=1" HTTP/1.1 404 12 "curl/8"`, "203.0.113.9|POST|/up/a.php?x=1|404|HTTP/1.1"},
		{"2001:db8::7\t2024-03-03 02:14:07\tGET\t/x\t200", ""},
		{`web01|203.0.113.9|[03/Mar/2024:02:14:07 +0000]|"PUT /x.jsp/ HTTP/1.1"|201`, ""},
		{`203.0.113.9 [03/Mar/2024:02:14:07 +0000] "x 10.0.0.1 500 y" "GET /a HTTP/1.1" 200`, "203.0.113.9|GET|/a|200|HTTP/1.1"},
		{`203.0.113.9 [03/Mar/2024:02:14:07 +0000] "GET /a 500 HTTP/1.1" 200`, "203.0.113.9|GET|/a 500|200|HTTP/1.1"},
		{`203.0.113.9 [03/Mar/2024:02:14:07 +0000] "GET /a HTTP/1.1" 200 "cut`, ""},
		{`[03/Mar/2024:02:14:07 +0000] GET the door`, ""},
		{`203.0.113.9 GET /a HTTP/1.1 200`, ""},
		{`2024-03-03T02:14:07Z nothing here`, ""},
		{strings.Repeat(`"`, 70000), ""},
		{strings.Repeat(`[ " `, 20000), ""},
	} {
		var r Record
		got := ""
		if ParseLoose(c.in, &r) {
			got = strings.Join([]string{r.Addr, r.Method, r.URI, r.Status, r.Protocol}, "|")
		}
		if got != c.want {
			t.Errorf("%.100s\ngot  %q\nwant %q", c.in, got, c.want)
		}
	}
}

// TestJuli: the two-line form of java.util.logging.
func TestJuli(t *testing.T) {
	for in, want := range map[string]int{"Mar 03, 2024 2:14:10 AM org.apache.catalina.startup.Catalina start": 2, "Mar 3, 2024 12:14:10 PM a.b c": 12, "Mar 3, 2024 12:14:10 AM a.b c": 0,
		"Mar 3, 2024 11:14:10 PM a.b c": 23, "Mar 3, 2024 13:14:10 PM a.b c": -1, "Mar  3 02:14:10 web01 sshd[1]: x": -1, "Mar 3, 2024 1:14:10 XM a.b c": -1} {
		var r Record
		got := -1
		if ParseError(in, &r) {
			got = r.Time.Hour
		}
		if got != want {
			t.Errorf("%s: hour %d, want %d", in, got, want)
		}
	}
}

func FuzzLoose(f *testing.F) {
	f.Add(`203.0.113.9 [03/Mar/2024:02:14:07 +0900] 0.003 200 "GET /a HTTP/1.1" "curl/8"`)
	f.Add("2024-03-03T02:14:07Z 203.0.113.9:1 POST \"/a\" HTTP/1.1 404")
	f.Add("Mar 03, 2024 2:14:10 AM a.b c")
	f.Fuzz(func(t *testing.T, s string) {
		var r Record
		if ParseLoose(s, &r) && r.Method == "" {
			t.Error("no method")
		}
		ParseError(s, &r)
	})
}
