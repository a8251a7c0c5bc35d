package parser

import (
	"testing"

	"github.com/saksi-dfir/saksi/parse/parsetest"
)

// TestByteOrderMark: a text that an editor put a mark before is read as it is
// without, three bytes further on; carriage returns belong to no record.
func TestByteOrderMark(t *testing.T) {
	for parser, text := range map[string]string{
		"syslog":       "Mar  3 02:14:07 web01 sshd[812]: Accepted password for kim from 203.0.113.9 port 50022 ssh2\nMar  3 02:14:08 web01 sshd[812]: Connection closed by 203.0.113.9 port 50022\n",
		"weblog":       "203.0.113.9 - - [03/Mar/2024:02:14:07 +0900] \"GET / HTTP/1.1\" 200 12 \"-\" \"curl\"\n203.0.113.9 - - [03/Mar/2024:02:14:08 +0900] \"GET /a HTTP/1.1\" 200 12 \"-\" \"curl\"\n",
		"audit":        "type=SYSCALL msg=audit(1709432047.123:485): arch=c000003e syscall=59 success=yes items=0 pid=1 comm=\"id\"\n",
		"shellhistory": "#1709432047\nls\n#1709432048\nid\n",
	} {
		read := func(text string) *parsetest.Kept {
			k, res := parsetest.Parse(t, &parsetest.Source{Acq: host("UTC"), Files: []parsetest.File{{Path: "/x.bin", Data: []byte(text), Mtime: utc("2024-03-04T00:00:00Z")}}}, All(), 1)
			if res.Exhibits[0].Parser != parser || len(k.Warnings) != 0 {
				t.Fatalf("%s: claimed by %q, %+v", parser, res.Exhibits[0].Parser, k.Warnings)
			}
			return k
		}
		want, got := read(text).Events, read("\ufeff"+text).Events
		if len(want) == 0 || len(got) != len(want) {
			t.Fatalf("%s: %d events, %d with a mark", parser, len(want), len(got))
		}
		for i, e := range got {
			if e.Message != want[i].Message || e.Time != want[i].Time || e.Origin.Offset != want[i].Origin.Offset+3 {
				t.Errorf("%s: %d %q at %d, want %q at %d", parser, i, e.Message, e.Origin.Offset, want[i].Message, want[i].Origin.Offset+3)
			}
		}
	}
}
