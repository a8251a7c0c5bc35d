package source

import (
	"encoding/xml"
	"path"
	"strings"
)

// tomcatBase reads conf/server.xml, the contexts and the logging configuration
// below a CATALINA_BASE.
func (f *webFinder) tomcatBase(base string) {
	base = path.Clean(base)
	if !strings.HasPrefix(base, "/") {
		return
	}
	text := f.text(base + "/conf/server.xml")
	if text == "" {
		return
	}
	f.conf(base + "/conf/")
	f.conf(base + "/logs/")
	f.root(base + "/webapps")
	f.root(base + "/work")
	f.properties = properties(f.text(base + "/conf/catalina.properties"))
	f.environment(base + "/bin/setenv.sh")
	f.tomcatXML(text, base)
	for _, name := range f.files(base+"/conf", 2, ".xml") {
		f.tomcatXML(f.text(name), base) // conf/Catalina/HOST/APP.xml
	}
	for line := range strings.SplitSeq(f.text(base+"/conf/logging.properties"), "\n") {
		if k, v, ok := strings.Cut(line, "="); ok && strings.HasSuffix(strings.TrimSpace(k), ".directory") {
			f.conf(catalina(strings.TrimSpace(v), base) + "/")
		}
	}
	f.applicationLogs(base + "/webapps")
}

// catalina resolves a path of a configuration of tomcat.
func catalina(v, base string) string {
	for _, name := range []string{"${catalina.base}", "${catalina.home}", "${CATALINA_BASE}", "${CATALINA_HOME}"} {
		v = strings.ReplaceAll(v, name, base)
	}
	return absolute(v, base)
}

// tomcatXML reads hosts, contexts and valves. A relative docBase is below the
// appBase of its host.
func (f *webFinder) tomcatXML(text, base string) {
	d := xmlDecoder(text)
	appBase := base + "/webapps"
	for {
		t, err := d.Token()
		if err != nil {
			return
		}
		e, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range e.Attr {
			a.Value = xmlBytes(f.property(a.Value))
			switch {
			case e.Name.Local == "Host" && a.Name.Local == "appBase":
				appBase = catalina(a.Value, base)
				f.root(appBase)
			case e.Name.Local == "Context" && a.Name.Local == "docBase":
				f.root(absolute(catalina2(a.Value, base), appBase))
			case e.Name.Local == "Context" && a.Name.Local == "workDir":
				f.root(catalina(a.Value, base))
			case (e.Name.Local == "PreResources" || e.Name.Local == "PostResources") && a.Name.Local == "base":
				f.root(catalina(a.Value, base))
			case e.Name.Local == "Valve" && a.Name.Local == "directory":
				f.conf(catalina(a.Value, base) + "/")
			}
		}
	}
}

// catalina2 resolves variables only.
func catalina2(v, base string) string {
	if strings.HasPrefix(v, "$") {
		return catalina(v, base)
	}
	return v
}

// applicationLogs reads the logging configuration of deployed applications.
func (f *webFinder) applicationLogs(apps string) {
	for _, name := range []string{"log4j.xml", "log4j2.xml", "log4j.properties", "log4j2.properties", "logback.xml", "logback-spring.xml", "application.properties", "application.yml"} {
		for _, p := range glob(f.env, apps+"/*/WEB-INF/classes/"+name) {
			f.conf(p)
			for _, log := range logPaths(f.text(p)) {
				f.log(log, "")
			}
		}
	}
}

// logPaths finds absolute paths that name a log in any text.
func logPaths(text string) (out []string) {
	isPath := func(c byte) bool {
		return c == '/' || c == '.' || c == '-' || c == '_' || c == '%' || c == '{' || c == '}' || c == '$' || wordByte(c)
	}
	for i := 0; i < len(text) && len(out) < maxFound; i++ {
		if text[i] != '/' || i > 0 && (isPath(text[i-1]) || text[i-1] == ':' || text[i-1] == '<') {
			continue
		}
		j := i
		for j < len(text) && isPath(text[j]) {
			j++
		}
		if p := text[i:j]; strings.Contains(path.Base(p), ".log") && strings.Count(p, "/") > 1 && !strings.HasPrefix(p, "//") {
			out = append(out, p)
		}
		i = j
	}
	return out
}

// jeusBase takes the usual places of JEUS 6 to 8 and those that its
// configuration names.
func (f *webFinder) jeusBase(base string) {
	if base = path.Clean(base); !strings.HasPrefix(base, "/") {
		return
	}
	for _, dir := range []string{"/logs/", "/config/", "/domains/*/config/", "/domains/*/servers/*/logs/", "/logs/*/", "/domains/*/logs/"} {
		f.conf(base + dir)
	}
	f.root(base + "/webhome")
	for _, dir := range f.existing(base+"/domains/*/.applications", base+"/domains/*/servers/*/.workspace") {
		f.root(dir)
	}
	for _, p := range []string{"/domains/*/config/*.xml", "/domains/*/config/*/*.xml", "/config/*/*.xml", "/config/*/*/*.xml"} {
		for _, name := range glob(f.env, base+p) {
			f.jeusXML(f.text(name), base)
		}
	}
}

