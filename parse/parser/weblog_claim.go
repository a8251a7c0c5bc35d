package parser

import (
	"path"
	"strings"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/weblog"
)

// weblogName says whether a path is made like that of an access or error log.
func weblogName(p string) bool {
	dir, base := path.Split(strings.ToLower(p))
	return (strings.Contains(dir, "/log/") || strings.Contains(dir, "/logs/")) && (strings.Contains(base, "access") || strings.Contains(base, "error") || strings.Contains(base, ".log") || strings.Contains(base, "_log") || strings.HasSuffix(base, ".txt"))
}

// Claim counts lines of the head that one of the forms reads. A custom format
// is known by configuration only: then the name decides.
func (weblogParser) Claim(x *parse.Exhibit) parse.Strength {
	r := weblogReader{}
	lines, hits, spoken := 0, 0, 0
	for line := range headLines(x.Head, 64) {
		if line == "" {
			continue
		}
		if strings.HasPrefix(line, "#Fields:") {
			return parse.No // W3C extended: columns of its own, the server's address before the client's
		}
		lines++
		if r.read(line) {
			hits++
			if spokenBySyslog(line) {
				spoken++
			}
		}
	}
	switch {
	case spoken > 0 && spoken*2 >= hits:
		return parse.No
	case hits*4 >= lines && hits > 0:
		return parse.Strong
	case hits > 0:
		return parse.Weak
	case weblogStyle(x.Path) != "" && weblogName(x.Path):
		return parse.ByName
	}
	return parse.No
}

// ClaimBy takes a log for which a collected configuration gives a format, when
// one of its first lines has it.
func (weblogParser) ClaimBy(f *parse.Facts, x *parse.Exhibit) parse.Strength {
	var r weblog.Record
	for _, c := range weblogFormats(f, x) {
		for line := range headLines(x.Head, 64) {
			if c.Parse(line, &r) {
				return parse.Certain
			}
		}
	}
	return parse.No
}

// weblogFormats compiles the formats that a configuration gives for the log.
func weblogFormats(f *parse.Facts, x *parse.Exhibit) []*weblog.Format {
	if f.LogFormat == nil {
		return nil
	}
	var out []*weblog.Format
	for _, text := range f.LogFormat(x.Path) {
		if c, ok := weblog.Compile(text); ok {
			out = append(out, c)
		}
	}
	return out
}
