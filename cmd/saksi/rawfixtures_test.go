package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// fixtureHost lays the fixtures of all parsers out like the files of a host.
func fixtureHost(t *testing.T) string {
	t.Helper()
	root, from := t.TempDir(), "../../parse/parser/testdata"
	n := 0
	err := filepath.WalkDir(from, func(p string, e os.DirEntry, err error) error {
		name, _ := filepath.Rel(from, p)
		dir, _, below := strings.Cut(name, string(filepath.Separator))
		ext := filepath.Ext(p)
		if err != nil || e.IsDir() || !below || dir == "fuzz" || ext == ".go" || ext == ".md" || ext == ".sh" || ext == ".py" || ext == ".conf" || ext == ".xml" {
			return err
		}
		data, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		to := filepath.Join(root, "var/log", name)
		if dir == "shellhistory" {
			to = filepath.Join(root, "home", filepath.Base(p), ".bash_history")
		}
		n++
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		return os.WriteFile(to, data, 0o600)
	})
	if err != nil || n < 40 {
		t.Fatalf("%d fixtures: %v", n, err)
	}
	return root
}

// TestRawHoldsEveryEvent: what raw gives of an event of any fixture is what the
// file holds at its spans, and it holds what the event says.
func TestRawHoldsEveryEvent(t *testing.T) {
	if testing.Short() {
		t.Skip("runs whole programs, which the race detector slows tenfold; make test has it")
	}
	root := fixtureHost(t)
	d := &desk2{t, filepath.Join(t.TempDir(), "case")}
	d.must(exitDone, "ingest", "--no-detect", "--case", d.dir, "--host", "web01", "--zone", "UTC", root)
	cs, err := timeline.Open(d.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer cs.Close()
	parsers, files := map[string]int{}, map[string][]byte{}
	for row, err := range cs.Events(context.Background(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		e := &row.Event
		r, err := cs.Raw(context.Background(), e.ID())
		if err != nil || r.Problem != "" || !r.FrameOK {
			t.Fatalf("%s %q: %v %s", e.Parser, e.Message, err, r.Problem)
		}
		file := filepath.Join(root, strings.TrimPrefix(e.Origin.Path, "data/files"))
		if files[file] == nil {
			files[file] = decodedFile(t, file, e.Origin.Layer)
		}
		var want []byte
		for _, s := range r.Spans {
			want = append(want, files[file][s.Offset:s.Offset+s.Length]...)
		}
		if !bytes.Equal(want, r.Bytes) {
			t.Fatalf("%s at %v of %s: raw gives other bytes than the file holds", e.Parser, r.Spans, file)
		}
		if why := untold(e, r.Bytes); why != "" {
			t.Errorf("%s: %s is not in the bytes %.300q", e.Parser, why, r.Bytes)
		}
		parsers[e.Parser]++
	}
	t.Logf("events by parser: %v", parsers)
	if len(parsers) < 20 {
		t.Errorf("events of %d parsers only: %v", len(parsers), parsers)
	}
}

func decodedFile(t *testing.T, file, layer string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err == nil && layer == "gz" {
		var z *gzip.Reader
		if z, err = gzip.NewReader(bytes.NewReader(data)); err == nil {
			data, err = io.ReadAll(z)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// untold names what an event says that its bytes do not hold; "" for nothing.
// A message is the text of the record, perhaps with a program and pid put
// before it that stand elsewhere in the record. Where the parser words records
// of numbers and short fields itself, one of the event's own values must be there.
func untold(e *event.Event, raw []byte) string {
	text, message := string(raw), e.Message
	if e.Parser == "shellhistory" { // zsh writes a byte of its own use as 0x83 and the byte with bit 5 turned
		for i := 0; i+1 < len(raw); i++ {
			if raw[i] == 0x83 {
				text = strings.Replace(text, string(raw[i:i+2]), string([]byte{raw[i+1] ^ 32}), 1)
			}
		}
	}
	if strings.Contains(text, message) {
		return ""
	}
	before, after, ok := strings.Cut(message, ": ")
	if name, pid, _ := strings.Cut(before, "["); ok && strings.Contains(text, after) && strings.Contains(text, name) && strings.Contains(text, strings.TrimSuffix(pid, "]")) {
		return ""
	}
	switch e.Parser {
	case "faillog": // numbers only; the contract re-reads them
		return ""
	case "audit", "bodyfile", "container", "journal", "lastlog", "lastlog2", "shellhistory", "wtmp", "wtmpdb":
		values := []string{e.Actor, e.Object}
		for _, f := range e.Fields {
			values = append(values, f.Value)
		}
		for _, v := range values {
			id, err := hex.DecodeString(v) // ids of boots stand as bytes
			if len(v) > 2 && strings.Contains(text, v) || err == nil && len(id) == 16 && bytes.Contains(raw, id) {
				return ""
			}
		}
		return fmt.Sprintf("none of %q", values)
	}
	return fmt.Sprintf("%q", message)
}
