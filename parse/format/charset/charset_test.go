package charset

import (
	"testing"
	"unicode/utf8"
)

func TestKorean(t *testing.T) {
	for _, c := range []struct {
		in, want string
		ok       bool
	}{
		{"\xb0\xa1\xb3\xaa\xb4\xd9 /etc", "가나다 /etc", true},
		{"로그인 실패", "", false},
		{"plain", "", false},
		{"\xb0\xa1\xb3", "", false},
		{"caf\xe9 au lait", "", false},
		{"\xff\xfe\x00\x01", "", false},
		{"", "", false},
	} {
		if got, ok := Korean(c.in); got != c.want || ok != c.ok {
			t.Errorf("%q: %q %v, want %q %v", c.in, got, ok, c.want, c.ok)
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
		if text, ok := Korean(s); ok && !utf8.ValidString(text) {
			t.Errorf("%q gave %q", s, text)
		}
	})
}
