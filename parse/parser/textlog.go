package parser

import (
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/syslog"
	"github.com/saksi-dfir/saksi/parse/format/weblog"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// newTextlog reads any other log whose lines begin with a whole date and time:
// databases, applications, installers.
func newTextlog() *lineLog {
	return &lineLog{
		about: parse.Description{
			Name: "textlog", Version: 1,
			Doc: "any other log whose lines begin with a year, month, day and time; only the time, a level and the text are read. " +
				"Without a zone on the line the time is in the zone of the host; lines without a time belong to the record before",
			References: []string{"RFC 3339", "postgresql.conf(5) log_line_prefix", "log4j PatternLayout"},
			Sources:    []string{"textlog"},
			Fields:     []string{"level", "pid", "encoding", "text"},
			Actions:    []string{"note", "warning", "error"},
			Sample:     "2024-03-03 02:14:07.123 UTC [812] FATAL:  password authentication failed for user \"kim\"",
		},
		read:     textLine,
		zone:     textZone,
		follow:   func(text string) bool { return stampEnd(text, new(syslog.Stamp)) < 0 },
		ordered:  textOrdered,
		strength: parse.Weak,
	}
}

// textOrdered says whether the stamps of a head rise as those of a log do. In
// a change log the newest comes first, and a text that mentions one date among
// many lines is no log. Error logs of web servers are left to weblog.
func textOrdered(head []byte) bool {
	up, down, stamps, lines := 0, 0, 0, 0
	last := int64(0)
	var web weblog.Record
	for line := range headLines(head, 1<<14) {
		if line == "" {
			continue
		}
		lines++
		var t syslog.Stamp
		if stampEnd(line, &t) < 0 {
			continue
		}
		if weblog.ParseError(line, &web) { // a web server's error log, most of it stack traces
			return false
		}
		stamps++
		key := int64(((((t.Year*12+t.Month)*31+t.Day)*24+t.Hour)*60+t.Minute)*60 + t.Second)
		switch {
		case last != 0 && key > last:
			up++
		case last != 0 && key < last:
			down++
		}
		last = key
	}
	return down <= up && (stamps > 1 || lines < 8)
}

// stampEnd gives the index after a stamp at the start of a line, perhaps in
// brackets or behind "# Time: "; -1 for none.
func stampEnd(s string, t *syslog.Stamp) int {
	open := 0
	if strings.HasPrefix(s, "[") {
		open = 1
	} else if strings.HasPrefix(s, `time="`) { // programs written in Go: time="2024-03-03T02:14:07Z" level=info msg="..."
		open = len(`time="`)
	} else if strings.HasPrefix(s, "ts=") {
		open = len("ts=")
	} else if strings.HasPrefix(s, "# Time: ") { // slow queries of MySQL
		open = len("# Time: ")
	}
	n := stampAt(s[open:], t)
	if n < 0 {
		return -1
	}
	return open + n
}

func textLine(r *lineRecord) bool {
	var t syslog.Stamp
	n := stampEnd(r.text, &t)
	if n < 0 {
		return false
	}
	rest := r.text[n:]
	r.e.Time, rest = r.textTime(&t, rest)
	r.doubt = weekdayDoubt(&t)
	if pid, _, ok := strings.Cut(r.text, ":"); ok && n > 20 && number(pid) && len(pid) < 8 { // Redis
		r.b.Field("pid", pid)
	}
	rest = strings.TrimLeft(strings.TrimPrefix(strings.TrimPrefix(rest, "]"), `"`), " ")
	r.e.Meaning = "logged"
	level := textLevel(rest)
	if level == "" {
		level = strings.ToUpper(logfmtLevel(rest))
	}
	r.b.Field("level", level)
	if i := strings.IndexByte(rest, '['); i >= 0 && i < 40 {
		if pid, _, ok := strings.Cut(rest[i+1:], "]"); ok && number(pid) && len(pid) < 9 {
			r.b.Field("pid", pid)
		}
	}
	switch level {
	case "ERROR", "FATAL", "CRITICAL", "PANIC", "SEVERE", "EMERGENCY", "ALERT", "CRIT":
		r.e.Action = "error"
	case "WARNING", "WARN":
		r.e.Action = "warning"
	default:
		r.e.Action = "note"
	}
	return true
}

// textTime reads the zone behind a stamp: an offset, UTC and GMT, the name of a
// place, as PHP writes it, or an abbreviation of the host's own zone. Another
// abbreviation may mean several zones: none is known.
func (r *lineRecord) textTime(t *syslog.Stamp, rest string) (event.Time, string) {
	rest = textOffset(t, rest)
	c := civil(t, t.Year)
	if t.HasZone {
		return parse.Zoned(&c, t.Offset), rest
	}
	word, after := token(strings.TrimPrefix(rest, " "))
	word = strings.TrimRight(word, "]:")
	switch {
	case len(word) > 4 && strings.IndexByte(word, '/') > 2:
		if w := r.place(word); w != nil {
			return w.Local(&c), after
		}
		return r.local(&c), rest
	case word == "UTC" || word == "GMT":
		return parse.Zoned(&c, 0), after
	case len(word) < 3 || len(word) > 4 || !upper(word) || !strings.HasSuffix(word, "T"):
		return r.local(&c), rest
	}
	if r.f.Zone != nil {
		at := time.Date(c.Year, time.Month(c.Month), c.Day, c.Hour, c.Minute, c.Second, 0, r.f.Zone)
		if name, _ := at.Zone(); name == word {
			return r.wall.Local(&c), after
		}
	}
	return parse.NewWall(&parse.Facts{}).Local(&c), after
}

// place gives the clock of a zone that a line names, nil when there is none of
// that name. The last one is kept: a log names the same on every line.
func (r *lineRecord) place(name string) *parse.Wall {
	if r.placeName != name {
		r.placeName, r.placeWall = strings.Clone(name), nil
		if loc, err := parse.LoadZone(name); err == nil {
			r.placeWall = parse.NewWall(&parse.Facts{Zone: loc, ZoneFrom: event.ZoneFile})
		}
	}
	return r.placeWall
}

// textLevel finds a word that names a level among the first words.
func textLevel(s string) string {
	s = s[:min(len(s), 120)]
	for word := range strings.FieldsFuncSeq(s, func(c rune) bool { return c < 'A' || c > 'Z' && c < 'a' || c > 'z' }) {
		switch w := strings.ToUpper(word); w {
		case "ERROR", "FATAL", "CRITICAL", "PANIC", "SEVERE", "EMERGENCY", "ALERT", "CRIT", "WARNING", "WARN", "NOTICE", "INFO", "DEBUG", "DDEBUG", "SUBDEBUG", "TRACE", "LOG", "NOTE", "SYSTEM", "HINT", "DETAIL", "STATEMENT":
			if word == w || word[0] == w[0] && word[1:] == strings.ToLower(w[1:]) {
				return w
			}
			return ""
		}
	}
	return ""
}
