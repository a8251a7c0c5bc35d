package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse/format/weblog"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// subject finds what a record of an error log is about where it names no
// request: the application that Tomcat deploys, or the first path in the text.
func (r *weblogReader) subject(e *event.Event, text string) {
	if _, rest, ok := strings.Cut(text, "An attempt was made to authenticate the locked user ["); ok { // Tomcat's LockOutRealm
		e.Action = "failed-login"
		if end := strings.LastIndexByte(rest, ']'); end >= 0 {
			e.Actor = rest[:end]
		}
		return
	}
	if r.credentials(e, text) || r.firewall(e, text) {
		return
	}
	for _, c := range [...]struct{ words, action string }{
		{"Deploying web application ", "deploy"}, {"Deployment of web application ", "deploy"},
		{"Deploying configuration descriptor ", "deploy"}, {"Deployment of deployment descriptor ", "deploy"}, {"Deployment of configuration descriptor ", "deploy"},
		{"Deploying deployment descriptor ", "deploy"}, {"Undeploying context ", "undeploy"},
	} {
		i := strings.Index(text, c.words)
		if i < 0 {
			continue
		}
		if _, what, ok := strings.Cut(text[i:], "["); ok {
			what, _, _ = strings.Cut(what, "]")
			e.Action, e.Object = c.action, what
			if strings.HasPrefix(what, "/") {
				r.b.Field("path", what)
			}
			return
		}
	}
	for word := range strings.FieldsSeq(text) {
		word, _, _ = strings.Cut(word, `\n`) // apache escapes the lines of a stack trace
		word = strings.Trim(word, "\"'`()[]<>,;:")
		if len(word) > 1 && word[0] == '/' && strings.IndexByte(word[1:], '/') >= 0 {
			if i := strings.LastIndexByte(word, ':'); i > 0 && number(word[i+1:]) { // the line of a script
				word = word[:i]
			}
			e.Object = word
			r.b.Field("path", word)
			return
		}
	}
}

// juliLevel takes the level from the second line of a record of
// java.util.logging: "SEVERE: text".
func juliLevel(e *event.Event, text string) {
	level, _, ok := strings.Cut(text, ": ")
	if ok && e.Action == "notice" && upper(level) {
		e.Action = weblogLevel(level)
	}
}

func weblogLevel(level string) string {
	switch strings.ToLower(level) {
	case "emerg", "alert", "crit", "error", "severe", "fatal":
		return "error"
	case "warn", "warning":
		return "warning"
	}
	return "notice"
}

// credentials reads what Apache and nginx say of a failed basic or digest
// login. The name is what the client sent, and may hold anything.
func (r *weblogReader) credentials(e *event.Event, text string) bool {
	if strings.HasPrefix(text, "AH") { // the number of the message, since Apache 2.4
		if _, rest, ok := strings.Cut(text, ": "); ok {
			text = rest
		}
	}
	if word, rest := token(text); strings.HasPrefix(word, "*") { // nginx: the number of the connection
		text = rest
	}
	rest, ok := strings.CutPrefix(text, "user ")
	if !ok {
		return false
	}
	for _, c := range [...]string{": authentication failure for \"", " not found: ", "\" was not found in \"", "\": password mismatch"} {
		i := strings.LastIndex(rest, c)
		if i < 0 || c[0] == '"' != strings.HasPrefix(rest, "\"") {
			continue
		}
		e.Action, e.Actor = "failed-login", strings.TrimPrefix(rest[:i], "\"")
		if c[0] != '"' {
			file := rest[i+len(c):]
			if end := strings.IndexAny(file, "\","); end >= 0 {
				file = file[:end]
			}
			e.Object = file
			r.b.Field("path", file)
		}
		return true
	}
	return false
}

// firewall reads what ModSecurity says of a request: its URI is the object. The
// module writes quotes of the far side with a backslash.
func (r *weblogReader) firewall(e *event.Event, text string) bool {
	if !strings.HasPrefix(text, "ModSecurity: ") && !strings.HasPrefix(text, "[client ") {
		return false
	}
	i := strings.LastIndex(text, ` [uri "`)
	if i < 0 {
		return false
	}
	file, _, ok := strings.Cut(text[i+len(` [uri "`):], `"]`)
	if !ok {
		return false
	}
	e.Object = file
	r.b.Field("path", file)
	return true
}

// late adds what nginx says of a request behind a text of several lines.
func (r *weblogReader) late(e *event.Event, text string) {
	if _, told := e.Get("ip"); told || !strings.Contains(text, ", client: ") {
		return
	}
	if _, pid := e.Get("pid"); !pid {
		return
	}
	var rec weblog.Record
	if !weblog.NginxContext(text, &rec) || !address(rec.Addr) {
		return
	}
	for _, f := range e.Fields {
		r.b.Field(f.Name, f.Value)
	}
	file, query, _ := strings.Cut(rec.URI, "?")
	r.b.Field("ip", rec.Addr)
	r.b.Field("method", rec.Method)
	r.b.Field("protocol", rec.Protocol)
	r.b.Field("referer", rec.Referer)
	r.b.Field("vhost", rec.VHost)
	if file != "" {
		if _, told := e.Get("path"); !told {
			r.b.Field("path", file)
		}
		r.b.Field("query", query)
		e.Object = file
	}
	e.Fields = r.b.Take()
}
