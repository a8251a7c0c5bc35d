// Package charset reads text that is not UTF-8 but EUC-KR (with the code page
// 949 extension), as old Korean systems write it. It is a leaf.
package charset

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/korean"
)

// EUCKR is the name of the encoding that Korean reports.
const EUCKR = "euc-kr"

const limit = 64 << 10

// Korean decodes s when it is not valid UTF-8, all of it decodes as EUC-KR, and
// most of what is not ASCII comes out as Hangul. The bytes themselves are
// evidence; what this gives is a reading aid.
func Korean(s string) (text string, ok bool) {
	if len(s) > limit || utf8.ValidString(s) {
		return "", false
	}
	text, err := korean.EUCKR.NewDecoder().String(s)
	if err != nil || strings.ContainsRune(text, utf8.RuneError) {
		return "", false
	}
	hangul, other := 0, 0
	for _, r := range text {
		switch {
		case r >= 0xac00 && r <= 0xd7a3:
			hangul++
		case r >= 0x80:
			other++
		}
	}
	return text, hangul > 0 && hangul >= 2*other
}
