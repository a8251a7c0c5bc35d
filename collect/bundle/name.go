package bundle

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	maxComponent = 200  // bytes of one escaped component of a bag path
	maxEscaped   = 1024 // bytes of a whole escaped path
)

// BagName gives the path in the bag for an original path of raw bytes, below
// prefix ("data/files"). ASCII but for control characters, "=", "%" and "\",
// and the letters of a closed list of scripts are kept, every other byte is
// "=XX"; an empty, "." or ".." component is escaped too. Components and paths
// that are too long to extract end in "~" and a hash. "%XX" is not used:
// BagIt decodes it in manifests, sha256sum does not.
func BagName(prefix string, path []byte) string {
	var b strings.Builder
	b.WriteString(prefix)
	wrote := false
	for comp := range strings.SplitSeq(strings.TrimLeft(string(path), "/"), "/") {
		if comp == "" && wrote {
			continue // a doubled or trailing slash names nothing
		}
		wrote = true
		b.WriteByte('/')
		b.WriteString(component(comp))
	}
	if name := b.String(); len(name) <= maxEscaped {
		return name
	}
	sum := sha256.Sum256(path)
	return prefix + "/~long/" + hex.EncodeToString(sum[:16])
}

func component(c string) string {
	switch c {
	case "":
		return "=00"
	case ".":
		return "=2E"
	case "..":
		return "=2E=2E"
	}
	e := escape(c)
	if len(e) <= maxComponent {
		return e
	}
	sum := sha256.Sum256([]byte(c))
	cut := maxComponent - 13
	for cut > 0 && !utf8.RuneStart(e[cut]) {
		cut--
	}
	if i := strings.LastIndexByte(e[:cut], '='); i > cut-3 {
		cut = i
	}
	return e[:cut] + "~" + hex.EncodeToString(sum[:6])
}

func escape(s string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if kept(r) {
			b.WriteString(s[i : i+n])
		} else {
			for _, c := range []byte(s[i : i+n]) {
				b.WriteByte('=')
				b.WriteByte(digits[c>>4])
				b.WriteByte(digits[c&15])
			}
		}
		i += n
	}
	return b.String()
}

// kept is the closed list of FORMAT.md section 4.1.
func kept(r rune) bool {
	switch {
	case r >= 0x20 && r < 0x7f:
		return r != '=' && r != '%' && r != '\\'
	case r >= 0xc0 && r <= 0x24f, r >= 0x3b1 && r <= 0x3c9, r >= 0x400 && r <= 0x45f,
		r >= 0x3041 && r <= 0x3096, r >= 0x30a1 && r <= 0x30fa, r >= 0x4e00 && r <= 0x9fa5, r >= 0xac00 && r <= 0xd7a3:
		return true
	}
	return false
}

// checkName refuses a bag path that no writer makes: what could leave the
// target of an extraction or confuse a listing.
func checkName(name string) error {
	if len(name) > maxNameBytes {
		return fmt.Errorf("bag path of %d bytes", len(name))
	}
	for comp := range strings.SplitSeq(name, "/") {
		switch comp {
		case "", ".", "..":
			return fmt.Errorf("bag path %.200q has a component %q", name, comp)
		}
	}
	for i := 0; i < len(name); {
		r, n := utf8.DecodeRuneInString(name[i:])
		if r != '=' && !kept(r) {
			return fmt.Errorf("bag path %.200q has the character %q", name, name[i:i+n])
		}
		i += n
	}
	return nil
}

// checkRunID refuses a run id that cannot be a directory name and a principal.
func checkRunID(id string) error {
	ok := len(id) > 0 && len(id) <= 100 && id[0] != '.' && id[0] != '-'
	for _, c := range []byte(id) {
		ok = ok && (c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '.' || c == '_' || c == '-')
	}
	if !ok {
		return fmt.Errorf("bundle: run id %.120q: want 1 to 100 of A-Z a-z 0-9 . _ -, not led by . or -", id)
	}
	return nil
}

// NewRunID makes a run id from a host name, the start of the run and four
// random bytes: "web01-20260403T021407Z-9f3c01aa".
func NewRunID(hostname string, start time.Time, rand io.Reader) (string, error) {
	var r [4]byte
	if _, err := io.ReadFull(rand, r[:]); err != nil {
		return "", fmt.Errorf("bundle: random bytes for a run id: %w", err)
	}
	var b strings.Builder
	for _, c := range []byte(hostname) {
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || (c == '-' || c == '.' || c == '_') && b.Len() > 0 {
			b.WriteByte(c)
		}
		if b.Len() == 60 {
			break
		}
	}
	if b.Len() == 0 {
		b.WriteString("host")
	}
	return b.String() + "-" + start.UTC().Format("20060102T150405Z") + "-" + hex.EncodeToString(r[:]), nil
}

// nameSet remembers names by a part of their SHA-256 in tables that never
// move: with uint32 it may rarely find a name that was never added, with
// uint64 that is out of reach by accident.
type nameSet[T uint32 | uint64] struct {
	tables [][]T
	fill   int
}

const firstNameTable = 1 << 12

// add says whether the name was new.
func (s *nameSet[T]) add(name string) bool {
	sum := sha256.Sum256([]byte(name))
	at := binary.LittleEndian.Uint64(sum[:])
	mark := T(binary.LittleEndian.Uint64(sum[8:])) | 1
	for _, t := range s.tables {
		if _, found := slot(t, at, mark); found {
			return false
		}
	}
	if n := len(s.tables); n == 0 || s.fill >= len(s.tables[n-1])/4*3 {
		s.tables = append(s.tables, make([]T, firstNameTable<<n))
		s.fill = 0
	}
	t := s.tables[len(s.tables)-1]
	i, _ := slot(t, at, mark)
	t[i] = mark
	s.fill++
	return true
}

func slot[T uint32 | uint64](t []T, at uint64, mark T) (int, bool) {
	for i := int(at & uint64(len(t)-1)); ; i = (i + 1) & (len(t) - 1) {
		switch t[i] {
		case mark:
			return i, true
		case 0:
			return i, false
		}
	}
}
