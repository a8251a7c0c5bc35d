package parser

import (
	"slices"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// tables are all tables of forms with the decoder they belong to.
func tables() map[string][]string {
	return map[string][]string{
		"sshd":     {sshdForms, sftpForms, sshdDebugForms},
		"pam":      {pamForms},
		"systemd":  {logindForms, managerForms, unitForms, fellowForms},
		"postfix":  {queueForms, postfixForms},
		"chrony":   {chronyForms},
		"clamav":   {clamavForms},
		"fail2ban": {fail2banForms},
		"daemon":   daemonTables(),
		"kernel":   {kernelForms},
		"cron":     {cronForms},
		"su":       {suForms},
		"useradd":  {accountForms},
	}
}

func daemonTables() []string {
	var out []string
	for _, f := range daemonFamilies() {
		out = append(out, f.table)
	}
	return out
}

// TestFormTables: every line of every table can be read, and names only what
// its decoder's description lists.
func TestFormTables(t *testing.T) {
	for _, d := range decoders() {
		for _, table := range tables()[d.about.Name] {
			for line := range strings.Lines(table) {
				if strings.TrimSpace(line) == "" {
					continue
				}
				f, err := newForms(line)
				if err != nil {
					t.Errorf("%s: %v", d.about.Name, err)
					continue
				}
				checkForms(t, d, f)
			}
		}
	}
}

func checkForms(t *testing.T, d *decoder, t2 *forms) {
	t.Helper()
	all := t2.others
	for _, l := range t2.byWord {
		all = append(all, l...)
	}
	for _, f := range all {
		if !slices.Contains(d.about.Actions, f.action) {
			t.Errorf("%s: action %q is not described", d.about.Name, f.action)
		}
		if f.name != "" && !slices.Contains(d.about.Fields, f.name) {
			t.Errorf("%s: field %q is not described", d.about.Name, f.name)
		}
		for _, p := range f.parts {
			names := []string{p.text}
			switch p.text {
			case "_", "user", "object":
				continue
			case "peer":
				names = []string{"ip", "rhost"}
			case "mail":
				names = []string{"ip", "rhost", "port"}
			}
			for _, n := range names {
				if p.kind != 0 && !slices.Contains(d.about.Fields, n) {
					t.Errorf("%s: field %q is not described", d.about.Name, n)
				}
			}
		}
	}
}

// TestForms: parts end where the rest fits.
func TestForms(t *testing.T) {
	table := `
in   User {user} from {peer} port {port}
in   User {user} from {peer}
at>here  Done.
path  open "{path=:g}" flags {flags}
lazy {a}: {b}
`
	f, err := newForms(table)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [...]struct{ in, want string }{
		{"User kim from 10.0.0.1 port 22", "in kim> ip=10.0.0.1 port=22"},
		{"User a from 10.9.9.9 port 1 from 10.0.0.1 port 22", "in a from 10.9.9.9 port 1> ip=10.0.0.1 port=22"},
		{"User kim from web01 port x", "lazy"},
		{"User kim from web01", "in kim> rhost=web01"},
		{"Done.", "at >here"},
		{"Done. Or not", "none"},
		{`open "/a" flags x" flags READ`, `path >/a" flags x flags=READ path=/a" flags x`},
		{"x: y: z", "lazy > a=x b=y: z"},
		{"", "none"},
	} {
		e, b := newMessage()
		m := &msg{e: e, b: b, text: c.in}
		got := "none"
		if f.read(m, c.in) {
			got = e.Action + " " + e.Actor + ">" + e.Object
			for _, x := range b.Take() {
				got += " " + x.Name + "=" + x.Value
			}
		}
		if got != c.want && !(c.want == "lazy" && got == "none") {
			t.Errorf("%q: got %s, want %s", c.in, got, c.want)
		}
	}
	for _, bad := range [...]string{"x", "x {a}{b}", "x {a", "x " + strings.Repeat("{a} ", formMax)} {
		if _, err := newForms(bad); err == nil {
			t.Errorf("%q is no form, but is read", bad)
		}
	}
}

// TestFormsHostile: a message that fits in very many ways costs little.
func TestFormsHostile(t *testing.T) {
	f, err := newForms("x {a} a {b} a {c} a {d} a {e} a {f} z")
	if err != nil {
		t.Fatal(err)
	}
	e, b := newMessage()
	m := &msg{e: e, b: b}
	if f.read(m, strings.Repeat(" a ", 1<<15)) {
		t.Error("fits")
	}
}

func newMessage() (*event.Event, *parse.Batch) { return new(event.Event), new(parse.Batch) }
