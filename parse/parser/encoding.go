package parser

import (
	"strings"

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
	nul := strings.Count(s, "\x00")
	printable := 0
	for i := 0; i < len(s); i++ {
		if s[i] >= ' ' && s[i] != 0x7f || s[i] == '\t' || s[i] == '\r' {
			printable++
		}
	}
	if nul*3 >= len(s) && len(s) > 8 && printable+nul >= len(s)-len(s)/16 && printable >= len(s)/4 {
		return "encoding", "text in UTF-16 among lines in another encoding: kept as bytes"
	}
	return "binary", "bytes that are no text"
}
