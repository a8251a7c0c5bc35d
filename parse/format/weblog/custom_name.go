package weblog

import "strings"

func nginxName(s string) string {
	switch s {
	case "remote_addr", "realip_remote_addr":
		return "addr"
	case "remote_port":
		return "port"
	case "remote_user":
		return "user"
	case "time_local":
		return "time_local"
	case "time_iso8601":
		return "time_iso"
	case "msec":
		return "time_unix"
	case "request", "status", "request_time":
		return s
	case "body_bytes_sent", "bytes_sent":
		return "bytes"
	case "http_referer":
		return "referer"
	case "http_user_agent":
		return "agent"
	case "http_x_forwarded_for":
		return "forwarded"
	case "host", "server_name", "http_host":
		return "vhost"
	case "server_port":
		return "local_port"
	case "request_method":
		return "method"
	case "request_uri", "uri":
		return "uri"
	case "server_protocol":
		return "protocol"
	case "request_id":
		return "id"
	}
	return ""
}

func apacheName(c byte, arg string) string {
	switch c {
	case '%':
		return "%"
	case 'h', 'a':
		return "addr"
	case 'l':
		return "ident"
	case 'u':
		return "user"
	case 't':
		return apacheTime(arg)
	case 'r':
		return "request"
	case 's':
		return "status"
	case 'b', 'B', 'O':
		return "bytes"
	case 'v', 'V':
		return "vhost"
	case 'p':
		return "local_port"
	case 'm':
		return "method"
	case 'U':
		return "uri"
	case 'q':
		return "query"
	case 'H':
		return "protocol"
	case 'D':
		return "duration_us"
	case 'T':
		if arg == "ms" || arg == "us" {
			return "duration_" + arg
		}
		return "request_time"
	case 'L':
		return "id"
	case 'P':
		return "pid"
	case 'i':
		switch strings.ToLower(arg) {
		case "referer":
			return "referer"
		case "user-agent":
			return "agent"
		case "x-forwarded-for":
			return "forwarded"
		case "host":
			return "vhost"
		}
	}
	return ""
}

// tomcatName names the directives of an AccessLogValve that differ from
// apache's. The unit of %D is milliseconds before Tomcat 10.1, microseconds since.
func tomcatName(c byte, arg string) string {
	switch c {
	case 't':
		return tomcatTime(arg)
	case 'D':
		return "duration_"
	case 'F', 'I', 'S', 'X', 'P', 'L', 'O':
		return ""
	}
	return apacheName(c, arg)
}

// tomcatTime names the forms of %{...}t of Tomcat, SimpleDateFormat patterns
// among them, that hold a whole time.
func tomcatTime(arg string) string {
	arg, begin := strings.CutPrefix(arg, "begin:")
	arg, end := strings.CutPrefix(arg, "end:")
	name := ""
	switch {
	case arg == "" || arg == "clf":
		name = "time_clf"
	case arg == "sec", arg == "msec":
		name = "time_unix"
	case strings.HasPrefix(arg, "yyyy-MM-dd") && strings.Contains(arg, "HH:mm:ss"):
		name = "time_iso"
	case strings.HasPrefix(arg, "dd/MMM/yyyy:HH:mm:ss"):
		name = "time_local"
	}
	switch {
	case name == "":
	case begin:
		name += "_begin"
	case end:
		name += "_end"
	}
	return name
}

// apacheTime names the forms of %{...}t that hold a whole time.
func apacheTime(arg string) string {
	arg = strings.TrimPrefix(arg, "begin:")
	arg, end := strings.CutPrefix(arg, "end:")
	name := ""
	switch {
	case arg == "":
		name = "time_clf"
	case arg == "sec", arg == "msec", arg == "usec":
		name = "time_unix"
	case (strings.HasPrefix(arg, "%Y-%m-%d") || strings.HasPrefix(arg, "%F")) && (strings.Contains(arg, "%T") || strings.Contains(arg, "%H:%M:%S")):
		name = "time_iso"
	case strings.HasPrefix(arg, "%d/%b/%Y:%") || strings.HasPrefix(arg, "%d/%b/%Y %"):
		name = "time_local"
	}
	if end && name != "" {
		name += "_end"
	}
	return name
}
