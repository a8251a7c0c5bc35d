// Package weblog decodes lines of web servers' logs: access logs in the common
// and combined forms, with or without the virtual host, in custom formats
// (apache LogFormat, nginx log_format) and as JSON objects; error logs of
// apache and nginx, and tomcat's log. It knows bytes and stated times, not
// events. Strings it gives are parts of the line, JSON values with escapes
// apart.
package weblog

import "strings"

// Stamp is the time a line states.
type Stamp struct {
	Year, Month, Day     int
	Hour, Minute, Second int
	Nanos, Digits        int
	Offset               int // seconds east of UTC, when HasZone
	HasZone              bool
	Weekday              int  // 1 Sunday to 7 Saturday, as the line says; 0 when it says none
	Epoch                bool // Seconds since 1970 stand in Unix instead
	Unix                 int64
}

// Kind is what a line records.
type Kind uint8

// The kinds.
const (
	Access Kind = iota
	Error
)

// Record is one line.
type Record struct {
	Kind      Kind
	Time      Stamp
	Addr      string // client address or name
	Port      string // client port
	Ident     string
	User      string
	Request   string // the request line as it stands
	Method    string
	URI       string
	Protocol  string
	Status    string
	Bytes     string
	Referer   string
	Agent     string
	VHost     string
	LocalPort string
	Forwarded string // X-Forwarded-For
	Duration  string // with unit: "12ms", "0.5s", "800us"
	ID        string // unique request id
	Extra     string // what follows the known fields
	Level     string
	Module    string
	PID       string
	Text      string // of an error line

	asked bool   // JSON: a request line was there, perhaps an empty one
	query string // JSON: the query, where it stands apart
}

// digit and two, four read digits.
func digit(c byte) bool { return c-'0' < 10 }

func two(s string, i int) int {
	if i+2 > len(s) || !digit(s[i]) || !digit(s[i+1]) {
		return -1
	}
	return int(s[i]-'0')*10 + int(s[i+1]-'0')
}

func four(s string, i int) int {
	a, b := two(s, i), two(s, i+2)
	if a < 0 || b < 0 {
		return -1
	}
	return a*100 + b
}

func month(s string, i int) int {
	if i+3 > len(s) {
		return 0
	}
	n := strings.Index("JanFebMarAprMayJunJulAugSepOctNovDec", s[i:i+3])
	if n < 0 || n%3 != 0 {
		return 0
	}
	return n/3 + 1
}

// clock reads HH:MM:SS with a fraction at i and gives the index after it, -1 for none.
func (t *Stamp) clock(s string, i int) int {
	if i+8 > len(s) || s[i+2] != ':' || s[i+5] != ':' {
		return -1
	}
	t.Hour, t.Minute, t.Second = two(s, i), two(s, i+3), two(s, i+6)
	if t.Hour < 0 || t.Minute < 0 || t.Second < 0 {
		return -1
	}
	i += 8
	if i+1 < len(s) && (s[i] == '.' || s[i] == ',') && digit(s[i+1]) {
		scale := 100_000_000
		for i++; i < len(s) && digit(s[i]); i++ {
			if t.Digits < 9 {
				t.Nanos += int(s[i]-'0') * scale
				scale /= 10
				t.Digits++
			}
		}
	}
	return i
}

// zone reads +0900, +09:00 or Z at i and gives the index after it, or i.
func (t *Stamp) zone(s string, i int) int {
	if i >= len(s) {
		return i
	}
	if s[i] == 'Z' {
		t.HasZone = true
		return i + 1
	}
	if s[i] != '+' && s[i] != '-' {
		return i
	}
	j := i + 3
	if j < len(s) && s[j] == ':' {
		j++
	}
	h, m := two(s, i+1), two(s, j)
	if h < 0 || m < 0 {
		return i
	}
	t.HasZone, t.Offset = true, h*3600+m*60
	if s[i] == '-' {
		t.Offset = -t.Offset
	}
	return j + 2
}

// CLF reads "13/Jan/2016:19:31:16 +0000", also with a space before the time of day, at the start of s and gives the index
// after it; -1 when there is none.
func CLF(s string, t *Stamp) int {
	if len(s) < 20 || s[2] != '/' || s[6] != '/' || s[11] != ':' && s[11] != ' ' {
		return -1
	}
	*t = Stamp{Day: two(s, 0), Month: month(s, 3), Year: four(s, 7)}
	if t.Day < 0 || t.Month == 0 || t.Year < 0 {
		return -1
	}
	i := t.clock(s, 12)
	if i < 0 || i >= len(s) || s[i] != ' ' {
		return i
	}
	if j := t.zone(s, i+1); j > i+1 {
		return j
	}
	return i
}

// ISO reads "2024-03-03T02:14:07.5+09:00", also with a space for the T and
// slashes for the dashes; -1 when there is none.
func ISO(s string, t *Stamp) int {
	if len(s) < 19 || (s[4] != '-' && s[4] != '/') || s[7] != s[4] || (s[10] != 'T' && s[10] != ' ') {
		return -1
	}
	*t = Stamp{Year: four(s, 0), Month: two(s, 5), Day: two(s, 8)}
	if t.Year < 0 || t.Month < 0 || t.Day < 0 {
		return -1
	}
	i := t.clock(s, 11)
	if i < 0 {
		return -1
	}
	return t.zone(s, i)
}

// Unix reads seconds since 1970 with a fraction: "1646861401.524".
func Unix(s string, t *Stamp) bool {
	whole, frac, _ := strings.Cut(s, ".")
	if len(whole) == 0 || len(whole) > 11 || len(frac) > 9 {
		return false
	}
	*t = Stamp{Epoch: true}
	for i := range len(whole) {
		if !digit(whole[i]) {
			return false
		}
		t.Unix = t.Unix*10 + int64(whole[i]-'0')
	}
	scale := 100_000_000
	for i := range len(frac) {
		if !digit(frac[i]) {
			return false
		}
		t.Nanos += int(frac[i]-'0') * scale
		scale /= 10
	}
	t.Digits = len(frac)
	return true
}

// request cuts a request line into method, URI and protocol.
func (r *Record) request(s string) {
	r.Request = s
	m := strings.IndexByte(s, ' ')
	if m <= 0 || !upper(s[:m]) || s[0] == '-' { // "- - -" is Tomcat's for none
		return
	}
	uri := s[m+1:]
	if p := strings.LastIndexByte(uri, ' '); p >= 0 && strings.HasPrefix(uri[p+1:], "HTTP/") {
		r.Protocol, uri = uri[p+1:], uri[:p]
	}
	r.Method, r.URI = s[:m], uri
}

func upper(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < 'A' || c > 'Z') && c != '_' && c != '-' {
			return false
		}
	}
	return s != ""
}

func number(s string) bool {
	for i := 0; i < len(s); i++ {
		if !digit(s[i]) {
			return false
		}
	}
	return s != ""
}

// dash turns the "-" that stands for nothing into "".
func dash(s string) string {
	if s == "-" {
		return ""
	}
	return s
}
