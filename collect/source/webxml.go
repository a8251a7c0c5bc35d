package source

import (
	"encoding/xml"
	"io"
	"strings"
	"unicode/utf8"
)

// xmlDecoder reads XML of any encoding that has ASCII in it (EUC-KR, CP949,
// UTF-8): every byte above it is one character meanwhile, which xmlBytes turns
// back. A path thus keeps the bytes that it has on the disk.
func xmlDecoder(text string) *xml.Decoder {
	var b strings.Builder
	b.Grow(len(text))
	for i := range len(text) {
		b.WriteRune(rune(text[i]))
	}
	d := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(b.String(), "\u00ef\u00bb\u00bf")))
	d.Strict = false
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	return d
}

// xmlBytes gives a value as it was written. Characters that were written by
// their number stay UTF-8.
func xmlBytes(v string) string {
	b := make([]byte, 0, len(v))
	for _, r := range v {
		if r < 256 {
			b = append(b, byte(r))
		} else {
			b = utf8.AppendRune(b, r)
		}
	}
	return string(b)
}

// properties reads "name=value" of a file of Java properties.
func properties(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.SplitSeq(text, "\n") {
		k, v, ok := strings.Cut(strings.TrimSpace(line), "=")
		if ok && !strings.HasPrefix(k, "#") && !strings.HasPrefix(k, "!") && len(out) < 1000 {
			out[strings.TrimSpace(k)] = strings.TrimSpace(v)
		}
	}
	return out
}

// property replaces ${name} by what catalina.properties and the options of the
// virtual machine (-Dname=value) set.
func (f *webFinder) property(v string) string {
	from := 0
	for range 8 {
		i := strings.Index(v[from:], "${")
		if i < 0 {
			break
		}
		i += from
		j := strings.IndexByte(v[i:], '}')
		if j < 0 {
			break
		}
		value, ok := f.properties[v[i+2:i+j]]
		if !ok || len(v)+len(value) > 4096 {
			from = i + j
			continue
		}
		v = v[:i] + value + v[i+j+1:]
	}
	return v
}
