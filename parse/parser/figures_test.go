package parser

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/collect/seal"
)

// TestFigureInputs (SAKSI_FIGURES=DIR) writes the inputs of .ci/figures:
// audit.log (340,000 records, 100,000 events), access.log (nginx), in.export
// (for systemd-journal-remote) and statx.tar.zst (a sealed file walk).
// SAKSI_FIGURE_ROWS changes the number of lines and files.
func TestFigureInputs(t *testing.T) {
	dir := os.Getenv("SAKSI_FIGURES")
	if dir == "" {
		t.Skip("set SAKSI_FIGURES=DIR: it writes 600 MB for .ci/figures")
	}
	rows := 1_000_000
	if n, err := strconv.Atoi(os.Getenv("SAKSI_FIGURE_ROWS")); err == nil {
		rows = n
	}
	for name, write := range map[string]func(w io.Writer) error{
		"audit.log":     func(w io.Writer) error { _, err := w.Write(auditSynthetic()); return err },
		"in.export":     func(w io.Writer) error { _, err := w.Write(journalExport(journalBenchEntries)); return err },
		"access.log":    func(w io.Writer) error { return accessLines(w, rows) },
		"statx.tar.zst": func(w io.Writer) error { return statxBundle(w, rows) },
	} {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		b := bufio.NewWriterSize(f, 1<<20)
		if err := write(b); err != nil {
			t.Fatal(err)
		}
		if err := b.Flush(); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// accessLines writes n lines of nginx's combined format, some 190 bytes each.
func accessLines(w io.Writer, n int) error {
	r := rand.New(rand.NewPCG(3, 3))
	paths := [...]string{"/", "/index.php", "/wp-login.php", "/api/v1/orders/%d", "/static/app.%d.js", "/images/p%d.jpg", "/search?q=term%d", "/upload/x.php?c=id"}
	agents := [...]string{"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0 Safari/537.36",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_3 like Mac OS X) AppleWebKit/605.1.15", "curl/8.5.0", "python-requests/2.31.0"}
	at := time.Date(2024, 3, 3, 2, 14, 7, 0, time.FixedZone("KST", 9*3600))
	for range n {
		at = at.Add(time.Duration(r.IntN(600)) * time.Millisecond)
		p := paths[r.IntN(len(paths))]
		if strings.Contains(p, "%d") {
			p = fmt.Sprintf(p, r.IntN(100000))
		}
		_, err := fmt.Fprintf(w, "203.0.113.%d - - [%s] \"%s %s HTTP/1.1\" %d %d \"https://www.example.org/\" \"%s\"\n", r.IntN(256),
			at.Format("02/Jan/2006:15:04:05 -0700"), [...]string{"GET", "GET", "GET", "POST"}[r.IntN(4)], p, [...]int{200, 200, 304, 404, 500}[r.IntN(5)],
			r.IntN(200000), agents[r.IntN(len(agents))])
		if err != nil {
			return err
		}
	}
	return nil
}

// statxBundle writes a bundle of n file records, as `saksi-collect run` does.
func statxBundle(w io.Writer, n int) error {
	key, err := seal.NewRunKey(bytes.NewReader(make([]byte, 32)))
	if err != nil {
		return err
	}
	b, err := bundle.NewWriter(w, bundle.Options{Workers: 2, Signer: key, Acquisition: bundle.Acquisition{RunID: "figures-web07",
		Sealed: "host", Host: bundle.HostClaims{Hostname: "web07", Zone: "Asia/Seoul"}}})
	if err != nil {
		return err
	}
	s, err := b.Records(bundle.Exhibit{Name: "data/records/filestat", Source: "filestat", Method: "statx"})
	if err != nil {
		return err
	}
	for i := range n {
		line, err := json.Marshal(statxRecord(i))
		if err != nil {
			return err
		}
		if err := s.Line(line); err != nil {
			return err
		}
	}
	if _, _, err := s.Close(); err != nil {
		return err
	}
	_, err = b.Close()
	return err
}

func statxRecord(i int) *record.File {
	t := int64(1_600_000_000_000_000_000) + int64(i)*123_456_789
	return &record.File{Type: "file", Path: record.Bytes(fmt.Sprintf("/usr/share/doc/package-%05d/examples/file-%06d.txt", i/40, i)), Dev: 2049, Ino: uint64(100000 + i),
		MntID: 25, Mode: 0o100644, Nlink: 1, Size: int64(i * 7), Atime: t + 5e9, Mtime: t, Ctime: t + 1e9, Btime: t + 1e9, Attrs: 0x80000}
}
