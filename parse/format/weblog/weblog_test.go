package weblog

import (
	"strings"
	"testing"
)

func TestAccess(t *testing.T) {
	for _, c := range []struct {
		in, want string
		ok       bool
	}{
		{`h - - [03/Mar/2024:02:14:07 +0000] "GET / HTTP/1.1" 200 5`, "h||GET /|200|5|", true},
		{`h - john doe [03/Mar/2024:02:14:07 +0000] "GET / HTTP/1.1" 200 -`, "h|john doe|GET /|200||", true},
		{`h - [x] [03/Mar/2024:02:14:07 +0000] "GET / HTTP/1.1" 200 5`, "h|[x]|GET /|200|5|", true},
		{`h - - [03/Mar/2024:02:14:07 +0000] "" 400 0 "-" "-"`, "h|| |400|0|", true},
		{`h - - [03/Mar/2024:02:14:07 +0000] "GET /" HTTP/1.1" 200 5 "r" "a" 12 "x"`, `h||GET /"|200|5|12 "x"`, true},
		{`h - - [03/Mar/2024:02:14:07 +0000] "GET / HTTP/1.1" 200 5 "-" "cut`, "", false},
		{`h - - [03/Mar/2024:02:14:07 +0000] "GET / HTTP/1.1" 2000 5`, "", false},
		{`h - - [03/Mxr/2024:02:14:07 +0000] "GET / HTTP/1.1" 200 5`, "", false},
		{`- - [03/Mar/2024:02:14:07 +0000] "GET / HTTP/1.1" 200 5`, "", false},
		{strings.Repeat("[ ", 10000), "", false},
	} {
		var r Record
		ok := ParseAccess(c.in, &r)
		if ok != c.ok {
			t.Errorf("%.80s: ok %v", c.in, ok)
			continue
		}
		if got := strings.Join([]string{r.Addr, r.User, r.Method + " " + r.URI, r.Status, r.Bytes, r.Extra}, "|"); ok && got != c.want {
			t.Errorf("%s: %s, want %s", c.in, got, c.want)
		}
	}
}

func TestCompile(t *testing.T) {
	for _, c := range []struct {
		format string
		ok     bool
	}{
		{`apache:%h %l %u %t "%r" %>s %b`, true}, {`apache:%h %l`, false}, {`nginx:$remote_addr`, false}, {`nginx:$time_local $status`, true}, {`apache:%`, false}, {`apache:%{x`, false}, {`nginx:${a`, false}, {``, false},
		{"apache:" + strings.Repeat("%t", 500), false},
	} {
		if _, ok := Compile(c.format); ok != c.ok {
			t.Errorf("%.60s: ok %v, want %v", c.format, ok, c.ok)
		}
	}
}

// FuzzRecord: whatever is read, the parts are of the line.
func FuzzRecord(f *testing.F) {
	seeds := [][2]string{
		{`h - - [03/Mar/2024:02:14:07 +0000] "GET / HTTP/1.1" 200 5 "r" "a"`, `apache:%h %l %u %t "%r" %>s %b`},
		{`[Sun Mar 03 02:14:07.123456 2024] [core:warn] [pid 8:tid 9] [client 203.0.113.9:5000] x`, `nginx:$remote_addr [$time_local] "$request"`},
		{`2024/03/03 02:14:07 [error] 8#9: *1 x, client: 203.0.113.9, request: "GET / HTTP/1.1"`, `apache:%{sec}t %D "%{Referer}i"`},
		{`03-Mar-2024 02:14:07.123 SEVERE [main] a.b c`, `nginx:${time_iso8601} $status`},
	}
	for _, s := range seeds {
		f.Add(s[0], s[1])
	}
	if len(seeds) == 0 {
		f.Fatal("the seed corpus is empty")
	}
	f.Fuzz(func(t *testing.T, line, format string) {
		var r Record
		check := func(ok bool) {
			if !ok {
				return
			}
			for _, v := range []string{r.Addr, r.User, r.Method, r.Status, r.Referer, r.Agent, r.Text, r.VHost} {
				if !strings.Contains(line, v) {
					t.Errorf("%q: %q is not of the line", line, v)
				}
			}
		}
		check(ParseAccess(line, &r))
		check(ParseError(line, &r))
		if c, ok := Compile(format); ok {
			check(c.Parse(line, &r))
		}
		r = Record{}
		r.SetJSON(line, format)
	})
}
