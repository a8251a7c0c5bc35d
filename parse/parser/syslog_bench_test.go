package parser

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/parsetest"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// sshdLines makes n lines of an sshd log, about 112 bytes each.
func sshdLines(n int) []byte {
	var b bytes.Buffer
	months := []string{"Jan", "Feb", "Mar", "Apr", "May", "Jun"}
	for i := range n {
		d := i * 150 / n
		fmt.Fprintf(&b, "%s %2d %02d:%02d:%02d web01 sshd[%d]: ", months[d/25], d%25+1, i/3600%24, i/60%60, i%60, 800+i%9000)
		switch i % 4 {
		case 0:
			fmt.Fprintf(&b, "Accepted publickey for user%d from 203.0.113.%d port %d ssh2: RSA SHA256:%06d\n", i%40, i%250, 1024+i%60000, i)
		case 1:
			fmt.Fprintf(&b, "Failed password for invalid user admin%d from 198.51.100.%d port %d ssh2\n", i%999, i%250, 1024+i%60000)
		case 2:
			fmt.Fprintf(&b, "Connection closed by authenticating user root 198.51.100.%d port %d [preauth]\n", i%250, 1024+i%60000)
		case 3:
			fmt.Fprintf(&b, "pam_unix(sshd:session): session opened for user user%d(uid=%d) by (uid=0)\n", i%40, 1000+i%40)
		}
	}
	return b.Bytes()
}

type drop struct{ n int }

func (d *drop) Event(*event.Event) error    { d.n++; return nil }
func (d *drop) Warning(event.Warning) error { return nil }
func (d *drop) Counter(event.Counter) error { return nil }

func BenchmarkSyslog(b *testing.B) {
	data := sshdLines(1_000_000)
	src := &parsetest.Source{Acq: host("UTC"), Files: []parsetest.File{{Path: "/var/log/auth.log", Data: data, Mtime: utc("2024-07-01T00:00:00Z")}}}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		d := new(drop)
		if _, err := parse.RunSource(context.Background(), src, All(), parse.Options{Sink: d}); err != nil || d.n != 1_000_000 {
			b.Fatal(d.n, err)
		}
	}
	b.ReportMetric(float64(b.N)*1e6/b.Elapsed().Seconds(), "lines/s")
}
