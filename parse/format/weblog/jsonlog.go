package weblog

import (
	"strings"
)

// JSONName gives the canonical name of a key that access logs in JSON use, ""
// for a key that is not known. Nested keys are joined with dots (caddy).
func JSONName(key string) string {
	switch strings.ToLower(strings.TrimPrefix(key, "@")) {
	case "time", "timestamp", "time_local", "time_iso8601", "datetime", "date", "ts", "msec", "starttime", "start_time", "time_unix", "timestamp_iso8601", "iso8601":
		return "time"
	case "remote_addr", "remoteaddr", "client_ip", "clientip", "remote_ip", "remoteip", "client", "ip", "clienthost", "request.remote_ip", "request.client_ip", "remotehost", "host_ip", "remote_host", "source.ip", "client.ip", "client.address", "httprequest.remoteip", "remote_address", "client_addr", "real_ip", "x_real_ip", "src_ip":
		return "addr"
	case "remote_port", "request.remote_port":
		return "port"
	case "remote_user", "user", "remoteuser", "clientusername", "user_id", "auth_user":
		return "user"
	case "request", "requestline", "first_line", "request_line":
		return "request"
	case "request_method", "method", "requestmethod", "request.method", "verb", "http_method", "http.request.method", "http.method", "httprequest.requestmethod":
		return "method"
	case "request_uri", "uri", "url", "path", "requestpath", "request.uri", "request_path", "requesturi", "url.original", "url.path", "http.url", "http.target", "httprequest.requesturl", "original_uri":
		return "uri"
	case "args", "query", "query_string", "querystring", "url.query":
		return "query"
	case "server_protocol", "protocol", "request.proto", "requestprotocol", "http_version", "http.version", "proto":
		return "protocol"
	case "status", "status_code", "response", "downstreamstatus", "code", "statuscode", "http.response.status_code", "http_status", "response_code", "response_status", "resp_status", "httprequest.status", "http.status_code":
		return "status"
	case "body_bytes_sent", "bytes_sent", "bytes", "size", "response_size", "downstreamcontentsize", "bytessent", "http.response.body.bytes", "http.response.bytes", "response_bytes", "bytes_out", "httprequest.responsesize", "content_length":
		return "bytes"
	case "http_referer", "referer", "referrer", "http_referrer", "request.headers.referer.0", "ref", "http.request.referrer", "httprequest.referer", "request_referer":
		return "referer"
	case "http_user_agent", "user_agent", "useragent", "agent", "request.headers.user-agent.0", "ua", "user_agent.original", "http.useragent", "httprequest.useragent", "user-agent", "request_user-agent":
		return "agent"
	case "http_x_forwarded_for", "x_forwarded_for", "xff", "forwarded_for":
		return "forwarded"
	case "host", "server_name", "http_host", "vhost", "request.host", "requesthost", "servername":
		return "vhost"
	case "server_port":
		return "local_port"
	case "request_time", "rt", "duration", "elapsedtime", "latency", "event.duration", "response_time":
		return "json_duration"
	case "request_id", "requestid", "unique_id":
		return "id"
	case "level":
		return "level"
	case "msg", "message":
		return "message"
	case "pid":
		return "pid"
	}
	return ""
}

// SetJSON puts the value of a JSON key into the record; it says whether the key
// held the time of the line.
func (r *Record) SetJSON(key, value string) (dated bool) {
	name := JSONName(key)
	if name != "time" {
		r.asked = r.asked || name == "request" || value == "" && (name == "uri" || name == "method")
		switch {
		case name == "query": // may stand before the path
			r.query = dash(value)
		case name == "json_duration" && strings.IndexByte(value, '.') >= 0: // seconds; of a whole number the unit is not known
			r.set("request_time", value)
		case name == "json_duration":
			r.set("duration_", value)
		case (name == "uri" || name == "addr") && r.has(name): // the first of several tells
		default:
			r.set(name, value)
		}
		return false
	}
	if r.Time.Year != 0 || r.Time.Epoch {
		return false
	}
	value = strings.Trim(value, "[]")
	if ISO(value, &r.Time) > 0 || CLF(value, &r.Time) > 0 {
		return true
	}
	if len(value) == 13 && number(value) { // milliseconds
		value = value[:10] + "." + value[10:]
	}
	if Unix(value, &r.Time) && r.Time.Unix > 1e8 {
		return true
	}
	r.Time = Stamp{}
	return false
}

func (r *Record) has(name string) bool {
	return name == "uri" && r.URI != "" || name == "addr" && r.Addr != ""
}

// Whole says whether a record filled from JSON is one of an access log.
func (r *Record) Whole() bool {
	if r.URI == "" && r.Method != "" && strings.HasPrefix(r.Request, "/") { // "request" holds the path alone
		r.URI, r.Request = r.Request, ""
	}
	if r.Request == "" && r.Method != "" {
		r.Request = r.Method + " " + r.URI
	}
	if r.query != "" && r.URI != "" && strings.IndexByte(r.URI, '?') < 0 {
		r.URI += "?" + strings.TrimPrefix(r.query, "?")
	}
	if r.Addr == "" && strings.Trim(r.VHost, "0123456789.") == "" && strings.Count(r.VHost, ".") == 3 { // tomcat calls the client host
		r.Addr, r.VHost = r.VHost, ""
	}
	return (r.Time.Year != 0 || r.Time.Epoch) && r.Status != "" && (r.Request != "" || r.URI != "" || r.asked)
}
