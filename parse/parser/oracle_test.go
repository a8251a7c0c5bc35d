package parser

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// harm is a copy of a file with bytes cut off or overwritten.
type harm struct {
	name string
	data []byte
	hit  [][2]int // what was overwritten: start and end
}

// harms makes damaged copies of a file, and the file itself: it is harmed from
// start to end only.
func harms(good []byte, start, end int) []harm {
	rnd := rand.New(rand.NewPCG(7, uint64(len(good))))
	out := []harm{{name: "whole", data: good}}
	for range 4 {
		n := start + rnd.IntN(end-start)
		out = append(out, harm{name: fmt.Sprintf("cut at %d", n), data: good[:n]})
		h := harm{data: slices.Clone(good)}
		for range 5 {
			at := start + rnd.IntN(max(1, end-start-8))
			for i := at; i < min(at+8, end); i++ {
				h.data[i] ^= byte(1 + rnd.IntN(255))
			}
			h.hit = append(h.hit, [2]int{at, at + 8})
		}
		h.name = fmt.Sprintf("overwritten at %v", h.hit)
		out = append(out, h)
	}
	return out
}

// oracle names a program, what it reads of a file, and what we read: every
// record of its that no damage touches must be among ours.
type oracle struct {
	program  string
	own      []string // this machine's own logs, as patterns
	fixtures map[string]func(t testing.TB) []byte
	theirs   func(t *testing.T, tool, file string, h harm) []string
	ours     func(t *testing.T, h harm) []string
	used     func(data []byte) (start, end int) // where records lie
}

func oracles() []oracle {
	fixed := func(names ...string) map[string]func(testing.TB) []byte {
		m := map[string]func(testing.TB) []byte{}
		for _, n := range names {
			m[n] = func(t testing.TB) []byte {
				switch {
				case strings.HasSuffix(n, ".log"):
					return auditFile(t, n)
				case strings.HasSuffix(n, "tmp"):
					return wtmpFixture(t, n)
				}
				return journalFixture(t, n)
			}
		}
		return m
	}
	length := func(b []byte) (int, int) { return 0, len(b) }
	objects := func(b []byte) (int, int) { return bytes.Index(b, []byte("_BOOT_ID=")), journalUsed(b) }
	return []oracle{
		{"utmpdump", []string{"/var/log/wtmp", "/var/log/btmp", "/run/utmp"}, fixed("wtmp", "btmp", "utmp"), utmpdumpTells, wtmpTells, length},
		{"ausearch", []string{"/var/log/audit/audit.log*"}, fixed("audit.log", "kernel-raw.log", "kernel-enriched.log"), ausearchTells, auditTells, length},
		{"journalctl", []string{"/var/log/journal/*/*.journal", "/run/log/journal/*/*.journal"}, fixed("compact", "regular", "online", "offline"), journalctlTells, journalTells, objects},
	}
}

// TestOraclesOnDamage: of files the real programs made, whole and damaged, and
// of this machine's own logs, we give at least what the program gives whose
// format it is. Programs that take seconds to run are for make interop.
func TestOraclesOnDamage(t *testing.T) {
	if os.Getenv("SAKSI_INTEROP") == "" {
		t.Skip("runs journalctl, utmpdump and ausearch many times: make interop has it")
	}
	for _, o := range oracles() {
		t.Run(o.program, func(t *testing.T) {
			tool, err := exec.LookPath(o.program)
			if err != nil {
				t.Skipf("%s is not installed", o.program)
			}
			for name, data := range o.fixtures {
				good := data(t)
				start, end := o.used(good)
				for _, h := range harms(good, start, end) {
					o.compare(t, tool, name, h)
				}
			}
			own := 0
			for _, pattern := range o.own {
				files, err := filepath.Glob(pattern)
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range files {
					data, err := os.ReadFile(f)
					if err != nil || len(data) == 0 || len(data) > 64<<20 {
						continue
					}
					own++
					o.compare(t, tool, f, harm{name: "own log", data: data})
				}
			}
			t.Logf("oracle %s: %d own logs of this machine with records in them", o.program, own)
		})
	}
}

