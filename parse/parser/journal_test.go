package parser

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/parsetest"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// journalFixture unpacks testdata/journal/NAME.journal.gz.
func journalFixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata/journal", name+".journal.gz"))
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// journalEntries keeps the events that are entries.
func journalEntries(s *binSink) []*event.Event {
	var out []*event.Event
	for _, e := range s.events {
		if e.Ordinal == 0 {
			out = append(out, e)
		}
	}
	return out
}

func TestJournalClaim(t *testing.T) {
	for _, tt := range []struct {
		path, head string
		want       parse.Strength
	}{
		{"/x.bin", "LPKSHHRH" + strings.Repeat("\x00", 300), parse.Certain},
		{"/var/log/journal/a/system.journal", "damaged", parse.ByName},
		{"/x.bin", "damaged", parse.No},
	} {
		if got := newJournal().Claim(binExhibit(tt.path, []byte(tt.head))); got != tt.want {
			t.Errorf("%s: claimed %v, want %v", tt.path, got, tt.want)
		}
	}
}

func TestJournalContract(t *testing.T) {
	for name, events := range map[string]int{"online": -1, "offline": -1, "regular": 124, "compact": 124} {
		if testing.Short() && name != "compact" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			src := parsetest.Source{Files: []parsetest.File{{Path: "/var/log/journal/5a5a/system.journal", Data: journalFixture(t, name)}}}
			contract(t, parsetest.Case{Parser: "journal", Source: src, Events: events})
		})
	}
}

// TestJournalBothLayouts: one input, two layouts, the same events.
func TestJournalBothLayouts(t *testing.T) {
	tell := func(name string) (out []string) {
		for _, e := range binParse(t, newJournal(), nil, "/x.bin", journalFixture(t, name)).events {
			out = append(out, fmt.Sprint(e.Time, e.Parser, e.Action, e.Actor, e.Object, e.Message, e.Fields))
		}
		return out
	}
	if a, b := tell("regular"), tell("compact"); len(a) != 124 || !slices.Equal(a, b) {
		t.Errorf("%d events of the regular layout and %d of the compact one are not the same 124", len(a), len(b))
	}
}

func TestJournalFixture(t *testing.T) {
	s := binParse(t, newJournal(), nil, "/x.bin", journalFixture(t, "compact"))
	if len(s.warnings) != 0 {
		t.Errorf("warnings of a good file: %+v", s.warnings)
	}
	count := map[string]int{}
	for _, e := range s.events {
		count[e.Parser+" "+e.Action]++
	}
	want := map[string]int{"sshd login": 60, "sshd failed-login": 48, "journal note": 12, "journal boot": 2, "audit login": 1, "journal clock-step": 1}
	for k, n := range want {
		if count[k] != n {
			t.Errorf("%q: %d events, want %d (all: %v)", k, count[k], n, count)
		}
	}
	for _, e := range s.events {
		if e.Action != "clock-step" {
			continue
		}
		if step, _ := e.Get("step"); step != "-7199.999940" || !e.Time.Reasons.Has(event.ClockStep) || !strings.Contains(e.Message, "set back by hand, by NTP") {
			t.Errorf("clock step %s: %+v", step, e)
		}
	}
	if len(s.counters) != 1 || s.counters[0].First != 1 || s.counters[0].Last != 121 {
		t.Errorf("counters %+v", s.counters)
	}
}

