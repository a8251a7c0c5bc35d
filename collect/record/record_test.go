package record

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestBytesForms(t *testing.T) {
	for in, want := range map[string]string{
		"":                 `""`,
		"plain":            `"plain"`,
		"tab\tand\nline":   `"tab\tand\nline"`,
		`quote " and \`:    `"quote \" and \\"`,
		"한글 é":             `"한글 é"`,
		"<&>":              `"<&>"`,
		"nul\x00":          `{"b64":"bnVsAA=="}`,
		"\x1b[2J":          `{"b64":"G1sySg=="}`,
		"\xff\xfe":         `{"b64":"//4="}`,
		"carriage\rreturn": `{"b64":"Y2FycmlhZ2UNcmV0dXJu"}`,
		"\x7f":             `{"b64":"fw=="}`,
	} {
		got, err := Bytes(in).MarshalJSON()
		if err != nil || string(got) != want {
			t.Errorf("%q: %s, want %s (%v)", in, got, want, err)
		}
	}
}

func TestBytesRefused(t *testing.T) {
	for _, in := range []string{`1`, `[]`, `{"b64":"?"}`, `{"b64":1}`, `"\x"`, ``} {
		var b Bytes
		if err := b.UnmarshalJSON([]byte(in)); err == nil {
			t.Errorf("%s is taken: %q", in, b)
		}
	}
}

// FuzzBytes holds that both forms are lossless and that the readable one
// carries no byte that moves a terminal.
func FuzzBytes(f *testing.F) {
	for _, s := range []string{"", "a", "\x00", "\"\\\n\t", "\u2028\u2029", "\xc3\x28", "한"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		line, err := json.Marshal(struct{ V Bytes }{in})
		if err != nil {
			t.Fatal(err)
		}
		if !utf8.Valid(line) || bytes.ContainsAny(line, "\n\x1b\x00\x7f") {
			t.Errorf("line %q", line)
		}
		var out struct{ V Bytes }
		if err := json.Unmarshal(line, &out); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if !bytes.Equal(in, out.V) {
			t.Errorf("%q came back as %q", in, out.V)
		}
	})
}

// Every member that a line can have is described in FORMAT.md.
func TestFormatNamesEveryMember(t *testing.T) {
	text, err := os.ReadFile("FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	members := 0
	for _, v := range []any{Clock{}, Timex{}, Process{}, FD{}, Link{}, Piece{}, Socket{}, Holder{}, Insn{}, File{}, Mount{}, NetNS{}, BPF{}, BPFView{}, Entry{}, Hook{}, Kernel{}, PIDViews{}} {
		typ := reflect.TypeOf(v)
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			if name == "" { // an embedded piece
				continue
			}
			members++
			if !strings.Contains(string(text), "`"+name+"`") && !strings.Contains(string(text), `"`+name+`"`) {
				t.Errorf("%s.%s: %q is not described", typ.Name(), typ.Field(i).Name, name)
			}
		}
	}
	if members < 100 {
		t.Errorf("only %d members looked at", members)
	}
}
