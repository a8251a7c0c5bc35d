package parser

import (
	"context"
	"strings"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/jsonflat"
	"github.com/saksi-dfir/saksi/parse/format/syslog"
	"github.com/saksi-dfir/saksi/parse/format/weblog"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// weblogParser reads access and error logs of web servers.
type weblogParser struct{}

func newWeblog() *weblogParser { return &weblogParser{} }

// Describe gives the parser's description.
func (weblogParser) Describe() parse.Description {
	return parse.Description{
		Name: "weblog", Version: 1,
		Doc: "access logs (common, combined, virtual host, JSON, formats of the collected configuration, others by their time, request, address and status) and error logs of apache, nginx and tomcat; " +
			"apache states the start of a request (meaning request-start), nginx and tomcat its end (request-end), unless the format says otherwise; where the server is not known the meaning is request",
		References: []string{"mod_log_config", "ngx_http_log_module", "ngx_http_core_module", "Tomcat AccessLogValve"},
		Sources:    []string{"weblog"},
		Fields: []string{"ip", "rhost", "port", "ident", "method", "path", "query", "protocol", "status", "bytes", "referer", "agent", "vhost", "local_port", "forwarded", "duration", "id",
			"extra", "level", "module", "pid", "server", "encoding", "text"},
		Actions: []string{"request", "malformed-request", "error", "warning", "notice", "deploy", "undeploy", "failed-login"},
		Sample:  `203.0.113.9 - - [03/Mar/2024:02:14:07 +0900] "POST /up/a.jsp HTTP/1.1" 200 494 "-" "curl/8.5"`,
	}
}

// weblogStyle says by path which server wrote a log.
func weblogStyle(p string) string {
	switch low := strings.ToLower(p); {
	case strings.Contains(low, "nginx"):
		return "nginx"
	case strings.Contains(low, "apache"), strings.Contains(low, "httpd"):
		return "apache"
	case strings.Contains(low, "tomcat"), strings.Contains(low, "catalina"):
		return "tomcat"
	}
	return ""
}

// Parse reads the exhibit.
func (weblogParser) Parse(ctx context.Context, f *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	style := weblogStyle(x.Path)
	formats := weblogFormats(f, x)
	for _, c := range formats {
		style = c.Server
	}
	starts := func(line []byte) bool {
		r := weblogReader{formats: formats}
		return r.read(strings.TrimSuffix(unsafeString(line), "\r"))
	}
	o := parse.TextOptions{Starts: starts, Workers: x.Workers}
	zones := lineZones(ctx, f, x, webZone(formats))
	return parse.EachChunk(ctx, x, s, o, func(c *parse.Chunk, b *parse.Batch) error {
		r := weblogReader{formats: formats, style: style, b: b, wall: parse.NewWall(f), zones: zones}
		r.chunk(c)
		return nil
	})
}

// weblogReader reads the lines of one chunk.
type weblogReader struct {
	formats []*weblog.Format
	told    *weblog.Format // the one that read the last line
	style   string
	b       *parse.Batch
	wall    *parse.Wall
	zones   *fileZones // what the file shows of its zone
	offset  int64      // of the line
	rec     weblog.Record
	pairs   []jsonflat.Pair
}

// read reads one line in whatever form fits.
func (r *weblogReader) read(s string) bool {
	if s != "" && s[0] == '{' && r.json(s) {
		return true
	}
	r.told = nil
	for _, f := range r.formats {
		if f.Parse(s, &r.rec) {
			r.told = f
			return true
		}
	}
	if s == "" || s[0] == '{' {
		return false
	}
	return weblog.ParseError(s, &r.rec) || weblog.ParseAccess(s, &r.rec) || weblog.ParseLoose(s, &r.rec)
}

func (r *weblogReader) json(s string) bool {
	pairs, rest, ok := jsonflat.Parse(s, r.pairs[:0])
	r.pairs = pairs
	if !ok || strings.TrimSpace(rest) != "" {
		return false
	}
	r.rec = weblog.Record{}
	for _, p := range pairs {
		r.rec.SetJSON(p.Key, p.Value)
	}
	return r.rec.Whole()
}

// chunk makes an event of each line; lines that no form reads belong to an
// error record before them (a stack trace), else they are warned about.
func (r *weblogReader) chunk(c *parse.Chunk) {
	data := c.Data
	var last *event.Event // an error record that may go on
	var rest lineRest
	for at := 0; at < len(data); {
		next := lineEnd(data, at)
		text := trimEOL(data[at:next])
		offset := c.Offset + int64(at)
		switch {
		case text == "":
			rest.add(r.b, offset, int64(next-at))
		case r.read(text):
			rest.end(r.b)
			last = r.event(text, offset)
			rest = lineRest{offset + int64(len(text)), int64(next - at - len(text))}
		case last != nil && offset+int64(len(text))-last.Origin.Offset <= continuationLimit && !noText(text):
			last.Origin.Length = offset + int64(len(text)) - last.Origin.Offset
			from := int(last.Origin.Offset - c.Offset)
			last.Message = data[from : from+int(last.Origin.Length)]
			rest = lineRest{offset + int64(len(text)), int64(next - at - len(text))}
			juliLevel(last, text)
			r.late(last, text)
		default:
			rest.end(r.b)
			code, why := "unreadable", "no access or error log line of a known form"
			if noText(text) {
				code, why = unlettered(text)
			}
			r.b.Warning(offset, int64(next-at), code, why)
			last = nil
		}
		at = next
	}
	rest.end(r.b)
}

// event makes the event of a line; it returns it when it may go on.
func (r *weblogReader) event(text string, offset int64) *event.Event {
	e := r.b.Event()
	e.Source, e.Message = "weblog", text
	e.Origin.Offset, e.Origin.Length = offset, int64(len(text))
	r.offset = offset
	e.Time = r.time(&r.rec.Time)
	e.Meaning = r.meaning()
	if t := &r.rec.Time; t.Weekday != 0 {
		if doubt := weekdayDoubt(&syslog.Stamp{Year: t.Year, Month: t.Month, Day: t.Day, HasYear: true, Weekday: t.Weekday}); doubt != "" {
			r.b.Warning(offset, int64(len(text)), "doubt", doubt)
		}
	}
	if r.rec.Kind == weblog.Error {
		e.Meaning = "logged"
	}
	r.put(e)
	korean(r.b, text)
	e.Fields = r.b.Take()
	if r.rec.Kind == weblog.Error {
		return e
	}
	return nil
}

// put gives an event actor, action, object and fields of the record.
func (r *weblogReader) put(e *event.Event) {
	rec, b := &r.rec, r.b
	e.Actor = rec.User
	if addr := rec.Addr; address(addr) {
		b.Field("ip", addr)
	} else {
		b.Field("rhost", addr)
	}
	b.Field("port", rec.Port)
	b.Field("method", rec.Method)
	file, query, _ := strings.Cut(rec.URI, "?")
	b.Field("path", file)
	b.Field("query", query)
	b.Field("protocol", rec.Protocol)
	b.Field("status", rec.Status)
	b.Field("bytes", rec.Bytes)
	b.Field("referer", rec.Referer)
	b.Field("agent", rec.Agent)
	b.Field("vhost", rec.VHost)
	b.Field("pid", rec.PID)
	b.Field("duration", rec.Duration)
	r.more(rec)
	if rec.Kind == weblog.Error {
		e.Object, e.Action = file, weblogLevel(rec.Level)
		if file == "" {
			r.subject(e, rec.Text)
		} else if r.credentials(e, rec.Text) {
			e.Object = file
		}
		return
	}
	e.Action, e.Object = "request", rec.URI
	if rec.Method == "" {
		e.Action, e.Object = "malformed-request", rec.Request
	}
}

// more adds the fields few lines have.
func (r *weblogReader) more(rec *weblog.Record) {
	b := r.b
	b.Field("ident", rec.Ident)
	b.Field("local_port", rec.LocalPort)
	b.Field("forwarded", rec.Forwarded)
	b.Field("id", rec.ID)
	b.Field("level", rec.Level)
	b.Field("module", rec.Module)
	if rec.Forwarded == "" {
		b.Field("extra", rec.Extra)
	}
	b.Field("server", r.style)
}

// meaning says which moment of a request the stamp is.
func (r *weblogReader) meaning() string {
	switch {
	case r.told != nil && r.told.End:
		return "request-end"
	case r.told != nil:
		return "request-start"
	case r.style == "apache":
		return "request-start"
	case r.style == "nginx", r.style == "tomcat":
		return "request-end"
	}
	return "request"
}

func (r *weblogReader) time(t *weblog.Stamp) event.Time {
	c := webCivil(t)
	switch {
	case t.Epoch:
		c.Year, c.Month, c.Day = 1970, 1, 1
		out := parse.Zoned(&c, 0)
		if t.Unix > lastSecond {
			return event.Undated(event.StampInvalid)
		}
		out.Instant += t.Unix * 1e9
		out.Earliest += t.Unix * 1e9
		out.Latest += t.Unix * 1e9
		return out
	case t.HasZone:
		return parse.Zoned(&c, t.Offset)
	}
	local := r.wall.Local(&c)
	if z := r.zones.at("", r.offset); z != nil && local.Dated() {
		return z.read(&c, local, false)
	}
	return local
}
