// Package record defines the JSON lines in which the collector hands over
// what it read from the kernel: raw bytes and kernel structs, never
// conclusions. See FORMAT.md. It is a leaf: it imports nothing of this project.
package record

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// Version is the version of the record format (FORMAT.md).
const Version = 1

// Bytes is raw evidence. In JSON it is a plain string when it is valid UTF-8
// without NUL or control bytes other than tab and newline, else
// {"b64":"..."}: lossless either way, and readable where it can be.
type Bytes []byte

// MarshalJSON writes the readable form where it is lossless.
func (b Bytes) MarshalJSON() ([]byte, error) {
	if !plain(b) {
		out := make([]byte, 0, base64.StdEncoding.EncodedLen(len(b))+10)
		out = append(out, `{"b64":"`...)
		out = base64.StdEncoding.AppendEncode(out, b)
		return append(out, `"}`...), nil
	}
	out := make([]byte, 0, len(b)+len(b)/16+2)
	out = append(out, '"')
	for _, c := range b {
		switch c {
		case '"', '\\':
			out = append(out, '\\', c)
		case '\n':
			out = append(out, '\\', 'n')
		case '\t':
			out = append(out, '\\', 't')
		default:
			out = append(out, c)
		}
	}
	return append(out, '"'), nil
}

// UnmarshalJSON reads both forms.
func (b *Bytes) UnmarshalJSON(p []byte) error {
	if len(p) > 0 && p[0] == '"' {
		var s string
		if err := json.Unmarshal(p, &s); err != nil {
			return fmt.Errorf("record bytes: %w", err)
		}
		*b = Bytes(s)
		return nil
	}
	var m struct {
		B64 string `json:"b64"`
	}
	if err := json.Unmarshal(p, &m); err != nil {
		return fmt.Errorf("record bytes: %w", err)
	}
	d, err := base64.StdEncoding.DecodeString(m.B64)
	if err != nil {
		return fmt.Errorf("record bytes: %w", err)
	}
	*b = d
	return nil
}

func plain(b []byte) bool {
	if !utf8.Valid(b) {
		return false
	}
	for _, c := range b {
		if (c < 0x20 && c != '\t' && c != '\n') || c == 0x7f {
			return false
		}
	}
	return true
}
