package parser

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"fmt"
	"runtime"
	"testing"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/parsetest"
)

// tinyFiles are so many exhibits of one or two records, of eight kinds.
func tinyFiles(n int) []parsetest.File {
	files := make([]parsetest.File, n)
	for i := range files {
		f := &files[i]
		put := func(name string, data []byte) {
			f.Path, f.Data = fmt.Sprintf("/srv/d%03d/%06d.%s", i/1000, i, name), data
		}
		switch i % 8 {
		case 0:
			put("auth.log", fmt.Appendf(nil, "Mar  3 02:14:07 web01 sshd[%d]: Accepted publickey for deploy from 203.0.113.9 port 50022 ssh2\n", i))
		case 1:
			put("audit.log", fmt.Appendf(nil, "type=USER_LOGIN msg=audit(1709431047.123:%d): pid=812 uid=0 auid=1000 ses=3 msg='op=login acct=\"deploy\" exe=\"/usr/sbin/sshd\" res=success'\n", i))
		case 2:
			r := make([]byte, 384)
			r[0] = 7
			binary.LittleEndian.PutUint32(r[4:], uint32(i))
			copy(r[8:], "pts/0")
			copy(r[40:], "ts/0")
			copy(r[44:], "deploy")
			binary.LittleEndian.PutUint32(r[340:], 1709431047)
			put("wtmp", append(r, r...))
		case 3:
			put("access.log", fmt.Appendf(nil, "203.0.113.9 - - [03/Mar/2024:02:14:07 +0900] \"GET /%d.html HTTP/1.1\" 200 512 \"-\" \"curl/8\"\n", i))
		case 4:
			put("bash_history", fmt.Appendf(nil, "#1709431047\nls -la /tmp/%d\n", i))
		case 5:
			put("syslog", fmt.Appendf(nil, "2024-03-03T02:14:07.123456+09:00 web01 CRON[%d]: (root) CMD (run-parts)\n", i))
		case 6:
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			fmt.Fprintf(z, "Mar  3 02:14:07 web01 kernel: [  1.%06d] usb\n", i)
			_ = z.Close() // a buffer does not fail
			put("syslog.1.gz", b.Bytes())
		default:
			put("bin", bytes.Repeat([]byte{0x9d, byte(i), 0xfe}, 40))
		}
	}
	return files
}

// BenchmarkTinyExhibits runs all parsers over 10,000 exhibits of some hundred
// bytes: what each costs besides its bytes.
func BenchmarkTinyExhibits(b *testing.B) {
	src := &parsetest.Source{Files: tinyFiles(10_000)}
	b.ReportAllocs()
	for b.Loop() {
		sink := &countingSink{}
		res, err := parse.RunSource(context.Background(), src, All(), parse.Options{Sink: sink, Workers: runtime.NumCPU()})
		if err != nil {
			b.Fatal(err)
		}
		if sink.events.Load() < 8_000 || len(res.Exhibits) != len(src.Files) {
			b.Fatalf("%d events of %d exhibits", sink.events.Load(), len(res.Exhibits))
		}
	}
	b.ReportMetric(float64(len(src.Files)*b.N)/b.Elapsed().Seconds(), "exhibits/s")
}
