package clean

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLine(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"plain text", "plain text"},
		{"tab\there", `tab\there`},
		{"two\nlines\r", `two\nlines\r`},
		{"\x1b[31mred\x1b[0m", `\x1b[31mred\x1b[0m`},
		{"\x1b]52;c;cm0gLXJm\x07", `\x1b]52;c;cm0gLXJm\x07`},
		{"\x00\x7f", `\x00\x7f`},
		{"C1 as UTF-8: \u009b2J", `C1 as UTF-8: \u{9b}2J`},
		{"C1 as a byte: \x9b2J", `C1 as a byte: \x9b2J`},
		{"bidi \u202egnp.exe", `bidi \u{202e}gnp.exe`},
		{"isolate \u2066x\u2069", `isolate \u{2066}x\u{2069}`},
		{"zero\u200bwidth\u200d", `zero\u{200b}width\u{200d}`},
		{"tag \U000e0041\U000e0042", `tag \u{e0041}\u{e0042}`},
		{"bom \ufeff", `bom \u{feff}`},
		{"soft\u00adhyphen", `soft\u{ad}hyphen`},
		{"variation \ufe0f", `variation \u{fe0f}`},
		{"private \ue000", `private \u{e000}`},
		{"line \u2028 paragraph \u2029", `line \u{2028} paragraph \u{2029}`},
		{"filler \u3164 \uffa0 \u115f", `filler \u{3164} \u{ffa0} \u{115f}`},
		{"broken \xff\xfe\xc3", `broken \xff\xfe\xc3`},
		{"half a surrogate \xed\xa0\x80", `half a surrogate \xed\xa0\x80`},
		{"overlong \xc0\x8a", `overlong \xc0\x8a`},
		{"한국어 漢字 Ж é", "한국어 漢字 Ж é"},
		{"\u1112\u1161\u11ab decomposed", "\u1112\u1161\u11ab decomposed"},
		{`back\slash`, `back\slash`},
	} {
		if got := Line(c.in); got != c.want {
			t.Errorf("Line(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestJSONIsLossless(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"plain", "plain"},
		{`C:\x41`, `C:\\x41`},
		{"\xff", `\xff`},
		{"\\\xff\\xff", `\\\xff\\xff`},
		{"한글\x80", `한글\x80`},
		{"a\nb", "a\nb"},
	} {
		got := JSON(c.in)
		if got != c.want {
			t.Errorf("JSON(%q) = %q, want %q", c.in, got, c.want)
		}
		if back := unescape(got); back != c.in {
			t.Errorf("JSON(%q) reads back as %q", c.in, back)
		}
	}
}

// unescape is the inverse of JSON as a reader would write it.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && s[i+1] == '\\':
			b.WriteByte('\\')
			i++
		case s[i] == '\\' && i+3 < len(s) && s[i+1] == 'x':
			const hex = "0123456789abcdef"
			b.WriteByte(byte(strings.IndexByte(hex, s[i+2])<<4 | strings.IndexByte(hex, s[i+3])))
			i += 3
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// harmless fails when a text could do anything to a terminal but print.
func harmless(t *testing.T, in, out string) {
	t.Helper()
	if !utf8.ValidString(out) {
		t.Fatalf("Line(%q) is not UTF-8: %q", in, out)
	}
	for _, r := range out {
		switch {
		case r < 0x20, r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r >= 0x200b && r <= 0x200f,
			r == 0xfeff, r >= 0xe0000 && r <= 0xe0fff, r == 0x61c, r == 0x180e:
			t.Fatalf("Line(%q) lets U+%04X through: %q", in, r, out)
		}
	}
}

func seeds() []string {
	return []string{"", "plain", "\x1b[2J", "\x9b31m", "\u009b", "\u202e", "한글", "\u1112\u1161\u11ab", "\xff\xfe", "\\x1b", "a\tb\nc\rd", "\U000e0041", "\u200b\u200d\ufeff", "\xed\xa0\x80", "\x7f", "\u115f\u1160\u3164"}
}

func FuzzLine(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := Line(s)
		harmless(t, s, out)
		if again := Line(out); again != out {
			t.Fatalf("Line is not stable: %q, then %q", out, again)
		}
	})
}

func FuzzJSON(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := JSON(s)
		if !utf8.ValidString(out) {
			t.Fatalf("JSON(%q) is not UTF-8", s)
		}
		if back := unescape(out); back != s {
			t.Fatalf("JSON(%q) reads back as %q", s, back)
		}
		if b, err := json.Marshal(out); err != nil || strings.Contains(string(b), `\ufffd`) && !strings.Contains(s, "\ufffd") {
			t.Fatalf("JSON(%q) is changed by the encoder: %s %v", s, b, err)
		}
	})
}

func TestVisibleAgreesWithLine(t *testing.T) {
	for r := rune(0x20); r < 0x30000; r++ {
		if r >= 0xd800 && r < 0xe000 {
			continue
		}
		same := Line(string(r)) == string(r)
		if (Visible(r) == r) != same && r != utf8.RuneError {
			t.Fatalf("U+%04X: Visible and Line disagree", r)
		}
	}
}
