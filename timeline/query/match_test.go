package query

import (
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/saksi-dfir/saksi/timeline/event"
)

type hosts map[string][]event.HostKey

func (h hosts) HostKeys(name string, prefix bool) []event.HostKey { return h[name] }
func (h hosts) Tags(event.ID) []string                            { return []string{"starred"} }
func (h hosts) Level(event.ID) string                             { return "" }

func sample() Row {
	e := &event.Event{
		Time:   event.At(1710814447000000000, event.Second),
		Host:   event.HostKey{1, 2, 3, 4, 5, 6, 7, 8},
		Source: "syslog", Parser: "sshd", Actor: "deploy", Action: "login", Object: "/usr/sbin/sshd", Meaning: "logged",
		Message: "Accepted publickey for Deploy from 203.0.113.9 ΣΟΦΟΣ",
		Fields:  []event.Field{{Name: "ip", Value: "203.0.113.9"}, {Name: "path", Value: "/dev/shm/x"}, {Name: "pid", Value: "812"}},
		Tags:    []string{"remote"},
		Origin:  event.Origin{Run: "run-1", Exhibit: 7, Path: "data/files/var/log/auth.log"},
	}
	return Row{ID: e.ID(), Event: e, Level: "high", Tags: []string{"finding"}}
}

func TestMatch(t *testing.T) {
	r := sample()
	res := hosts{"web01": {r.Event.Host}, "web02": {{9}}}
	for _, c := range []struct {
		q    string
		want bool
	}{
		{"*", true},
		{"host:web01", true}, {"host:web02", false}, {"host:0102030405060708", true}, {"host:none", false},
		{"source:syslog", true}, {"source:sys*", true}, {"source:sys", false},
		{"actor:deploy action:login", true}, {"actor:deploy action:logout", false},
		{"path:/dev/shm/*", true}, {"path:/usr/sbin/sshd", true}, {"path:/usr/*", true}, {"path:/etc/*", false},
		{"ip:203.0.113.0/24", true}, {"ip:203.0.113.9", true}, {"ip:::/0", false}, {"ip:203.0.*", true}, {"ip:10.0.0.0/8", false},
		{"pid>811", true}, {"pid>812", false}, {"pid>=812", true}, {"pid=812", true}, {"pid!=812", false}, {"pid<1e3", true}, {"uid>=0", false},
		{"pid:812", true}, {"pid:81*", true}, {"pid:81", false},
		{"accepted PUBLICKEY", true}, {"σοφος", true}, {`"for deploy from"`, true}, {"rejected", false},
		{"tag:finding", true}, {"tag:remote", true}, {"tag:starred", true}, {"tag:star*", true}, {"tag:other", false},
		{"level:high", true}, {"level>=medium", true}, {"level<high", false},
		{"exhibit:7", true}, {"exhibit:data/files/*", true}, {"exhibit:8", false}, {"bundle:run-1", true},
		{"after:2024-03-19T02:14:07Z", true}, {"after:2024-03-19T02:14:08Z", false},
		{"before:2024-03-19T02:14:08Z", true}, {"before:2024-03-19T02:14:07Z", false},
		{"at:2024-03-19T02:14:07.5Z", true}, {"sure:at:2024-03-19T02:14:07.5Z", false}, {"sure:at:2024-03-19T02:14:07Z", true},
		{"-actor:root", true}, {"(actor:root OR actor:deploy) -rejected", true},
		{"object:/usr/sbin/sshd", true}, {"meaning:logged", true}, {"parser:sshd", true},
		{"id:" + r.ID.String(), true}, {"id:00*", r.ID[0] == 0},
	} {
		n, err := Parse(c.q, ParseOptions{})
		if err != nil {
			t.Errorf("%s: %v", c.q, err)
			continue
		}
		if got := Match(n, r, res); got != c.want {
			t.Errorf("%s: got %v, want %v", c.q, got, c.want)
		}
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{"AbC": "abc", "ΣΟΦΟς": "σοφοσ", "Straße": "straße", "\xffX": "\xffx", "한글ABC": "한글abc", "\u212a": "k"} {
		if got := Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestFoldIsTheSameByteByByte compares the fast path with single characters.
func TestFoldIsTheSameByteByByte(t *testing.T) {
	alphabet := []rune("aAzZ@[`{09 ß\u0130İıſΣςKÅ가힣\u00ff\u0080Я")
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.SampledFrom(alphabet)).Draw(t, "text") + string(rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "bytes"))
		var want []byte
		for i := 0; i < len(s); {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				want = append(want, s[i])
			} else {
				want = utf8.AppendRune(want, FoldRune(r))
			}
			i += n
		}
		if got := Fold(s); got != string(want) {
			t.Fatalf("Fold(%q) = %q, want %q", s, got, want)
		}
	})
}