// jeusXML takes the elements of domain.xml, JEUSMain.xml and WEBMain.xml that
// hold paths of logs and applications.
func (f *webFinder) jeusXML(text, base string) {
	d := xmlDecoder(text)
	element := ""
	for {
		t, err := d.Token()
		if err != nil {
			return
		}
		switch t := t.(type) {
		case xml.StartElement:
			element = lower(t.Name.Local)
		case xml.EndElement:
			element = ""
		case xml.CharData:
			v := strings.TrimSpace(xmlBytes(string(t)))
			for _, name := range []string{"${JEUS_HOME}", "${jeus.home}", "$JEUS_HOME"} {
				v = strings.ReplaceAll(v, name, base)
			}
			if !strings.HasPrefix(v, "/") {
				continue
			}
			switch element {
			case "log-home", "log-dir", "log-directory", "user-log-dir", "jeus-log-home":
				f.conf(path.Clean(v) + "/")
			case "file-name", "log-file-name", "log-file", "filename":
				f.log(v, "")
			case "path", "docbase", "doc-base", "context-docbase", "install-home", "install-path", "webapp-base", "deploy-path", "absolute-path", "app-path":
				f.application(v)
			}
		}
	}
}

// application notes where a deployed application lies: a directory, or an
// archive in one.
func (f *webFinder) application(p string) {
	if hasSuffix(lower(p), ".war", ".ear", ".jar") {
		f.conf(path.Clean(p))
		return
	}
	f.root(p)
}

// jbossBase takes the places of JBoss and WildFly.
func (f *webFinder) jbossBase(base string) {
	for _, mode := range f.existing(base+"/standalone", base+"/domain", base+"/server/*") {
		f.conf(mode + "/configuration/")
		f.conf(mode + "/log/")
		f.conf(mode + "/conf/")
		f.root(mode + "/deployments")
		f.root(mode + "/deploy")
		f.root(mode + "/tmp/vfs")
		for _, name := range f.files(mode+"/configuration", 0, ".xml") {
			for _, log := range logPaths(f.text(name)) {
				f.log(log, "")
			}
		}
	}
}

// weblogicBase takes the places of a WebLogic domain.
func (f *webFinder) weblogicBase(domain string) {
	f.conf(domain + "/config/")
	for _, dir := range f.existing(domain + "/servers/*") {
		f.conf(dir + "/logs/")
		f.root(dir + "/tmp/_WL_user")
		f.root(dir + "/upload")
	}
	f.root(domain + "/autodeploy")
	d := xmlDecoder(f.text(domain + "/config/config.xml"))
	element := ""
	for {
		t, err := d.Token()
		if err != nil {
			return
		}
		switch t := t.(type) {
		case xml.StartElement:
			element = t.Name.Local
		case xml.EndElement:
			element = ""
		case xml.CharData:
			if v := strings.TrimSpace(xmlBytes(string(t))); element == "source-path" && v != "" {
				f.application(absolute(v, domain))
			} else if element == "file-name" && strings.HasPrefix(v, "/") {
				f.log(v, "")
			}
		}
	}
}

// webtobBase reads config/*.m below a WEBTOBDIR: KEY = "value" pairs.
func (f *webFinder) webtobBase(base string) {
	if base = path.Clean(base); !strings.HasPrefix(base, "/") {
		return
	}
	f.conf(base + "/log/")
	for _, name := range f.files(base+"/config", 0, ".m") {
		f.webtobFile(name, base)
	}
}

func (f *webFinder) webtobFile(name, base string) {
	text := f.text(name)
	if text == "" {
		return
	}
	f.conf(name)
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		for part := range strings.SplitSeq(line, ",") {
			k, v, ok := strings.Cut(part, "=")
			if !ok {
				continue
			}
			v, _, _ = strings.Cut(strings.TrimSpace(v), "#")
			v = strings.Trim(strings.TrimSpace(v), `"`)
			for _, name := range []string{"${WEBTOBDIR}", "$(WEBTOBDIR)", "$WEBTOBDIR"} {
				v = strings.ReplaceAll(v, name, base)
			}
			if v == "" {
				continue
			}
			v = absolute(v, base)
			keys := strings.Fields(lower(k))
			switch last := first(keys[max(0, len(keys)-1):]); last {
			case "docroot", "appdir", "realpath", "userdir", "pathdir", "uploaddir":
				f.root(v)
			case "usrlogdir", "syslogdir", "logdir":
				f.conf(path.Clean(v) + "/")
			case "webtobdir":
				if v != base {
					f.webtobBase(v)
				}
			case "filename", "logfile", "errorlog":
				for _, c := range "YMDHS" { // date fields are %Y%, not %Y
					v = strings.ReplaceAll(v, "%"+string(c)+"%", "%Y")
				}
				f.log(v, base)
			}
		}
	}
}
