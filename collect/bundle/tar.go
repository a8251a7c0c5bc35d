package bundle

import (
	"bytes"
	"fmt"
	"strconv"
)

// tarHeader is the one header of an entry (FORMAT.md section 4): ustar, with
// a pax header before it when name or size do not fit. All of it follows from
// name, size and mtime, so a reader makes it again and compares.
func tarHeader(name string, size, mtime int64) []byte {
	var records []byte
	short, prefix, ok := splitName(name)
	if !ok {
		records = append(records, paxRecord("path", name)...)
	}
	if size > 0o77777777777 {
		records = append(records, paxRecord("size", strconv.FormatInt(size, 10))...)
	}
	if len(records) == 0 {
		return ustar(short, prefix, size, mtime, '0')
	}
	head := ustar("PaxHeader", "", int64(len(records)), mtime, 'x')
	head = append(head, records...)
	head = append(head, make([]byte, padding(int64(len(records))))...)
	if !ok {
		short, prefix = ascii(name, 100), ""
	}
	if size > 0o77777777777 {
		size = 0
	}
	return append(head, ustar(short, prefix, size, mtime, '0')...)
}

// splitName cuts a name into the two fields of ustar, at the last slash that fits.
func splitName(name string) (short, prefix string, ok bool) {
	for i := range len(name) {
		if name[i] >= 0x80 {
			return "", "", false
		}
	}
	if len(name) <= 100 {
		return name, "", true
	}
	for i := min(len(name)-1, 155); i > 0; i-- {
		if name[i] == '/' && len(name)-i-1 <= 100 && len(name)-i-1 > 0 {
			return name[i+1:], name[:i], true
		}
	}
	return "", "", false
}

// ascii is the start of a name with "?" for bytes beyond ASCII.
func ascii(name string, n int) string {
	b := []byte(name[:min(len(name), n)])
	for i := range b {
		if b[i] >= 0x80 {
			b[i] = '?'
		}
	}
	return string(b)
}

// paxRecord is "LENGTH key=value\n", where LENGTH counts itself.
func paxRecord(key, value string) string {
	n := len(key) + len(value) + 3
	total := n + len(strconv.Itoa(n))
	if len(strconv.Itoa(total)) != len(strconv.Itoa(n)) {
		total++
	}
	return strconv.Itoa(total) + " " + key + "=" + value + "\n"
}

func ustar(name, prefix string, size, mtime int64, typ byte) []byte {
	b := make([]byte, tarBlock)
	copy(b, name)
	copy(b[100:], "0000600\x000000000\x000000000\x00")
	copy(b[124:], fmt.Sprintf("%011o\x00%011o\x00", size, mtime))
	b[156] = typ
	copy(b[257:], "ustar\x0000")
	copy(b[345:], prefix)
	copy(b[148:], "        ")
	sum := 0
	for _, c := range b {
		sum += int(c)
	}
	copy(b[148:], fmt.Sprintf("%06o\x00 ", sum))
	return b
}

// padding is the number of zero bytes after size bytes of content.
func padding(size int64) int64 { return -size & (tarBlock - 1) }

// tarTime is the mtime of a header in seconds, from ns; out of ustar's range it is 0.
func tarTime(ns int64) int64 {
	s := ns / 1e9
	if ns < 0 || s > 0o77777777777 {
		return 0
	}
	return s
}

// entryHead is what a reader learns from a header before it can make it again.
type entryHead struct {
	name  string
	size  int64
	mtime int64
}

// parseUstar reads one 512-byte block. zero says that it is all zeros (end of
// archive). Only regular files and pax headers exist in a bundle.
func parseUstar(b []byte) (h entryHead, typ byte, zero bool, err error) {
	if len(bytes.Trim(b, "\x00")) == 0 {
		return h, 0, true, nil
	}
	if string(b[257:265]) != "ustar\x0000" {
		return h, 0, false, fmt.Errorf("not a ustar header")
	}
	typ = b[156]
	if typ != '0' && typ != 'x' {
		return h, typ, false, fmt.Errorf("entry of tar type %q: only regular files belong in a bundle", typ)
	}
	h.name = field(b[:100])
	if p := field(b[345:500]); p != "" {
		h.name = p + "/" + h.name
	}
	if h.size, err = octal(b[124:136]); err == nil {
		h.mtime, err = octal(b[136:148])
	}
	return h, typ, false, err
}

func field(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}

func octal(b []byte) (int64, error) {
	v, err := strconv.ParseInt(field(b), 8, 64)
	if err != nil || v < 0 {
		return 0, fmt.Errorf("tar number %q", field(b))
	}
	return v, nil
}

// parsePax reads the records of a pax header: path and size, nothing else.
func parsePax(b []byte) (path string, size int64, err error) {
	size = -1
	for len(b) > 0 {
		sp := bytes.IndexByte(b, ' ')
		if sp < 1 || sp > 8 {
			return "", 0, fmt.Errorf("pax record without a length")
		}
		n, err := strconv.Atoi(string(b[:sp]))
		if err != nil || n <= sp+1 || n > len(b) || b[n-1] != '\n' {
			return "", 0, fmt.Errorf("pax record of length %q", b[:sp])
		}
		key, value, _ := bytes.Cut(b[sp+1:n-1], []byte("="))
		b = b[n:]
		switch string(key) {
		case "path":
			path = string(value)
		case "size":
			if size, err = strconv.ParseInt(string(value), 10, 64); err != nil || size < 0 {
				return "", 0, fmt.Errorf("pax size %q", value)
			}
		default:
			return "", 0, fmt.Errorf("pax record %.40q does not belong in a bundle", key)
		}
	}
	return path, size, nil
}
