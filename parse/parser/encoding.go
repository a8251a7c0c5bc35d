package parser

import (
	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/charset"
)

// korean adds the reading of text in EUC-KR or code page 949, under the name of
// the encoding. The message itself keeps its bytes.
func korean(b *parse.Batch, s string) {
	if text, name := charset.Korean(s); name != "" {
		b.Field("encoding", name)
		b.Field("text", text)
	}
}

// unlettered says why a line that noText speaks of is not read: it is UTF-16
// among lines of bytes (a whole log in UTF-16 is decoded), or no text at all.
func unlettered(s string) (code, why string) {
	var nul, printable [2]int // at even and odd places
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == 0:
			nul[i&1]++
		case c >= ' ' && c != 0x7f, c == '\t', c == '\r':
			printable[i&1]++
		}
	}
	for wide := range nul { // the half of a unit that is zero in ASCII
		if len(s) > 16 && nul[wide]*3 >= len(s) && nul[1-wide]*16 <= len(s) && printable[1-wide]*9 >= len(s)*4 {
			return "encoding", "text in UTF-16 among lines in another encoding: kept as bytes"
		}
	}
	return "binary", "bytes that are no text"
}
