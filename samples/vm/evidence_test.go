package vm

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/record"
)

// held is what one holder of the guest said of itself.
type held struct {
	kind string
	pid  int
	what string // inode of a socket, name of a program
}

func parseHeld(t *testing.T, line string) held {
	t.Helper()
	var h held
	if n, err := fmt.Sscan(line, &h.kind, &h.pid, &h.what); n != 3 {
		t.Fatalf("%q: %v", line, err)
	}
	return h
}

func (h held) socket() bool { return h.kind == "thread" || h.kind == "uring" || h.kind == "flight" }

// about gives what the guest printed while one step ran.
func (m *machine) about(name string) string {
	from := 0
	for i, l := range m.log {
		if strings.HasPrefix(l, "@@STEP") && strings.Contains(l, "+"+name) {
			from = i
		}
		if strings.HasPrefix(l, "@@COLLECTED "+name) {
			return strings.Join(m.log[from:i], "\n")
		}
	}
	return ""
}

// wholePath verifies and ingests the bundle and asks for the decoy's finding,
// the sockets and the programs.
func (l *lab) wholePath(t *testing.T, m *machine, pid, path string, hs []held) {
	t.Helper()
	b := m.file("data", "whole.tar.zst")
	if out, code := l.desk(t, "verify", b); code != 0 {
		t.Fatalf("verify exit %d: %s", code, out)
	}
	if out, code := l.desk(t, "inspect", b); code != 0 || !strings.Contains(out, "OUTPUT      direct") {
		t.Errorf("inspect exit %d:\n%s", code, out)
	}
	dir := filepath.Join(m.dir, "case")
	if out, code := l.desk(t, "ingest", "--case", dir, b); code != 0 && code != 3 {
		t.Fatalf("ingest exit %d: %s", code, out)
	}
	l.wantFinding(t, dir, pid, path)
	l.sockets(t, b, hs, false)
	for _, h := range hs {
		if h.socket() {
			continue
		}
		n := lines[json.RawMessage](t, l, "events", "--case", dir, h.what, "--json", "--limit", "10")
		t.Logf("%s: %d events name %s", h.kind, len(n), h.what)
		if len(n) == 0 {
			t.Errorf("no event names the program %s", h.what)
		}
	}
}

func (l *lab) wantFinding(t *testing.T, dir, pid, path string) {
	t.Helper()
	type finding struct {
		PID                 json.Number `json:"pid"`
		Path, Title, Detail string
	}
	magic := false
	all := lines[finding](t, l, "findings", "--case", dir, "--json")
	for _, f := range all {
		if f.PID.String() == pid && strings.Contains(f.Path, path) && strings.Contains(strings.ToLower(f.Detail+f.Title), "0x9d41") {
			magic = true
		}
	}
	if !magic {
		t.Errorf("no finding names pid %s, %s and the constant 0x9d41: %+v", pid, path, all)
	}
}

// sockets looks each held packet socket up in the records. With packet_diag
// loaded the filter of each is known; without, at least the socket is, and why
// its filter is not.
func (l *lab) sockets(t *testing.T, path string, hs []held, diag bool) {
	t.Helper()
	b, err := bundle.Open(path, bundle.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	seen := map[string]record.Socket{}
	for x, err := range b.Exhibits() {
		if err != nil {
			t.Fatal(err)
		}
		if x.Parts != "socket" {
			continue
		}
		r, err := b.OpenExhibit(x)
		if err != nil {
			t.Fatal(err)
		}
		eachSocket(t, r, func(s record.Socket) { seen[fmt.Sprint(s.Ino)] = s })
		r.Close()
	}
	for _, h := range hs {
		if !h.socket() {
			continue
		}
		s, ok := seen[h.what]
		t.Logf("%s: method %s, filter %s (%d instructions) %s, %d holders", h.kind, s.Method, s.FilterAs, len(s.Filter), s.Errno, len(s.Holders))
		switch {
		case !ok:
			t.Errorf("%s: the socket %s is in no record", h.kind, h.what)
		case diag && (s.FilterAs != "classic" || len(s.Filter) != 6):
			t.Errorf("%s: filter %s of %d instructions, want classic of 6", h.kind, s.FilterAs, len(s.Filter))
		case s.FilterAs == "" || s.FilterAs == "none" || s.FilterAs == "unreadable" && s.Errno == "":
			t.Errorf("%s: filter %q without a reason", h.kind, s.FilterAs)
		case h.kind == "thread" && (len(s.Holders) == 0 || s.Holders[0].PID != h.pid):
			t.Errorf("thread: holders %+v, want pid %d", s.Holders, h.pid)
		case h.kind == "flight" && len(s.Holders) != 0:
			t.Errorf("flight: holders %+v, want none", s.Holders)
		}
	}
}

func eachSocket(t *testing.T, r io.Reader, fn func(record.Socket)) {
	t.Helper()
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 1<<20), 16<<20)
	for in.Scan() {
		var s record.Socket
		if err := json.Unmarshal(in.Bytes(), &s); err != nil {
			t.Fatalf("%.200q: %v", in.Bytes(), err)
		}
		if s.Type == "socket" {
			fn(s)
		}
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
}

// refusals: what the kernel forbids is a recorded fact with its reason, never silence.
func (l *lab) refusals(t *testing.T, m *machine) {
	t.Helper()
	type item struct{ Source, Outcome, Errno, Reason string }
	for _, c := range []struct{ name, source, outcome string }{
		{"integrity", "memory", "collected"}, {"confidentiality", "memory", "denied"}, {"yama", "socket", ""},
	} {
		path := m.file("data", c.name+".tar.zst")
		if out, code := l.desk(t, "verify", path); code != 0 {
			t.Errorf("%s: verify exit %d: %s", c.name, code, out)
		}
		for _, i := range lines[item](t, l, "inspect", "--json", path) {
			if i.Source != c.source || i.Outcome == "" {
				continue
			}
			t.Logf("%s: %+v", c.name, i)
			if c.outcome != "" && i.Outcome != c.outcome {
				t.Errorf("%s: outcome %q, want %q", c.name, i.Outcome, c.outcome)
			}
			if i.Outcome != "collected" && i.Reason == "" {
				t.Errorf("%s: %+v has no reason", c.name, i)
			}
		}
	}
}
