package source

import (
	"context"
	"strings"

	"github.com/saksi-dfir/saksi/collect"
)

// web takes the configuration of web and application servers and the logs it
// names, wherever they lie.
func web() collect.Source {
	return fileSource{
		desc: collect.Description{
			Name: "web",
			Doc: "configuration of apache, nginx, php-fpm, tomcat, JBoss, WebLogic, JEUS and WebtoB, and the access, error and application logs that the " +
				"configuration and the command lines of running servers name: requests to a web shell, and when they began.",
			Effects:    "reads configuration and command lines while planning; page cache of the size of the logs",
			References: []string{"apache mod_log_config", "nginx ngx_http_log_module", "Tomcat AccessLogValve", "php-fpm.conf", "WebtoB http.m", "JEUS domain.xml"},
			Group:      collect.GroupLogs,
			MinKernel:  "3.10",
			Root:       true,
			Profiles:   []string{collect.ProfileTriage, collect.ProfileFull},
		},
		more: func(ctx context.Context, env *collect.Env) []string {
			w := findWeb(ctx, env)
			return append(optional(w.confs), optional(w.logs)...)
		},
		skip:   func(path string) bool { return hasSuffix(path, ".so", ".jar", ".war", ".class", ".zip", ".exe") },
		aged:   true,
		follow: true,
	}
}

// webroot takes the scripts below the directories that web servers serve.
func webroot() collect.Source {
	return fileSource{
		desc: collect.Description{
			Name: "webroot",
			Doc: "scripts (jsp, jspx, php, phtml, asp, aspx, cgi, pl and the like), handler settings and compiled pages below the document roots that " +
				"the configuration of web servers names. Every other file there is in filestat.",
			Effects:    "page cache of their size",
			References: []string{"apache DocumentRoot", "nginx root", "Tomcat appBase and work"},
			Group:      collect.GroupLogs,
			MinKernel:  "3.10",
			Root:       true,
			Profiles:   []string{collect.ProfileTriage, collect.ProfileFull},
		},
		more: func(ctx context.Context, env *collect.Env) []string { return optional(findWeb(ctx, env).roots) },
		skip: func(path string) bool { return !scriptFile(path) && !gitHook(path) },
		cap:  4 << 20,
	}
}

// gitHook tells a hook of a repository, which runs when somebody deploys.
func gitHook(path string) bool {
	return hasDir(path, ".git/hooks") && !strings.HasSuffix(path, ".sample") || strings.HasSuffix(path, "/.git/config")
}

// optional marks wants that need no outcome when they are missing.
func optional(paths []string) []string {
	out := make([]string, len(paths))
	for i, p := range paths {
		out[i] = "?" + p
	}
	return out
}

// scriptFile tells by its ending whether a web server may run a file.
func scriptFile(path string) bool {
	return hasSuffix(lower(path), ".jsp", ".jspx", ".jspf", ".jsw", ".jsv", ".jhtml", ".do", ".action", ".class", ".war", ".php", ".php3", ".php4", ".php5", ".php7", ".php8",
		".phtml", ".pht", ".phar", ".phps", ".inc", ".asp", ".aspx", ".ashx", ".asmx", ".asa", ".cer", ".cfm", ".cfml", ".cgi", ".pl", ".py", ".rb", ".sh",
		".shtml", ".lua", ".htaccess", ".user.ini", "web.xml", "web.config", ".groovy", ".svc")
}
