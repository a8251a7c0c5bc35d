package charset

import (
	"testing"
	"unicode/utf8"
)

func TestKorean(t *testing.T) {
	for _, c := range []struct{ in, want, name string }{
		{"\xb0\xa1\xb3\xaa\xb4\xd9 /etc", "가나다 /etc", EUCKR},
		{"\x8cc\xb9\xe6\xb0\xa2\xc7\xcf", "똠방각하", CP949},
		{"user=\xb0\xa1\xb3\xaa from 서버", "user=가나 from 서버", EUCKR + Mixed},
		{"\x8cc\xb9\xe6 \xb0\xa2\xc7\xcf (한글)", "똠방 각하 (한글)", CP949 + Mixed},
		{"로그인 실패", "", ""},
		{"plain", "", ""},
		{"\xb0\xa1\xb3", "", ""},
		{"\xb0\xa1\xb3 한글", "", ""},
		{"caf\xe9 au lait", "", ""},
		{"caf\xe9 한글", "", ""},
		{"\xff\xfe\x00\x01", "", ""},
		{"", "", ""},
	} {
		if got, name := Korean(c.in); got != c.want || name != c.name {
			t.Errorf("%q: %q %q, want %q %q", c.in, got, name, c.want, c.name)
		}
	}
}

// FuzzKorean: what is decoded is valid text.
func FuzzKorean(f *testing.F) {
	seeds := []string{"\xb0\xa1\xb3\xaa", "\x81\x41", "caf\xe9"}
	for _, s := range seeds {
		f.Add(s)
	}
	if len(seeds) == 0 {
		f.Fatal("the seed corpus is empty")
	}
	f.Fuzz(func(t *testing.T, s string) {
		if text, name := Korean(s); name != "" && !utf8.ValidString(text) {
			t.Errorf("%q gave %q", s, text)
		}
	})
}
