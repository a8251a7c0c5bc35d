package query

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// foldSlowly is AppendFold one character after another.
func foldSlowly(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 {
			b.WriteByte(s[0])
		} else {
			b.WriteRune(FoldRune(r))
		}
		s = s[n:]
	}
	return b.String()
}

// TestAppendFold wants folding of many bytes at once to be that of each
// character, wherever ASCII ends and begins, behind what was there.
func TestAppendFold(t *testing.T) {
	parts := []string{"", "A", "Zz[@`{", "ABCDEFG", "Accepted PublicKey", "ÄÖ", "한글", "Ж", "ſİıẞ", "\xff", "\xc3", "\xf0\x9f", "\u2028", "\x00\x7f", "\u0130STANBUL", "ABCDEFGH"}
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 12).Draw(t, "parts"), "")
		head := rapid.SampledFrom([]string{"", "HEAD", "\xe4"}).Draw(t, "head")
		dst := append(make([]byte, 0, rapid.IntRange(len(head), 64).Draw(t, "room")), head...)
		if got, want := string(AppendFold(dst, s)), head+foldSlowly(s); got != want {
			t.Fatalf("%q behind %q: %q, want %q", s, head, got, want)
		}
	})
}
