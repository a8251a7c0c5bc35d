// Package record defines the JSON lines in which the collector hands over
// what it read from the kernel: raw bytes and kernel structs, never
// conclusions. See FORMAT.md. It is a leaf: it imports nothing of this project.
package record

import (
	"bytes"
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
	if plain(b) {
		return marshal(string(b))
	}
	return marshal(map[string]string{"b64": base64.StdEncoding.EncodeToString(b)})
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

func marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}
