package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
)

// systemd reads the messages of systemd and its daemons.
func systemd() *decoder {
	return &decoder{
		about: parse.Description{
			Name: "systemd", Version: 1,
			Doc:        "messages of systemd, logind and their fellows: units started, stopped and failed, sessions, links, the machine's start and end",
			References: []string{"systemd(1)", "systemd-logind.service(8)"},
			Sources:    []string{"syslog", "journal"},
			Fields:     []string{"unit", "session", "tty", "result", "reason", "signal", "child_pid", "status", "hostname_set", "link", "uid", "ip"},
			Actions: []string{"start", "starting", "stop", "stopping", "reload", "fail", "mount", "unmount", "exit", "kill", "session-open", "session-close", "boot", "shutdown",
				"configure", "link", "dump", "restart", "skip", "resource", "time", "note", "error", "module-load", "device"},
			Sample: "Mar  3 02:14:07 web01 systemd[1]: Started OpenBSD Secure Shell server.",
		},
		programs: []string{"systemd", "systemd-logind", "systemd-networkd", "systemd-resolved", "systemd-journald", "systemd-journal", "systemd-modules-load", "systemd-udevd", "systemd-shutdown",
			"systemd-coredump", "systemd-fsck", "systemd-sysctl", "systemd-tmpfiles", "systemd-sysusers", "systemd-hostnamed", "systemd-timedated", "systemd-localed", "systemd-machined",
			"systemd-fstab-generator", "systemd-sleep", "systemd-cryptsetup", "systemd-random-seed", "systemd-networkd-wait-online", "systemd-xdg-autostart-generator", "systemd-oomd"},
		decode: systemdMessage,
	}
}

func systemdMessage(m *msg) bool {
	s := strings.TrimLeft(m.text, " ")
	if m.program == "systemd-logind" && logind(m, s) {
		return true
	}
	return unitVerb(m, s) || unitState(m, s) || systemdOther(m, s)
}

// unitVerb reads "Started NAME." and the like.
func unitVerb(m *msg, s string) bool {
	verb, rest := token(s)
	name := strings.TrimSuffix(strings.TrimSuffix(rest, "..."), ".")
	switch verb {
	case "Starting", "Activating", "Listening", "Reached", "Started", "Finished", "Created", "Activated", "Set":
		return unitUp(m, verb, name)
	case "Stopping", "Deactivating":
		return m.unit("stopping", name)
	case "Stopped", "Removed", "Closed", "Deactivated", "Unset":
		return m.unit("stop", strings.TrimPrefix(strings.TrimPrefix(name, "target "), "slice "))
	case "Reloading", "Reloaded", "Reloading.", "Reexecuting.", "Reexecuting":
		return m.unit("reload", name)
	case "Mounting", "Mounted":
		return m.unit("mount", name)
	case "Unmounting", "Unmounted":
		return m.unit("unmount", name)
	case "Found":
		return m.unit("device", strings.TrimPrefix(name, "device "))
	case "Failed":
		m.b.Field("reason", s)
		w, _, _ := strings.Cut(strings.TrimPrefix(name, "to "), ": ")
		_, w = token(w)
		return m.unit("fail", w)
	case "Dependency":
		return m.unit("fail", strings.TrimPrefix(name, "failed for "))
	case "Condition":
		return m.unit("skip", quotedAfter(name, "resulted in "))
	}
	return false
}

func unitUp(m *msg, verb, name string) bool {
	if verb == "Started" {
		scope, r, ok := strings.Cut(name, ".scope - Session ")
		if !ok || !strings.HasPrefix(scope, "session-") {
			r, ok = after(name, "Session ")
		}
		if ok {
			id, r := token(r)
			user := quotedAfter(r, "ser ")
			m.b.Field("session", id)
			return m.act("session-open", user, user)
		}
	}
	if verb == "Set" && !strings.HasPrefix(name, "up ") {
		if strings.HasPrefix(name, "hostname to") {
			m.b.Field("hostname_set", quotedAfter(name, "to "))
		}
		return m.act("configure", "", "systemd")
	}
	for _, p := range [...]string{"on ", "target ", "slice ", "up automount ", "symlink ", "swap "} {
		name = strings.TrimPrefix(name, p)
	}
	if strings.HasSuffix(verb, "ing") && verb != "Listening" {
		return m.unit("starting", name)
	}
	return m.unit("start", name)
}

// unit sets an act on a unit. "ssh.service - OpenBSD Secure Shell server" is
// known by the part before the dash.
func (m *msg) unit(action, name string) bool {
	if unit, _, ok := strings.Cut(name, " - "); ok && strings.IndexByte(unit, '.') > 0 && strings.IndexByte(unit, ' ') < 0 {
		name = unit
	}
	m.b.Field("unit", name)
	return m.act(action, "", name)
}