// compare lists what the oracle tells and we do not.
func (o *oracle) compare(t *testing.T, tool, name string, h harm) {
	t.Helper()
	file := filepath.Join(t.TempDir(), filepath.Base(name))
	if o.program == "journalctl" {
		file += ".journal"
	}
	if err := os.WriteFile(file, h.data, 0o600); err != nil {
		t.Fatal(err)
	}
	have, missing := map[string]int{}, 0
	for _, s := range o.ours(t, h) {
		have[s]++
	}
	told := o.theirs(t, tool, file, h)
	for _, s := range told {
		if have[s]--; have[s] < 0 {
			if missing++; missing < 4 {
				t.Errorf("%s, %s: %s tells %s, we do not", name, h.name, o.program, s)
			}
		}
	}
	if h.name == "whole" && len(told) == 0 {
		t.Errorf("%s: %s tells nothing of the whole file", name, o.program)
	}
	t.Logf("oracle %s, %s, %.40s: %d records, of ours %d", o.program, name, h.name, len(told), len(have))
}

func utmpdumpTells(t *testing.T, tool, file string, h harm) (out []string) {
	b, err := exec.Command(tool, file).Output()
	if err != nil {
		t.Logf("utmpdump: %v", err)
	}
	n := 0
	for line := range bytes.Lines(b) {
		at := n * 384
		n++
		if at+384 > len(h.data) || slices.ContainsFunc(h.hit, func(x [2]int) bool { return x[0] < at+384 && x[1] > at }) {
			continue
		}
		f := strings.Split(strings.Trim(string(line), "[]\n"), "] [")
		if len(f) < 8 {
			continue
		}
		out = append(out, fmt.Sprintf("%d type %s on %q", at, strings.TrimSpace(f[0]), strings.TrimSpace(f[4])))
	}
	return out
}

func wtmpTells(t *testing.T, h harm) (out []string) {
	for _, e := range binParse(t, newWtmp(), nil, "/x.bin", h.data).events {
		kind, _ := e.Get("type")
		tty, _ := e.Get("tty")
		out = append(out, fmt.Sprintf("%d type %s on %q", e.Origin.Offset, kind, tty))
	}
	return out
}

func ausearchTells(t *testing.T, tool, file string, _ harm) (out []string) {
	b, err := exec.Command(tool, "-if", file, "--format", "raw").Output()
	if err != nil {
		t.Logf("ausearch: %v", err)
	}
	for line := range strings.Lines(string(b)) {
		if _, rest, ok := strings.Cut(line, "msg=audit("); ok {
			stamp, _, _ := strings.Cut(rest, ")")
			// ausearch prints lines whose stamp is damaged as they are; of ours
			// such a line is a warning.
			n := stamp[strings.IndexByte(stamp, ':')+1:]
			if s := "serial " + n; number(n) && !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

func auditTells(t *testing.T, h harm) (out []string) {
	for _, e := range binParse(t, newAudit(), nil, "/x.bin", h.data).events {
		n, _ := e.Get("serial")
		out = append(out, "serial "+n)
	}
	return out
}

func journalctlTells(t *testing.T, tool, file string, _ harm) (out []string) {
	b, err := exec.Command(tool, "--file", file, "-o", "json", "--output-fields=MESSAGE").Output()
	if err != nil {
		t.Logf("journalctl: %v", err)
	}
	for line := range bytes.Lines(b) {
		var m struct {
			Cursor string `json:"__CURSOR"`
			Real   string `json:"__REALTIME_TIMESTAMP"`
		}
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatal(err)
		}
		_, seq, _ := strings.Cut(m.Cursor, ";i=")
		seq, _, _ = strings.Cut(seq, ";")
		n, err := strconv.ParseUint(seq, 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("entry %d of %s us", n, m.Real))
	}
	return out
}

func journalTells(t *testing.T, h harm) (out []string) {
	for _, e := range journalEntries(binParse(t, newJournal(), nil, "/x.journal", h.data)) {
		n, _ := e.Get("seqnum")
		out = append(out, fmt.Sprintf("entry %s of %d us", n, e.Time.Instant/1000))
	}
	return out
}
