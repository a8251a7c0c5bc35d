package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse/format/jsonflat"
)

// sudoJSON reads sudo's messages under log_format=json:
// @cee:{"sudo":{"accept":{"submituser":"kim","command":"/usr/bin/id",...}}}.
func sudoJSON(m *msg, s string) bool {
	var buf [48]jsonflat.Pair
	pairs, _, ok := jsonflat.Parse(s, buf[:0])
	if !ok {
		return false
	}
	action, user, command := "", "", ""
	var args []string
	for _, p := range pairs {
		_, rest, ok := strings.Cut(p.Key, "sudo.")
		kind, key, ok2 := strings.Cut(rest, ".")
		if !ok || !ok2 {
			continue
		}
		switch kind {
		case "accept":
			action = "exec"
		case "reject", "alert":
			action = "refuse"
		case "exit":
			action = "exec-end"
		}
		switch {
		case key == "submituser":
			user = p.Value
		case key == "command":
			command = p.Value
		case strings.HasPrefix(key, "runargv."):
			args = append(args, p.Value)
		case key == "runuser":
			m.b.Field("runas", p.Value)
		case key == "rungroup":
			m.b.Field("runas_group", p.Value)
		case key == "submitcwd":
			m.b.Field("cwd", p.Value)
		case key == "ttyname":
			m.b.Field("tty", strings.TrimPrefix(p.Value, "/dev/"))
		case key == "submithost":
			m.b.Field("host", p.Value)
		case key == "reason":
			m.b.Field("reason", p.Value)
		}
	}
	if action == "" {
		return false
	}
	if strings.HasPrefix(command, "/") {
		m.b.Field("path", command)
	}
	if len(args) > 1 {
		command += " " + strings.Join(args[1:], " ")
	}
	m.b.Field("command", command)
	return m.act(action, user, command)
}
