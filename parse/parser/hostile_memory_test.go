package parser

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/parse"
)

// made is an exhibit whose bytes are made as they are read.
type made struct {
	name string
	size int64
	fill func(p []byte, off int64)
}

// Acquisition, Exhibits and OpenExhibit make a source of one exhibit.
func (m *made) Acquisition() bundle.Acquisition { return host("UTC") }

func (m *made) Exhibits() iter.Seq2[bundle.Exhibit, error] {
	return func(yield func(bundle.Exhibit, error) bool) {
		yield(bundle.Exhibit{Number: 1, Name: "data/files" + m.name, Path: []byte(m.name), Size: m.size, SHA256: hex.EncodeToString(make([]byte, 32)), Method: "test",
			Stat: &bundle.Stat{Size: m.size, Mtime: utc("2024-07-01T00:00:00Z")}}, nil)
	}
}

func (m *made) OpenExhibit(bundle.Exhibit) (parse.Content, error) {
	return madeContent{io.NewSectionReader(m, 0, m.size)}, nil
}

// ReadAt makes bytes.
func (m *made) ReadAt(p []byte, off int64) (int, error) {
	n := min(int64(len(p)), m.size-off)
	if n <= 0 {
		return 0, io.EOF
	}
	m.fill(p[:n], off)
	if n < int64(len(p)) {
		return int(n), io.EOF
	}
	return int(n), nil
}

type madeContent struct{ *io.SectionReader }

func (madeContent) Close() error { return nil }

// fixed makes an exhibit of bytes that are there.
func fixed(name string, data []byte) *made {
	return &made{name: name, size: int64(len(data)), fill: func(p []byte, off int64) { copy(p, data[off:]) }}
}

// beginsWith gives bytes that begin with a text and go on with a pattern.
func beginsWith(text, pattern string) func(p []byte, off int64) {
	long := []byte(strings.Repeat(pattern, 1+(1<<20)/len(pattern)))
	return func(p []byte, off int64) {
		for n := 0; n < len(p); {
			at := off + int64(n)
			if at < int64(len(text)) {
				n += copy(p[n:], text[at:])
				continue
			}
			n += copy(p[n:], long[(at-int64(len(text)))%int64(len(pattern)):])
		}
	}
}

// numbered gives lines that differ, each of width bytes.
func numbered(format string, width int) func(p []byte, off int64) {
	return func(p []byte, off int64) {
		for n := 0; n < len(p); {
			at := off + int64(n)
			i := at / int64(width)
			line := fmt.Sprintf(format, i%1000, i*7919%100_000_007)
			line += strings.Repeat("x", width-1-len(line)) + "\n"
			n += copy(p[n:], line[at%int64(width):])
		}
	}
}

// packed compresses n bytes of a pattern.
func hostilePacked(t *testing.T, n int64, line string, open func(io.Writer) io.WriteCloser) []byte {
	t.Helper()
	var b bytes.Buffer
	w := open(&b)
	chunk := []byte(strings.Repeat(line, 1+(1<<20)/len(line)))
	for ; n > 0; n -= int64(len(chunk)) {
		if _, err := w.Write(chunk); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// anonymous is the anonymous memory of this process, in MiB.
func anonymous(t *testing.T) int {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("no /proc/self/status here")
	}
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			n, err := strconv.Atoi(strings.Fields(v)[0])
			if err != nil {
				t.Fatal(err)
			}
			return n >> 10
		}
	}
	t.Skip("the kernel tells no RssAnon")
	return 0
}

// TestHostileMemory (SAKSI_SOAK=1): a gigabyte of every kind of bad input
// leaves anonymous memory under 1 GiB.
func TestHostileMemory(t *testing.T) {
	if os.Getenv("SAKSI_SOAK") == "" {
		t.Skip("set SAKSI_SOAK=1: it takes minutes")
	}
	const gib = 1 << 30
	log := "Mar  3 02:14:07 web01 sshd[812]: Failed password for invalid user oracle from 198.51.100.7 port 1024 ssh2\n"
	gz := func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
	zst := func(w io.Writer) io.WriteCloser {
		z, err := zstd.NewWriter(w, zstd.WithWindowSize(128<<20), zstd.WithEncoderConcurrency(1))
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	journal := journalFixture(t, "regular")
	for name, src := range map[string]*made{
		"syslog, one line":   {name: "/var/log/auth.log", size: gib, fill: beginsWith(strings.Repeat(log, 30)+"Mar  3 02:14:07 web01 sshd[812]: ", "A")},
		"audit, one line":    {name: "/var/log/audit/audit.log", size: gib, fill: beginsWith("type=SYSCALL msg=audit(1709432047.123:485): ", "a=b ")},
		"web, one line":      {name: "/var/log/nginx/access.log", size: gib, fill: beginsWith(`203.0.113.9 - - [03/Mar/2024:02:14:07 +0900] "GET /`, "A")},
		"history, one line":  {name: "/root/.bash_history", size: gib, fill: beginsWith("", "ls ")},
		"NUL":                {name: "/var/log/auth.log", size: gib, fill: beginsWith(strings.Repeat(log, 30), "\x00")},
		"audit, open":        {name: "/var/log/audit/audit.log", size: gib / 2, fill: numbered("type=PATH msg=audit(1709432047.%03d:%d): item=0 name=\"/etc/", 160)},
		"wtmp, random":       {name: "/var/log/wtmp", size: gib / 4, fill: numbered("%d\x01\x02%d", 97)},
		"journal, repeated":  {name: "/x.journal", size: gib / 2, fill: func(p []byte, off int64) { beginsWith("", string(journal))(p, off) }},
		"empty lines":        {name: "/var/log/auth.log", size: gib / 2, fill: beginsWith(strings.Repeat(log, 30), "\n")},
		"short lines":        {name: "/var/log/auth.log", size: gib / 4, fill: beginsWith(strings.Repeat(log, 30), "a\n")},
		"gz bomb of a log":   fixed("/var/log/auth.log.1.gz", hostilePacked(t, gib, log, gz)),
		"gz bomb, one line":  fixed("/var/log/auth.log.2.gz", hostilePacked(t, gib, "A", gz)),
		"zst with 128 MiB":   fixed("/var/log/auth.log.3.zst", hostilePacked(t, gib/2, log, zst)),
		"xz with dictionary": fixed("/var/log/auth.log.4.xz", hostileXZ()),
	} {
		t.Run(name, func(t *testing.T) {
			stop, done, peak := make(chan struct{}), make(chan struct{}), 0
			go func() {
				defer close(done)
				for {
					peak = max(peak, anonymous(t))
					select {
					case <-stop:
						return
					case <-time.After(20 * time.Millisecond):
					}
				}
			}()
			began, d := time.Now(), new(drop)
			res, err := parse.RunSource(context.Background(), src, All(), parse.Options{Sink: d, Workers: 2})
			close(stop)
			<-done
			if err != nil {
				t.Fatal(err)
			}
			x := res.Exhibits[0]
			t.Logf("%s: %d events, %d warnings, %d MiB, %s (%v)", x.Parser, x.Events, x.Warnings, peak, time.Since(began).Round(time.Millisecond), x.Err)
			if peak > 1024 {
				t.Errorf("%d MiB of anonymous memory", peak)
			}
			if x.Events+x.Warnings == 0 {
				t.Error("neither event nor warning")
			}
		})
	}
}

// hostileXZ is an xz header that asks for a dictionary of 4 GiB.
func hostileXZ() []byte {
	return []byte("\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4F\x02\x00!\x01\x28\x00\x00\x00\x37\x27\x97\xd6" + strings.Repeat("\x01\x00\x00A", 100))
}
