package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// newBodyfile reads body files of the Sleuth Kit, version 3.
func newBodyfile() *lineLog {
	return &lineLog{
		about: parse.Description{
			Name: "bodyfile", Version: 1,
			Doc:        "body file of the Sleuth Kit: one event per distinct time of a file, its meanings joined as MACB; a time of 0 is none",
			References: []string{"https://wiki.sleuthkit.org/index.php?title=Body_file"},
			Sources:    []string{"file"},
			Fields:     []string{"path", "inode", "mode", "uid", "gid", "size", "md5", "target", "encoding", "text"},
			Actions:    []string{"times"},
			Sample:     "0|/a/b.txt|16|r/rrw-------|1000|1000|22|1337961583|1337961584|1337961585|0",
		},
		read:   bodyLine,
		ignore: func(text string) bool { return strings.HasPrefix(text, "#") },
	}
}

// bodyFields cuts a body line at bars that no backslash escapes.
func bodyFields(s string) []string {
	out := make([]string, 0, 11)
	start := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '|':
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}

func bodyLine(r *lineRecord) bool {
	f := bodyFields(r.text)
	if len(f) != 11 || f[0] != "0" && len(f[0]) != 32 {
		return false
	}
	var times [4]int64 // m a c b
	var digits [4]int
	for i, k := range [...]int{8, 7, 9, 10} {
		ns, d, ok := fractional(f[k])
		if !ok {
			return false
		}
		times[i], digits[i] = ns, d
	}
	name := bodyText(f[1])
	if control(f[1]) {
		r.doubt = "the name holds control characters, which a body file escapes"
	}
	if i := strings.Index(name, " -> "); i > 0 && strings.Contains(f[3], "l") {
		r.b.Field("target", name[i+4:])
		name = name[:i]
	}
	r.b.Field("path", name)
	for i, k := range [...]string{"inode", "mode", "uid", "gid", "size"} {
		r.b.Field(k, f[i+2])
	}
	if f[0] != "0" {
		r.b.Field("md5", f[0])
	}
	r.macb(name, times, digits)
	return true
}

func control(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] == 0x7f {
			return true
		}
	}
	return false
}

// macb makes one event per distinct time.
func (r *lineRecord) macb(name string, times [4]int64, digits [4]int) {
	e := r.e
	made := 0
	for i := range times {
		first := true
		for j := range i {
			first = first && times[j] != times[i]
		}
		if times[i] == 0 || !first {
			continue
		}
		if made > 0 {
			e = r.again()
		}
		made++
		meaning := []byte("....")
		for j := range times {
			if times[j] == times[i] {
				meaning[j] = "macb"[j]
			}
		}
		p := event.Second
		if digits[i] > 0 {
			p = event.Nanosecond
		}
		e.Time = event.At(times[i], p, event.ClockUnverified)
		if p == event.Second {
			e.Time.Reasons = e.Time.Reasons.With(event.ResolutionSecond)
		}
		e.Meaning, e.Action, e.Object = string(meaning), "times", name
	}
	if made == 0 {
		e.Time, e.Meaning, e.Action, e.Object = event.Undated(event.StampNone), "....", "times", name
	}
}

// bodyText undoes the escapes of a name: \\, \| and \xNN.
func bodyText(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b = append(b, s[i])
			continue
		}
		switch c := s[i+1]; {
		case c == '\\' || c == '|':
			b = append(b, c)
			i++
		case c == 'x' && i+3 < len(s) && unhex(s[i+2]) >= 0 && unhex(s[i+3]) >= 0:
			b = append(b, byte(unhex(s[i+2])<<4|unhex(s[i+3])))
			i += 3
		default:
			b = append(b, '\\')
		}
	}
	return string(b)
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