// TestJournalBoots: each boot with its first and last entry.
func TestJournalBoots(t *testing.T) {
	var got []string
	for _, e := range binParse(t, newJournal(), nil, "/x.bin", journalFixture(t, "regular")).events {
		if e.Action == "boot" {
			get := func(n string) string { v, _ := e.Get(n); return v }
			got = append(got, strings.Join([]string{get("boot")[30:], get("entries"), wtmpStamp(e.Time.Instant), get("last_entry")}, " "))
		}
	}
	want := []string{"01 80 2024-03-03T02:14:03Z 2024-03-03T00:15:27.00316Z", "02 41 2024-03-03T00:25:24.00324Z 2024-03-03T00:26:08.00714Z"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// TestJournalAudit: a record that journald took from the audit system.
func TestJournalAudit(t *testing.T) {
	f := &parse.Facts{Accounts: []parse.Account{{UID: 1000, Name: "deploy"}}}
	events := binParse(t, newJournal(), f, "/x.bin", journalFixture(t, "compact")).events
	e := events[len(events)-1]
	for i := len(events) - 1; e.Ordinal != 0; i-- { // boots end after their last entry
		e = events[i]
	}
	get := func(n string) string { v, _ := e.Get(n); return v }
	if e.Parser != "audit" || e.Source != "journal" || e.Action != "login" || e.Actor != "deploy" || get("ip") != "203.0.113.9" ||
		get("serial") != "1204" || get("auid") != "1000" || get("success") != "yes" || get("pid") != "812" {
		t.Errorf("%+v", e)
	}
}

// TestJournalOfAnotherHost: entries of a loghost's file name their own host.
func TestJournalOfAnotherHost(t *testing.T) {
	own := event.MakeHostKey("other", "log01")
	f := &parse.Facts{Host: own, MachineID: "other", Hostname: "log01"}
	want := event.MakeHostKey("5a5a0123456789abcdef0123456789ab", "web01")
	for _, e := range binParse(t, newJournal(), f, "/x.bin", journalFixture(t, "regular")).events {
		if e.Host != want || e.HeldBy != own {
			t.Fatalf("host %s held by %s, want %s held by %s", e.Host, e.HeldBy, want, own)
		}
	}
	f.MachineID = "5a5a0123456789abcdef0123456789ab"
	for _, e := range binParse(t, newJournal(), f, "/x.bin", journalFixture(t, "regular")).events {
		if !e.Host.IsZero() || !e.HeldBy.IsZero() {
			t.Fatalf("own entries are given to host %s", e.Host)
		}
	}
}

// TestJournalRawBytes: the spans of an event hold its message and its pid.
func TestJournalRawBytes(t *testing.T) {
	data := journalFixture(t, "regular")
	n := 0
	for _, e := range journalEntries(binParse(t, newJournal(), nil, "/x.bin", data)) {
		pid, _ := e.Get("pid")
		_, text, _ := strings.Cut(e.Message, "]: ")
		if strings.HasPrefix(text, "long") || e.Parser == "audit" {
			continue // compressed
		}
		n++
		found := 0
		for _, sp := range e.Origin.Spans {
			if p := data[sp.Offset : sp.Offset+sp.Length]; bytes.HasSuffix(p, []byte("_PID="+pid)) || bytes.HasSuffix(p, []byte("MESSAGE="+text)) {
				found++
			}
		}
		if found < 2 {
			t.Errorf("%q: %d of 2 fields lie in its spans", e.Message, found)
		}
	}
	if n != 108 {
		t.Errorf("%d entries looked at, want 108", n)
	}
}

// TestJournalOracle compares messages, times and seqnums with journalctl.
func TestJournalOracle(t *testing.T) {
	tool, err := exec.LookPath("journalctl")
	if err != nil {
		t.Skip("journalctl is not installed")
	}
	for _, name := range []string{"online", "offline", "regular", "compact"} {
		data := journalFixture(t, name)
		path := filepath.Join(t.TempDir(), name+".journal")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(tool, "--file", path, "-o", "json", "--all").Output()
		if err != nil {
			t.Skipf("journalctl: %v", err)
		}
		var want []string
		for line := range bytes.Lines(out) {
			var m map[string]any
			if err := json.Unmarshal(line, &m); err != nil {
				t.Fatal(err)
			}
			want = append(want, fmt.Sprint(m["__REALTIME_TIMESTAMP"], m["__MONOTONIC_TIMESTAMP"], m["_BOOT_ID"], journalJSON(m["MESSAGE"])))
		}
		var got []string
		for _, e := range journalEntries(binParse(t, newJournal(), nil, path, data)) {
			mono, _ := e.Get("monotonic")
			boot, _ := e.Get("boot")
			text := e.Message
			if _, after, ok := strings.Cut(text, ": "); ok {
				text = after
			}
			got = append(got, fmt.Sprint(e.Time.Instant/1000, mono, boot, text))
		}
		slices.Sort(want) // journalctl goes by time, we by file order
		slices.Sort(got)
		if !slices.Equal(got, want) || len(want) == 0 {
			t.Errorf("%s: %d entries, journalctl %d, or they differ", name, len(got), len(want))
			for i := range min(len(got), len(want)) {
				if got[i] != want[i] {
					t.Errorf("first difference:\n%.200q\n%.200q", got[i], want[i])
					break
				}
			}
		}
	}
}

// journalJSON is a value of journalctl's JSON: text, or a list of bytes.
func journalJSON(v any) string {
	list, ok := v.([]any)
	if !ok {
		return fmt.Sprint(v)
	}
	var b []byte
	for _, x := range list {
		f, _ := x.(float64)
		b = append(b, byte(f))
	}
	return string(b)
}

func TestJournalVouched(t *testing.T) {
	for _, tt := range []struct {
		program, comm string
		want          bool
	}{
		{"sshd", "sshd", true}, {"sshd", "sshd-session", true}, {"CRON", "cron", true}, {"postfix/smtpd", "smtpd", true}, {"su", "su", true},
		{"gdm-password]", "gdm-session-wor", true}, {"sshd", "logger", false}, {"sudo", "python3", false}, {"sshd", "", true},
	} {
		if got := journalVouched(tt.program, tt.comm); got != tt.want {
			t.Errorf("%s sent by %s: vouched %t", tt.program, tt.comm, got)
		}
	}
	// The fixture's messages of sshd and sudo were sent by a script.
	n := 0
	for _, e := range binParse(t, newJournal(), nil, "/x.bin", journalFixture(t, "offline")).events {
		if (e.Parser == "sshd" || e.Parser == "sudo") && len(e.Tags) == 1 && e.Tags[0] == "unvouched" {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d events are tagged unvouched, want 2", n)
	}
}

// TestJournalBehindCodec: a compressed journal file gives the same entries.
func TestJournalBehindCodec(t *testing.T) {
	packed, err := os.ReadFile("testdata/journal/compact.journal.gz")
	if err != nil {
		t.Fatal(err)
	}
	src := &parsetest.Source{Files: []parsetest.File{{Path: "/backup/system.journal.gz", Data: packed}}}
	k, res := parsetest.Parse(t, src, All(), 2)
	if res.Exhibits[0].Parser != "journal" || len(k.Events) != 124 || len(k.Warnings) != 0 {
		t.Errorf("claimed by %q, %d events, warnings %+v", res.Exhibits[0].Parser, len(k.Events), k.Warnings)
	}
	if e := k.Events[0]; e.Origin.Layer != "gz" {
		t.Errorf("layer %q", e.Origin.Layer)
	}
}
