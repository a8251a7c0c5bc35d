package parser

import (
	"strings"

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
