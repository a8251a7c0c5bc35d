package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/jsonflat"
)

// newContainer reads what container runtimes keep of a container's output.
func newContainer() *lineLog {
	return &lineLog{
		about: parse.Description{
			Name: "container", Version: 1,
			Doc:        "output of containers as docker (json-file) and CRI runtimes keep it; a line of a container is an act of the container's program",
			References: []string{"https://docs.docker.com/config/containers/logging/json-file", "https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md"},
			Sources:    []string{"container"},
			Fields:     []string{"stream", "container", "partial", "encoding", "text"},
			Actions:    []string{"output"},
			Sample:     "2024-04-16T06:21:30.494902976Z stderr F Starting server...",
		},
		read: containerLine,
	}
}

func containerLine(r *lineRecord) bool {
	if strings.HasPrefix(r.text, "{") {
		return dockerLine(r)
	}
	t, n := r.zonedAt(r.text, false)
	if n < 0 {
		return false
	}
	s := r.text[n:]
	for _, stream := range [...]string{"stdout", "stderr"} {
		rest, ok := strings.CutPrefix(s, " "+stream+" ")
		if !ok || rest == "" || (rest[0] != 'F' && rest[0] != 'P') || len(rest) > 1 && rest[1] != ' ' && rest[1] != ':' {
			continue
		}
		tag, message := token(rest)
		r.e.Time = t
		if tag[0] == 'P' {
			r.b.Field("partial", "true")
		}
		return r.output(stream, message)
	}
	return false
}

// dockerLine reads {"log":"text\n","stream":"stdout","time":"..."}.
func dockerLine(r *lineRecord) bool {
	var buf [8]jsonflat.Pair
	pairs, rest, ok := jsonflat.Parse(r.text, buf[:0])
	if !ok || strings.TrimSpace(rest) != "" {
		return false
	}
	var log, stream, when string
	found := 0
	for _, p := range pairs {
		switch p.Key {
		case "log":
			log = p.Value
			found++
		case "stream":
			stream = p.Value
			found++
		case "time":
			when = p.Value
			found++
		}
	}
	if found != 3 {
		return false
	}
	t, n := r.zonedAt(when, true) // docker writes UTC
	if n < 0 {
		return false
	}
	r.e.Time = t
	return r.output(stream, strings.TrimRight(log, "\r\n"))
}

func (r *lineRecord) output(stream, message string) bool {
	r.b.Field("stream", stream)
	r.b.Field("container", containerID(r.x.Path))
	r.e.Meaning, r.e.Action, r.e.Object = "logged", "output", message
	if message != "" {
		r.e.Message = message
	}
	return true
}

// containerID finds a container's id in the path of its log: 64 hex digits.
func containerID(p string) string {
	run := 0
	for i := 0; i < len(p); i++ {
		if unhex(p[i]) < 0 {
			run = 0
			continue
		}
		if run++; run == 64 {
			return p[i-63 : i+1]
		}
	}
	return ""
}
