package parser

import (
	"testing"

	"github.com/saksi-dfir/saksi/parse"
)

// TestSquid: who asked the proxy for what, with what outcome.
func TestSquid(t *testing.T) {
	for line, want := range map[string]string{
		"1709432047.123    212 192.0.2.10 TCP_MISS/200 4523 GET http://www.example.com/a.html - HIER_DIRECT/203.0.113.5 text/html":                 "request||http://www.example.com/a.html|192.0.2.10|TCP_MISS|200|4523|212ms|203.0.113.5",
		"1709432047.123  30012 192.0.2.10 TCP_TUNNEL/200 9123 CONNECT www.example.net:443 kim HIER_DIRECT/203.0.113.6 -":                           "request|kim|www.example.net:443|192.0.2.10|TCP_TUNNEL|200|9123|30012ms|203.0.113.6",
		"1709432047.123      0 192.0.2.11 TCP_DENIED/407 3921 CONNECT evil.example.org:443 - HIER_NONE/- text/html":                                "refuse||evil.example.org:443|192.0.2.11|TCP_DENIED|407|3921|0ms|",
		"1709432047.123      0 192.0.2.11 NONE/400 3921 NONE error:invalid-request - HIER_NONE/- text/html":                                        "malformed-request||error:invalid-request|192.0.2.11|NONE|400|3921|0ms|",
		"1709432047.123     15 2001:db8::5 TCP_MEM_HIT/200 100 GET http://www.example.com/a kim HIER_DIRECT/10.0.0.1 b - HIER_NONE/- image/png":    "request||http://www.example.com/a kim HIER_DIRECT/10.0.0.1 b|2001:db8::5|TCP_MEM_HIT|200|100|15ms|",
		"1709432047.123     15 192.0.2.9 TCP_MISS_ABORTED/000 0 POST http://up.example.com/ - DIRECT/203.0.113.9 - [Host: a\\r\\n] [HTTP/1.1 200]": "request||http://up.example.com/|192.0.2.9|TCP_MISS_ABORTED|000|0|15ms|203.0.113.9",
	} {
		s := binParse(t, newSquid(), &parse.Facts{}, "/var/log/squid/access.log", []byte(line+"\n"))
		if len(s.events) != 1 || len(s.warnings) != 0 {
			t.Errorf("%s: %d events, %v", line, len(s.events), s.warnings)
			continue
		}
		e := s.events[0]
		got := e.Action + "|" + e.Actor + "|" + e.Object
		for _, f := range []string{"ip", "result", "status", "bytes", "duration", "dst"} {
			v, _ := e.Get(f)
			got += "|" + v
		}
		if got != want || e.Time.Instant != utc("2024-03-03T02:14:07.123Z") {
			t.Errorf("%s\ngot  %s\nwant %s", line, got, want)
		}
	}
	for _, line := range []string{"1709432047.123 12 192.0.2.1 TCP_MISS/200 9 GET x", "1709432047.123 a b c d e f g h i", "2024-03-03 02:14:07 x"} {
		if s := binParse(t, newSquid(), &parse.Facts{}, "/x", []byte(line+"\n")); len(s.events) != 0 || len(s.warnings) != 1 {
			t.Errorf("%s: %d events", line, len(s.events))
		}
	}
}