// unitState reads "NAME.service: what happened".
func unitState(m *msg, s string) bool {
	name, what, ok := strings.Cut(s, ": ")
	if !ok || strings.IndexByte(name, ' ') >= 0 || strings.IndexByte(name, '.') < 0 {
		return false
	}
	switch {
	case begins(what, "Main process exited", "Control process exited", "main process exited", "Child ") && strings.Contains(what, "exited"):
		m.b.Field("status", strings.TrimRight(quotedAfter(what, "status="), ","))
		return m.unit("exit", name)
	case begins(what, "Failed", "Unit entered failed"), holds(what, "timed out", "repeated too quickly"),
		begins(what, "Job ", "start request", "Bind mount"), strings.Contains(what, "rror"):
		m.b.Field("result", quotedAfter(what, "result "))
		m.b.Field("reason", what)
		return m.unit("fail", name)
	case begins(what, "Killing process ", "Sent signal", "Found left-over process "), strings.Contains(what, "OOM killer"):
		m.b.Field("child_pid", quotedAfter(what, "process "))
		m.b.Field("signal", quotedAfter(what, "signal "))
		return m.unit("kill", name)
	case strings.HasPrefix(what, "Scheduled restart"), holds(what, "scheduling restart", "hold-off time over"):
		return m.unit("restart", name)
	case begins(what, "Succeeded", "Deactivated successfully", "Unit not needed"):
		return m.unit("stop", name)
	case strings.HasPrefix(what, "Consumed "):
		return m.unit("resource", name)
	case strings.Contains(what, "skipped"):
		return m.unit("skip", name)
	}
	m.b.Field("reason", what)
	return m.unit("note", name)
}

// logind reads what systemd-logind says of sessions and of power.
func logind(m *msg, s string) bool {
	if r, ok := after(s, "New session "); ok {
		id, r := token(r)
		m.b.Field("session", strings.Trim(id, "'"))
		user := quotedAfter(r, "user ")
		return m.act("session-open", user, user)
	}
	if r, ok := after(s, "Removed session "); ok {
		m.b.Field("session", strings.TrimRight(r, "."))
		return m.act("session-close", "", "")
	}
	if r, ok := after(s, "Session "); ok && strings.Contains(r, "logged out") {
		id, _ := token(r)
		m.b.Field("session", id)
		return m.act("session-close", "", "")
	}
	switch {
	case begins(s, "New seat", "Watching system buttons"):
		return m.act("configure", "", "systemd-logind")
	case holds(s, "powering down", "rebooting", "Power key", "will power off", "will reboot", "is halting"), strings.HasPrefix(s, "Creating /run/nologin"):
		return m.act("shutdown", "", "system")
	}
	return false
}

func systemdOther(m *msg, s string) bool {
	m.b.Field("reason", s)
	switch {
	case strings.HasPrefix(s, "systemd ") && strings.Contains(s, "running in"),
		begins(s, "Startup finished", "Queued start job", "Detected ", "Initializing machine ID", "Welcome to", "Switching root", "Running in initial"):
		return m.act("boot", "", "system")
	case begins(s, "Shutting down", "Sending SIG", "Received SIG", "Exit the Session", "Powering off", "Rebooting",
		"Syncing filesystems", "Journal stopped"):
		return m.act("shutdown", "", "system")
	case begins(s, "Hostname set to", "Changed ", "Configuration file", "Using ", "Installed ", "/"):
		m.b.Field("hostname_set", quotedAfter(s, "Hostname set to "))
		return m.act("configure", "", "systemd")
	case strings.HasPrefix(s, "Inserted module "):
		return m.act("module-load", "", quotedAfter(s, "module "))
	case strings.HasPrefix(s, "Process ") && strings.Contains(s, "dumped core"):
		return m.act("dump", "", quotedAfter(s, "("))
	case holds(s, "Time has been changed", "clock change", "Clock change"):
		return m.act("time", "", "clock")
	case holds(s, ": Link ", "carrier", "DHCP", "Gained IPv6LL"):
		link, what, _ := strings.Cut(s, ": ")
		m.b.Field("link", link)
		if i := strings.Index(what, "address "); i >= 0 {
			ip, _, _ := strings.Cut(what[i+8:], "/")
			m.b.Field("ip", ip)
		}
		return m.act("link", "", link)
	case holds(s, "ailed", "rror", "annot", "ould not"):
		return m.act("error", "", "")
	}
	return m.act("note", "", "")
}
