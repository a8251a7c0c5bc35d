package parser

import (
	"strings"

	"github.com/saksi-dfir/saksi/parse"
)

// systemd reads the messages of systemd and its daemons.
func systemd() *decoder {
	r := systemdReader{mustForms(logindForms), mustForms(managerForms), mustForms(unitForms), mustForms(fellowForms)}
	return &decoder{
		about: parse.Description{
			Name: "systemd", Version: 1,
			Doc:        "messages of systemd, logind and their fellows: units started, stopped and failed, sessions, links, the machine's start and end",
			References: []string{"systemd(1)", "systemd-logind.service(8)"},
			Sources:    []string{"syslog", "journal"},
			Fields: []string{"unit", "description", "session", "class", "type", "seat", "result", "reason", "signal", "child_pid", "comm", "code", "status", "step", "state", "job", "count",
				"cpu_time", "memory", "hostname_set", "link", "uid", "gid", "ip", "port", "prefix", "gateway", "server", "mac", "name", "from", "path", "line", "what", "when", "value", "version",
				"duration", "size", "limit", "module", "device", "command"},
			Actions: []string{"start", "starting", "stop", "stopping", "reload", "fail", "mount", "unmount", "exit", "kill", "session-open", "session-close", "boot", "shutdown",
				"configure", "link", "dump", "restart", "skip", "refuse", "resource", "time", "note", "error", "module-load", "module-fail", "device", "slice", "journal", "sleep", "fsck"},
			Sample: "Mar  3 02:14:07 web01 systemd[1]: Started OpenBSD Secure Shell server.",
		},
		programs: []string{"systemd", "systemd-logind", "systemd-networkd", "systemd-resolved", "systemd-journald", "systemd-journal", "systemd-modules-load", "systemd-udevd", "systemd-shutdown",
			"systemd-coredump", "systemd-fsck", "systemd-sysctl", "systemd-tmpfiles", "systemd-sysusers", "systemd-hostnamed", "systemd-timedated", "systemd-localed", "systemd-machined",
			"systemd-fstab-generator", "systemd-sleep", "systemd-cryptsetup", "systemd-random-seed", "systemd-networkd-wait-online", "systemd-xdg-autostart-generator", "systemd-oomd",
			"systemd-user-sessions", "systemd-backlight", "systemd-rfkill", "systemd-remount-fs", "systemd-user", "systemd-userdbd", "systemd-growfs", "systemd-makefs", "systemd-nspawn",
			"systemd-gpt-auto-generator", "systemd-sysv-generator", "systemd-system-update-generator", "systemd-homed", "systemd-update-utmp", "systemd-binfmt", "systemd-vconsole-setup",
			"systemd-executor", "systemd-ssh-generator", "systemd-stdio-bridge", "systemd-ask-password", "systemd-cgroups-agent", "systemd-initctl", "systemd-portabled"},
		decode: r.message,
	}
}

// systemdReader holds the tables of messages.
type systemdReader struct{ logind, manager, unit, fellows *forms }

func (r systemdReader) message(m *msg) bool {
	s := strings.TrimLeft(m.text, " ")
	if !r.read(m, s) {
		return false
	}
	if m.e.Object == "" && begins(m.e.Action, "session-") {
		m.e.Object = m.e.Actor
	}
	return true
}

func (r systemdReader) read(m *msg, s string) bool {
	if strings.HasPrefix(m.program, "(") {
		return r.unitState(m, s) || systemdOther(m, s)
	}
	switch m.program {
	case "systemd":
		if pid := m.b.Get("pid"); pid != "" && pid != "1" {
			return r.userManager(m, s)
		}
		return r.manager.read(m, s) || r.unitState(m, s) || unitVerb(m, s) || r.fellows.read(m, s) || systemdOther(m, s)
	case "systemd-logind":
		return r.logind.read(m, s) || systemdOther(m, s)
	}
	return r.fellows.read(m, s) || systemdOther(m, s)
}

// userManager reads what the manager of one account's units says: it speaks
// like that of the machine, of its own start and end too, and what it says of
// sessions is text that the account chose as description of a unit.
func (r systemdReader) userManager(m *msg, s string) bool {
	if !r.unitState(m, s) && !unitVerb(m, s) && !systemdOther(m, s) {
		return false
	}
	switch m.e.Action {
	case "boot":
		m.e.Action, m.e.Object = "start", "user manager"
	case "shutdown":
		m.e.Action, m.e.Object = "stop", "user manager"
	}
	return true
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
		for _, what := range [...]string{"to start ", "to mount ", "to listen on ", "to stop ", "to reload ", "to activate swap ", "to unmount ", "to set up automount "} {
			if unit, ok := after(name, what); ok {
				unit, _, _ = strings.Cut(unit, ": ")
				return m.unit("fail", unit)
			}
		}
		return m.failure(s)
	case "Dependency":
		if !strings.HasPrefix(name, "failed for ") {
			return false
		}
		return m.unit("fail", strings.TrimPrefix(name, "failed for "))
	case "Condition":
		return m.unit("skip", quotedAfter(name, "resulted in "))
	}
	return false
}

func unitUp(m *msg, verb, name string) bool {
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
	if unit, what, ok := strings.Cut(name, " - "); ok && strings.IndexByte(unit, '.') > 0 && strings.IndexByte(unit, ' ') < 0 {
		name = unit
		m.b.Field("description", what)
	}
	m.b.Field("unit", name)
	return m.act(action, "", name)
}

// unitState reads "NAME.service: what happened".
func (r systemdReader) unitState(m *msg, s string) bool {
	name, what, ok := strings.Cut(s, ": ")
	if !ok || strings.IndexByte(name, ' ') >= 0 || strings.IndexByte(name, '.') < 0 || name[0] == '/' || name[0] == '[' {
		return false
	}
	m.b.Field("unit", name)
	if r.unit.read(m, what) {
		m.e.Object = name
		return true
	}
	m.sweep(what)
	m.b.Field("reason", what)
	switch {
	case holds(what, "ailed", "rror", "timed out"):
		return m.act("fail", "", name)
	case strings.Contains(what, "skipped"):
		return m.act("skip", "", name)
	}
	return m.act("note", "", name)
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
	case holds(s, "ailed", "rror", "annot", "ould not", "ouldn't"):
		m.sweep(s)
		return m.act("error", "", "")
	}
	m.sweep(s)
	return m.act("note", "", "")
}
