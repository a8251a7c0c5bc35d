package source

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"github.com/saksi-dfir/saksi/collect/record"
)

// appendFile writes the JSON object that encoding/json writes for a
// record.File, without its cost: a walk has millions of them.
func appendFile(b []byte, f *record.File) []byte {
	b = append(b, `{"t":"file","path":`...)
	b = appendBytes(b, f.Path)
	b = appendUint(b, `,"dev":`, f.Dev)
	b = appendUint(b, `,"ino":`, f.Ino)
	if f.MntID != 0 {
		b = appendUint(b, `,"mnt_id":`, f.MntID)
	}
	b = appendUint(b, `,"mode":`, uint64(f.Mode))
	b = appendUint(b, `,"uid":`, uint64(f.UID))
	b = appendUint(b, `,"gid":`, uint64(f.GID))
	b = appendUint(b, `,"nlink":`, uint64(f.Nlink))
	b = appendInt(b, `,"size":`, f.Size)
	b = appendInt(b, `,"atime":`, f.Atime)
	b = appendInt(b, `,"mtime":`, f.Mtime)
	b = appendInt(b, `,"ctime":`, f.Ctime)
	if f.Btime != 0 {
		b = appendInt(b, `,"btime":`, f.Btime)
	}
	if f.Attrs != 0 {
		b = appendUint(b, `,"attrs":`, f.Attrs)
	}
	if len(f.Target) > 0 {
		b = append(b, `,"target":`...)
		b = appendBytes(b, f.Target)
	}
	if len(f.Xattrs) > 0 {
		if x, err := json.Marshal(f.Xattrs); err == nil { // rare
			b = append(append(b, `,"xattrs":`...), x...)
		}
	}
	if f.Granule != 0 {
		b = appendInt(b, `,"granule":`, f.Granule)
	}
	if f.Covered {
		b = append(b, `,"covered":true`...)
	}
	if f.Errno != "" {
		b = append(b, `,"errno":`...)
		b = appendBytes(b, []byte(f.Errno))
	}
	return append(b, '}')
}

func appendUint(b []byte, key string, v uint64) []byte {
	return strconv.AppendUint(append(b, key...), v, 10)
}

func appendInt(b []byte, key string, v int64) []byte {
	return strconv.AppendInt(append(b, key...), v, 10)
}

// appendBytes writes raw bytes as record.Bytes does: a string where that is
// lossless, {"b64":"..."} otherwise.
func appendBytes(b, raw []byte) []byte {
	ascii := true
	for _, c := range raw {
		if c < 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			ascii = false
			break
		}
	}
	if ascii {
		b = append(b, '"')
		b = append(b, raw...)
		return append(b, '"')
	}
	if !utf8.Valid(raw) || hasControl(raw) {
		b = append(b, `{"b64":"`...)
		b = base64.StdEncoding.AppendEncode(b, raw)
		return append(b, `"}`...)
	}
	b = append(b, '"')
	for _, c := range raw {
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

func hasControl(raw []byte) bool {
	for _, c := range raw {
		if (c < 0x20 && c != '\t' && c != '\n') || c == 0x7f {
			return true
		}
	}
	return false
}
