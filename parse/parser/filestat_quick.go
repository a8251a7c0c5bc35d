package parser

import (
	"math"
	"strings"
	"unicode/utf8"

	"github.com/saksi-dfir/saksi/collect/record"
)

// quickFile reads a file record without reflection. It understands what the
// collector writes: flat members, decimal numbers, strings without escapes. It
// returns false for anything else, which then takes the slow way.
func quickFile(s string, f *record.File) bool {
	if len(s) < 2 || s[0] != '{' || s[len(s)-1] != '}' {
		return false
	}
	s = s[1 : len(s)-1]
	for len(s) > 0 {
		if s[0] != '"' {
			return false
		}
		end := strings.IndexByte(s[1:], '"')
		if end < 0 || end+2 >= len(s) || s[end+2] != ':' {
			return false
		}
		key := s[1 : end+1]
		rest, ok := quickMember(key, s[end+3:], f)
		if !ok {
			return false
		}
		if rest == "" {
			return true
		}
		if rest[0] != ',' || len(rest) == 1 {
			return false
		}
		s = rest[1:]
	}
	return false
}

func quickMember(key, s string, f *record.File) (rest string, ok bool) {
	switch key {
	case "t", "path", "target", "errno":
		v, rest, ok := quickString(s)
		if !ok {
			return "", false
		}
		switch key {
		case "t":
			f.Type = v
		case "path":
			f.Path = record.Bytes(v)
		case "target":
			f.Target = record.Bytes(v)
		case "errno":
			f.Errno = v
		}
		return rest, true
	case "covered":
		f.Covered = true
		return strings.CutPrefix(s, "true")
	}
	v, rest, ok := quickInt(s)
	if !ok {
		return "", false
	}
	return rest, quickNumber(key, v, f)
}

func quickNumber(key string, v int64, f *record.File) bool {
	switch key {
	case "size":
		f.Size = v
	case "atime":
		f.Atime = v
	case "mtime":
		f.Mtime = v
	case "ctime":
		f.Ctime = v
	case "btime":
		f.Btime = v
	case "granule":
		f.Granule = v
	default:
		if v < 0 {
			return false
		}
		return quickUnsigned(key, uint64(v), f)
	}
	return true
}

func quickUnsigned(key string, v uint64, f *record.File) bool {
	small := v <= 1<<32-1
	switch key {
	case "dev":
		f.Dev = v
		return true
	case "ino":
		f.Ino = v
		return true
	case "mnt_id":
		f.MntID = v
		return true
	case "attrs":
		f.Attrs = v
		return true
	case "mode":
		f.Mode = uint32(v)
	case "uid":
		f.UID = uint32(v)
	case "gid":
		f.GID = uint32(v)
	case "nlink":
		f.Nlink = uint32(v)
	default:
		return false
	}
	return small
}

// quickString reads a JSON string that has no escape and no control byte.
func quickString(s string) (v, rest string, ok bool) {
	if s == "" || s[0] != '"' {
		return "", "", false
	}
	var high byte
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			v = s[1:i]
			return v, s[i+1:], high < 0x80 || utf8.ValidString(v)
		case c == '\\' || c < 0x20:
			return "", "", false
		default:
			high |= c
		}
	}
	return "", "", false
}

// quickInt reads a decimal integer that fits into 64 bits with its sign.
func quickInt(s string) (v int64, rest string, ok bool) {
	i, neg := 0, false
	if strings.HasPrefix(s, "-") {
		i, neg = 1, true
	}
	first := i
	var u uint64
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		u = u*10 + uint64(s[i]-'0')
		i++
		if i-first > 19 { // 19 digits fit into 64 bits without a sign
			return 0, "", false
		}
	}
	digits := i - first
	if digits == 0 || digits > 1 && s[first] == '0' || u > math.MaxInt64 {
		return 0, "", false
	}
	v = int64(u)
	if neg {
		v = -v
	}
	return v, s[i:], true
}
