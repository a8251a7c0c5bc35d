package parser

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/parse/parsetest"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// share counts the lines of one program: all, those with an action, and those
// that also give somebody, something or a field of their own.
// Notes are those whose action says only that something was noted.
type share struct{ lines, acts, notes, typed int }

func (s *share) add(e *event.Event, own []string) {
	s.lines++
	if e.Action == "" {
		return
	}
	s.acts++
	if e.Action == "note" {
		s.notes++
	}
	told := e.Actor != "" || e.Object != ""
	for _, f := range e.Fields {
		told = told || f.Name != "reason" && !slices.Contains(own, f.Name)
	}
	if told {
		s.typed++
	}
}

// daemonLogs are the fixtures in which programs speak through syslog; lines that
// nobody's program wrote (wordings.log) are not among them.
func daemonLogs(t *testing.T) []parsetest.File {
	t.Helper()
	all := append(textFixtures(t, "syslog"), textFixtures(t, "ownlog")...)
	return slices.DeleteFunc(all, func(f parsetest.File) bool { return strings.Contains(f.Path, "wordings") })
}

// TestCoverageOfRealPrograms: at least 95 of 100 lines that a real program
// wrote get an action, and 95 of 100 get typed fields besides. The shares are
// printed with -v.
func TestCoverageOfRealPrograms(t *testing.T) {
	m := NewMessages()
	own := slices.DeleteFunc(newSyslog().Describe().Fields, func(f string) bool { return slices.Contains(codeFields()[""], f) })
	got := map[string]*share{}
	for _, f := range daemonLogs(t) {
		src := parsetest.Source{Acq: host("UTC"), Files: append([]parsetest.File{f}, beside(t)...)}
		k, _ := parsetest.Parse(t, &src, All(), 1)
		for _, e := range k.Events {
			program, _ := e.Get("program")
			d := m.find(program)
			if d == nil {
				continue
			}
			name := d.about.Name
			if e.Parser == "pam" {
				name = "pam"
			}
			if got[name] == nil {
				got[name] = &share{}
			}
			before := *got[name]
			got[name].add(e, own)
			if got[name].typed == before.typed {
				t.Logf("%s: %q: action %q, nothing else", f.Path, e.Message, e.Action)
			}
		}
	}
	for _, d := range decoders() {
		name := d.about.Name
		s := got[name]
		if s == nil {
			t.Errorf("%s: no line of the real program among the fixtures", name)
			continue
		}
		t.Logf("%-9s %4d lines: %5.1f %% action (%.1f %% mere notes), %5.1f %% typed", name, s.lines, percent(s.acts, s.lines), percent(s.notes, s.lines), percent(s.typed, s.lines))
		if s.acts*100 < s.lines*95 || s.typed*100 < s.lines*95 {
			t.Errorf("%s: %d of %d lines have an action, %d typed fields", name, s.acts, s.lines, s.typed)
		}
	}
}

func percent(n, of int) float64 { return 100 * float64(n) / float64(of) }

// TestFieldsAreEmitted: every field that a description lists is one that the
// code, or a table of forms, really gives: the name stands somewhere besides
// the list itself.
func TestFieldsAreEmitted(t *testing.T) {
	var code strings.Builder
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		text, err := os.ReadFile(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		code.Write(text)
	}
	all := code.String()
	listed := 0
	for _, p := range All() {
		d := p.Describe()
		for _, f := range d.Fields {
			listed++
			quoted := strings.Count(all, `"`+f+`"`)
			if slices.Contains(d.Fields, "*") || d.Name == "apt" { // keys of the file keep their names
				continue
			}
			if quoted < 2 && !strings.Contains(all, "{"+f+"}") && !strings.Contains(all, "{"+f+":") && !strings.Contains(all, "{"+f+"=") {
				t.Errorf("%s: field %q is listed and given nowhere", d.Name, f)
			}
		}
	}
	if listed < 100 {
		t.Errorf("only %d fields listed", listed)
	}
}

// TestFieldsOfTables: of a decoder that reads by tables only, each field it
// lists is in its tables or in its own code.
func TestFieldsOfTables(t *testing.T) {
	for _, d := range decoders() {
		text := strings.Join(tables()[d.about.Name], "")
		if text == "" {
			continue
		}
		for _, f := range d.about.Fields {
			inTable := strings.Contains(text, "{"+f+"}") || strings.Contains(text, "{"+f+":") || strings.Contains(text, "{"+f+"=") || strings.Contains(text, ";"+f+"=")
			if !inTable && !slices.Contains(codeFields()[d.about.Name], f) && !slices.Contains(codeFields()[""], f) {
				t.Errorf("%s: field %q is in no table of its", d.about.Name, f)
			}
		}
	}
}

// codeFields are the fields that code gives, not tables: "" for all decoders
// (what is told by shape, and peers).
func codeFields() map[string][]string {
	return map[string][]string{
		"":         {"ip", "rhost", "port", "path", "child_pid", "reason", "*"},
		"sshd":     {"method", "user_state", "command", "tty", "severity_word", "function", "cert_id", "serial", "principal", "client_user", "key", "key_type", "local_ip", "local_port"},
		"sudo":     {"command", "runas", "runas_group", "tty", "cwd", "host", "chroot", "env", "tsid", "status", "signal"},
		"pam":      {"module", "service", "phase", "uid", "by_uid", "euid", "ruser", "tty", "count"},
		"su":       {"runas", "tty"},
		"cron":     {"command", "job", "version"},
		"systemd":  {"unit", "description", "session"},
		"kernel":   {"since_boot", "subsystem", "prefix", "link", "out_link", "mac", "dst", "protocol", "dst_port", "uid", "gid", "ttl", "mark", "length", "icmp_type", "tcp_flags", "apparmor", "profile", "operation", "comm"},
		"useradd":  {"uid", "gid", "home", "shell", "group", "tty", "from", "to", "what"},
		"chrony":   {"offset_s", "frequency_ppm"},
		"clamav":   {"hash", "size", "level"},
		"daemon":   {"level"},
		"fail2ban": {"jail", "level", "found"},
		"postfix":  {"queue_id", "from", "sasl_username"},
	}
}
